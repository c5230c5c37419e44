package identitytest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"millrace/internal/identity"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// Sets are the migrations a fixture needs.
var Sets = []migrate.Set{events.Migrations, httpapi.Migrations, Migrations, identity.Migrations}

// CheapHash makes tests quick; never use it elsewhere.
var CheapHash = identity.HashParams{Memory: 64, Time: 1, Threads: 1}

// Password is one that the rules accept.
const Password = "green otters sing at noon"

// Start is when the fixture's clock begins.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Fixture is identity over a stand-in organisation, served through the real transport with identity as authenticator.
type Fixture struct {
	*identity.Service
	DB           *db.DB
	Clock        *clock.Fake
	Organisation *Organisation
	Vault        *Vault
	Mail         *Mail
	Events       *events.Log
	URL          string
	// Address is where requests seem to come from.
	Address string
}

// New builds a fixture; change may alter the dependencies before the service is made.
func New(t testing.TB, d *db.DB, change ...func(*identity.Deps)) *Fixture {
	t.Helper()
	f := &Fixture{DB: d, Clock: clock.NewFake(Start), Organisation: NewOrganisation(t, d), Vault: &Vault{}, Mail: &Mail{}, Address: "192.0.2.1"}
	f.Events = events.NewLog(f.Clock, nil, identity.Events)
	deps := identity.Deps{
		DB: d, Events: f.Events, Clock: f.Clock, Logger: slog.New(slog.DiscardHandler), People: f.Organisation, Grants: f.Organisation,
		Vault: f.Vault, Mail: f.Mail, Permissions: Declarations, Config: identity.Config{Hash: CheapHash, PublicURL: "http://millrace.test"},
	}
	for _, fn := range change {
		fn(&deps)
	}
	f.Service = identity.New(deps)
	api := httpapi.New(httpapi.Config{
		Version: "test", Logger: slog.New(slog.DiscardHandler), DB: d, Clock: f.Clock, Auth: f.Service,
		ClientAddress: func(*http.Request) string { return f.Address },
	})
	f.Mount(api)
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

// Member adds an active person with the fixture's password and, unless role is empty, a role on a unit.
func (f *Fixture) Member(t testing.TB, email string, role ref.Role, unit ref.Unit) ref.Person {
	t.Helper()
	id := f.Organisation.AddPerson(t, email, email, unit)
	if role != "" {
		f.Organisation.Grant(t, identity.Subject{Person: id}, role, unit)
	}
	f.Organisation.write(t, func(ctx context.Context, tx db.Tx) error { return f.AddAccount(ctx, tx, id, Password) })
	return id
}

// Client is a browser or program that talks to the fixture and keeps its cookies.
type Client struct {
	f     *Fixture
	http  *http.Client
	Token string
}

// Client returns a client without cookies.
func (f *Fixture) Client(t testing.TB) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{f: f, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// WithToken returns a client that sends a bearer token.
func (f *Fixture) WithToken(t testing.TB, token string) *Client {
	t.Helper()
	c := f.Client(t)
	c.Token = token
	return c
}

// SignedIn returns a client that is signed in.
func (f *Fixture) SignedIn(t testing.TB, email string) *Client {
	t.Helper()
	c := f.Client(t)
	if a := c.Do(t, "POST", "/auth/sign-in", map[string]string{"email": email, "password": Password}); a.Status != 200 {
		t.Fatalf("sign-in of %s: %d %s", email, a.Status, a.Body)
	}
	return c
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

// Code returns the stable code of a problem.
func (a Answer) Code() string {
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.Body, &p)
	return p.Code
}

// Cookie returns a cookie the answer sets, or nil.
func (a Answer) Cookie(name string) *http.Cookie {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Do sends a request below /api/v1. headers are name, value pairs.
func (c *Client) Do(t testing.TB, method, path string, body any, headers ...string) Answer {
	t.Helper()
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, c.f.URL+httpapi.Prefix+path, r)
	if err != nil {
		t.Fatal(err)
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
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

// Vault keeps secrets in memory.
type Vault struct {
	mu      sync.Mutex
	secrets map[string]string
}

// Put implements [identity.Vault].
func (v *Vault) Put(_ context.Context, _ db.Tx, name, secret string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.secrets == nil {
		v.secrets = map[string]string{}
	}
	v.secrets[name] = secret
	return nil
}

// Get implements [identity.Vault].
func (v *Vault) Get(_ context.Context, _ db.Tx, name string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.secrets[name], nil
}

// Delete implements [identity.Vault].
func (v *Vault) Delete(_ context.Context, _ db.Tx, name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.secrets, name)
	return nil
}

// Len returns how many secrets are kept.
func (v *Vault) Len() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.secrets)
}

// Letter is one message that was sent.
type Letter struct{ To, Subject, Text string }

// Mail keeps messages in memory.
type Mail struct {
	mu      sync.Mutex
	letters []Letter
	// Fail makes every message fail.
	Fail error
}

// Send implements [identity.MailSender].
func (m *Mail) Send(_ context.Context, to, subject, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Fail != nil {
		return m.Fail
	}
	m.letters = append(m.letters, Letter{to, subject, text})
	return nil
}

// Letters returns what was sent.
func (m *Mail) Letters() []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Letter(nil), m.letters...)
}

// Cookies returns what the client would send to a path.
func (c *Client) Cookies(t testing.TB, path string) []*http.Cookie {
	t.Helper()
	u, err := url.Parse(c.f.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	return c.http.Jar.Cookies(u)
}
