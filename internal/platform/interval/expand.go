package interval

import (
	"iter"
	"time"

	"github.com/teambition/rrule-go"

	"millrace/internal/platform/problem"
)

// Recurrence is how a repeated span is written down: the rule, the zone whose clocks it follows, and what it leaves out.
type Recurrence struct {
	Rule string   `json:"rule" maxLength:"2000" doc:"An RRULE of RFC 5545 that repeats daily or less often." example:"FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"`
	Zone string   `json:"zone,omitempty" maxLength:"64" doc:"The IANA name of the zone whose clocks the rule follows; UTC when left out." example:"Europe/Berlin"`
	Skip []string `json:"skip,omitempty" maxItems:"1000" doc:"Occurrences to leave out: a day (2026-12-24) or the time an occurrence would begin." example:"[\"2026-12-24\"]"`
}

// Parse reads the recurrence.
func (r Recurrence) Parse() (*Rule, error) {
	rule, err := ParseRule(r.Rule, r.Zone)
	if err != nil {
		return nil, err
	}
	return rule, rule.Skip(r.Skip...)
}

// Bounds is how far an expansion goes before it is refused.
type Bounds struct {
	// Most is the greatest number of occurrences; 0 is no bound.
	Most int
	// Horizon is how long after the beginning of the first the last may begin; 0 is no bound.
	Horizon time.Duration
}

// ErrEndless is returned where an endless rule meets no horizon.
var ErrEndless = problem.New(problem.Invalid, "recurrence_endless", "The recurrence has no end; add COUNT or UNTIL.")

// Expand returns every occurrence of a span that a rule repeats, in order. It refuses rules that go beyond the bounds: what
// is cut off in silence would be missed by somebody.
func (r *Rule) Expand(base Span, b Bounds) ([]Span, error) {
	if r.Endless() {
		return nil, ErrEndless
	}
	var last time.Time
	if b.Horizon > 0 {
		last = base.From.Add(b.Horizon)
	}
	var out []Span
	for s := range r.from(base, time.Time{}) {
		if !last.IsZero() && s.From.After(last) {
			return nil, problem.Newf(problem.Invalid, "recurrence_too_long",
				"The recurrence reaches to %s; occurrences may begin until %s at the latest. End it earlier with UNTIL or COUNT.", s.From.Format(time.DateOnly), last.Format(time.DateOnly)).
				WithData("last", last)
		}
		if b.Most > 0 && len(out) == b.Most {
			return nil, problem.Newf(problem.Invalid, "recurrence_too_many", "The recurrence has more than %d occurrences. End it earlier with UNTIL or COUNT.", b.Most).
				WithData("most", b.Most)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, problem.New(problem.Invalid, "recurrence_empty", "The recurrence has no occurrence at all.")
	}
	return out, nil
}

// Within yields the occurrences that share a moment with the window, in order of their beginning. The window of an endless
// rule must end.
func (r *Rule) Within(base, window Span) (iter.Seq[Span], error) {
	if r.Endless() && window.Endless() {
		return nil, ErrEndless
	}
	return func(yield func(Span) bool) {
		for s := range r.from(base, window.To) {
			if !window.Endless() && !s.From.Before(window.To) {
				return
			}
			if s.Overlaps(window) && !yield(s) {
				return
			}
		}
	}, nil
}

// Check tells faults that only show together with the span: none of its occurrences exists, or the span never ends.
func (r *Rule) Check(base Span) error {
	if base.Endless() {
		return ruleInvalid("What is repeated must end.")
	}
	for range r.from(base, base.From.AddDate(8, 0, 0)) {
		return nil
	}
	return problem.New(problem.Invalid, "recurrence_empty", "The recurrence has no occurrence within eight years of its beginning.")
}

// from yields all occurrences that begin before the horizon, the zero time being none. The wall time of both ends stays; the
// first occurrence is the span itself when the rule meets it.
func (r *Rule) from(base Span, horizon time.Time) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		start, end := Wall(base.From, r.zone), Wall(base.To, r.zone)
		sub := start.Sub(start.Truncate(time.Second))
		o := r.option
		o.Dtstart = start
		o.Until = r.until
		if !horizon.IsZero() {
			if h := Wall(horizon, r.zone).AddDate(0, 0, 2); o.Until.IsZero() || h.Before(o.Until) {
				o.Until = h
			}
		}
		if !o.Until.IsZero() && o.Until.Before(start.Truncate(time.Second)) {
			return
		}
		rule, err := rrule.NewRRule(o)
		if err != nil {
			return
		}
		next := rule.Iterator()
		for at, ok := next(); ok; at, ok = next() {
			at = at.Add(sub)
			if r.skip[at] || r.days[at.Format(time.DateOnly)] {
				continue
			}
			s := base
			if !at.Equal(start) {
				s.From, s.To = Instant(at, r.zone), Instant(at.Add(end.Sub(start)), r.zone)
				// Clocks set forward can swallow a short span's end; it keeps its length then.
				if !s.From.Before(s.To) {
					s.To = s.From.Add(base.Length())
				}
			}
			if !yield(s) {
				return
			}
		}
	}
}
