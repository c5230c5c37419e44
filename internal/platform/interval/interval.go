// Package interval is the one engine for times that begin and end: bookings, freezes, holidays, maintenance windows and
// outages. It is pure: no clock, no database, no transport.
//
// A span is half-open: it holds its beginning and not its end, so that a booking until 14:00 and one from 14:00 do not meet.
package interval

import (
	"time"

	"millrace/internal/platform/ref"
)

// Span is a half-open stretch of time [From, To). A zero To never ends.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Endless reports whether the span has no end.
func (s Span) Endless() bool { return s.To.IsZero() }

// Empty reports whether the span holds no moment.
func (s Span) Empty() bool { return !s.Endless() && !s.From.Before(s.To) }

// Length is the duration of a span that ends, and zero for one that does not.
func (s Span) Length() time.Duration {
	if s.Endless() {
		return 0
	}
	return s.To.Sub(s.From)
}

// Contains reports whether the span holds the moment.
func (s Span) Contains(t time.Time) bool {
	return !t.Before(s.From) && (s.Endless() || t.Before(s.To))
}

// Overlaps reports whether two spans share a moment.
func (s Span) Overlaps(o Span) bool {
	return !s.Empty() && !o.Empty() && (o.Endless() || s.From.Before(o.To)) && (s.Endless() || o.From.Before(s.To))
}

// Intersect returns what two spans share; ok is false when they share nothing.
func (s Span) Intersect(o Span) (shared Span, ok bool) {
	if !s.Overlaps(o) {
		return Span{}, false
	}
	shared = s
	if o.From.After(s.From) {
		shared.From = o.From
	}
	if s.Endless() || (!o.Endless() && o.To.Before(s.To)) {
		shared.To = o.To
	}
	return shared, true
}

// ClosureKind says what closes a place.
type ClosureKind string

// The kinds of closures.
const (
	Freeze      ClosureKind = "freeze"
	Holiday     ClosureKind = "holiday"
	Maintenance ClosureKind = "maintenance"
	Outage      ClosureKind = "outage"
	Booked      ClosureKind = "booking"
	NotBookable ClosureKind = "not_bookable"
)

// Use is what a closure refuses.
type Use string

// The uses that a closure can refuse.
const (
	ForBooking    Use = "booking"
	ForDeployment Use = "deployment"
)

// Closure is a time in which a place is closed, and why.
type Closure struct {
	Span
	Kind    ClosureKind `json:"kind" enum:"freeze,holiday,maintenance,outage,booking,not_bookable"`
	ID      string      `json:"id,omitempty" doc:"The record that closes the place."`
	Name    string      `json:"name"`
	Type    string      `json:"type,omitempty" doc:"The type of a freeze, in words."`
	Colour  string      `json:"colour,omitempty"`
	Reason  string      `json:"reason" doc:"Why it is closed, in one sentence."`
	Refuses []Use       `json:"refuses" nullable:"false" enum:"booking,deployment"`
	// Override says whether a holder of the override permission may pass with a reason.
	Override bool `json:"override"`
}

// Place is where something would happen: an environment with everything a closure can be meant for.
type Place struct {
	Environment ref.Environment
	Groups      []ref.EnvironmentGroup
	Application ref.App
	Unit        ref.Unit
	UnitPath    string
}
