package jobstest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/jobs/jobstest"
)

type step struct {
	N int `json:"n"`
}

func (step) Kind() string { return "try.step" }

func TestRunWorksWhatIsDueAndWhatThatEnqueues(t *testing.T) {
	dbtest.Each(t, []migrate.Set{jobs.Migrations}, func(t *testing.T, d *db.DB) {
		clk := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		reg := jobs.NewRegistry()
		c := jobstest.Client(t, d, reg, clk)
		enqueue := func(ctx context.Context, n int, o jobs.Options) {
			if err := d.Write(ctx, func(ctx context.Context, tx db.Tx) error { return c.Enqueue(ctx, tx, step{n}, o) }); err != nil {
				t.Fatal(err)
			}
		}
		var order []int
		jobs.Register(reg, func(ctx context.Context, j jobs.Job[step]) error {
			order = append(order, j.Args.N)
			switch j.Args.N {
			case 1:
				enqueue(ctx, 3, jobs.Options{Queue: "another"})
			case 9:
				return errors.New("no")
			}
			return nil
		})
		enqueue(t.Context(), 4, jobs.Options{RunAt: clk.Now().Add(time.Hour)})
		enqueue(t.Context(), 1, jobs.Options{})
		enqueue(t.Context(), 2, jobs.Options{})
		if n := jobstest.Run(t, d, reg, clk); n != 3 || len(order) != 3 || order[0] != 1 || order[1] != 2 || order[2] != 3 {
			t.Fatal(n, order)
		}
		clk.Advance(time.Hour)
		enqueue(t.Context(), 9, jobs.Options{})
		if n, err := jobstest.Try(t, d, reg, clk); n != 2 || err == nil {
			t.Fatal(n, err)
		}
		if n := jobstest.Run(t, d, reg, clk); n != 0 {
			t.Fatal("a failed job was worked again at once")
		}
	})
}

func TestRecorderKeepsOnlyWhatCommits(t *testing.T) {
	d := dbtest.SQLite(t)
	var r jobstest.Recorder
	for n, fail := range map[int]error{1: nil, 2: errors.New("rolled back")} {
		_ = d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := r.Enqueue(ctx, tx, step{n}, jobs.Options{Unique: "k"}); err != nil {
				return err
			}
			return fail
		})
	}
	if got := jobstest.Of[step](&r); len(got) != 1 || got[0].N != 1 || r.All()[0].Options.Unique != "k" {
		t.Fatal(r.All())
	}
}
