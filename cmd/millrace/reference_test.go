package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"millrace/internal/app"
	"millrace/internal/people"
	"millrace/internal/platform/config"
)

var update = flag.Bool("update", false, "write the pages of docs/reference anew")

const generated = "<!-- Generated: go test ./cmd/millrace -run Reference -update -->\n\n"

// TestReferenceIsUpToDate compares the generated pages of docs/reference with what the code says.
func TestReferenceIsUpToDate(t *testing.T) {
	for name, make := range map[string]func(*testing.T) string{
		"configuration.md": configurationPage, "cli.md": cliPage, "permissions.md": permissionsPage, "events.md": eventsPage,
	} {
		path, want := filepath.Join("..", "..", "docs", "reference", name), make(t)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("docs/reference/%s is stale (%v); run: go test ./cmd/millrace -run Reference -update", name, err)
		}
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func configurationPage(*testing.T) string {
	var b strings.Builder
	b.WriteString("# Settings\n\n" + generated)
	b.WriteString("Every setting has a default and can be set in `millrace.json` of the data directory (or the file named by `--config` or `MILLRACE_CONFIG`), by an environment variable, or, where a command has one, by a flag. A later one of these wins. In the file, a dot in a key is a level of nesting: `{\"mail\": {\"host\": \"smtp.example.test\"}}`.\n\n")
	b.WriteString("| key | environment variable | default | meaning |\n|---|---|---|---|\n")
	for _, s := range config.Settings() {
		meaning := s.Explanation
		if s.Secret {
			meaning += " Secret: never logged."
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", s.Key, s.Env, code(s.Default), cell(meaning))
	}
	return b.String()
}

func cliPage(t *testing.T) string {
	var line commandLine
	parser, err := kong.New(&line, kong.Name("millrace"), kong.ExplicitGroups([]kong.Group{{Key: "server", Title: "Server"}, {Key: "client", Title: "Client"}}))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Commands\n\n" + generated)
	b.WriteString("## Exit codes\n\n| code | meaning |\n|---|---|\n| 0 | done |\n| 1 | unexpected failure |\n| 2 | wrong usage |\n| 3 | not signed in or not allowed |\n| 4 | not found |\n| 5 | not accepted |\n| 6 | try again |\n\n")
	b.WriteString("## Flags of every command\n\n" + flags(parser.Model.Flags))
	for _, leaf := range parser.Model.Leaves(true) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n`%s`\n", leaf.FullPath(), leaf.Help, leaf.Summary())
		for _, p := range leaf.Positional {
			fmt.Fprintf(&b, "\n- %s: %s\n", p.Summary(), p.Help)
		}
		var own []*kong.Flag
		for n := leaf; n != nil && n.Parent != nil; n = n.Parent {
			own = append(own, n.Flags...)
		}
		if len(own) > 0 {
			b.WriteString("\n" + flags(own))
		}
	}
	return b.String()
}

func flags(list []*kong.Flag) string {
	var b strings.Builder
	b.WriteString("| flag | meaning |\n|---|---|\n")
	for _, f := range list {
		if f.Hidden {
			continue
		}
		help := f.Help
		if f.Required {
			help += " Required."
		}
		if f.HasDefault && f.Default != "" {
			help += " Default: `" + f.Default + "`."
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", cell(f.String()), cell(help))
	}
	return b.String()
}

func permissionsPage(*testing.T) string {
	roles := []string{people.Administrator, people.ReleaseManager, people.EnvironmentManager, people.DeploymentManager, people.Contributor, people.Viewer}
	holds := people.BuiltInPermissions(app.Permissions())
	var b strings.Builder
	b.WriteString("# Permissions\n\n" + generated)
	b.WriteString("A role is a set of permissions. It is granted on a unit and holds there and on everything below. These are the built-in roles of a new installation; all but the administrator can be changed, and own roles can be added.\n\n")
	b.WriteString("| permission | allows to | " + strings.ReplaceAll(strings.Join(roles, " | "), "_", " ") + " |\n|---|---|" + strings.Repeat("---|", len(roles)) + "\n")
	for _, d := range app.Permissions() {
		fmt.Fprintf(&b, "| `%s` | %s |", d.Permission, cell(d.Title))
		for _, r := range roles {
			mark := " "
			if slices.Contains(holds[r], d.Permission) {
				mark = "yes"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func eventsPage(*testing.T) string {
	var b strings.Builder
	b.WriteString("# Events\n\n" + generated)
	b.WriteString("Everything that happens is recorded as an event of one of these kinds. Names in braces are filled in when it happens; `*` is any kind of record.\n\n")
	b.WriteString("| kind | record | action | sentence |\n|---|---|---|---|\n")
	for _, list := range app.EventKinds() {
		for _, d := range list {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Kind, code(d.Subject), d.Action, cell(d.Sentence))
		}
	}
	return b.String()
}
