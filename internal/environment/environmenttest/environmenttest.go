// Package environmenttest builds catalogues of environments for the tests of the slice and of those that work with
// environments.
package environmenttest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/catalog/catalogtest"
	"millrace/internal/environment"
	"millrace/internal/environment/stack"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// Migrations are the sets a [World] needs.
var Migrations = append(append([]migrate.Set{}, catalogtest.Migrations...), field.Migrations, stakeholder.Migrations, environment.Migrations)

// World is an organisation with applications and environments under test.
type World struct {
	*catalogtest.World
	Environments *environment.Service
	Stacks       *stack.Service
	Fields       *field.Service
	Stakeholder  *stakeholder.Service
	Lookups      *Lookups
}

// Options change what a [World] is made of.
type Options struct {
	// Events are the kinds of the slices tested above this one.
	Events [][]events.Definition
	// Lists are the lists of the slices tested above this one.
	Lists []field.List
	// Deps may change the dependencies of the service before it is made.
	Deps func(*environment.Deps)
}

// New returns a world with a root unit and neither applications nor environments.
func New(t testing.TB, d *db.DB, options ...Options) *World {
	t.Helper()
	kinds := [][]events.Definition{people.Events, catalog.Events, field.Events, stakeholder.Events, environment.Events}
	for _, o := range options {
		kinds = append(kinds, o.Events...)
	}
	pw := peopletest.New(t, d, func(deps *people.Deps) { deps.Events = events.NewLog(deps.Clock, nil, kinds...) })
	logger := slog.New(slog.DiscardHandler)
	w := &World{World: &catalogtest.World{World: pw}}
	w.Catalog = catalog.New(catalog.Deps{DB: d, Events: pw.Log, Clock: pw.Clock, Logger: logger})
	w.Fields = field.New(field.Deps{DB: d, Events: pw.Log, Clock: pw.Clock, Logger: logger})
	w.Fields.Lookups.Register(environment.Lists...)
	w.Stakeholder = stakeholder.New(stakeholder.Deps{DB: d, Events: pw.Log, Clock: pw.Clock, Logger: logger})
	w.Lookups = &Lookups{w: w}
	deps := environment.Deps{DB: d, Events: pw.Log, Clock: pw.Clock, Logger: logger, Lookups: w.Fields.Lookups, Owners: w.Stakeholder}
	for _, o := range options {
		if o.Deps != nil {
			o.Deps(&deps)
		}
	}
	w.Environments = environment.New(deps)
	w.Stacks = stack.New(stack.Deps{DB: d, Clock: pw.Clock, Lookups: w.Fields.Lookups, Environments: w.Environments})
	for _, o := range options {
		w.Fields.Lookups.Register(o.Lists...)
	}
	if err := w.Fields.Lookups.Ensure(w.Ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

// AddEnvironment puts an environment with the given key into the root unit; its name is its key, it is exclusive, active
// and needs approval. Each option may change it first.
func (w *World) AddEnvironment(key string, options ...func(*environment.Environment)) environment.Environment {
	w.T.Helper()
	return w.AddEnvironments(1, func(_ int, e *environment.Environment) {
		e.Key = key
		for _, o := range options {
			o(e)
		}
	})[0]
}

// AddEnvironments puts many environments into the catalogue at once, past the use cases: their keys are E0001, E0002 …,
// unless the option says otherwise.
func (w *World) AddEnvironments(n int, option func(i int, e *environment.Environment)) []environment.Environment {
	w.T.Helper()
	usage, status := w.Lookups.ID(environment.UsageList, "SIT"), w.Lookups.ID(environment.StatusList, "Active")
	list, rows := make([]environment.Environment, n), make([][]any, n)
	for i := range list {
		now := w.Clock.Now()
		e := environment.Environment{
			ID: ref.New[ref.Environment](), Key: fmt.Sprintf("E%04d", i+1), Unit: w.Root.ID, Usage: usage, Status: status, StatusBookable: true,
			Kind: environment.Virtual, Capacity: 1, Techs: []string{}, State: environment.Active, Version: 1, CreatedAt: now, UpdatedAt: now,
		}
		if option != nil {
			option(i, &e)
		}
		if e.Name == "" {
			e.Name = e.Key
		}
		e.KeyFolded, e.NameFolded = ref.NameKey(e.Key), ref.NameKey(e.Name)
		list[i] = e
		rows[i] = []any{
			string(e.ID), e.Key, e.KeyFolded, e.Name, e.NameFolded, none(e.Application), string(e.Unit), none(e.Usage), none(e.Status), e.StatusBookable, string(e.Kind), when(e.ExpiresAt),
			int64(e.Capacity), e.AutoApprove, string(e.DataClass), when(e.DataRefreshedAt), "[]", e.CostPerHour, e.Alert, none(e.Parent), string(e.State), e.Version, e.CreatedAt, e.UpdatedAt,
		}
	}
	columns := []string{
		"id", "key", "key_folded", "name", "name_folded", "application_id", "unit_id", "usage_id", "status_id", "status_bookable", "kind", "expires_at",
		"capacity", "auto_approve", "data_class", "data_refreshed_at", "techs", "cost_per_hour", "alert", "parent_id", "state", "version", "created_at", "updated_at",
	}
	w.write(func(ctx context.Context, tx db.Tx) error { return tx.BulkInsert(ctx, "environment", columns, rows) })
	return list
}

// AddGroup puts a group with members into the root unit; its name is its key.
func (w *World) AddGroup(key string, members ...environment.Environment) environment.Group {
	w.T.Helper()
	now := w.Clock.Now()
	g := environment.Group{
		ID: ref.New[ref.EnvironmentGroup](), Key: key, KeyFolded: ref.NameKey(key), Name: key, NameFolded: ref.NameKey(key), Unit: w.Root.ID,
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	rows := make([][]any, len(members))
	for i, m := range members {
		rows[i] = []any{string(g.ID), string(m.ID), int64(i + 1)}
	}
	w.write(func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(&g).Exec(ctx); err != nil {
			return err
		}
		return tx.BulkInsert(ctx, "environment_member", []string{"group_id", "environment_id", "position"}, rows)
	})
	return g
}

func (w *World) write(fn func(ctx context.Context, tx db.Tx) error) {
	w.T.Helper()
	if err := w.DB.Write(w.Ctx, fn); err != nil {
		w.T.Fatal(err)
	}
}

// none is the value of an optional reference.
func none[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}

func when(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}

// Viewer returns a person who may look at the environments of a unit.
func Viewer(u people.Unit) *authz.Principal { return catalogtest.Holder(u, environment.PermView) }

// Manager returns a person who may look at and edit the environments of a unit and what runs in them.
func Manager(u people.Unit) *authz.Principal {
	return catalogtest.Holder(u, environment.PermView, environment.PermManage, environment.PermManageStack, catalog.PermView)
}
