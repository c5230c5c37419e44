package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"millrace/internal/app"
	"millrace/internal/cli"
	"millrace/internal/connector/cdevents"
	"millrace/internal/connector/git"
	"millrace/internal/connector/github"

	"millrace/internal/connector"
)

type connectorCmd struct {
	Map connectorMapCmd `cmd:"" help:"Map recorded pages, one JSON object a line on standard input, to normalised records on standard output."`
}

type connectorMapCmd struct {
	Kind   string `required:"" enum:"github,git,cdevents" help:"github, git or cdevents."`
	Config string `help:"File with the mapping rules of a connection, as JSON." placeholder:"FILE"`
}

// Run maps standard input to standard output.
func (c *connectorMapCmd) Run() error {
	var rules []byte
	if c.Config != "" {
		var err error
		if rules, err = os.ReadFile(c.Config); err != nil {
			return cli.UsageError{Message: err.Error()}
		}
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	defer out.Flush()
	if c.Kind == "github" {
		parsed, err := github.ParseConfig(rules)
		if err != nil {
			return err
		}
		return github.MapLines(parsed, os.Stdin, out)
	}
	var kind connector.Connector = cdevents.Connector{}
	if c.Kind == "git" {
		kind = git.Connector{}
	}
	if len(rules) == 0 {
		rules = kind.Describe().DefaultRules
	}
	if err := kind.CheckRules(rules); err != nil {
		return err
	}
	return connector.ReadPages(os.Stdin, func(line int, raw []byte) error {
		var page connector.Page
		if err := json.Unmarshal(raw, &page); err != nil {
			return fmt.Errorf("the line is not a recorded page: %w", err)
		}
		records, _, err := kind.Map(rules, page)
		if err != nil {
			return err
		}
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		for _, r := range records {
			if err := encoder.Encode(r); err != nil {
				return connector.Stop(err)
			}
		}
		return nil
	})
}

type openapiCmd struct{}

// Run prints the document; it needs neither database nor settings.
func (openapiCmd) Run() error {
	raw, err := app.OpenAPI()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(raw, '\n'))
	return err
}
