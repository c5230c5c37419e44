package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/connector/git"
)

func TestContractByAddress(t *testing.T) {
	t.Cleanup(git.SetCommitsPerPage(1))
	connectortest.Run(t, func(t *testing.T) connectortest.Fixture {
		s := newSource(t)
		s.history()
		server := connectortest.NewGitServer(t, s.dir)
		session, log := connectortest.Session(t, map[string]string{"url": server.URL + "/shop.git"}, server.Password)
		return connectortest.Fixture{
			Connector: git.New(session.Client), Session: session, Log: log, Happen: s.happen, Requests: server.Requests, Base: server.URL,
			Scope: connector.Scope{ExternalID: "repository", Name: "shop"},
			Later: func() *connector.Session {
				later := connectortest.Later(t, session)
				git.New(later.Client)
				return later
			},
			Fail: func(after int, f *connectortest.Fault) {
				server.Fail(func() *connectortest.Fault {
					if after--; after >= 0 {
						return nil
					}
					return f
				})
			},
		}
	})
}

// A remote is mirrored once; without its mirror it is fetched anew, and the credential is in neither.
func TestMirror(t *testing.T) {
	s := newSource(t)
	s.history()
	server := connectortest.NewGitServer(t, s.dir)
	session, _ := connectortest.Session(t, map[string]string{"url": server.URL + "/shop.git"}, server.Password)
	f := connectortest.Fixture{Connector: git.New(session.Client), Session: session, Scope: connector.Scope{ExternalID: "repository", Name: "shop"}}
	_, at := all(t, f, nil)
	raw, err := os.ReadFile(filepath.Join(session.WorkDir, "mirror.git", "config"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), server.Password) {
		t.Errorf("the credential is in the mirror's settings: %s", raw)
	}
	s.ok(os.RemoveAll(session.WorkDir))
	if made, _ := all(t, f, at); len(made) == 0 {
		t.Error("nothing came after the mirror was lost")
	}
}
