// Package httpapitest lets a slice test its routes through HTTP without identity: the caller is chosen per request.
package httpapitest

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
)

// Server is an API under test.
type Server struct {
	*httptest.Server
	API *httpapi.API
	as  *authz.Principal
}

// New serves an API; mount registers the routes under test. The caller acts as a trusted principal until [Server.As]
// says otherwise.
func New(t testing.TB, d *db.DB, c clock.Clock, mount func(*httpapi.API)) *Server {
	t.Helper()
	s := &Server{as: authz.System("test")}
	s.API = httpapi.New(httpapi.Config{Version: "test", Logger: slog.New(slog.DiscardHandler), DB: d, Clock: c, Auth: s})
	mount(s.API)
	s.Server = httptest.NewServer(s.API.Handler())
	t.Cleanup(s.Server.Close)
	return s
}

// Authenticate returns the principal chosen with [Server.As].
func (s *Server) Authenticate(*http.Request) (*authz.Principal, error) { return s.as, nil }

// As makes the following requests act as p; nil means nobody.
func (s *Server) As(p *authz.Principal) *Server {
	s.as = p
	return s
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into decodes the body.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("body %q: %v", a.Body, err)
	}
}

// Code returns the stable code of a problem answer.
func (a Answer) Code() string {
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.Body, &p)
	return p.Code
}

// Do sends a request below /api/v1; body is sent as JSON unless it is a string, which goes as it is. headers are
// name, value pairs.
func (s *Server) Do(t testing.TB, method, path string, body any, headers ...string) Answer {
	t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = bytes.NewBufferString(b)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+httpapi.Prefix+path, r)
	if err != nil {
		t.Fatal(err)
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: raw}
}
