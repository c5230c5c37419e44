package jobs_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/jobs"
)

func engines(b *testing.B, fn func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, dbtest.SQLite(b, sets...)) })
	b.Run("postgres", func(b *testing.B) { fn(b, dbtest.Postgres(b, sets...)) })
}

func running(b *testing.B, d *db.DB, reg *jobs.Registry) *jobs.Client {
	c, err := jobs.NewClient(d, reg, clock.System(), nil, jobs.ClientOptions{})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Stop(context.Background()) })
	return c
}

// BenchmarkCommitToWork measures the time from the commit to the start of the work.
func BenchmarkCommitToWork(b *testing.B) {
	engines(b, func(b *testing.B, d *db.DB) {
		seen := make(chan int, 1)
		c := running(b, d, registry(seen))
		var waits []time.Duration
		for b.Loop() {
			err := d.Write(b.Context(), func(ctx context.Context, tx db.Tx) error { return c.Enqueue(ctx, tx, args{}, jobs.Options{}) })
			if err != nil {
				b.Fatal(err)
			}
			at := time.Now()
			<-seen
			waits = append(waits, time.Since(at))
		}
		slices.Sort(waits)
		b.ReportMetric(float64(waits[len(waits)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds()), "p99-µs")
	})
}

// BenchmarkInteractiveWriteUnderLoad measures how long a small interactive transaction takes while another goroutine
// enqueues as fast as it can and eight workers work.
func BenchmarkInteractiveWriteUnderLoad(b *testing.B) {
	engines(b, func(b *testing.B, d *db.DB) {
		seen := make(chan int, 1<<20)
		c := running(b, d, registry(seen))
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_ = d.WriteBulk(b.Context(), func(ctx context.Context, tx db.Tx) error {
					for i := range 20 {
						if err := c.Enqueue(ctx, tx, args{i}, jobs.Options{}); err != nil {
							return err
						}
					}
					return nil
				})
			}
		})
		var waits []time.Duration
		for b.Loop() {
			at := time.Now()
			if err := d.Write(b.Context(), func(context.Context, db.Tx) error { return nil }); err != nil {
				b.Fatal(err)
			}
			waits = append(waits, time.Since(at))
			time.Sleep(5 * time.Millisecond)
		}
		close(stop)
		wg.Wait()
		slices.Sort(waits)
		b.ReportMetric(float64(waits[len(waits)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds()), "p99-µs")
		b.ReportMetric(float64(len(seen))/b.Elapsed().Seconds(), "jobs/s")
	})
}
