// Package peopletest builds organisations for the tests of people and of the slices above it.
package peopletest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// Start is where the clock of a [World] stands at first.
var Start = time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)

// Migrations are the sets a [World] needs.
var Migrations = []migrate.Set{events.Migrations, httpapi.Migrations, people.Migrations}

// World is an organisation under test: the service, a clock that stands still, and a root unit.
type World struct {
	*people.Service
	T     testing.TB
	DB    *db.DB
	Clock *clock.Fake
	Log   *events.Log
	Root  people.Unit
	// Ctx acts as a trusted principal.
	Ctx   context.Context
	count int
}

// New returns a world with a root unit and the built-in roles. Each option may change the dependencies first.
func New(t testing.TB, d *db.DB, options ...func(*people.Deps)) *World {
	t.Helper()
	c := clock.NewFake(Start)
	deps := people.Deps{DB: d, Clock: c, Logger: slog.New(slog.DiscardHandler), Permissions: people.Permissions}
	deps.Events = events.NewLog(c, nil, people.Events)
	for _, option := range options {
		option(&deps)
	}
	w := &World{Service: people.New(deps), T: t, DB: d, Clock: c, Log: deps.Events}
	w.Ctx = authz.With(t.Context(), authz.System("test"))
	var err error
	if w.Root, err = w.EnsureRoot(w.Ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.EnsureRoles(w.Ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

// AddUnit adds a unit below parent; "" means the root.
func (w *World) AddUnit(name string, parent ref.Unit) people.Unit {
	w.T.Helper()
	if parent == "" {
		parent = w.Root.ID
	}
	u, err := w.CreateUnit(w.Ctx, people.NewUnit{Name: name, Parent: parent})
	if err != nil {
		w.T.Fatal(err)
	}
	return u
}

// AddPerson adds a person to a unit; "" means the root. The email address is made from a counter.
func (w *World) AddPerson(name string, unit ref.Unit) people.Person {
	w.T.Helper()
	w.count++
	p, err := w.CreatePerson(w.Ctx, people.NewPerson{Name: name, Email: fmt.Sprintf("person%d@example.com", w.count), Unit: unit})
	if err != nil {
		w.T.Fatal(err)
	}
	return p
}

// As returns a context in which somebody acts who holds the permissions on the unit and below.
func (w *World) As(u people.Unit, permissions ...authz.Permission) context.Context {
	return authz.With(w.T.Context(), Principal(u, permissions...))
}

// Principal returns somebody who holds the permissions on the unit and below.
func Principal(u people.Unit, permissions ...authz.Permission) *authz.Principal {
	set := make(map[authz.Permission]struct{}, len(permissions))
	for _, p := range permissions {
		set[p] = struct{}{}
	}
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: "somebody", Name: "Somebody",
		Grants: []authz.Grant{{Unit: u.ID, Path: u.Path, Permissions: set}}}
}

// History returns the kinds of all events about a subject, oldest first.
func (w *World) History(subjectID string) []events.Kind {
	w.T.Helper()
	var kinds []events.Kind
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Table("event").Column("kind").Where("subject_id = ?", subjectID).OrderExpr("at, id").Scan(ctx, &kinds)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return kinds
}
