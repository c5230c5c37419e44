package booking

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// problemOf makes a random problem: environments, what must stay, and bookings in conflict.
func problemOf(r *rand.Rand, envs, settlers, width int) SettleInput {
	in := SettleInput{Horizon: at(width + 60)}
	for e := range envs {
		g := Ground{Environment: ref.Environment(fmt.Sprint("e", e)), Capacity: 1, Matrix: DefaultMatrix}
		if r.IntN(4) == 0 {
			g.Capacity = 2 + r.IntN(2)
		}
		for k := range r.IntN(3) {
			h := Hold{Booking: ref.Booking(fmt.Sprint("f", e, k)), Intent: Intents[r.IntN(3)], Status: Approved}
			from := r.IntN(width)
			h.Span = span(from, from+1+r.IntN(5))
			if Admits(g.Capacity, g.Matrix, h, g.Holds) {
				g.Holds = append(g.Holds, h)
			}
		}
		if r.IntN(4) == 0 {
			from := r.IntN(width)
			g.Closed = append(g.Closed, span(from, from+3))
		}
		in.Grounds = append(in.Grounds, g)
	}
	for i := range settlers {
		env := r.IntN(envs)
		from := r.IntN(width)
		s := Settler{
			ID: ref.Booking(fmt.Sprint("s", i)), Number: int64(i), Status: Requested, NotBefore: t0, Weight: int64(1 + r.IntN(3)), Late: int64(r.IntN(3)), Fixed: r.IntN(8) == 0,
			Places: []Placement{{Environment: ref.Environment(fmt.Sprint("e", env)), Span: span(from, from+1+r.IntN(6)), Intent: Intents[r.IntN(3)]}},
		}
		if r.IntN(5) == 0 && envs > 1 {
			other := (env + 1) % envs
			s.Places = append(s.Places, Placement{Environment: ref.Environment(fmt.Sprint("e", other)), Span: s.Places[0].Span, Intent: s.Places[0].Intent})
		}
		for e := range envs {
			if e != env && r.IntN(3) == 0 {
				s.Swaps = append(s.Swaps, ref.Environment(fmt.Sprint("e", e)))
			}
		}
		if s.Places[0].Intent != Touch && r.IntN(2) == 0 {
			s.Milder = []Intent{Touch}
		}
		in.Settlers = append(in.Settlers, s)
	}
	return in
}

// bruteSettle tries every choice of options.
func bruteSettle(p *settling) Cost {
	var free []int
	for i, s := range p.in.Settlers {
		if !s.Fixed {
			free = append(free, i)
		}
	}
	best, found := Cost{}, false
	var visit func(k int, so Cost, put []Placement, by []Settler)
	visit = func(k int, so Cost, put []Placement, by []Settler) {
		if k == len(free) {
			if !found || so.Compare(best) < 0 {
				best, found = so, true
			}
			return
		}
		s := p.in.Settlers[free[k]]
	options:
		for _, o := range p.options[free[k]] {
			for _, pl := range o.places {
				g := p.grounds[pl.Environment]
				holds := slices.Clone(g.Holds)
				for n, q := range put {
					if q.Environment == pl.Environment {
						holds = append(holds, by[n].hold(q))
					}
				}
				if len(bruteClashes(g.Capacity, g.Matrix, s.hold(pl), holds)) > 0 {
					continue options
				}
			}
			more, who := slices.Clone(put), slices.Clone(by)
			for _, pl := range o.places {
				more, who = append(more, pl), append(who, s)
			}
			visit(k+1, so.Plus(o.cost), more, who)
		}
	}
	visit(0, Cost{}, nil, nil)
	return best
}

// checkSettled looks whether a settlement keeps its promises: nothing stands in anything's way, except what was left.
func checkSettled(t *testing.T, in SettleInput, out Settlement) {
	t.Helper()
	places := map[ref.Booking][]Placement{}
	for _, s := range in.Settlers {
		places[s.ID] = s.Places
	}
	var sum Cost
	for _, m := range out.Moves {
		if reflect.DeepEqual(m.Before, m.After) {
			t.Fatalf("%s does not move", m.Booking)
		}
		places[m.Booking] = m.After
		sum = sum.Plus(m.Cost)
	}
	for _, id := range out.Left {
		delete(places, id)
		sum = sum.Plus(Cost{Left: 1})
	}
	if sum != out.Cost {
		t.Fatalf("cost %+v, the moves sum to %+v", out.Cost, sum)
	}
	fixed := map[ref.Booking]bool{}
	for _, s := range in.Settlers {
		fixed[s.ID] = s.Fixed
	}
	for _, g := range in.Grounds {
		l := Lane{Environment: g.Environment, Capacity: g.Capacity, Matrix: g.Matrix, Holds: slices.Clone(g.Holds)}
		for _, s := range in.Settlers {
			for _, pl := range places[s.ID] {
				if pl.Environment == g.Environment {
					l.Holds = append(l.Holds, s.hold(pl))
				}
			}
		}
		for _, c := range Conflicts(l) {
			outside := func(id ref.Booking) bool { _, is := places[id]; return !is || fixed[id] }
			if !outside(c.A.Booking) || !outside(c.B.Booking) {
				t.Fatalf("a conflict is left: %+v", c)
			}
		}
	}
}

func TestSettleIsExactOnSmallProblems(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	exact, moved := 0, 0
	for range 1500 {
		in := problemOf(r, 1+r.IntN(3), 1+r.IntN(4), 12)
		p := newSettling(in)
		work := 1
		for _, o := range p.options {
			work *= max(1, len(o))
		}
		if work > 60_000 {
			continue
		}
		out := Settle(in)
		checkSettled(t, in, out)
		want := bruteSettle(p)
		if out.Cost.Compare(want) < 0 || out.Bound.Compare(want) > 0 {
			t.Fatalf("cost %+v, bound %+v, the best is %+v", out.Cost, out.Bound, want)
		}
		if out.Exact {
			exact++
			if out.Cost != want {
				t.Fatalf("said to be exact with %+v, the best is %+v", out.Cost, want)
			}
		}
		moved += len(out.Moves)
	}
	if exact < 1200 || moved < 800 {
		t.Fatalf("%d exact, %d moves", exact, moved)
	}
}

func TestSettleLargeProblemsIsSoundDeterministicAndBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for range 12 {
		in := problemOf(r, 8, 60, 60)
		in.Nodes = 2000
		out := Settle(in)
		checkSettled(t, in, out)
		if out.Cost.Compare(out.Bound) < 0 || out.Exact != (out.Cost == out.Bound) || out.Gap < 0 || out.Gap > 1 || out.Exact != (out.Gap == 0) {
			t.Fatalf("cost %+v, bound %+v, exact %v, gap %v", out.Cost, out.Bound, out.Exact, out.Gap)
		}
		turned := in
		turned.Settlers = slices.Clone(in.Settlers)
		r.Shuffle(len(turned.Settlers), func(i, j int) {
			turned.Settlers[i], turned.Settlers[j] = turned.Settlers[j], turned.Settlers[i]
		})
		if again := Settle(turned); !reflect.DeepEqual(out, again) {
			t.Fatal("the order in which the bookings are given changes the answer")
		}
	}
}

func TestSettleMovesTheLighterBooking(t *testing.T) {
	in := SettleInput{
		Grounds: []Ground{{Environment: "e", Capacity: 1}}, Horizon: at(100),
		Settlers: []Settler{
			{ID: "heavy", Number: 1, Weight: 5, Places: []Placement{{Environment: "e", Span: span(2, 6)}}, NotBefore: at(1)},
			{ID: "light", Number: 2, Weight: 1, Places: []Placement{{Environment: "e", Span: span(4, 8)}}, NotBefore: at(1)},
		},
	}
	out := Settle(in)
	if len(out.Moves) != 1 || out.Moves[0].Booking != "light" || out.Moves[0].After[0].Span != span(6, 10) || !out.Exact {
		t.Fatalf("%+v", out)
	}
}

// conflictsOf makes n pairs of bookings in conflict, spread over environments with equivalents, as a portfolio has them.
func conflictsOf(n int) SettleInput {
	r := rand.New(rand.NewPCG(7, 1))
	in := SettleInput{Horizon: at(24 * 120)}
	envs := max(2, n/5)
	for e := range envs {
		g := Ground{Environment: ref.Environment(fmt.Sprintf("e%03d", e)), Capacity: 1, Matrix: DefaultMatrix}
		for d := 0; d < 120; d += 3 {
			h := Hold{Booking: ref.Booking(fmt.Sprint("f", e, "-", d)), Span: span(24*d, 24*d+24+r.IntN(24)), Intent: ChangeCode, Status: Approved}
			if r.IntN(3) > 0 {
				g.Holds = append(g.Holds, h)
			}
		}
		in.Grounds = append(in.Grounds, g)
	}
	for i := range n {
		e := r.IntN(envs)
		start := 24 * (3*r.IntN(30) + 2)
		for k := range 2 {
			from := start + 6*k
			s := Settler{ID: ref.Booking(fmt.Sprint("s", i, k)), Number: int64(2*i + k), Weight: int64(1 + r.IntN(3)), Late: 1, Status: Requested,
				Places: []Placement{{Environment: ref.Environment(fmt.Sprintf("e%03d", e)), Span: interval.Span{From: at(from), To: at(from + 12 + r.IntN(12))}, Intent: ChangeCode}}}
			for range 3 {
				if o := r.IntN(envs); o != e {
					s.Swaps = append(s.Swaps, ref.Environment(fmt.Sprintf("e%03d", o)))
				}
			}
			in.Settlers = append(in.Settlers, s)
		}
	}
	return in
}

// BenchmarkSettle200 settles two hundred conflicts.
func BenchmarkSettle200(b *testing.B) {
	in := conflictsOf(200)
	var out Settlement
	for b.Loop() {
		out = Settle(in)
	}
	b.ReportMetric(out.Gap*100, "%gap")
	b.ReportMetric(float64(out.Steps), "steps")
	if len(out.Moves) < 150 {
		b.Fatalf("%d moves", len(out.Moves))
	}
}

// BenchmarkNextSlotAmong200 looks for the next free slot of two hundred environments in memory.
func BenchmarkNextSlotAmong200(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 1))
	grounds := make([]Ground, 200)
	for i := range grounds {
		grounds[i] = Ground{Environment: ref.Environment(fmt.Sprint(i)), Capacity: 1, Holds: randomHolds(r, 450, 24*365)}
	}
	for b.Loop() {
		if len(Slots(grounds, SlotSearch{Within: span(0, 24*365), Length: 40 * time.Hour, Intent: Touch, Limit: 5})) == 0 {
			b.Fatal("nothing is free")
		}
	}
}
