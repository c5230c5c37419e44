package booking

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// portfolioSize is how many bookings the benchmarks run beside: a million over 2,000 environments, unless the environment
// variable MILLRACE_BENCH_BOOKINGS says otherwise.
func portfolioSize() int {
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_BENCH_BOOKINGS")); err == nil {
		return n
	}
	return 1_000_000
}

// load fills a schedule past the use cases: of every 500 bookings of an environment 450 are approved and disjoint and 50
// requested, over two years back and one ahead.
func (w *world) load(b testing.TB, envs []environment.Environment, per int) {
	b.Helper()
	r := rand.New(rand.NewPCG(11, 1))
	now, number := w.Clock.Now(), int64(0)
	begin := w.start().AddDate(-2, 0, 0)
	step := 3 * 365 * 24 * time.Hour / time.Duration(per*9/10)
	for chunk := range slices.Chunk(envs, 50) {
		var bookings, parts [][]any
		for _, e := range chunk {
			at := begin
			for i := range per {
				status, span := Approved, interval.Span{From: at.Truncate(time.Hour), To: at.Add(step * 2 / 3).Truncate(time.Hour)}
				if i%10 == 9 {
					from := begin.Add(time.Duration(r.Int64N(int64(3 * 365 * 24 * time.Hour)))).Truncate(time.Hour)
					status, span = Requested, interval.Span{From: from, To: from.Add(time.Duration(4+r.IntN(40)) * time.Hour)}
				} else {
					at = at.Add(step)
				}
				number++
				title := "Test run " + strconv.FormatInt(number, 10)
				d := draft{Booking: &Booking{ID: ref.New[ref.Booking](), Number: number, Title: title, TitleKey: ref.NameKey(title), Status: status, Intent: Intents[number%3], From: span.From, To: span.To,
					Requester: "bench", RequesterName: "Bench", Unit: e.Unit, Version: 1, CreatedAt: now, UpdatedAt: now}, parts: []Part{{Environment: e.ID, ApprovedBy: "auto", ApprovedAt: &now}}}
				d.mirror()
				bookings, parts = append(bookings, d.Booking.row()), append(parts, d.parts[0].row())
			}
		}
		err := w.DB.WriteBulk(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if err := tx.BulkInsert(ctx, "booking", bookingColumns, bookings); err != nil {
				return err
			}
			return tx.BulkInsert(ctx, "booking_environment", partColumns, parts)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE booking_number SET next = ?`, number+1); err != nil {
			return err
		}
		if tx.Engine() == db.SQLite {
			return nil // as in production, where nothing gathers statistics
		}
		_, err := tx.ExecContext(ctx, "ANALYZE") // autovacuum does it in production
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// times collects how long calls took and reports percentiles.
type times struct {
	mu  sync.Mutex
	all []time.Duration
}

func (m *times) add(d time.Duration) {
	m.mu.Lock()
	m.all = append(m.all, d)
	m.mu.Unlock()
}

func (m *times) report(b *testing.B) {
	slices.Sort(m.all)
	at := func(p float64) float64 { return float64(m.all[int(p*float64(len(m.all)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.50), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}

// BenchmarkSchedule measures what the issue demands, at a million bookings, on both engines:
//
//	go test -run xxx -bench Schedule -benchtime 20x ./internal/environment/booking
func BenchmarkSchedule(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			var d *db.DB
			if engine == "sqlite" {
				d = dbtest.SQLite(b, migrations...)
			} else {
				d = dbtest.Postgres(b, migrations...)
			}
			w := newWorld(b, d)
			var apps []ref.App
			for i := range 10 {
				apps = append(apps, w.AddApplication(fmt.Sprint("app", i), "").ID)
			}
			n := min(2000, portfolioSize()/10)
			envs := w.AddEnvironments(n, func(i int, e *environment.Environment) {
				e.Application, e.AutoApprove = apps[i%10], true
			})
			started := time.Now()
			w.load(b, envs, portfolioSize()/n)
			b.Logf("%d bookings in %v", portfolioSize(), time.Since(started).Round(time.Second))
			b.Run("check", func(b *testing.B) { w.benchCheck(b, envs) })
			b.Run("decide", func(b *testing.B) { w.benchDecide(b, envs[:20]) })
			b.Run("conflicts", func(b *testing.B) {
				for b.Loop() {
					page, err := w.ListConflicts(w.Ctx, ConflictFilter{Limit: 100})
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(*page.Total), "pairs")
				}
			})
			b.Run("openings-of-200", func(b *testing.B) {
				for b.Loop() {
					ids, err := w.equivalentsOf(w.Ctx, "", "", Filter{Application: "app3"})
					if err != nil {
						b.Fatal(err)
					}
					list, err := w.Openings(w.Ctx, OpeningSearch{Environments: ids, Length: 30 * time.Hour, Intent: ChangeCode, Limit: 10})
					if err != nil || len(list) == 0 {
						b.Fatal(list, err)
					}
				}
			})
			b.Run("settlement", func(b *testing.B) { w.benchSettle(b) })
			b.Run("schedule-of-2000-rows", func(b *testing.B) { w.benchRows(b) })
		})
	}
}

// perRound is how many checks and decisions make one operation of their benchmarks, so that percentiles mean something beside
// the slow ones.
const perRound = 100

// benchCheck asks through the service whether a booking would go through, without saving it.
func (w *world) benchCheck(b *testing.B, envs []environment.Environment) {
	r := rand.New(rand.NewPCG(12, 1))
	var m times
	for i := 0; i < b.N*perRound; i++ {
		e := envs[r.IntN(len(envs))]
		from := r.IntN(24 * 90)
		span := w.hours(from, from+1+r.IntN(24))
		started := time.Now()
		err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			st, err := w.look(ctx, tx, []ref.Environment{e.ID})
			if err != nil {
				return err
			}
			if err := st.prepare(ctx, span); err != nil {
				return err
			}
			st.clashes(st.newDraft(ctx, NewBooking{Intent: ChangeCode}, Candidate{Environments: st.ids}, span, 0, ""))
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		m.add(time.Since(started))
	}
	m.report(b)
}

// benchDecide lets eight clients book twenty environments and counts decisions, accepted and refused alike.
func (w *world) benchDecide(b *testing.B, envs []environment.Environment) {
	var m times
	var booked, refused atomic.Int64
	var wg sync.WaitGroup
	started := time.Now()
	left := atomic.Int64{}
	total := b.N * perRound
	left.Store(int64(total))
	for c := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), uint64(b.N)))
			for left.Add(-1) >= 0 {
				from := r.IntN(60 * 24 * 700)
				at := w.start().Add(time.Duration(from) * time.Minute)
				in := w.ask(envs[r.IntN(len(envs))].Key, interval.Span{From: at, To: at.Add(time.Duration(1+r.IntN(60)) * time.Minute)})
				t := time.Now()
				_, err := w.Create(w.Ctx, in, false)
				m.add(time.Since(t))
				if err == nil {
					booked.Add(1)
				} else {
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(total)/time.Since(started).Seconds(), "decisions/s")
	b.ReportMetric(100*float64(booked.Load())/float64(total), "%booked")
	m.report(b)
	if n := w.overlapping(b); n != 0 {
		b.Fatalf("%d double bookings", n)
	}
}

// benchSettle settles about two hundred conflicts of the portfolio.
func (w *world) benchSettle(b *testing.B) {
	within := interval.Span{From: w.start(), To: w.start().AddDate(0, 0, 90)}
	page, err := w.ListConflicts(w.Ctx, ConflictFilter{Within: within, Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	within.To = within.From.Add(max(24*time.Hour, time.Duration(90*24*200 / *page.Total + 4)*time.Hour))
	for b.Loop() {
		p, err := w.ProposeSettlement(w.Ctx, SettlementQuestion{From: within.From, To: within.To})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(p.Conflicts), "conflicts")
		b.ReportMetric(100*p.Gap, "%gap")
	}
}

// benchRows opens the schedule: as many days as make about fifty bars a row.
func (w *world) benchRows(b *testing.B) {
	srv := httpapi.New(httpapi.Config{Version: "bench", Logger: w.Logger, DB: w.DB, Clock: w.Clock, Auth: trusted{}})
	w.Mount(srv)
	handler := srv.Handler()
	path := fmt.Sprintf("/api/v1/schedule?from=%s&to=%s", w.start().Format(time.RFC3339), w.start().AddDate(0, 0, 115).Format(time.RFC3339))
	for b.Loop() {
		req := httptest.NewRequestWithContext(w.Ctx, "GET", path, nil)
		req.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code != 200 {
			b.Fatal(rec.Code, rec.Body.String())
		}
		b.ReportMetric(float64(rec.Body.Len())/1e6, "MB-gzip")
	}
}
