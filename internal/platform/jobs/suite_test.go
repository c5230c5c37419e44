package jobs_test

import (
	"context"
	"testing"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/jobs"
)

// The conformance suite of background work: what the seam promises, on both engines, whatever stands behind it.

var sets = []migrate.Set{jobs.Migrations}

type args struct {
	N int `json:"n"`
}

func (args) Kind() string { return "try.count" }

type other struct{}

func (other) Kind() string { return "try.other" }

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// world is a database, a clock that stands still and clients that work on it.
type world struct {
	t     *testing.T
	d     *db.DB
	clock *clock.Fake
}

func each(t *testing.T, fn func(w *world)) {
	t.Helper()
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		fn(&world{t: t, d: d, clock: clock.NewFake(start)})
	})
}

func (w *world) client(reg *jobs.Registry, opts jobs.ClientOptions) *jobs.Client {
	w.t.Helper()
	if opts.Beat == 0 {
		opts.Beat = 5 * time.Millisecond
	}
	c, err := jobs.NewClient(w.d, reg, w.clock, nil, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) started(reg *jobs.Registry, opts jobs.ClientOptions) *jobs.Client {
	w.t.Helper()
	c := w.client(reg, opts)
	w.start(c)
	return c
}

func (w *world) start(c *jobs.Client) {
	w.t.Helper()
	if err := c.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_ = c.Stop(ctx)
	})
}

func (w *world) enqueue(c *jobs.Client, a jobs.Args, opts jobs.Options) {
	w.t.Helper()
	err := w.d.Write(w.t.Context(), func(ctx context.Context, tx db.Tx) error { return c.Enqueue(ctx, tx, a, opts) })
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) list(c *jobs.Client, states ...string) []jobs.Info {
	w.t.Helper()
	all, err := c.List(w.t.Context(), jobs.Filter{States: states})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// eventually waits for a state another goroutine is about to reach; the states asked for have no signal of their own.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			w.t.Fatalf("it never happened that %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (w *world) due(c *jobs.Client) (int, error) {
	w.t.Helper()
	n, failures, err := c.WorkDue(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n, failures
}

func receive[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("no job was worked within 20 s")
		panic("unreachable")
	}
}

// registry works args by sending their number.
func registry(seen chan<- int) *jobs.Registry {
	reg := jobs.NewRegistry()
	jobs.Register(reg, func(_ context.Context, j jobs.Job[args]) error {
		seen <- j.Args.N
		return nil
	})
	return reg
}
