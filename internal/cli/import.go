package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
)

// ImportCmd imports tables.
type ImportCmd struct {
	People       ImportPeopleCmd       `cmd:"" help:"Import people."`
	Applications ImportApplicationsCmd `cmd:"" help:"Import applications."`
	Environments ImportEnvironmentsCmd `cmd:"" help:"Import environments."`
	Components   ImportComponentsCmd   `cmd:"" help:"Import what is installed in environments, with versions."`
	Groups       ImportGroupsCmd       `cmd:"" help:"Import groups of environments with their members."`
	Bookings     ImportBookingsCmd     `cmd:"" help:"Import bookings of environments."`
}

type importOptions struct {
	File        string `arg:"" help:"CSV or XLSX file, or - for CSV on standard input."`
	DryRun      bool   `name:"dry-run" help:"Only show what is wrong, by row and column."`
	SkipInvalid bool   `name:"skip-invalid" help:"Import the good rows and leave the others out."`
}

// ImportPeopleCmd imports people.
type ImportPeopleCmd struct{ importOptions }

// ImportApplicationsCmd imports applications.
type ImportApplicationsCmd struct{ importOptions }

// Run imports the file.
func (i *ImportPeopleCmd) Run(c *Context) error { return i.send(c, "/persons/imports") }

// Run imports the file.
func (i *ImportApplicationsCmd) Run(c *Context) error { return i.send(c, "/applications/imports") }

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (i importOptions) send(c *Context, path string) error {
	raw, err := c.readFile(i.File)
	if err != nil {
		return err
	}
	contentType := "text/csv"
	if strings.EqualFold(filepath.Ext(i.File), ".xlsx") {
		contentType = xlsxType
	}
	query := url.Values{}
	if i.DryRun {
		query.Set("dryRun", "true")
	}
	if i.SkipInvalid {
		query.Set("skipInvalid", "true")
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	var answer json.RawMessage
	if err := client.Do(c.Ctx, http.MethodPost, path, query, Upload{Content: raw, Type: contentType}, &answer); err != nil {
		return err
	}
	if c.Global.Output == "json" {
		return c.printJSON(answer)
	}
	var result struct {
		Rows    int64 `json:"rows"`
		Valid   int64 `json:"valid"`
		Invalid int64 `json:"invalid"`
		Created int64 `json:"created"`
		Updated int64 `json:"updated"`
		Errors  []struct {
			Row     int64  `json:"row"`
			Column  string `json:"column"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		return err
	}
	for _, e := range result.Errors {
		fmt.Fprintf(c.Out, "row %d, %s: %s\n", e.Row, e.Column, e.Message)
	}
	fmt.Fprintf(c.Out, "%d rows: %d created, %d updated, %d with errors\n", result.Rows, result.Created, result.Updated, result.Invalid)
	if result.Invalid > 0 && !i.SkipInvalid {
		return &Problem{Status: 422, Code: "rows_invalid", Detail: "Nothing was imported: some rows have errors."}
	}
	return nil
}
