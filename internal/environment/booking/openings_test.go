package booking

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// TestOpeningsFarAheadAreThoseOfTheWholeSchedule compares the search that reads ever further ahead with one look at everything.
func TestOpeningsFarAheadAreThoseOfTheWholeSchedule(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, capacity := range map[string]int{"alone": 1, "shared": 2} {
			envs := w.AddEnvironments(2, func(i int, e *environment.Environment) {
				e.Key, e.Name = name+string(rune('1'+i)), name+string(rune('1'+i))
				e.AutoApprove, e.Capacity = true, capacity
			})
			r := rand.New(rand.NewPCG(7, uint64(capacity)))
			var ids []ref.Environment
			for _, e := range envs {
				ids = append(ids, e.ID)
				for range capacity {
					for at := 1; at < 24*80; {
						length := 1 + r.IntN(90)
						if r.IntN(12) == 0 {
							length = 24 * (32 + r.IntN(8)) // beyond the reach of window queries
						}
						w.book(w.Ctx, e.Key, w.hours(at, at+length), func(in *NewBooking) { in.Intent = Touch })
						at += length + r.IntN(12)
					}
				}
			}
			for _, length := range []time.Duration{2 * time.Hour, 9 * time.Hour, 30 * time.Hour, 100 * time.Hour} {
				got, err := w.Openings(w.Ctx, OpeningSearch{Environments: ids, Length: length, From: w.start(), Intent: Touch, Limit: 5})
				if err != nil {
					t.Fatal(err)
				}
				want := w.openingsAtOnce(t, ids, length)
				if len(got) != len(want) {
					t.Fatalf("%s, %v: %d slots, want %d", name, length, len(got), len(want))
				}
				for i, slot := range want {
					if got[i].Environment.ID != slot.Environment || !got[i].From.Equal(slot.From) || !got[i].To.Equal(slot.To) {
						t.Errorf("%s, %v: slot %d is %v, want %v", name, length, i, got[i], slot)
					}
				}
			}
		}
	})
}

// openingsAtOnce looks for free slots among all that is held.
func (w *world) openingsAtOnce(t *testing.T, ids []ref.Environment, length time.Duration) (slots []Slot) {
	t.Helper()
	within := interval.Span{From: w.start(), To: w.start().AddDate(1, 0, 0)}
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		st, err := w.look(ctx, tx, ids)
		if err != nil {
			return err
		}
		grounds, err := st.grounds(ctx, within, "")
		slots = Slots(grounds, SlotSearch{Within: within, Length: length, Intent: Touch, Limit: 5})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slots
}

// TestOpeningsCountWhatLiesAcrossTheEndOfALookOnce has a slot beside a booking that begins before the first look ends and
// lasts beyond it.
func TestOpeningsCountWhatLiesAcrossTheEndOfALookOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := w.AddEnvironment("PERF", auto, func(e *environment.Environment) { e.Capacity = 2 })
		week := 24 * horizons[0]
		touch := func(in *NewBooking) { in.Intent = Touch }
		w.book(w.Ctx, "PERF", w.hours(1, week+100), touch)
		w.book(w.Ctx, "PERF", w.hours(1, week-3), touch)
		got, err := w.Openings(w.Ctx, OpeningSearch{Environments: []ref.Environment{e.ID}, Length: 40 * time.Hour, From: w.start(), Intent: Touch, Limit: 1})
		if err != nil || len(got) != 1 || !got[0].From.Equal(w.hours(week-3, 0).From) {
			t.Fatalf("%+v %v", got, err)
		}
	})
}
