package booking

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// overlaps counts the pairs of approved bookings that must not be: the question all these tests ask.
func (w *world) overlapping(t testing.TB) int {
	t.Helper()
	n := 0
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		n = 0
		var envs []struct {
			ID       ref.Environment `bun:"id"`
			Capacity int             `bun:"capacity"`
		}
		if err := tx.NewSelect().Table("v_environment").Column("id", "capacity").Scan(ctx, &envs); err != nil {
			return err
		}
		lanes := map[ref.Environment]*Lane{}
		for _, e := range envs {
			lanes[e.ID] = &Lane{Environment: e.ID, Capacity: e.Capacity, Matrix: DefaultMatrix}
		}
		err := tx.Stream(ctx, func(r *db.Row) error {
			h := holdOf(r)
			lanes[h.Environment].Holds = append(lanes[h.Environment].Holds, h.hold())
			return nil
		}, holdColumns, "FROM booking_environment WHERE status = 'approved'")
		for _, l := range lanes {
			n += len(Conflicts(*l))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rush lets clients book and approve on few environments at once.
func (w *world) rush(t testing.TB, clients, tries, days int, envs []environment.Environment) (booked, refused int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 9))
			for range tries {
				from := r.IntN(24 * days)
				in := w.ask(envs[r.IntN(len(envs))].Key, w.hours(from, from+1+r.IntN(12)))
				_, err := w.Create(w.Ctx, in, false)
				mu.Lock()
				switch {
				case err == nil:
					booked++
				case problem.CodeOf(err) == "booking_overlaps":
					refused++
				default:
					t.Errorf("%v", err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return booked, refused
}

// TestNoDoubleBookingUnderRush has a control: the same rush without the touch of the schedules does book doubly on
// PostgreSQL, so the test can fail. On SQLite there is one writer and the control proves nothing.
func TestNoDoubleBookingUnderRush(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		envs := w.AddEnvironments(5, func(_ int, e *environment.Environment) { e.AutoApprove = true })
		booked, refused := w.rush(t, 8, 40, 10, envs)
		if n := w.overlapping(t); n != 0 {
			t.Fatalf("%d double bookings", n)
		}
		if booked < 20 || refused < 20 {
			t.Fatalf("%d booked, %d refused: the rush proves nothing", booked, refused)
		}
	})
	t.Run("control", func(t *testing.T) {
		w := newWorld(t, dbtest.Postgres(t, migrations...))
		// Without the touch, and with everybody looking before anybody writes.
		w.touch = w.Environments.AskBookables
		for round := range 20 {
			envs := w.AddEnvironments(3, func(i int, e *environment.Environment) {
				e.Key, e.AutoApprove = fmt.Sprint("C", round, "-", i), true
			})
			w.rush(t, 8, 20, 2, envs)
			if n := w.overlapping(t); n > 0 {
				t.Logf("without the touch: %d double bookings after %d rounds", n, round+1)
				return
			}
		}
		t.Fatal("without the touch nothing was booked doubly; the test of the touch proves nothing")
	})
}

// TestLocksOfSeveralEnvironmentsDoNotWaitForEachOther books groups that share members from many clients.
func TestLocksOfSeveralEnvironmentsDoNotWaitForEachOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		envs := w.AddEnvironments(6, func(_ int, e *environment.Environment) { e.AutoApprove = true })
		for g := range 6 {
			w.AddGroup(fmt.Sprint("g", g), envs[g], envs[(g+2)%6], envs[(g+3)%6])
		}
		var wg sync.WaitGroup
		for c := range 6 {
			wg.Go(func() {
				for i := range 15 {
					in := NewBooking{Targets: Targets{Group: fmt.Sprint("g", (c+i)%6)}, From: w.hours(i, 0).From, To: w.hours(0, i+1).To, Title: "lane"}
					if _, err := w.Create(w.Ctx, in, false); err != nil && problem.CodeOf(err) != "booking_overlaps" {
						t.Errorf("%v", err)
					}
				}
			})
		}
		wg.Wait()
		if n := w.overlapping(t); n != 0 {
			t.Fatalf("%d double bookings", n)
		}
	})
}

// recorded is what a client was told about a booking: the last state that was acknowledged.
type recorded struct {
	version  int64
	status   Status
	from, to time.Time
}

// TestHistoryOfRandomOperations lets clients create, move, approve, reject, cancel, extend, split and hand over at random on
// few environments, some of them shared, and checks after each phase that no approved bookings overlap, that nothing that
// was acknowledged is lost, and that the schedule repeats the bookings.
func TestHistoryOfRandomOperations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		envs := w.AddEnvironments(4, func(i int, e *environment.Environment) {
			e.AutoApprove = i%2 == 0
			e.Capacity = 1 + i/2
		})
		holders := []ref.Person{w.AddPerson("Ada", "").ID, w.AddPerson("Bob", "").ID}
		policy := DefaultPolicy()
		policy.Mode = Queue
		must(w.SetPolicy(w.Ctx, w.Root.ID, 0, policy))
		var mu sync.Mutex
		told := map[ref.Booking]recorded{}
		note := func(l Listed) {
			mu.Lock()
			defer mu.Unlock()
			if l.Version >= told[l.ID].version {
				told[l.ID] = recorded{l.Version, l.Status, l.From, l.To}
			}
		}
		any := func(r *rand.Rand) string {
			mu.Lock()
			defer mu.Unlock()
			ids := make([]ref.Booking, 0, len(told))
			for id := range told {
				ids = append(ids, id)
			}
			if len(ids) == 0 {
				return ""
			}
			slices.Sort(ids)
			return string(ids[r.IntN(len(ids))])
		}
		done := map[string]int{}
		for phase := range 3 {
			var wg sync.WaitGroup
			for c := range 6 {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(uint64(c), uint64(phase)))
					for range 60 {
						name, out, err := w.randomAct(w.Ctx, r, envs, holders, any(r))
						switch {
						case err == nil:
							note(out.Booking)
							for _, m := range out.More {
								note(m)
							}
							mu.Lock()
							done[name]++
							mu.Unlock()
						case problem.Of(err) == nil || problem.KindOf(err) == problem.Internal:
							t.Errorf("%s: %v", name, err)
						}
					}
				})
			}
			wg.Wait()
			if n := w.overlapping(t); n != 0 {
				t.Fatalf("%d approved bookings overlap after phase %d", n, phase)
			}
			w.checkTold(t, told)
		}
		for _, name := range []string{"create", "move", "approve", "cancel", "hand over", "exchange", "split"} {
			if done[name] == 0 {
				t.Errorf("%s never went through: %v", name, done)
			}
		}
	})
}

func (w *world) randomAct(ctx context.Context, r *rand.Rand, envs []environment.Environment, holders []ref.Person, id string) (string, Revised, error) {
	from := r.IntN(72)
	span := w.hours(from, from+1+r.IntN(10))
	dice := r.IntN(12)
	if id == "" || dice < 3 {
		in := w.ask(envs[r.IntN(len(envs))].Key, span)
		in.Intent = Intents[r.IntN(3)]
		c, err := w.Create(ctx, in, false)
		if err != nil {
			return "create", Revised{}, err
		}
		return "create", Revised{Booking: c.Bookings[0]}, nil
	}
	now := func() int64 {
		l, err := w.Get(ctx, id)
		if err != nil {
			return 0
		}
		return l.Version
	}
	var out Revised
	var err error
	switch dice {
	case 3, 4, 5:
		out, err = w.Approve(ctx, id, 0, "", false)
		return "approve", out, err
	case 6, 7:
		out, err = w.Change(ctx, id, now(), BookingChange{From: httpapi.Some(span.From), To: httpapi.Some(span.To)}, false)
		return "move", out, err
	case 8:
		out, err = w.Change(ctx, id, now(), BookingChange{Environment: envs[r.IntN(len(envs))].Key}, false)
		return "exchange", out, err
	case 9:
		if r.IntN(3) == 0 {
			out, err = w.Reject(ctx, id, 0, "no")
			return "reject", out, err
		}
		out, err = w.Extend(ctx, id, 0, span.To, "", false)
		return "extend", out, err
	case 10:
		if r.IntN(2) == 0 {
			out, err = w.Cancel(ctx, id, 0, "", false)
			return "cancel", out, err
		}
		// In its middle, where it can be: a moment by chance is hardly ever inside.
		at := span.From
		if l, err := w.Get(ctx, id); err == nil {
			at = l.From.Add(l.To.Sub(l.From) / 2)
		}
		out, err = w.Split(ctx, id, 0, at, false)
		return "split", out, err
	}
	out, err = w.HandOver(ctx, id, 0, holders[r.IntN(2)])
	return "hand over", out, err
}

// checkTold holds what is stored against what clients were told. A booking may have gone on since (the waitlist moves by
// itself), but never back.
func (w *world) checkTold(t *testing.T, told map[ref.Booking]recorded) {
	t.Helper()
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		for id, r := range told {
			b, err := findBooking(ctx, tx, string(id))
			if err != nil {
				return fmt.Errorf("%s was acknowledged and is lost: %w", id, err)
			}
			if b.Version < r.version || b.Version == r.version && (b.Status != r.status || !b.From.Equal(r.from) || !b.To.Equal(r.to)) {
				t.Errorf("%s: told %+v, stored %+v", id, r, b)
			}
			parts, err := partsOf(ctx, tx, id)
			if err != nil {
				return err
			}
			if len(parts[id]) == 0 {
				t.Errorf("%s stands in no environment", id)
			}
			for _, p := range parts[id] {
				if p.Status != b.Status || !p.From.Equal(b.From) || !p.To.Equal(b.To) || p.Intent != b.Intent || p.LastsLong != lastsLong(b.Span()) {
					t.Errorf("%s: the schedule says %+v", id, p)
				}
			}
		}
		events, err := tx.NewSelect().Table("event").ColumnExpr("DISTINCT subject_id").Where("subject_kind = 'booking'").Count(ctx)
		if err == nil && events < int64(len(told)) {
			t.Errorf("%d bookings, %d of them in the history", len(told), events)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
