package booking

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

var t0 = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func at(h int) time.Time { return t0.Add(time.Duration(h) * time.Hour) }

func span(from, to int) interval.Span { return interval.Span{From: at(from), To: at(to)} }

func randomHolds(r *rand.Rand, n, most int) []Hold {
	out := make([]Hold, n)
	for i := range out {
		from := r.IntN(most)
		out[i] = Hold{Booking: ref.Booking(fmt.Sprintf("b%02d", i)), Span: span(from, from+1+r.IntN(8)), Intent: Intents[r.IntN(3)], Status: Approved}
	}
	return out
}

var matrices = []Matrix{DefaultMatrix, nil, {{Touch, Touch}, {Touch, ChangeConfiguration}}, {{Touch, Touch}, {ChangeCode, ChangeCode}, {ChangeConfiguration, ChangeConfiguration}, {Touch, ChangeCode}, {Touch, ChangeConfiguration}, {ChangeCode, ChangeConfiguration}}}

// bruteClashes looks at every hour.
func bruteClashes(capacity int, m Matrix, wanted Hold, others []Hold) map[ref.Booking]ClashKind {
	out := map[ref.Booking]ClashKind{}
	for h := range 200 {
		if !wanted.Contains(at(h)) {
			continue
		}
		var here []Hold
		for _, o := range others {
			if o.Contains(at(h)) && o.Booking != wanted.Booking {
				here = append(here, o)
			}
		}
		for _, o := range here {
			switch {
			case capacity <= 1:
				out[o.Booking] = ClashExclusive
			case !m.Compatible(wanted.Intent, o.Intent):
				out[o.Booking] = ClashIntent
			case len(here)+1 > capacity && out[o.Booking] == "":
				out[o.Booking] = ClashCapacity
			}
		}
	}
	return out
}

func TestClashesAgreeWithEveryHourLookedAt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	some := 0
	for range 20_000 {
		holds := randomHolds(r, 1+r.IntN(9), 24)
		wanted, others := holds[0], holds
		capacity, m := 1+r.IntN(4), matrices[r.IntN(len(matrices))]
		want := bruteClashes(capacity, m, wanted, others)
		got := map[ref.Booking]ClashKind{}
		for _, c := range Clashes(capacity, m, wanted, others) {
			got[c.Other.Booking] = c.Kind
			if shared, ok := wanted.Intersect(c.Other.Span); !ok || shared != c.Overlap {
				t.Fatalf("overlap %v of %v and %v", c.Overlap, wanted, c.Other)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("capacity %d: %v beside %v: got %v, want %v", capacity, wanted, others, got, want)
		}
		if Admits(capacity, m, wanted, others) != (len(want) == 0) {
			t.Fatal("Admits differs from Clashes")
		}
		some += len(want)
	}
	if some < 10_000 {
		t.Fatalf("only %d clashes were seen", some)
	}
}

func TestThePredecessorDecidesWhereHoldsAreDisjoint(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	yes := 0
	for range 20_000 {
		var holds []Hold
		for _, h := range randomHolds(r, 12, 40) {
			if Admits(1, nil, h, holds) {
				holds = append(holds, h)
			}
		}
		from := r.IntN(48)
		wanted := Hold{Booking: "w", Span: span(from, from+1+r.IntN(6))}
		slices.SortFunc(holds, func(a, b Hold) int { return a.From.Compare(b.From) })
		got := false
		for i := len(holds) - 1; i >= 0; i-- {
			if holds[i].From.Before(wanted.To) {
				got = PredecessorClashes(wanted.Span, holds[i].Span)
				break
			}
		}
		if want := !Admits(1, nil, wanted, holds); got != want {
			t.Fatalf("%v beside %v: %v, want %v", wanted, holds, got, want)
		} else if want {
			yes++
		}
	}
	if yes < 1000 {
		t.Fatalf("only %d clashes were seen", yes)
	}
}

func TestConflictsAgreeWithEveryHourLookedAt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	some := 0
	for range 10_000 {
		l := Lane{Environment: "e", Capacity: 1 + r.IntN(4), Matrix: matrices[r.IntN(len(matrices))], Holds: randomHolds(r, r.IntN(10), 24)}
		want := map[[2]ref.Booking]bool{}
		for h := range 200 {
			var here []Hold
			for _, o := range l.Holds {
				if o.Contains(at(h)) {
					here = append(here, o)
				}
			}
			for i, a := range here {
				for _, b := range here[i+1:] {
					if l.Capacity <= 1 || !l.Matrix.Compatible(a.Intent, b.Intent) || len(here) > l.Capacity {
						want[[2]ref.Booking{min(a.Booking, b.Booking), max(a.Booking, b.Booking)}] = true
					}
				}
			}
		}
		list := Conflicts(l)
		got := map[[2]ref.Booking]bool{}
		for _, c := range list {
			got[[2]ref.Booking{min(c.A.Booking, c.B.Booking), max(c.A.Booking, c.B.Booking)}] = true
			if c.B.From.Before(c.A.From) || c.Overlap.Empty() {
				t.Fatalf("%+v", c)
			}
		}
		if len(list) != len(got) || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%+v: got %v, want %v", l, got, want)
		}
		some += len(want)
	}
	if some < 10_000 {
		t.Fatalf("only %d conflicts were seen", some)
	}
}

func TestSlotsAreTheFirstThatTakeTheBooking(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for range 3000 {
		grounds := make([]Ground, 1+r.IntN(4))
		for i := range grounds {
			g := Ground{Environment: ref.Environment(fmt.Sprint("e", i)), Capacity: 1 + r.IntN(3), Matrix: matrices[r.IntN(len(matrices))], Holds: randomHolds(r, r.IntN(7), 30)}
			if r.IntN(2) == 0 {
				from := r.IntN(40)
				g.Closed = append(g.Closed, span(from, from+r.IntN(9)))
			}
			if r.IntN(4) == 0 {
				g.Until = at(20 + r.IntN(30))
			}
			grounds[i] = g
		}
		length, intent := 1+r.IntN(6), Intents[r.IntN(3)]
		takes := func(g Ground, from int) bool {
			w := Hold{Booking: "w", Span: span(from, from+length), Intent: intent}
			closed := slices.ContainsFunc(g.Closed, w.Overlaps)
			return !closed && (g.Until.IsZero() || !w.To.After(g.Until)) && Admits(g.Capacity, g.Matrix, w, g.Holds)
		}
		got := Slots(grounds, SlotSearch{Within: span(0, 60), Length: time.Duration(length) * time.Hour, Intent: intent})
		// A slot is where the booking fits and an hour earlier does not.
		var want []string
		for h := 0; h+length <= 60; h++ {
			for _, g := range grounds {
				if takes(g, h) && (h == 0 || !takes(g, h-1)) {
					want = append(want, fmt.Sprint(g.Environment, h))
				}
			}
		}
		var have []string
		for _, s := range got {
			have = append(have, fmt.Sprint(s.Environment, int(s.From.Sub(t0).Hours())))
		}
		if !slices.Equal(have, want) {
			t.Fatalf("grounds %+v, length %d, intent %s: got %v, want %v", grounds, length, intent, have, want)
		}
		if few := Slots(grounds, SlotSearch{Within: span(0, 60), Length: time.Duration(length) * time.Hour, Intent: intent, Limit: 2}); !slices.Equal(few, got[:min(2, len(got))]) {
			t.Fatalf("the first two of %v are not %v", got, few)
		}
	}
}

func TestSlotsInWorkingHours(t *testing.T) {
	zone, _ := time.LoadLocation("Europe/Vienna")
	hours := &interval.Hours{Zone: zone}
	for d := time.Monday; d <= time.Friday; d++ {
		hours.Days[d] = []interval.TimeOfDay{{From: 8 * 60, To: 17 * 60}}
	}
	friday := time.Date(2026, 3, 27, 14, 0, 0, 0, zone) // the clocks are set forward on Sunday
	one := func(length time.Duration) time.Time {
		got := Slots([]Ground{{Environment: "e", Capacity: 1, Holds: []Hold{{Booking: "x", Span: interval.Span{From: friday.Add(-time.Hour), To: friday}}}}},
			SlotSearch{Within: interval.Span{From: friday.Add(-time.Minute)}, Length: length, Hours: hours, Limit: 1})
		if len(got) != 1 {
			t.Fatalf("%v: %v", length, got)
		}
		return got[0].From
	}
	if got := one(2 * time.Hour); !got.Equal(friday) {
		t.Errorf("two hours begin %v", got)
	}
	if got, want := one(4*time.Hour), time.Date(2026, 3, 30, 8, 0, 0, 0, zone); !got.Equal(want) {
		t.Errorf("four hours begin %v, want %v", got, want)
	}
	if got := one(72 * time.Hour); !got.Equal(friday) {
		t.Errorf("three days begin %v", got)
	}
}

func TestPromoteServesInOrderAndSkipsWhatDoesNotFit(t *testing.T) {
	waiters := []Waiter{
		{Booking: "late", Rank: 1, Since: at(1)}, {Booking: "low", Rank: 2, Since: at(0)}, {Booking: "first", Rank: 0, Since: at(9)},
		{Booking: "dear", Rank: 1, Late: 5, Since: at(8)}, {Booking: "early", Rank: 1, Since: at(0)},
	}
	var order []ref.Booking
	for _, w := range Order(waiters) {
		order = append(order, w.Booking)
	}
	if want := []ref.Booking{"first", "dear", "early", "late", "low"}; !slices.Equal(order, want) {
		t.Fatalf("order %v", order)
	}
	left := 2
	served, err := Promote(waiters, func(b ref.Booking) (bool, error) { return left > 0 && b != "dear", nil },
		func(ref.Booking) error { left--; return nil })
	if err != nil || !slices.Equal(served, []ref.Booking{"first", "early"}) {
		t.Fatalf("%v %v", served, err)
	}
}

func TestJudgeUse(t *testing.T) {
	rule := UseRule{WarnAfter: 4 * time.Hour, FreeAfter: 8 * time.Hour}
	s := span(10, 100)
	for _, c := range []struct {
		now, use, warned int
		rule             UseRule
		want             UseVerdict
	}{
		{9, -1, -1, rule, UseFine}, {13, -1, -1, rule, UseFine}, {14, -1, -1, rule, UseWarn}, {17, -1, 14, rule, UseFine}, {18, -1, 14, rule, UseFree},
		{18, -1, -1, rule, UseWarn}, {19, -1, 16, rule, UseFine}, {20, -1, 16, rule, UseFree}, {18, 15, 14, rule, UseFine}, {19, 15, 14, rule, UseWarn},
		{100, -1, 14, rule, UseFine}, {50, -1, -1, UseRule{}, UseFine}, {50, -1, -1, UseRule{FreeAfter: time.Hour}, UseFree}, {50, 10, 20, UseRule{WarnAfter: time.Hour}, UseFine},
	} {
		var use, warned time.Time
		if c.use >= 0 {
			use = at(c.use)
		}
		if c.warned >= 0 {
			warned = at(c.warned)
		}
		if got := JudgeUse(s, use, warned, c.rule, at(c.now)); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestAlternativesAreRanked(t *testing.T) {
	w := Ways{
		Now: at(0), Wanted: span(24, 72), Intent: ChangeCode, CanWait: true, Ahead: 1, Milder: []Intent{Touch},
		Clashes:     []InTheWay{{Clash: Clash{Other: Hold{Booking: "x", Span: span(48, 60)}}, Title: "Load test", HolderName: "Ada"}},
		Next:        []interval.Span{span(60, 108), span(200, 248)},
		Equivalents: []EquivalentSlot{{Environment: EnvironmentRef{Name: "SIT3"}, Slot: span(24, 72)}, {Environment: EnvironmentRef{Name: "SIT4"}, Rank: 1, Slot: span(30, 78)}},
		Free:        []interval.Span{span(24, 48), span(60, 72)},
	}
	got := Alternatives(w)
	if len(got) != 8 || !slices.IsSortedFunc(got, func(a, b Alternative) int { return cmp.Compare(b.Score, a.Score) }) {
		t.Fatalf("%+v", got)
	}
	if got[0].Kind != Equivalent || got[0].Environment.Name != "SIT3" {
		t.Fatalf("best is %+v", got[0])
	}
	kinds := map[AlternativeKind]int{}
	for _, a := range got {
		kinds[a.Kind]++
		if a.Message == "" || a.Score < 1 || a.Score > 100 {
			t.Errorf("%+v", a)
		}
	}
	for _, k := range []AlternativeKind{NextSlot, Equivalent, Share, Shorten, Wait, AskHolder} {
		if kinds[k] == 0 {
			t.Errorf("no %s", k)
		}
	}
}

func TestAStoredPolicyLeavesTheDefaultAlone(t *testing.T) {
	stored := policyRow{Settings: []byte(`{"compatible": [["change_code", "touch"]]}`)}
	p, err := stored.policy()
	if err != nil || !p.Compatible.Compatible(ChangeCode, Touch) {
		t.Fatal(p.Compatible, err)
	}
	for _, m := range []Matrix{DefaultMatrix, DefaultPolicy().Compatible} {
		if !m.Compatible(Touch, Touch) || m.Compatible(ChangeCode, Touch) {
			t.Fatalf("the default became %v", m)
		}
	}
}
