package valuestream

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/ref"
)

// sizes are the numbers of deployments; MILLRACE_BENCH_SIZE=small leaves out the million.
func sizes() []int {
	if os.Getenv("MILLRACE_BENCH_SIZE") == "small" {
		return []int{10_000, 100_000}
	}
	return []int{100_000, 1_000_000}
}

func eachEngine(b *testing.B, fn func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, dbtest.SQLite(b, factSets...)) })
	b.Run("postgres", func(b *testing.B) { fn(b, dbtest.Postgres(b, factSets...)) })
}

// BenchmarkDerivation derives all metrics from the facts: "first" into empty tables, "again" with the rows there, and
// measures how long one more deployment takes to show.
func BenchmarkDerivation(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			eachEngine(b, func(b *testing.B, d *db.DB) {
				ctx := context.Background()
				g := generate(b, d, n, n/500)
				settle(b, d)
				b.ResetTimer()
				for range b.N {
					s := New(Deps{DB: d, Clock: clock.System()})
					before := cpuSeconds()
					first := timed(b, func() error { _, err := s.DeriveAll(ctx, nil); return err })
					b.ReportMetric(cpuSeconds()-before, "cpu-s-first")
					again := timed(b, func() error { _, err := s.DeriveAll(ctx, nil); return err })
					b.ReportMetric(first.Seconds(), "s-first")
					b.ReportMetric(again.Seconds(), "s-again")
					fresh := New(Deps{DB: d, Clock: clock.System()})
					b.ReportMetric(timed(b, func() error { return fresh.Refresh(ctx) }).Seconds(), "s-load")
					b.ReportMetric(float64(s.store.Bytes())/(1<<20), "MB-store")
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					b.ReportMetric(float64(m.Sys)/(1<<20), "MB-peak")
					s.setReady()
					b.ReportMetric(float64(timed(b, func() error {
						_, err := s.Dora(authz.With(ctx, authz.System("bench")), DoraQuestion{Class: ClassProduction, From: g.end.AddDate(-2, 0, 0), To: g.end, Bucket: BucketWeek})
						return err
					}).Microseconds())/1000, "ms-query")
					app := g.apps[len(g.apps)/2]
					oneMore(b, d, app, g.end)
					b.ReportMetric(float64(timed(b, func() error { return s.DeriveApplication(ctx, app) }).Microseconds())/1000, "ms-one-more")
					err := d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
						for _, table := range []string{"dora_deployment", "dora_change", "dora_failure", "dora_application"} {
							if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// settle brings the database into the state in which it is some minutes after much was written: the log folded back on
// SQLite, what autovacuum does on PostgreSQL.
func settle(b *testing.B, d *db.DB) {
	b.Helper()
	statements := []string{"PRAGMA wal_checkpoint(TRUNCATE)"}
	if d.Engine() == db.Postgres {
		statements = []string{"VACUUM (ANALYZE)", "CHECKPOINT"}
	}
	for _, s := range statements {
		if _, err := d.SQL().Exec(s); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
}

// cpuSeconds is the processor time of this process, which says more than the clock on a machine that others use too.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func timed(b *testing.B, fn func() error) time.Duration {
	b.Helper()
	start := time.Now()
	if err := fn(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// oneMore adds a deployment of the application's first commit.
func oneMore(b *testing.B, d *db.DB, app ref.App, at time.Time) {
	b.Helper()
	err := d.Write(context.Background(), func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM deployment WHERE id = 1"); err != nil {
			return err
		}
		return tx.BulkInsert(ctx, "deployment", []string{"id", "external_id", "application_id", "environment", "environment_class", "result", "started_at", "finished_at", "at", "revision"},
			[][]any{{int64(1), "one more", string(app), "prod-eu", "PRODUCTION", "SUCCESS", at, at, at, 1}})
	})
	if err != nil {
		b.Fatal(err)
	}
}
