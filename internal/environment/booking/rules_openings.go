package booking

import (
	"cmp"
	"slices"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Ground is an environment in which a free slot is looked for.
type Ground struct {
	Environment ref.Environment
	Capacity    int
	Matrix      Matrix
	// Holds are the approved bookings, Closed the times in which booking is refused.
	Holds  []Hold
	Closed []interval.Span
	// Until is when the environment goes away; zero is never.
	Until time.Time
}

// SlotSearch says what slot is wanted.
type SlotSearch struct {
	Within interval.Span
	Length time.Duration
	Intent Intent
	// Hours, when given, are the working hours in which a slot must begin; one that is no longer than a stretch of them
	// lies in it whole.
	Hours *interval.Hours
	Limit int
}

// Slot is a free slot of an environment. FreeUntil is how long it would stay free, zero without an end.
type Slot struct {
	Environment ref.Environment
	interval.Span
	FreeUntil time.Time
}

// Slots returns the next slots of all grounds together, the earliest first and on equal times in the order of the grounds.
// Each stretch of free time gives one slot, at its beginning.
func Slots(grounds []Ground, s SlotSearch) []Slot {
	var out []Slot
	for _, g := range grounds {
		for _, free := range freeTimes(g, s) {
			out = append(out, Slot{Environment: g.Environment, Span: interval.Span{From: free.From, To: free.From.Add(s.Length)}, FreeUntil: free.To})
		}
	}
	rank := make(map[ref.Environment]int, len(grounds))
	for i, g := range grounds {
		rank[g.Environment] = i
	}
	slices.SortStableFunc(out, func(a, b Slot) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(rank[a.Environment], rank[b.Environment]))
	})
	if s.Limit > 0 && len(out) > s.Limit {
		out = out[:s.Limit]
	}
	return out
}

// freeTimes returns the first stretches of a ground that take the wanted slot, each from where the slot may begin to where
// the free time ends.
func freeTimes(g Ground, s SlotSearch) []interval.Span {
	within := s.Within
	if !g.Until.IsZero() && (within.Endless() || g.Until.Before(within.To)) {
		within.To = g.Until
	}
	if within.Empty() {
		return nil
	}
	blocked := append(unavailable(g, s.Intent), g.Closed...)
	search := interval.Search{Within: within, Length: s.Length, Closed: blocked, Limit: s.Limit}
	if s.Hours == nil {
		return interval.Openings(search)
	}
	search.Limit = 0
	var out []interval.Span
	for _, free := range interval.Openings(search) {
		if at, ok := beginInHours(free, s); ok {
			out = append(out, interval.Span{From: at, To: free.To})
		}
		if s.Limit > 0 && len(out) >= s.Limit {
			break
		}
	}
	return out
}

// beginInHours returns the first moment of free time at which the slot can begin in working hours.
func beginInHours(free interval.Span, s SlotSearch) (time.Time, bool) {
	look := free
	if look.Endless() {
		look.To = look.From.AddDate(2, 0, 0)
	}
	longest := time.Duration(0)
	for w := range s.Hours.Spans(interval.Span{From: look.From, To: look.From.AddDate(0, 0, 14)}) {
		longest = max(longest, w.Length())
	}
	for w := range s.Hours.Spans(look) {
		if !free.Endless() && w.From.Add(s.Length).After(free.To) {
			return time.Time{}, false
		}
		if s.Length <= longest && w.Length() < s.Length {
			continue // it fits into working hours, though not into these
		}
		return w.From, true
	}
	return time.Time{}, false
}

// unavailable returns when a ground takes no further hold of the intent.
func unavailable(g Ground, intent Intent) []interval.Span {
	all := make([]interval.Span, len(g.Holds))
	var bad []interval.Span
	for i, h := range g.Holds {
		all[i] = h.Span
		if g.Capacity > 1 && !g.Matrix.Compatible(intent, h.Intent) {
			bad = append(bad, h.Span)
		}
	}
	if g.Capacity <= 1 {
		return all // whoever looks for gaps merges
	}
	return append(bad, interval.Above(all, g.Capacity-1)...)
}
