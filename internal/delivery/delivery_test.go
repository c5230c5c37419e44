package delivery_test

import (
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var sets = []migrate.Set{events.Migrations, httpapi.Migrations, jobs.Migrations, deliverytest.Organisation, delivery.Migrations}

// world is one database with the small organisation and the service under test.
type world struct {
	testing.TB
	db    *db.DB
	clock *clock.Fake
	log   *events.Log
	s     *delivery.Service
	queue *jobs.Client
	seen  []events.Event
}

func newWorld(t testing.TB, d *db.DB) *world {
	w := &world{TB: t, db: d, clock: clock.NewFake(now)}
	w.log = events.NewLog(w.clock, nil, delivery.Events)
	w.log.OnCommit(func(e events.Event) { w.seen = append(w.seen, e) })
	reg := jobs.NewRegistry()
	var err error
	if w.queue, err = jobs.NewClient(d, reg, w.clock, nil, jobs.ClientOptions{}); err != nil {
		t.Fatal(err)
	}
	w.s = delivery.New(delivery.Deps{DB: d, Events: w.log, Clock: w.clock, Jobs: w.queue})
	w.s.RegisterJobs(reg)
	deliverytest.Units(t, d)
	return w
}

func each(t *testing.T, fn func(w *world)) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) { fn(newWorld(t, d)) })
}

func (w *world) ingest(conn ref.Connection, records ...delivery.Record) delivery.Result {
	w.Helper()
	res, err := w.s.Ingest(authz.With(w.Context(), authz.System("test")), delivery.Batch{Connection: conn, Source: "test", Records: records})
	if err != nil {
		w.Fatal(err)
	}
	return res
}

// taken is ingest that expects no rejection.
func (w *world) taken(conn ref.Connection, records ...delivery.Record) delivery.Result {
	w.Helper()
	res := w.ingest(conn, records...)
	for _, r := range res.Rejected {
		w.Errorf("record %d (%s) was rejected: %v", r.Index, r.Head.Kind, r.Err)
	}
	return res
}

func text(w *world, query string, args ...any) string {
	w.Helper()
	return deliverytest.Value[string](w, w.db, query, args...)
}

func count(w *world, query string, args ...any) int64 {
	w.Helper()
	return deliverytest.Value[int64](w, w.db, query, args...)
}

func at(minutes int) *time.Time {
	t := now.Add(time.Duration(minutes) * time.Minute)
	return &t
}
