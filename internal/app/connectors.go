package app

import (
	"millrace/internal/connector"
	"millrace/internal/connector/cdevents"
	"millrace/internal/connector/git"
	"millrace/internal/connector/github"
	"millrace/internal/platform/outbound"
)

// connectors are the kinds of tools that can be connected.
func connectors(out *outbound.Outbound, gitPaths []string) []connector.Connector {
	return []connector.Connector{github.New(), git.New(out.Client(), gitPaths...), cdevents.Connector{}}
}
