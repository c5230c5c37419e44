package github_test

import (
	"net/http"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/connector/github"
)

func fixture(t *testing.T, perPage int) (connectortest.Fixture, *connectortest.GitHub) {
	t.Helper()
	g := connectortest.NewGitHub(t)
	g.PerPage = perPage
	settings := g.Settings()
	settings["branches"] = "^release/"
	session, log := connectortest.Session(t, settings, g.Token)
	return connectortest.Fixture{
		Connector: github.New(), Session: session, Log: log, Happen: g.Happen,
		Scope: connector.Scope{ExternalID: "1296269", Name: "acme/shop"},
		Fail: func(after int, f *connectortest.Fault) {
			if f == nil {
				g.Fail(nil)
				return
			}
			g.Fail(func(*http.Request) *connectortest.Fault {
				if after--; after >= 0 {
					return nil
				}
				return f
			})
		},
		Later:    func() *connector.Session { return connectortest.Later(t, session) },
		Requests: func() int { return len(g.Requests()) },
	}, g
}

func TestContract(t *testing.T) {
	for name, perPage := range map[string]int{"one page": 100, "small pages": 3} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) connectortest.Fixture {
				f, _ := fixture(t, perPage)
				return f
			})
		})
	}
}
