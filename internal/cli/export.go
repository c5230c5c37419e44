package cli

import (
	"net/http"
	"net/url"
	"strings"
)

// ExportCmd writes everything a filter matches to standard output.
type ExportCmd struct {
	What   string   `arg:"" enum:"applications,deployments,incidents,events" help:"applications, deployments, incidents or events."`
	Format string   `enum:"csv,json,jsonl,xlsx" default:"csv" help:"csv, or what the list offers beside it."`
	Filter []string `short:"f" placeholder:"NAME=VALUE" help:"A filter of the list, as in its address; may be repeated."`
}

// Run streams the export.
func (e *ExportCmd) Run(c *Context) error {
	query := url.Values{"format": {e.Format}}
	for _, f := range e.Filter {
		name, value, ok := strings.Cut(f, "=")
		if !ok {
			return UsageError{"a filter is NAME=VALUE, not " + f}
		}
		query.Add(name, value)
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	var raw []byte
	if err := client.Do(c.Ctx, http.MethodGet, "/"+e.What+"/export", query, nil, &raw); err != nil {
		return err
	}
	_, err = c.Out.Write(raw)
	return err
}
