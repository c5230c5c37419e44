// Package catalogtest builds catalogs for the tests of the catalog and of the slices that work with applications.
package catalogtest

import (
	"log/slog"
	"testing"

	"millrace/internal/catalog"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// Migrations are the sets a [World] needs.
var Migrations = append(append([]migrate.Set{}, peopletest.Migrations...), catalog.Migrations)

// World is an organisation with a catalog under test.
type World struct {
	*peopletest.World
	Catalog *catalog.Service
}

// New returns a world with a root unit and an empty catalog. Each option may change the dependencies first.
func New(t testing.TB, d *db.DB, options ...func(*catalog.Deps)) *World {
	t.Helper()
	w := &World{World: peopletest.New(t, d, func(deps *people.Deps) {
		deps.Events = events.NewLog(deps.Clock, nil, people.Events, catalog.Events)
	})}
	deps := catalog.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler)}
	for _, option := range options {
		option(&deps)
	}
	w.Catalog = catalog.New(deps)
	return w
}

// AddApplication adds an application whose name is its key; unit "" means the root.
func (w *World) AddApplication(key string, unit ref.Unit) catalog.Details {
	w.T.Helper()
	return w.Add(catalog.NewApplication{Key: key, Name: key, Unit: unit})
}

// Add adds an application; unit "" means the root.
func (w *World) Add(in catalog.NewApplication) catalog.Details {
	w.T.Helper()
	if in.Unit == "" {
		in.Unit = w.Root.ID
	}
	a, err := w.Catalog.CreateApplication(w.Ctx, in)
	if err != nil {
		w.T.Fatal(err)
	}
	return a
}

// Depend records that the application with the first key needs the one with the second.
func (w *World) Depend(from, to string) catalog.Linked {
	w.T.Helper()
	l, err := w.Catalog.CreateDependency(w.Ctx, catalog.NewDependency{From: from, To: to}, false)
	if err != nil {
		w.T.Fatal(err)
	}
	return l
}

// Holder returns a person who holds the permissions on the given unit and below.
func Holder(u people.Unit, permissions ...authz.Permission) *authz.Principal {
	set := map[authz.Permission]struct{}{}
	for _, p := range permissions {
		set[p] = struct{}{}
	}
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: "holder", Name: "Holder", Grants: []authz.Grant{{Unit: u.ID, Path: u.Path, Permissions: set}}}
}

// Viewer returns a person who may look at the catalog of a unit.
func Viewer(u people.Unit) *authz.Principal { return Holder(u, catalog.PermView) }

// Manager returns a person who may look at and edit the catalog of a unit.
func Manager(u people.Unit) *authz.Principal { return Holder(u, catalog.PermView, catalog.PermManage) }
