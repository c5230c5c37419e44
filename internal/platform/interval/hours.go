package interval

import (
	"iter"
	"time"
)

// Hours is working time: for each weekday, Sunday first, the stretches in which people work, as times of day on the clocks of
// a zone.
type Hours struct {
	Zone *time.Location
	Days [7][]TimeOfDay
}

// TimeOfDay is a stretch of a day, in minutes since midnight on the wall clock; To may be 24 hours.
type TimeOfDay struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Empty reports whether nobody works at all.
func (h Hours) Empty() bool {
	for _, day := range h.Days {
		for _, d := range day {
			if d.From < d.To {
				return false
			}
		}
	}
	return true
}

// Spans yields the working time of a window, cut to it, in order. A window without end yields without end.
func (h Hours) Spans(window Span) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		if h.Empty() || window.Empty() {
			return
		}
		zone := h.Zone
		if zone == nil {
			zone = time.UTC
		}
		day := Wall(window.From, zone).Truncate(24*time.Hour).AddDate(0, 0, -1)
		for ; ; day = day.AddDate(0, 0, 1) {
			if begins := Instant(day, zone); !window.Endless() && begins.After(window.To) {
				return
			}
			var today []Span
			for _, d := range h.Days[day.Weekday()] {
				today = append(today, Span{
					Instant(day.Add(time.Duration(d.From)*time.Minute), zone),
					Instant(day.Add(time.Duration(d.To)*time.Minute), zone),
				})
			}
			for _, s := range Merge(today) {
				if shared, ok := s.Intersect(window); ok && !yield(shared) {
					return
				}
			}
		}
	}
}

// Length is how much working time lies in a span that ends, without the closed times (holidays).
func (h Hours) Length(s Span, closed []Span) time.Duration {
	if s.Endless() {
		return 0
	}
	var work []Span
	for w := range h.Spans(s) {
		work = append(work, w)
	}
	return Total(Subtract(work, closed))
}

// maxWorkingYears bounds searches through working time.
const maxWorkingYears = 20

// Add returns when, counted from a moment, the given working time has passed; ok is false when it has not within twenty years.
func (h Hours) Add(from time.Time, d time.Duration, closed []Span) (at time.Time, ok bool) {
	if d <= 0 {
		return from, true
	}
	closed = Merge(closed)
	for w := range h.Spans(Span{from, from.AddDate(maxWorkingYears, 0, 0)}) {
		for _, s := range Subtract([]Span{w}, closed) {
			length := s.Length()
			if length >= d {
				return s.From.Add(d), true
			}
			d -= length
		}
	}
	return time.Time{}, false
}
