package cli

import (
	"context"
	"fmt"
	"io"
	"os"
)

// Commands are the client commands, for kong.
type Commands struct {
	Login       LoginCmd       `cmd:"" help:"Remember a server and a token." group:"client"`
	Report      ReportCmd      `cmd:"" help:"Report a deployment, an incident or a test run, from any CI." group:"client"`
	Env         EnvCmd         `cmd:"" help:"Ask whether a deployment to a test environment may go." group:"client"`
	Import      ImportCmd      `cmd:"" help:"Import people, applications, environments or bookings from CSV or XLSX." group:"client"`
	Metrics     MetricsCmd     `cmd:"" help:"Read metrics." group:"client"`
	Connections ConnectionsCmd `cmd:"" help:"List connections, start runs and replays." group:"client"`
	Export      ExportCmd      `cmd:"" help:"Export applications, people, deployments, incidents or history." group:"client"`
}

// Global are the options every client command takes.
type Global struct {
	URL    string `name:"url" env:"MILLRACE_URL" help:"Address of the server; as remembered by login when left out."`
	Token  string `name:"token" env:"MILLRACE_TOKEN" help:"Access token; as remembered by login when left out."`
	Output string `name:"output" short:"o" enum:"table,json" default:"table" help:"table or json."`
}

// Context is what a command runs with.
type Context struct {
	Ctx    context.Context
	Global Global
	In     io.Reader
	Out    io.Writer
	Err    io.Writer
}

// Client returns the client for the chosen server.
func (c *Context) Client() (*Client, error) {
	saved, err := loadSettings()
	if err != nil {
		return nil, fmt.Errorf("client settings: %w", err)
	}
	url, token := c.Global.URL, c.Global.Token
	if url == "" {
		url = saved.URL
	}
	if token == "" && (c.Global.URL == "" || c.Global.URL == saved.URL) {
		token = saved.Token
	}
	if url == "" {
		return nil, UsageError{"no server is known: run `millrace login --url …`, or set MILLRACE_URL and MILLRACE_TOKEN"}
	}
	return NewClient(url, token), nil
}

// readFile reads a file, or the standard input for "-".
func (c *Context) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(c.In)
	}
	return os.ReadFile(name)
}
