package interval

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var zero = time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC)

const horizon = 60 // minutes the oracles look at

func minute(n int) time.Time { return zero.Add(time.Duration(n) * time.Minute) }

// randomSpans makes spans within the horizon, some of them empty and a few endless.
func randomSpans(r *rand.Rand, n int) []Span {
	out := make([]Span, r.IntN(n+1))
	for i := range out {
		from := r.IntN(horizon)
		out[i] = Span{minute(from), minute(from + r.IntN(12))}
		if r.IntN(15) == 0 {
			out[i].To = time.Time{}
		}
	}
	return out
}

// moments says for every minute how many spans hold it: the oracle of everything about sets.
func moments(spans []Span) (held [horizon + 20]int) {
	for i := range held {
		for _, s := range spans {
			if s.Contains(minute(i)) {
				held[i]++
			}
		}
	}
	return held
}

// tidy fails when spans are empty, out of order, or touch.
func tidy(t *testing.T, spans []Span) {
	t.Helper()
	for i, s := range spans {
		if s.Empty() || i > 0 && (spans[i-1].Endless() || !spans[i-1].To.Before(s.From)) {
			t.Fatalf("not tidy: %v", spans)
		}
	}
}

func TestSetsAgreeWithCountingMinutes(t *testing.T) {
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		a, b := randomSpans(r, 8), randomSpans(r, 8)
		keep := slices.Clone(a)
		window := Span{minute(r.IntN(30)), minute(30 + r.IntN(30))}
		inA, inB, inWindow := moments(a), moments(b), moments([]Span{window})
		n := r.IntN(4)
		results := map[string]struct {
			got  []Span
			want func(i int) bool
		}{
			"merge":    {Merge(append(slices.Clone(a), b...)), func(i int) bool { return inA[i]+inB[i] > 0 }},
			"common":   {Common(a, b), func(i int) bool { return inA[i] > 0 && inB[i] > 0 }},
			"subtract": {Subtract(a, b), func(i int) bool { return inA[i] > 0 && inB[i] == 0 }},
			"gaps":     {Gaps(a, window), func(i int) bool { return inWindow[i] > 0 && inA[i] == 0 }},
			"above":    {Above(a, n), func(i int) bool { return inA[i] > n }},
		}
		for name, c := range results {
			tidy(t, c.got)
			for i, held := range moments(c.got) {
				if (held > 0) != c.want(i) {
					t.Fatalf("seed %d: %s is wrong at minute %d: %v of %v and %v", seed, name, i, c.got, a, b)
				}
			}
		}
		if !slices.Equal(a, keep) {
			t.Fatalf("seed %d: the input was changed", seed)
		}
		total := 0
		ended := slices.DeleteFunc(slices.Clone(a), Span.Endless)
		for _, held := range moments(ended) {
			total += min(held, 1)
		}
		if Total(ended) != time.Duration(total)*time.Minute {
			t.Fatalf("seed %d: total %v, want %d minutes", seed, Total(ended), total)
		}
	}
}

func TestProfileAgreesWithCountingMinutes(t *testing.T) {
	for seed := range uint64(2000) {
		spans := randomSpans(rand.New(rand.NewPCG(seed, 2)), 10)
		var got [horizon + 20]int
		profile := Profile(spans)
		most := 0
		for i, l := range profile {
			if l.Count <= 0 || l.Empty() || i > 0 && profile[i-1].To.Equal(l.From) && profile[i-1].Count == l.Count {
				t.Fatalf("seed %d: %v", seed, profile)
			}
			most = max(most, l.Count)
			for m := range got {
				if l.Contains(minute(m)) {
					got[m] = l.Count
				}
			}
		}
		if got != moments(spans) || Busiest(spans).Count != most {
			t.Fatalf("seed %d: %v of %v", seed, profile, spans)
		}
	}
}

func TestOverlapsFindsEveryPairOnce(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 3))
		var entries []Entry[string, int]
		for i, s := range randomSpans(r, 14) {
			entries = append(entries, Entry[string, int]{string(rune('a' + r.IntN(3))), s, i})
		}
		got := map[[2]int]Span{}
		lane, last := "", time.Time{}
		Overlaps(entries, func(a, b Entry[string, int], shared Span) bool {
			if a.From.After(b.From) || a.Lane < lane || a.Lane == lane && shared.From.Before(last) {
				t.Fatalf("seed %d: out of order", seed)
			}
			lane, last = a.Lane, shared.From
			key := [2]int{min(a.Value, b.Value), max(a.Value, b.Value)}
			if _, twice := got[key]; twice {
				t.Fatalf("seed %d: %v twice", seed, key)
			}
			got[key] = shared
			return true
		})
		want := map[[2]int]Span{}
		for i, a := range entries {
			for j := i + 1; j < len(entries); j++ {
				if shared, ok := a.Intersect(entries[j].Span); ok && a.Lane == entries[j].Lane {
					want[[2]int{i, j}] = shared
				}
			}
		}
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d pairs, want %d", seed, len(got), len(want))
		}
		for key, shared := range want {
			if got[key] != shared {
				t.Fatalf("seed %d: %v shares %v, want %v", seed, key, got[key], shared)
			}
		}
	}
	n := 0
	many := []Entry[int, int]{{1, Span{minute(0), minute(9)}, 0}, {1, Span{minute(0), minute(9)}, 1}, {1, Span{minute(0), minute(9)}, 2}}
	Overlaps(many, func(_, _ Entry[int, int], _ Span) bool { n++; return false })
	if n != 1 {
		t.Fatalf("went on after false: %d", n)
	}
}

func TestOpeningsAgreeWithTryingEveryMinute(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 4))
		s := Search{
			Within: Span{minute(r.IntN(10)), minute(30 + r.IntN(40))}, Length: time.Duration(1+r.IntN(8)) * time.Minute,
			Capacity: r.IntN(4), Busy: randomSpans(r, 12), Closed: randomSpans(r, 3), Limit: r.IntN(4),
		}
		if r.IntN(8) == 0 {
			s.Within.To = time.Time{}
		}
		busy, closed, within := moments(s.Busy), moments(s.Closed), moments([]Span{s.Within})
		free := func(i int) bool {
			return i < len(busy) && within[i] > 0 && closed[i] == 0 && busy[i] < max(s.Capacity, 1)
		}
		var starts []int
		for i, run := 0, 0; i <= len(busy); i++ {
			if free(i) {
				run++
				continue
			}
			if run*int(time.Minute) >= int(s.Length) {
				starts = append(starts, i-run)
			}
			run = 0
		}
		if s.Limit > 0 && len(starts) > s.Limit {
			starts = starts[:s.Limit]
		}
		got := Openings(s)
		if len(got) != len(starts) {
			t.Fatalf("seed %d: %v, want starts %v", seed, got, starts)
		}
		for i, o := range got {
			if !o.From.Equal(minute(starts[i])) || !o.Endless() && free(int(o.To.Sub(zero)/time.Minute)) {
				t.Fatalf("seed %d: %v, want starts %v", seed, got, starts)
			}
		}
	}
}

func TestLookTakesAllClosuresTogether(t *testing.T) {
	closure := func(id string, from, to int, uses ...Use) Closure {
		return Closure{Span: Span{minute(from), minute(to)}, ID: id, Refuses: uses}
	}
	list := []Closure{
		closure("a", 0, 10, ForBooking), closure("b", 5, 20, ForBooking, ForDeployment), closure("c", 20, 25, ForBooking),
		closure("d", 30, 40, ForBooking), {Span: Span{From: minute(50)}, ID: "e", Refuses: []Use{ForBooking}},
	}
	for _, c := range []struct {
		use   Use
		at    int
		why   string
		opens int
	}{
		{ForBooking, 6, "ba", 25}, {ForBooking, 20, "c", 25}, {ForBooking, 25, "", 25}, {ForDeployment, 6, "b", 20}, {ForDeployment, 2, "", 2}, {ForBooking, 39, "d", 40},
	} {
		s := Look(list, c.use, minute(c.at))
		why := ""
		for _, w := range s.Why {
			why += w.ID
		}
		if why != c.why || !s.Opens.Equal(minute(c.opens)) || s.Closed() != (c.why != "") {
			t.Errorf("%s at %d: %q until %v", c.use, c.at, why, s.Opens)
		}
	}
	if s := Look(list, ForBooking, minute(55)); !s.Closed() || !s.Opens.IsZero() {
		t.Errorf("an endless closure opens at %v", s.Opens)
	}
}

func BenchmarkOverlaps(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	entries := make([]Entry[string, int], 0, 100_000)
	for i := range 100_000 {
		from := zero.Add(time.Duration(r.IntN(90*24)) * time.Hour)
		entries = append(entries, Entry[string, int]{string(rune(r.IntN(2000) + 256)), Span{from, from.Add(time.Duration(1+r.IntN(72)) * time.Hour)}, i})
	}
	pairs := 0
	for b.Loop() {
		pairs = 0
		Overlaps(entries, func(_, _ Entry[string, int], _ Span) bool { pairs++; return true })
	}
	b.ReportMetric(float64(pairs), "pairs")
}
