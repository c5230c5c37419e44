package sheet

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"testing"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/signedlink"
)

var migrations = append(slices.Clone(environmenttest.Migrations), booking.Migrations, signedlink.Migrations, jobs.Migrations, Migrations)

// world is a catalogue with a schedule into which sheets are brought.
type world struct {
	*environmenttest.World
	*Service
	Clock    *clock.Fake
	Bookings *booking.Service
	registry *jobs.Registry
	people   map[ref.Person]*authz.Principal
}

func (w *world) PrincipalOf(_ context.Context, _ db.Tx, p ref.Person, _ ref.Account, _ string) (*authz.Principal, error) {
	return w.people[p], nil
}

func (w *world) CreateApplication(ctx context.Context, tx db.Tx, name string, unit ref.Unit) (ref.App, error) {
	a, err := w.Catalog.Create(ctx, tx, catalog.NewApplication{Key: name, Name: name, Unit: unit})
	return a.ID, err
}

func (w *world) CreatePerson(ctx context.Context, tx db.Tx, email string, unit ref.Unit) (ref.Person, error) {
	id, _, err := w.World.World.World.EnsurePerson(ctx, tx, email, email, unit)
	return id, err
}

func (w *world) OwnersOf(ctx context.Context, tx db.Tx, ids []string) (map[string]ref.Person, error) {
	found, err := w.Stakeholder.Owners(ctx, tx, environment.Subject, ids)
	out := map[string]ref.Person{}
	for id, o := range found {
		out[id] = ref.Person(o.ID)
	}
	return out, err
}

func (w *world) SetOwner(ctx context.Context, tx db.Tx, e environment.Environment, person ref.Person) error {
	return w.Stakeholder.SetAccountable(ctx, tx, environment.Subject, stakeholder.Record{ID: string(e.ID), Unit: e.Unit, Label: e.Name}, person)
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{people: map[ref.Person]*authz.Principal{}, registry: jobs.NewRegistry()}
	w.World = environmenttest.New(t, d, environmenttest.Options{Events: [][]events.Definition{booking.Events, Events}})
	w.Clock = w.World.Clock
	w.Bookings = booking.New(booking.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Environments: w.Environments})
	w.Environments.Use(w.Bookings)
	w.Service = New(Deps{
		DB: d, Events: w.Log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Jobs: jobstest.Client(t, d, w.registry, w.Clock), Lookups: w.Fields.Lookups, Environments: w.Environments,
		Stacks: w.Stacks, Bookings: w.Bookings, Principals: w, Applications: w, Persons: w, Owners: w,
	})
	w.Service.RegisterWorkers(w.registry)
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

// as returns a context of a person with permissions on the root.
func (w *world) as(p people.Person, perms ...authz.Permission) context.Context {
	set := map[authz.Permission]struct{}{PermImport: {}, environment.PermView: {}, booking.PermView: {}, catalog.PermView: {}}
	for _, perm := range perms {
		set[perm] = struct{}{}
	}
	principal := &authz.Principal{Kind: authz.PersonPrincipal, Person: p.ID, Name: p.Name, Grants: []authz.Grant{{Unit: w.Root.ID, Path: w.Root.Path, Permissions: set}}}
	w.people[p.ID] = principal
	return authz.With(w.T.Context(), principal)
}

// upload brings a file in.
func (w *world) upload(ctx context.Context, name string, raw []byte, kind Kind) Import {
	w.T.Helper()
	i, err := w.UploadImport(ctx, Upload{FileName: name, Unit: w.Root.ID, Kind: kind, Zone: "UTC"}, bytes.NewReader(raw))
	if err != nil {
		w.T.Fatal(err)
	}
	return i
}

// work runs the waiting jobs and returns the import as it is then.
func (w *world) work(i Import) Import {
	w.T.Helper()
	jobstest.Run(w.T, w.DB, w.registry, w.Clock)
	got, err := w.GetImport(w.Ctx, i.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	return got
}

// checked checks an import.
func (w *world) checked(ctx context.Context, i Import) Import {
	w.T.Helper()
	i, err := w.CheckImport(ctx, i.ID, i.Version)
	if err != nil {
		w.T.Fatal(err)
	}
	if i = w.work(i); i.State != Checked {
		w.T.Fatalf("%s: %s %s", i.State, i.ErrorCode, i.ErrorMessage)
	}
	return i
}

// ran runs a checked import, which must go through.
func (w *world) ran(ctx context.Context, i Import) Import {
	w.T.Helper()
	i, err := w.RunImport(ctx, i.ID, i.Version)
	if err != nil {
		w.T.Fatal(err)
	}
	if i = w.work(i); i.State != Done {
		w.T.Fatalf("%s: %s %s at row %d", i.State, i.ErrorCode, i.ErrorMessage, i.ErrorRow)
	}
	return i
}

func (w *world) choosing(ctx context.Context, i Import, change func(*ImportChange)) Import {
	w.T.Helper()
	var c ImportChange
	change(&c)
	i, err := w.ChangeImport(ctx, i.ID, i.Version, c)
	if err != nil {
		w.T.Fatal(err)
	}
	return i
}

// rows are what becomes of the rows, by number.
func (w *world) rows(i Import) map[int]RowView {
	w.T.Helper()
	page, err := w.ListRows(w.Ctx, i.ID, RowFilter{Limit: 500})
	if err != nil {
		w.T.Fatal(err)
	}
	out := map[int]RowView{}
	for _, r := range page.Items {
		out[r.Number] = r
	}
	return out
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Fatalf("error %v, want %s", err, code)
	}
}

// codes are the codes of the faults of a row with their fields.
func codes(r RowView) []string {
	out := []string{}
	for _, e := range r.Errors {
		out = append(out, e.Field+":"+e.Code)
	}
	slices.Sort(out)
	return out
}
