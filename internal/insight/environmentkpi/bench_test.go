package environmentkpi

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

// size is how many bookings the benchmark draws over 2,000 environments: a million, unless MILLRACE_BENCH_BOOKINGS says
// otherwise.
func size() int {
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_BENCH_BOOKINGS")); err == nil {
		return n
	}
	return 1_000_000
}

// BenchmarkReports asks a portfolio with two years of bookings for its reports.
func BenchmarkReports(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{
		"sqlite":   func(t testing.TB) *db.DB { return dbtest.SQLite(t, migrations...) },
		"postgres": func(t testing.TB) *db.DB { return dbtest.Postgres(t, migrations...) },
	} {
		b.Run(engine, func(b *testing.B) {
			w := newWorld(b, open(b))
			small := w.loadPortfolio(2000, size()/2000)
			ctx := authz.With(b.Context(), authz.System("bench"))
			for name, ask := range map[string]func() error{
				"report of a month": func() error { _, err := w.kpi.Report(ctx, Question{Month: "2026-10"}); return err },
				"report of a unit of 20": func() error {
					_, err := w.kpi.Report(ctx, Question{Scope: Scope{Unit: small.ID}, Month: "2026-10"})
					return err
				},
				"utilisation of a month": func() error { _, err := w.kpi.Utilisation(ctx, Question{Month: "2026-10"}); return err },
				"advice":                 func() error { _, err := w.kpi.Advice(ctx, Question{Month: "2026-10"}); return err },
			} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if err := ask(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// loadPortfolio draws environments with bookings over the two years before December 2026, a tenth of them environments
// that are rarely booked, and returns a unit that holds 20 of them.
func (w *world) loadPortfolio(n, per int) (small people.Unit) {
	r := rand.New(rand.NewPCG(3, 9))
	small = w.AddUnit("Small", "")
	app := w.AddApplication("pay", "").ID
	envs := w.AddEnvironments(n, func(i int, e *environment.Environment) {
		if i%5 == 0 {
			e.Application = app
		}
		if i < 20 {
			e.Unit = small.ID
		}
		e.CostPerHour, e.Capacity = int64(i%7*100), 1+i%3
	})
	begin, now := at("2024-12-01 00:00"), at("2026-11-10 00:00")
	names := []string{"approved", "approved", "approved", "approved", "approved", "approved", "ended", "rejected", "requested", "cancelled"}
	for i, e := range envs {
		var list []drawn
		step := 730 * 24 * time.Hour / time.Duration(per)
		for k := range per {
			from := begin.Add(time.Duration(k) * step).Truncate(time.Hour)
			length := time.Duration(2+r.IntN(30)) * time.Hour
			if i%10 == 3 {
				length = time.Hour
			}
			b := drawn{env: envs[i : i+1], from: from, to: from.Add(length), status: names[r.IntN(len(names))], intent: intentNames[k%3], release: fmt.Sprint("R", k%40), unit: e.Unit}
			if k%2 == 0 {
				b.used = &b.from
			}
			list = append(list, b)
		}
		w.draw(list...)
	}
	w.Clock.Set(now)
	err := w.DB.Write(w.Ctx, func(ctx ctx, tx tx) error { _, err := tx.ExecContext(ctx, "ANALYZE"); return err })
	if err != nil {
		w.T.Fatal(err)
	}
	return small
}
