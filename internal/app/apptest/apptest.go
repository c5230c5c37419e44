// Package apptest serves the whole product to tests over HTTP, on an empty database of either engine, with persons and
// tokens at hand.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"millrace/internal/app"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/config"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/vault"
)

// Password is what every person of a [World] signs in with.
const Password = "plum orbit kettle seventeen"

// World is a running product.
type World struct {
	*httptest.Server
	App *app.App
	// Root is the root unit, Admin the token of an administrator of it.
	Root  ref.Unit
	Admin string

	ctx   context.Context
	count atomic.Int64
}

// Each runs fn once per engine as a subtest, with a world of its own.
func Each(t *testing.T, fn func(t *testing.T, w *World)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite returns a world with the embedded database.
func SQLite(t testing.TB) *World {
	t.Helper()
	return New(t, "")
}

// Postgres returns a world on PostgreSQL.
func Postgres(t testing.TB) *World {
	t.Helper()
	return New(t, dbtest.PostgresURL(t))
}

// New returns a world on the database with the given URL, or on SQLite; it ends with the test.
func New(t testing.TB, database string) *World {
	t.Helper()
	return With(t, database, Setup{})
}

// Setup is what a world may have that others have not.
type Setup struct {
	// Config changes the configuration before the start.
	Config func(*config.Config)
	// Clock is the product's clock; nil is that of the machine.
	Clock clock.Clock
}

// With is [New] with a setup.
func With(t testing.TB, database string, s Setup) *World {
	t.Helper()
	w := bare(t, database, s)
	person := w.Person(t, w.Root, "Ada Admin")
	w.Grant(t, person, "administrator", w.Root)
	w.Admin = w.Token(t, person)
	return w
}

// Bare is [New] without an administrator, as an installation is at its first start.
func Bare(t testing.TB, database string) *World {
	t.Helper()
	return bare(t, database, Setup{})
}

func bare(t testing.TB, database string, s Setup) *World {
	t.Helper()
	source := config.Source{Environ: []string{}, Flags: map[string]string{"data": filepath.Join(t.TempDir(), "data")}}
	c, err := config.Load(source)
	if err != nil {
		t.Fatal(err)
	}
	c.Database, c.DatabaseConns, c.ShutdownGrace = vault.Secret(database), 12, 2*time.Second
	if s.Config != nil {
		s.Config(&c)
	}
	ctx := authz.With(context.Background(), authz.System("Test"))
	a, err := app.New(ctx, app.Options{Config: c, Logger: slog.New(slog.DiscardHandler), Version: "test", Clock: s.Clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	w := &World{App: a, Server: httptest.NewServer(a.Handler()), ctx: ctx}
	a.Identity.SetPublicURL(w.URL)
	t.Cleanup(func() {
		w.Close()
		stop, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if err := a.Stop(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Log("stopping:", err)
		}
	})
	err = a.DB().Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Table("v_unit").Column("id").Where("depth = 0 OR parent_id IS NULL").Scan(ctx, &w.Root)
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Context returns a context in which a trusted principal acts.
func (w *World) Context() context.Context { return w.ctx }

// Unit makes a unit.
func (w *World) Unit(t testing.TB, parent ref.Unit, name string) ref.Unit {
	t.Helper()
	u, err := w.App.People.CreateUnit(w.ctx, people.NewUnit{Name: name, Parent: parent})
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

// Person makes a person with an account and no grants.
func (w *World) Person(t testing.TB, unit ref.Unit, name string) people.Person {
	t.Helper()
	email := fmt.Sprintf("%s.%d@example.test", strings.ToLower(strings.ReplaceAll(name, " ", ".")), w.count.Add(1))
	p, err := w.App.People.CreatePerson(w.ctx, people.NewPerson{Name: name, Email: email, Unit: unit})
	if err != nil {
		t.Fatal(err)
	}
	err = w.App.DB().Write(w.ctx, func(ctx context.Context, tx db.Tx) error {
		if err := w.App.Identity.AddAccount(ctx, tx, p.ID, Password); err != nil {
			return err
		}
		return w.App.People.SetPersonState(ctx, tx, p.ID, string(people.Active))
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Grant gives a role, named by its id or its code, on a unit.
func (w *World) Grant(t testing.TB, p people.Person, role string, unit ref.Unit) {
	t.Helper()
	_, err := w.App.People.CreateGrant(w.ctx, people.NewGrant{Role: role, Unit: unit, SubjectKind: people.PersonSubject, SubjectID: string(p.ID)})
	if err != nil {
		t.Fatal(err)
	}
}

// Role makes an own role.
func (w *World) Role(t testing.TB, name string, permissions ...authz.Permission) string {
	t.Helper()
	r, err := w.App.People.CreateRole(w.ctx, people.NewRole{Name: name, Permissions: permissions})
	if err != nil {
		t.Fatal(err)
	}
	return string(r.ID)
}

// Token makes an access token of a person.
func (w *World) Token(t testing.TB, p people.Person, scopes ...authz.Permission) string {
	t.Helper()
	token, err := w.App.Identity.CreateToken(w.ctx, p.Email, fmt.Sprint("test ", w.count.Add(1)), scopes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Holder makes a person with a role on a unit and returns their token.
func (w *World) Holder(t testing.TB, role string, unit ref.Unit) string {
	t.Helper()
	p := w.Person(t, unit, "Holder "+role)
	w.Grant(t, p, role, unit)
	return w.Token(t, p)
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Map returns the body as an object; nil when it is none.
func (a Answer) Map() map[string]any {
	var m map[string]any
	_ = json.Unmarshal(a.Body, &m)
	return m
}

// ID returns the member "id" of the body.
func (a Answer) ID() string {
	id, _ := a.Map()["id"].(string)
	return id
}

// Code returns the stable code of a problem.
func (a Answer) Code() string {
	code, _ := a.Map()["code"].(string)
	return code
}

// Items returns the elements of a list.
func (a Answer) Items() []any {
	items, _ := a.Map()["items"].([]any)
	return items
}

// Do sends a request below /api/v1 as the owner of a token, or as nobody. A body that is a string or bytes goes as it
// is, any other as JSON. headers are name, value pairs.
func (w *World) Do(t testing.TB, token, method, path string, body any, headers ...string) Answer {
	t.Helper()
	a, err := w.Try(http.DefaultClient, token, method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// Must is [World.Do] that demands a status.
func (w *World) Must(t testing.TB, want int, token, method, path string, body any, headers ...string) Answer {
	t.Helper()
	a := w.Do(t, token, method, path, body, headers...)
	if a.Status != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, a.Status, want, a.Body)
	}
	return a
}

// Try is [World.Do] with a client of the caller's and without a test; goroutines use it.
func (w *World) Try(client *http.Client, token, method, path string, body any, headers ...string) (Answer, error) {
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	case []byte:
		r = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			return Answer{}, err
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, w.URL+httpapi.Prefix+path, r)
	if err != nil {
		return Answer{}, err
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: raw}, err
}
