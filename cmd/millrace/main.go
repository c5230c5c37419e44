// Command millrace is the product in one binary: the server, the commands that work on its database while it runs, and
// the client commands that speak to a server.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"millrace/internal/cli"
	"millrace/internal/platform/problem"
)

// version is set when the binary is built.
var version = "dev"

// commandLine is everything the binary understands.
type commandLine struct {
	Serve     serveCmd     `cmd:"" help:"Run the server." group:"server"`
	Migrate   migrateCmd   `cmd:"" help:"Bring the database to the newest shape and stop." group:"server"`
	Admin     adminCmd     `cmd:"" help:"Manage administrators; works while the server runs." group:"server"`
	Token     tokenCmd     `cmd:"" help:"Manage access tokens; works while the server runs." group:"server"`
	Connector connectorCmd `cmd:"" help:"Try mapping rules without a server or a database." group:"server"`
	Openapi   openapiCmd   `cmd:"" help:"Print the API document." group:"server"`
	Version   versionCmd   `cmd:"" help:"Print the version." group:"server"`

	cli.Commands
	cli.Global `embed:""`
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var line commandLine
	exit := -1
	parser, err := kong.New(&line, kong.Name("millrace"), kong.UsageOnError(), kong.Exit(func(code int) { exit = code }),
		kong.Description("Value stream management: one binary, your data.\n\nExit codes of the client commands: 0 done, 1 unexpected, 2 wrong usage, 3 not signed in or not allowed, 4 not found, 5 not accepted, 6 try again."),
		kong.ExplicitGroups([]kong.Group{{Key: "server", Title: "Server"}, {Key: "client", Title: "Client"}}))
	if err != nil {
		fmt.Fprintln(os.Stderr, "millrace:", err)
		return cli.ExitFailed
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed, err := parser.Parse(args)
	if exit >= 0 { // --help was asked for
		return exit
	}
	if err != nil {
		var parse *kong.ParseError
		if errors.As(err, &parse) {
			_ = parse.Context.PrintUsage(true)
		}
		fmt.Fprintln(os.Stderr, "millrace:", err)
		return cli.ExitUsage
	}
	client := &cli.Context{Ctx: ctx, Global: line.Global, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	err = parsed.Run(client, &host{ctx: ctx})
	return cli.Report(os.Stderr, readable(err))
}

// readable turns a problem of the house into the sentence a person reads at a terminal.
func readable(err error) error {
	p := problem.Of(err)
	if p == nil {
		return err
	}
	out := &cli.Problem{Status: 422, Code: p.Code, Detail: p.Message}
	if cause := errors.Unwrap(p); cause != nil {
		out.Detail += " (" + cause.Error() + ")"
	}
	for _, f := range p.Fields {
		out.Errors = append(out.Errors, struct {
			Path    string `json:"path"`
			Message string `json:"message"`
		}{f.Path, f.Message})
	}
	return out
}

// host is what the commands on this machine run with.
type host struct{ ctx context.Context }

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	fmt.Println("millrace", version)
	return nil
}
