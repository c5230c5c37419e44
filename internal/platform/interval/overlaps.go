package interval

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Entry is a span with a label, in a lane: the bookings of one environment share a lane.
type Entry[K cmp.Ordered, V any] struct {
	Lane K
	Span
	Value V
}

// mark is an entry reduced to numbers; sorting numbers is what makes the sweep fast.
type mark struct {
	from, to int64
	at       int32
}

// Overlaps calls yield for every pair of entries of one lane that share a moment, and for what they share, until yield
// returns false. a begins no later than b. Lanes come in ascending order, pairs in the order in which their sharing begins.
// It takes O(n log n + pairs); times count in whole microseconds, as the database keeps them.
func Overlaps[K cmp.Ordered, V any](entries []Entry[K, V], yield func(a, b Entry[K, V], shared Span) bool) {
	lanes := make(map[K][]mark)
	var order []K
	for i := range entries {
		m, ok := markOf(entries[i].Span, i)
		if !ok {
			continue
		}
		list, known := lanes[entries[i].Lane]
		if !known {
			order = append(order, entries[i].Lane)
		}
		lanes[entries[i].Lane] = append(list, m)
	}
	slices.Sort(order)
	var active []mark
	for _, lane := range order {
		marks := lanes[lane]
		sortMarks(marks)
		active = active[:0]
		for _, m := range marks {
			open := active[:0]
			for _, a := range active {
				if a.to <= m.from {
					continue
				}
				open = append(open, a)
				one, two := entries[a.at], entries[m.at]
				shared := Span{two.From, one.To}
				if m.to < a.to {
					shared.To = two.To
				}
				if !yield(one, two, shared) {
					return
				}
			}
			active = append(open, m)
		}
	}
}

func sortMarks(marks []mark) {
	compare := func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.at, b.at))
	}
	if !slices.IsSortedFunc(marks, compare) {
		slices.SortFunc(marks, compare)
	}
}

// markOf is ok for spans that hold at least a microsecond.
func markOf(s Span, at int) (mark, bool) {
	m := mark{from: s.From.UnixMicro(), to: math.MaxInt64, at: int32(at)}
	if !s.Endless() {
		m.to = s.To.UnixMicro()
	}
	return m, m.from < m.to
}

// Load says how many spans hold the moments of a stretch of time.
type Load struct {
	Span
	Count int `json:"count"`
}

// Profile returns how many spans hold each moment, as stretches in order; moments that none holds are left out, and two
// stretches that touch differ in their count.
func Profile(spans []Span) []Load {
	starts, ends := make([]time.Time, 0, len(spans)), make([]time.Time, 0, len(spans))
	for _, s := range spans {
		if s.Empty() {
			continue
		}
		starts = append(starts, s.From)
		if !s.Endless() {
			ends = append(ends, s.To)
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	slices.SortFunc(ends, time.Time.Compare)
	var out []Load
	n, i, j := 0, 0, 0
	for i < len(starts) || j < len(ends) {
		at := time.Time{}
		if j < len(ends) {
			at = ends[j]
		}
		if i < len(starts) && (at.IsZero() || starts[i].Before(at)) {
			at = starts[i]
		}
		was := n
		for ; j < len(ends) && ends[j].Equal(at); j++ {
			n--
		}
		for ; i < len(starts) && starts[i].Equal(at); i++ {
			n++
		}
		if n == was {
			continue
		}
		if was > 0 {
			out[len(out)-1].To = at
		}
		if n > 0 {
			out = append(out, Load{Span{From: at}, n})
		}
	}
	return out
}

// Busiest returns how many spans at most hold one moment, and the first stretch in which they do.
func Busiest(spans []Span) Load {
	var best Load
	for _, l := range Profile(spans) {
		if l.Count > best.Count {
			best = l
		}
	}
	return best
}

// Above returns the moments that more than n spans hold.
func Above(spans []Span, n int) []Span {
	if n <= 0 {
		return Merge(spans)
	}
	var out []Span
	for _, l := range Profile(spans) {
		if l.Count > n {
			out = append(out, l.Span)
		}
	}
	return Merge(out)
}
