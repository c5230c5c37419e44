package environmentkpi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"millrace/internal/aspect/workflow"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/environment/health"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/mail/mailtest"
	"millrace/internal/platform/ref"
)

var migrations = append(slices.Clone(environmenttest.Migrations), workflow.Migrations, booking.Migrations, health.Migrations, Migrations)

// world is an organisation with environments, and stand-ins for what the slice asks of others.
type world struct {
	*environmenttest.World
	*httpapitest.Server
	kpi    *Service
	mails  *mailtest.Server
	people map[ref.Person]*authz.Principal
	queue  []SendReport
	count  int64
}

func (w *world) PrincipalOf(_ context.Context, _ db.Tx, p ref.Person) (*authz.Principal, error) {
	return w.people[p], nil
}

func (w *world) Enqueue(_ context.Context, tx db.Tx, args jobs.Args, _ jobs.Options) error {
	tx.AfterCommit(func() { w.queue = append(w.queue, args.(SendReport)) })
	return nil
}

func newWorld(t testing.TB, d *db.DB) *world {
	w := &world{World: environmenttest.New(t, d, environmenttest.Options{Events: [][]events.Definition{Events}}), people: map[ref.Person]*authz.Principal{}, mails: mailtest.Start(t)}
	w.kpi = New(Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Jobs: w, Mail: w.mails.Sender(), Principals: w, PublicURL: "https://millrace.example.com"})
	w.Server = httpapitest.New(t, d, w.Clock, w.kpi.Mount)
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

// drawn is one booking of a history that is written down, past the use cases.
type drawn struct {
	env      []environment.Environment
	from, to time.Time
	status   string
	intent   string
	unit     ref.Unit
	release  string
	planned  *time.Time
	created  time.Time
	decided  *time.Time
	by       string
	used     *time.Time
}

// draw writes bookings down and returns their ids.
func (w *world) draw(list ...drawn) []string {
	w.T.Helper()
	var ids []string
	var rows, parts [][]any
	for _, b := range list {
		w.count++
		if b.intent == "" {
			b.intent = "change_code"
		}
		if b.unit == "" {
			b.unit = w.Root.ID
		}
		if b.created.IsZero() {
			b.created = b.from.Add(-24 * time.Hour)
		}
		id := ref.New[string]()
		ids = append(ids, id)
		rows = append(rows, []any{id, w.count, fmt.Sprint("Booking ", w.count), fmt.Sprint("booking ", w.count), b.status, b.intent, b.from, b.to, opt(b.planned), "somebody", "Somebody",
			string(b.unit), b.release, "{}", b.by, opt(b.decided), opt(b.used), b.created, b.created})
		for _, e := range b.env {
			parts = append(parts, []any{id, string(e.ID), b.from, b.to, b.intent, b.status, b.to.Sub(b.from) > 31*24*time.Hour, w.count, fmt.Sprint("Booking ", w.count), int64(1)})
		}
	}
	err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		err := tx.BulkInsert(ctx, "booking", []string{"id", "number", "title", "title_key", "status", "intent", "from_at", "to_at", "planned_to", "requester_id", "requester_name",
			"unit_id", "release", "asked", "decided_by", "decided_at", "last_use_at", "created_at", "updated_at"}, rows)
		if err != nil {
			return err
		}
		return tx.BulkInsert(ctx, "booking_environment", []string{"booking_id", "environment_id", "from_at", "to_at", "intent", "status", "lasts_long", "number", "title", "booking_version"}, parts)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return ids
}

// out writes an outage down.
func (w *world) out(e environment.Environment, kind string, started, detected time.Time, found, ended *time.Time) {
	w.T.Helper()
	err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.BulkInsert(ctx, "outage", []string{"id", "environment_id", "kind", "title", "started_at", "detected_at", "found_at", "ended_at", "source", "created_at", "updated_at"},
			[][]any{{ref.New[string](), string(e.ID), kind, "Down", started, detected, opt(found), opt(ended), "person", started, started}})
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func opt(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr(text string) *time.Time {
	t := at(text)
	return &t
}

// get asks for a report and reads the answer.
func get[T any](t *testing.T, w *world, path string) (v T) {
	t.Helper()
	a := w.Do(t, "GET", path, nil)
	if a.Status != 200 {
		t.Fatalf("%s: %d %s", path, a.Status, a.Body)
	}
	if err := json.Unmarshal(a.Body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// near fails unless a value is what was stated by hand; nil states that nothing is known.
func near(t *testing.T, what string, got *float64, want any) {
	t.Helper()
	if want == nil {
		if got != nil {
			t.Errorf("%s is %v, want null", what, *got)
		}
		return
	}
	var v float64
	switch x := want.(type) {
	case int:
		v = float64(x)
	case float64:
		v = x
	}
	if got == nil || *got-v > 1e-9 || v-*got > 1e-9 {
		t.Errorf("%s is %v, want %v", what, show(got), v)
	}
}

func show(v *float64) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

type (
	ctx = context.Context
	tx  = db.Tx
)
