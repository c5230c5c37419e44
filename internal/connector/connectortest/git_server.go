package connectortest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
)

// GitServer serves one repository over the smart HTTP protocol, to those who show the password.
type GitServer struct {
	*httptest.Server
	Password string

	mu       sync.Mutex
	requests int
	fault    func() *Fault
	git      transport.Transport
	at       *transport.Endpoint
}

// NewGitServer serves the repository that lies in dir as /shop.git.
func NewGitServer(t testing.TB, dir string) *GitServer {
	t.Helper()
	repo, err := gogit.PlainOpen(dir)
	if err != nil {
		t.Fatal(err)
	}
	at, err := transport.NewEndpoint("/")
	if err != nil {
		t.Fatal(err)
	}
	g := &GitServer{Password: "glpat-0123456789SECRET", at: at, git: server.NewServer(server.MapLoader{at.String(): repo.Storer})}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.Server.Close)
	return g
}

// Fail makes requests fail for which fault returns something; nil heals the server.
func (g *GitServer) Fail(fault func() *Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fault = fault
}

// Requests counts the requests so far.
func (g *GitServer) Requests() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.requests
}

func (g *GitServer) serve(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests++
	if g.fault != nil {
		if f := g.fault(); f != nil {
			f.write(w)
			return
		}
	}
	if _, password, _ := r.BasicAuth(); password != g.Password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if err := g.speak(w, r); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (g *GitServer) speak(w http.ResponseWriter, r *http.Request) error {
	session, err := g.git.NewUploadPackSession(g.at, nil)
	if err != nil {
		return err
	}
	defer session.Close()
	switch {
	case strings.HasSuffix(r.URL.Path, "/shop.git/info/refs"):
		refs, err := session.AdvertisedReferencesContext(r.Context())
		if err != nil {
			return err
		}
		refs.Prefix = [][]byte{[]byte("# service=git-upload-pack"), pktline.Flush}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		return refs.Encode(w)
	case strings.HasSuffix(r.URL.Path, "/shop.git/git-upload-pack"):
		req := packp.NewUploadPackRequest()
		if err := req.Decode(r.Body); err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, r.Body)
		answer, err := session.UploadPack(r.Context(), req)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		return answer.Encode(w)
	}
	w.WriteHeader(http.StatusNotFound)
	return nil
}
