package field_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"millrace/internal/aspect/field"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

// world is an organisation with a list of statuses that things draw on.
type world struct {
	*peopletest.World
	fields *field.Service
	a, b   people.Unit
	log    *events.Log
}

func statuses() field.List {
	return field.List{
		Key: "thing_status", Title: "Thing status", Tag: "thing",
		Attributes: []field.Attribute{
			{Key: "closed", Title: "Things with this status are closed", Type: field.BooleanAttribute},
			{Key: "weight", Title: "Weight", Type: field.NumberAttribute},
		},
		Defaults: []field.Value{
			{Name: "Active", Default: true, Colour: "#2ca02c"},
			{Name: "Under build"},
			{Name: "Decommissioned", Attributes: field.Attributes{"closed": true}},
		},
	}
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{}
	w.World = peopletest.New(t, d, func(deps *people.Deps) {
		deps.Events = events.NewLog(deps.Clock, nil, people.Events, field.Events)
		w.fields = field.New(field.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: slog.New(slog.DiscardHandler)})
	})
	w.fields.Lookups.Register(statuses())
	must(t, w.fields.Lookups.Ensure(w.Ctx))
	w.a, w.b = w.AddUnit("A", ""), w.AddUnit("B", "")
	return w
}

var migrations = append(slices.Clone(peopletest.Migrations), field.Migrations)

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Fatalf("error %v, want %s", err, code)
	}
}

func (w *world) read(t testing.TB, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	must(t, w.DB.Read(w.Ctx, fn))
}

// told writes the active values down in their order: "Active*, Under build".
func (w *world) told(t testing.TB) string {
	t.Helper()
	var out []string
	w.read(t, func(ctx context.Context, tx db.Tx) error {
		values, err := w.fields.Lookups.Values(ctx, tx, "thing_status")
		out = nil
		for _, v := range values {
			name := v.Name
			if v.Default {
				name += "*"
			}
			out = append(out, name)
		}
		return err
	})
	return strings.Join(out, ", ")
}

func (w *world) value(t testing.TB, name string) (v field.Value) {
	t.Helper()
	w.read(t, func(ctx context.Context, tx db.Tx) (err error) {
		v, err = w.fields.Lookups.Resolve(ctx, tx, "thing_status", name, "body.status")
		return err
	})
	return v
}

func TestResolve(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.value(t, " decommissioned ")
		if v.Name != "Decommissioned" || !v.Flag("closed") || v.Flag("weight") || w.value(t, string(v.ID)).ID != v.ID {
			t.Fatalf("%+v", v)
		}
		w.read(t, func(ctx context.Context, tx db.Tx) error {
			_, err := w.fields.Lookups.Resolve(ctx, tx, "thing_status", "Gone", "row 3, column Status")
			wantCode(t, err, "unknown_lookup_value")
			p := problem.Of(err)
			if p.Fields[0].Path != "row 3, column Status" || p.Fields[0].Value != "Gone" || !strings.Contains(p.Message, "Active, Under build, Decommissioned") {
				t.Fatal(err)
			}
			all, err := w.fields.Lookups.ResolveAll(ctx, tx, "thing_status", []string{"ACTIVE", string(v.ID), "Gone"})
			if len(all) != 2 || all["ACTIVE"].Name != "Active" || all[string(v.ID)].ID != v.ID {
				t.Fatal(all)
			}
			must(t, err)
			d, err := w.fields.Lookups.Default(ctx, tx, "thing_status")
			if d.Name != "Active" {
				t.Fatal(d)
			}
			must(t, err)
			_, err = w.fields.Lookups.Default(ctx, tx, "nothing")
			wantCode(t, err, "lookup_list_empty")
			return nil
		})
	})
}
