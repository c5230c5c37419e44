package interval

import (
	"slices"
	"time"
)

// endBefore reports whether one end of a span lies before another; the zero time stands for never.
func endBefore(a, b time.Time) bool {
	return !a.IsZero() && (b.IsZero() || a.Before(b))
}

// byStart orders spans by beginning, then by end.
func byStart(a, b Span) int {
	if c := a.From.Compare(b.From); c != 0 {
		return c
	}
	switch {
	case endBefore(a.To, b.To):
		return -1
	case endBefore(b.To, a.To):
		return 1
	}
	return 0
}

// Merge returns the moments any of the spans holds, as spans in order that neither overlap nor touch.
func Merge(spans []Span) []Span {
	sorted := make([]Span, 0, len(spans))
	for _, s := range spans {
		if !s.Empty() {
			sorted = append(sorted, s)
		}
	}
	if !slices.IsSortedFunc(sorted, byStart) {
		slices.SortFunc(sorted, byStart)
	}
	merged := sorted[:0]
	for _, s := range sorted {
		if n := len(merged); n > 0 && (merged[n-1].Endless() || !merged[n-1].To.Before(s.From)) {
			if endBefore(merged[n-1].To, s.To) {
				merged[n-1].To = s.To
			}
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// Common returns the moments that both sets hold.
func Common(a, b []Span) []Span {
	a, b = Merge(a), Merge(b)
	var out []Span
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if shared, ok := a[i].Intersect(b[j]); ok {
			out = append(out, shared)
		}
		if endBefore(a[i].To, b[j].To) {
			i++
		} else {
			j++
		}
	}
	return out
}

// Subtract returns the moments of the first set that the second does not hold.
func Subtract(from, cut []Span) []Span {
	from, cut = Merge(from), Merge(cut)
	var out []Span
	j := 0
	for _, s := range from {
		for j < len(cut) && !cut[j].Endless() && !cut[j].To.After(s.From) {
			j++
		}
		rest, used := s, false
		for k := j; k < len(cut) && cut[k].Overlaps(rest); k++ {
			if cut[k].From.After(rest.From) {
				out = append(out, Span{rest.From, cut[k].From})
			}
			if cut[k].Endless() || !endBefore(cut[k].To, rest.To) {
				used = true
				break
			}
			rest.From = cut[k].To
		}
		if !used {
			out = append(out, rest)
		}
	}
	return out
}

// Gaps returns the moments of the window that none of the spans holds.
func Gaps(spans []Span, within Span) []Span {
	return Subtract([]Span{within}, spans)
}

// Total is how long the spans last together, moments that several hold counted once. Spans that never end count as
// nothing; cut them to a window first.
func Total(spans []Span) time.Duration {
	var sum time.Duration
	for _, s := range Merge(spans) {
		sum += s.Length()
	}
	return sum
}
