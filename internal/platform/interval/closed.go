package interval

import (
	"cmp"
	"slices"
	"time"
)

// Sight is what closures say about a moment.
type Sight struct {
	// Why are the closures in force, the one that lasts longest first; none means open.
	Why []Closure
	// Opens is when, after the moment, no closure is in force; the moment itself when it is open, zero when never.
	Opens time.Time
}

// Closed reports whether the moment is closed.
func (s Sight) Closed() bool { return len(s.Why) > 0 }

// Look says whether a use is refused at a moment, why, and when the place opens next, all closures taken together.
func Look(closures []Closure, use Use, at time.Time) Sight {
	sight := Sight{Opens: at}
	var spans []Span
	for _, c := range closures {
		if c.Empty() || !slices.Contains(c.Refuses, use) {
			continue
		}
		spans = append(spans, c.Span)
		if c.Contains(at) {
			sight.Why = append(sight.Why, c)
		}
	}
	for _, s := range Merge(spans) {
		if s.Contains(at) {
			sight.Opens = s.To
		}
	}
	slices.SortStableFunc(sight.Why, func(a, b Closure) int {
		switch {
		case endBefore(b.To, a.To):
			return -1
		case endBefore(a.To, b.To):
			return 1
		}
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID))
	})
	return sight
}

// Refusing returns the spans of the closures that refuse a use.
func Refusing(closures []Closure, use Use) []Span {
	var out []Span
	for _, c := range closures {
		if slices.Contains(c.Refuses, use) {
			out = append(out, c.Span)
		}
	}
	return out
}
