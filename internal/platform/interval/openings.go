package interval

import "time"

// Search says what kind of free time is wanted.
type Search struct {
	// Within is where to look.
	Within Span
	// Length is how long the free time must at least be.
	Length time.Duration
	// Capacity is how many may be there at once; 0 counts as 1.
	Capacity int
	// Busy are the spans that take one place of the capacity each.
	Busy []Span
	// Closed are the spans in which nothing may happen, whatever the capacity.
	Closed []Span
	// Hours restricts the search to working time; nil is any time.
	Hours *Hours
	// Limit is how many openings are wanted at most; 0 is all.
	Limit int
}

// Openings returns the first stretches of free time that are long enough, each as long as it is free, in order. With working
// hours a window without end is searched for twenty years.
func Openings(s Search) []Span {
	free := Gaps(append(Above(s.Busy, max(s.Capacity, 1)-1), s.Closed...), s.Within)
	var out []Span
	take := func(o Span) (more bool) {
		if o.Endless() || o.Length() >= s.Length && !o.Empty() {
			out = append(out, o)
		}
		return s.Limit <= 0 || len(out) < s.Limit
	}
	for _, f := range free {
		if s.Hours == nil {
			if !take(f) {
				break
			}
			continue
		}
		if f.Endless() {
			f.To = f.From.AddDate(maxWorkingYears, 0, 0)
		}
		for w := range joined(s.Hours, f) {
			if !take(w) {
				return out
			}
		}
	}
	return out
}

// joined yields working time with the stretches that touch made one: Monday until 24:00 and Tuesday from 00:00.
func joined(h *Hours, within Span) func(yield func(Span) bool) {
	return func(yield func(Span) bool) {
		var open Span
		begun := false
		for w := range h.Spans(within) {
			switch {
			case !begun:
				open, begun = w, true
			case !open.To.Before(w.From):
				open.To = w.To
			default:
				if !yield(open) {
					return
				}
				open = w
			}
		}
		if begun {
			yield(open)
		}
	}
}
