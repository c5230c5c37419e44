package interval

import (
	"strings"
	"time"
	_ "time/tzdata" // The zones must be known wherever the binary runs.

	"millrace/internal/platform/problem"
)

// Zone returns the time zone of an IANA name such as "Europe/Berlin"; "" is UTC.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	if name != "Local" && name == strings.TrimSpace(name) && len(name) <= 64 {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, problem.Newf(problem.Invalid, "zone_unknown", "There is no time zone %q; give an IANA name such as Europe/Berlin.", short(name))
}

// Wall returns what the clocks of a zone show at an instant, as a time in UTC with the same fields. It is the form in which
// days and hours can be counted without minding daylight saving.
func Wall(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	y, m, d := t.Date()
	h, n, s := t.Clock()
	return time.Date(y, m, d, h, n, s, t.Nanosecond(), time.UTC)
}

// Instant returns when the clocks of a zone show the given wall time. A time that they show twice, because they are set
// back, is the first of the two; a time that they skip, because they are set forward, is moved forward by what they skip.
func Instant(wall time.Time, loc *time.Location) time.Time {
	y, m, d := wall.Date()
	h, n, s := wall.Clock()
	near := time.Date(y, m, d, h, n, s, wall.Nanosecond(), loc)
	utc := time.Date(y, m, d, h, n, s, wall.Nanosecond(), time.UTC)
	at := func(offset int) time.Time { return utc.Add(-time.Duration(offset) * time.Second) }
	start, end := near.ZoneBounds()
	_, offset := near.Zone()
	var candidates []time.Time
	if !start.IsZero() {
		_, earlier := start.Add(-1).Zone()
		// Clocks set forward at start: the skipped time counts on from the offset before.
		if t := at(earlier); !t.Before(start) && at(offset).Before(start) {
			return t.UTC()
		}
		candidates = append(candidates, at(earlier))
	}
	candidates = append(candidates, at(offset))
	if !end.IsZero() {
		_, later := end.Zone()
		if t := at(offset); !t.Before(end) && at(later).Before(end) {
			return t.UTC()
		}
		candidates = append(candidates, at(later))
	}
	best := near
	for _, t := range candidates {
		if Wall(t, loc).Equal(utc) && (t.Before(best) || !Wall(best, loc).Equal(utc)) {
			best = t
		}
	}
	return best.UTC()
}

// short cuts a value for a message.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
