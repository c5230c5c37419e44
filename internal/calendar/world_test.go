package calendar_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"millrace/internal/calendar"
	"millrace/internal/catalog"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

var migrations = append(slices.Clone(peopletest.Migrations), catalog.Migrations, calendar.Migrations)

// world is an organisation with two units, an application, and environments that a fake knows.
type world struct {
	*peopletest.World
	calendar *calendar.Service
	places   *fakePlaces
	a, b     people.Unit
	app      ref.App
}

// fakePlaces stands for the environments of another slice.
type fakePlaces struct {
	list []interval.Place
	hits []string
}

func (f *fakePlaces) Places(ctx context.Context, _ db.Tx, environments, groups []string, application, unit string) ([]interval.Place, error) {
	var out []interval.Place
	found := map[string]bool{}
	for _, p := range f.list {
		in := slices.Contains(environments, string(p.Environment)) || application != "" && string(p.Application) == application ||
			unit != "" && slices.Contains(splitPath(p.UnitPath), unit)
		for _, g := range p.Groups {
			in = in || slices.Contains(groups, string(g))
			found[string(g)] = true
		}
		found[string(p.Environment)] = true
		if in && authz.From(ctx).Sees(p.UnitPath) {
			out = append(out, p)
		}
	}
	for _, id := range append(slices.Clone(environments), groups...) {
		if !found[id] {
			return nil, authz.ErrNotFound
		}
	}
	if len(out) == 0 && len(environments)+len(groups) > 0 {
		return nil, authz.ErrNotFound
	}
	return out, nil
}

// Affected says which environments are hit, so that a test sees the scope and the times.
func (f *fakePlaces) Affected(_ context.Context, _ db.Tx, places []interval.Place, closed []interval.Span, refuses []interval.Use) ([]calendar.Consequence, error) {
	f.hits = nil
	for _, p := range places {
		f.hits = append(f.hits, string(p.Environment))
	}
	return []calendar.Consequence{{Kind: "bookings_hit", Count: int64(len(closed) * len(places)), Message: "Bookings are hit.", IDs: f.hits}}, nil
}

func splitPath(path string) (out []string) {
	for id := ""; path != ""; {
		for i := range path {
			if path[i] == '/' {
				id, path = path[:i], path[i+1:]
				if id != "" {
					out = append(out, id)
				}
				break
			}
		}
	}
	return out
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{World: peopletest.New(t, d), places: &fakePlaces{}}
	log := events.NewLog(w.Clock, nil, calendar.Events, catalog.Events)
	w.a, w.b = w.AddUnit("Retail", ""), w.AddUnit("Cards", "")
	app, err := catalog.New(catalog.Deps{DB: d, Events: log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler)}).
		CreateApplication(w.Ctx, catalog.NewApplication{Key: "payments", Name: "Payments", Unit: w.a.ID})
	must(t, err)
	w.app = app.ID
	w.places.list = []interval.Place{
		{Environment: "sit1", Groups: []ref.EnvironmentGroup{"lane"}, Application: w.app, Unit: w.a.ID, UnitPath: w.a.Path},
		{Environment: "sit2", Groups: []ref.EnvironmentGroup{"lane"}, Unit: w.a.ID, UnitPath: w.a.Path},
		{Environment: "uat", Unit: w.b.ID, UnitPath: w.b.Path},
	}
	w.calendar = calendar.New(calendar.Deps{DB: d, Events: log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Places: w.places, Affected: w.places})
	return w
}

// each runs a test in a fresh world on both engines.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func serve(t *testing.T, fn func(t *testing.T, w *world, s *httpapitest.Server)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) { fn(t, w, httpapitest.New(t, w.DB, w.Clock, w.calendar.Mount)) })
}

// at is a moment so many hours after the clock's start.
func at(hours int) time.Time { return peopletest.Start.Add(time.Duration(hours) * time.Hour) }

func (w *world) add(t testing.TB, kind calendar.Kind, n calendar.NewWindow) calendar.Details {
	t.Helper()
	d, err := w.calendar.CreateWindow(w.Ctx, kind, n, false)
	must(t, err)
	return d
}

// closed returns the names of what closes an environment within some hours, in order.
func (w *world) closed(t testing.TB, env string, from, to int) (out []string) {
	t.Helper()
	must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		places, err := w.places.Places(ctx, tx, []string{env}, nil, "", "")
		if err != nil {
			return err
		}
		all, err := w.calendar.Closures(ctx, tx, places, interval.Span{From: at(from), To: at(to)})
		for _, c := range all[ref.Environment(env)] {
			out = append(out, c.Name)
		}
		return err
	}))
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// outages stands for another slice that closes places: sit1 does not work from 13:00 to 15:00 of the first day.
type outages struct{}

func (outages) Closures(_ context.Context, _ db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	out := map[ref.Environment][]interval.Closure{}
	for _, p := range places {
		c := interval.Closure{Span: interval.Span{From: at(4), To: at(6)}, Kind: interval.Outage, Name: "Disk", Refuses: []interval.Use{interval.ForDeployment}}
		if p.Environment == "sit1" && c.Overlaps(within) {
			out[p.Environment] = append(out[p.Environment], c)
		}
	}
	return out, nil
}
