// Package jobstest lets the tests of a slice see and work background jobs without goroutines or waiting.
package jobstest

import (
	"context"
	"sync"
	"testing"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/jobs"
)

// Client returns a client that enqueues and is not started; the clock is the machine's unless one is given. The
// database needs jobs.Migrations.
func Client(t testing.TB, d *db.DB, reg *jobs.Registry, clk ...clock.Clock) *jobs.Client {
	t.Helper()
	c := clock.System()
	if len(clk) > 0 {
		c = clk[0]
	}
	client, err := jobs.NewClient(d, reg, c, nil, jobs.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Run works everything that is due once, in order, in the calling goroutine, and returns how many tries that were. A
// job that fails fails the test.
func Run(t testing.TB, d *db.DB, reg *jobs.Registry, clk ...clock.Clock) int {
	t.Helper()
	n, failures := Try(t, d, reg, clk...)
	if failures != nil {
		t.Fatalf("jobs failed: %v", failures)
	}
	return n
}

// Try is [Run] for tests that expect failures, which it returns joined.
func Try(t testing.TB, d *db.DB, reg *jobs.Registry, clk ...clock.Clock) (int, error) {
	t.Helper()
	n, failures, err := Client(t, d, reg, clk...).WorkDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n, failures
}

// Recorder is an Enqueuer that only remembers what was enqueued by transactions that committed.
type Recorder struct {
	mu  sync.Mutex
	all []Enqueued
}

// Enqueued is one remembered job.
type Enqueued struct {
	Args    jobs.Args
	Options jobs.Options
}

// Enqueue remembers the job once the transaction commits.
func (r *Recorder) Enqueue(_ context.Context, tx db.Tx, args jobs.Args, opts jobs.Options) error {
	tx.AfterCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, Enqueued{args, opts})
	})
	return nil
}

// All returns what was enqueued, in order.
func (r *Recorder) All() []Enqueued {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Enqueued(nil), r.all...)
}

// Of returns the arguments of one type that were enqueued, in order.
func Of[A jobs.Args](r *Recorder) []A {
	var out []A
	for _, e := range r.All() {
		if a, ok := e.Args.(A); ok {
			out = append(out, a)
		}
	}
	return out
}
