package notify

import (
	"fmt"
	"time"
)

// Quiet is the rule by which updates fold into one mail: it leaves when nothing was added for Pause, and at the latest Cap
// after the first update, so that a record that never rests is still told of.
type Quiet struct{ Pause, Cap time.Duration }

// Due is when a mail leaves whose first and last update were then.
func (q Quiet) Due(first, last time.Time) time.Time {
	due := last.Add(q.Pause)
	if latest := first.Add(q.Cap); latest.Before(due) {
		return latest
	}
	return due
}

// Hours are the hours of a day in which a person gets no mail, in minutes since midnight of their zone. They may go over
// midnight; when both are the same there are none.
type Hours struct {
	From, To int
	Zone     *time.Location
}

func (h Hours) inside(t time.Time) bool {
	local := t.In(h.Zone)
	m := local.Hour()*60 + local.Minute()
	if h.From <= h.To {
		return h.From <= m && m < h.To
	}
	return m >= h.From || m < h.To
}

// Push returns the first moment at or after t outside the quiet hours. It goes minute by minute, so that days on which
// clocks change need no thought.
func (h Hours) Push(t time.Time) time.Time {
	if h.From == h.To || !h.inside(t) {
		return t
	}
	t = t.Truncate(time.Minute)
	for h.inside(t) {
		t = t.Add(time.Minute)
	}
	return t.UTC()
}

// NextDigest returns the first moment after t at which it is the given minute of the day in the zone. Where clocks jump
// over it, it is as long after midnight as ever.
func NextDigest(t time.Time, minute int, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	for ; ; d++ {
		if at := time.Date(y, m, d, minute/60, minute%60, 0, 0, zone); at.After(t) {
			return at.UTC()
		}
	}
}

// giveUp is how long a mail is tried after its last update.
const giveUp = 72 * time.Hour

// RetryPause is how long a mail waits after its nth failed try: a minute, two, four … one hour.
func RetryPause(attempt int64) time.Duration {
	pause := time.Minute
	for range attempt - 1 {
		if pause *= 2; pause >= time.Hour {
			return time.Hour
		}
	}
	return pause
}

// parseClock reads "08:30" as minutes since midnight.
func parseClock(text string) (int, error) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != 5 {
		return 0, fmt.Errorf("%q is no time of day", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}
