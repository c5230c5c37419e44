package booking

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// take runs an import of rows and returns what became of each.
func (w *world) take(t *testing.T, ctx context.Context, write bool, rows ...ImportRow) []ImportedRow {
	t.Helper()
	o := ImportOptions{Within: w.hours(-1000, 2000), Write: write}
	for _, r := range rows {
		o.Environments = append(o.Environments, r.Places...)
	}
	var out []ImportedRow
	run := w.DB.Read
	if write {
		run = w.DB.Write
	}
	err := run(ctx, func(ctx context.Context, tx db.Tx) error {
		out = nil
		i, err := w.BeginImport(ctx, tx, o)
		if err != nil {
			return err
		}
		for n, r := range rows {
			r.Row = n + 1
			got, err := i.Put(ctx, r)
			if err != nil {
				return err
			}
			out = append(out, got)
		}
		return i.End(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) line(e environment.Environment, from, to int, wish Status, choice ImportChoice) ImportRow {
	return ImportRow{NewBooking: NewBooking{From: w.hours(from, 0).From, To: w.hours(0, to).To, Title: "Row", Intent: ChangeCode}, Places: []ref.Environment{e.ID}, Wish: wish, Choice: choice}
}

func TestImportGoesThroughTheSameDecision(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.AddEnvironment("SIT1", auto), w.AddEnvironment("SIT2")
		there := w.book(w.Ctx, "SIT1", w.hours(50, 60))
		rows := []ImportRow{
			w.line(a, 1, 5, "", TakeRequested), w.line(a, 4, 8, "", TakeRequested), w.line(b, 1, 5, Approved, TakeRequested), w.line(b, 4, 8, Approved, LeaveOut),
			w.line(a, 55, 70, "", TakeWaiting), w.line(a, 9, 9, "", TakeRequested), w.line(b, 20, 30, "", TakeRequested), w.line(b, 25, 35, "", LeaveOut), w.line(a, 100, 110, Requested, ""),
		}
		want := []string{"approved", "requested 1+", "approved", "left 3+", "waiting 0+", "booking_invalid", "requested", "left 7-", "requested"}
		tell := func(r ImportedRow) string {
			s := string(r.Status)
			switch {
			case r.Problem != nil:
				return r.Problem.Code
			case r.Left:
				s = "left"
			}
			for _, c := range r.Clashes {
				s += fmt.Sprintf(" %d%s", c.Row, map[bool]string{true: "+", false: "-"}[c.Held])
			}
			return s
		}
		for _, write := range []bool{false, true} {
			out := w.take(t, w.Ctx, write, rows...)
			for i := range rows {
				if got := tell(out[i]); got != want[i] {
					t.Errorf("write %v, row %d: %q, want %q", write, i+1, got, want[i])
				}
			}
			if out[4].Clashes[0].Booking != there.ID {
				t.Errorf("%+v", out[4])
			}
			if n := len(must(w.List(w.Ctx, ListFilter{Limit: 50})).Items); n != map[bool]int{false: 1, true: 7}[write] {
				t.Fatalf("%d bookings after write %v", n, write)
			}
		}
		if n := w.overlapping(t); n != 0 {
			t.Fatalf("%d double bookings", n)
		}
	})
}

func TestImportDecidesOnlyWhatTheCallerDecides(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := w.AddEnvironment("SIT1")
		ada, bob := w.AddPerson("Ada", w.Root.ID), w.AddPerson("Bob", w.Root.ID)
		row := w.line(e, 1, 5, Approved, TakeRequested)
		row.Holder = bob.ID
		if out := w.take(t, w.as(ada), true, row); out[0].Status != Requested {
			t.Errorf("approved without the permission: %+v", out[0])
		}
		row.From, row.To = w.hours(10, 0).From, w.hours(0, 12).To
		if out := w.take(t, w.as(ada, PermApprove), true, row); out[0].Status != Approved {
			t.Errorf("not approved: %+v", out[0])
		}
		row.From, row.To, row.Holder = w.hours(20, 0).From, w.hours(0, 22).To, ada.ID
		if out := w.take(t, w.as(ada, PermApprove), true, row); out[0].Status != Requested {
			t.Errorf("somebody approved what is their own: %+v", out[0])
		}
	})
}

func TestImportHeedsFreezesUnlessPassedWithAReason(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := w.AddEnvironment("SIT1", auto)
		w.closed = []closing{{e.ID, interval.Closure{Span: w.hours(2, 4), Kind: interval.Freeze, Name: "F", Reason: "Frozen.", Refuses: []interval.Use{interval.ForBooking}, Override: true}}}
		out := w.take(t, w.Ctx, true, w.line(e, 1, 5, "", ""), w.line(e, 5, 6, "", ""))
		if out[0].Problem == nil || out[0].Problem.Code != "inside_freeze" || out[1].Status != Approved {
			t.Fatalf("%+v", out)
		}
	})
}

// TestNearbyAgreesWithLookingAtAll compares the weekly shelves with a plain search.
func TestNearbyAgreesWithLookingAtAll(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	base := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	span := func() interval.Span {
		from := base.Add(time.Duration(r.IntN(24*200)) * time.Hour)
		return interval.Span{From: from, To: from.Add(time.Duration(1+r.IntN(24*60)) * time.Hour)}
	}
	for range 200 {
		n, all := newNearby(), []Hold{}
		for i := range 40 {
			h := Hold{Booking: ref.Booking(fmt.Sprint(i)), Span: span()}
			n.add("e", h)
			all = append(all, h)
		}
		gone := ref.Booking(fmt.Sprint(r.IntN(40)))
		n.drop(gone)
		wanted := span()
		var want, got []string
		for _, h := range all {
			if h.Overlaps(wanted) && h.Booking != gone {
				want = append(want, string(h.Booking))
			}
		}
		for _, h := range n.around("e", wanted) {
			got = append(got, string(h.Booking))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}

func TestARowRewritesABooking(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.AddEnvironment("SIT1", auto), w.AddEnvironment("SIT2", auto)
		first, other := w.book(w.Ctx, "SIT1", w.hours(1, 5)), w.book(w.Ctx, "SIT2", w.hours(10, 20))
		rewrite := func(from, to int) error {
			return w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
				_, err := w.RewriteIn(ctx, tx, first.ID, Rewrite{NewBooking: NewBooking{Title: "New", Intent: Touch, From: w.hours(from, 0).From, To: w.hours(0, to).To}, Places: []ref.Environment{b.ID}})
				return err
			})
		}
		wantCode(t, rewrite(15, 25), "booking_overlaps")
		if err := rewrite(20, 25); err != nil {
			t.Fatal(err)
		}
		got, err := w.Get(w.Ctx, string(first.ID))
		if err != nil || got.Title != "New" || got.Status != Approved || got.Intent != Touch || len(got.Environments) != 1 || got.Environments[0].ID != b.ID {
			t.Fatalf("%+v %v", got, err)
		}
		if err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := w.WithdrawIn(ctx, tx, other.ID, "undone")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		_ = a
	})
}

// TestAnImportKnowsWhomTheWaitlistServed moves a booking away between two rows: who waited for its time gets it, and the next
// row must not get it too.
func TestAnImportKnowsWhomTheWaitlistServed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := w.AddEnvironment("SIT1", auto)
		there := w.book(w.Ctx, "SIT1", w.hours(1, 5))
		waiting := w.book(w.Ctx, "SIT1", w.hours(2, 4), func(in *NewBooking) { in.OnClash = WaitInQueue })
		var got ImportedRow
		err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			i, err := w.BeginImport(ctx, tx, ImportOptions{Environments: []ref.Environment{e.ID}, Within: w.hours(-10, 100), Write: true})
			if err != nil {
				return err
			}
			moved := Rewrite{NewBooking: NewBooking{Title: "Moved", Intent: Touch, From: w.hours(50, 0).From, To: w.hours(0, 55).To}, Places: []ref.Environment{e.ID}}
			if _, err := i.Rewrite(ctx, there.ID, moved); err != nil {
				return err
			}
			if got, err = i.Put(ctx, w.line(e, 1, 5, "", TakeRequested)); err != nil {
				return err
			}
			return i.End(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
		if served, err := w.Get(w.Ctx, string(waiting.ID)); err != nil || served.Status != Approved {
			t.Fatalf("who waited is %s, %v", served.Status, err)
		}
		if got.Status != Requested || len(got.Clashes) != 1 || got.Clashes[0].Booking != waiting.ID {
			t.Fatalf("%+v", got)
		}
		if n := w.overlapping(t); n != 0 {
			t.Fatalf("%d double bookings", n)
		}
	})
}
