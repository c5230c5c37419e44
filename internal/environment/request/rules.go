package request

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
)

const (
	MaxTitle       = 200
	maxDescription = 10_000
	maxShort       = 200
	longest        = 5 * 366 * 24 * time.Hour
)

func line(s string) string { return strings.Join(strings.Fields(s), " ") }

func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
}

// CheckText notes what is wrong with a text.
func CheckText(faults *problem.Fields, place, text string, required bool, most int) {
	switch {
	case required && text == "":
		faults.Add(place, "required", "This must be filled in.")
	case !readable(text):
		faults.Add(place, "text_unreadable", "This holds characters that cannot be shown.")
	case utf8.RuneCountInString(text) > most:
		faults.Add(place, "too_long", fmt.Sprintf("This may have at most %d characters.", most))
	}
}

// CheckCore notes what is wrong with what both sorts of requests have.
func CheckCore(faults *problem.Fields, c *Core) {
	c.Title, c.Release, c.Phase = line(c.Title), line(c.Release), line(c.Phase)
	CheckText(faults, "body.title", c.Title, true, MaxTitle)
	CheckText(faults, "body.description", c.Description, false, maxDescription)
	CheckText(faults, "body.release", c.Release, false, maxShort)
	CheckText(faults, "body.phase", c.Phase, false, maxShort)
	CheckSpan(faults, "body", c.Span())
}

// CheckSpan notes what is wrong with a time; place is where its from and to stand.
func CheckSpan(faults *problem.Fields, place string, s interval.Span) {
	for member, t := range map[string]time.Time{"from": s.From, "to": s.To} {
		if t.IsZero() {
			faults.Add(place+"."+member, "required", "Say from when until when.")
			return
		}
		if t.Year() < 1970 || t.Year() > 2200 {
			faults.Add(place+"."+member, "out_of_range", "Choose a time between 1970 and 2200.")
			return
		}
	}
	switch {
	case !s.From.Before(s.To):
		faults.Add(place+".to", "end_before_start", "It must end after it begins.")
	case s.To.Sub(s.From) > longest:
		faults.Add(place+".to", "too_long", "It may last at most five years.")
	}
}

// Repeat says how duplicates follow each other.
type Repeat string

// How duplicates follow each other.
const (
	Weekly  Repeat = "weekly"
	Monthly Repeat = "monthly"
)

// shifted moves an instant by n weeks or months on the clocks of a zone, so that the time of day stays when they are set
// forward or back. A day that a month lacks becomes its last.
func shifted(t time.Time, n int, by Repeat, zone *time.Location) time.Time {
	wall := interval.Wall(t, zone)
	if by == Weekly {
		return interval.Instant(wall.AddDate(0, 0, 7*n), zone).UTC()
	}
	first := time.Date(wall.Year(), wall.Month(), 1, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC).AddDate(0, n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return interval.Instant(first.AddDate(0, 0, min(wall.Day(), last)-1), zone).UTC()
}

// ShiftDays moves an instant by whole days on the clocks of a zone.
func ShiftDays(t time.Time, days int, zone *time.Location) time.Time {
	if days == 0 {
		return t
	}
	return interval.Instant(interval.Wall(t, zone).AddDate(0, 0, days), zone).UTC()
}

// slotSpan is the time of a slot on a day ("2026-03-02"); an end that is not after the beginning lies on the next day.
func slotSpan(day string, from, to int64, zone *time.Location) (interval.Span, bool) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return interval.Span{}, false
	}
	if to <= from {
		to += 24 * 60
	}
	moment := func(minutes int64) time.Time {
		return interval.Instant(at.Add(time.Duration(minutes)*time.Minute), zone).UTC()
	}
	s := interval.Span{From: moment(from), To: moment(to)}
	return s, !s.Empty()
}

// parseTimeOfDay reads "08:00" as minutes after midnight; 24:00 is the end of a day.
func parseTimeOfDay(s string) (int64, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return int64(t.Hour()*60 + t.Minute()), err == nil
}

func timeOfDay(minutes int64) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// Details that a policy can make mandatory.
const (
	DetailDescription = "description"
	DetailAssignee    = "assignee"
	DetailRelease     = "release"
	DetailPhase       = "phase"
)

// AnnounceFrom says from when on the outage of a change request is announced.
type AnnounceFrom string

// From when on outages are announced: as soon as the request is made, or once it has left its planning.
const (
	AnnounceCreated   AnnounceFrom = "created"
	AnnounceScheduled AnnounceFrom = "scheduled"
)

// Settings are the policy of requests.
type Settings struct {
	Mandatory       []string     `json:"mandatory" nullable:"false" maxItems:"10" enum:"description,assignee,release,phase" doc:"What a booking request needs before it leaves planning, beside title, times and lines."`
	NoPastStart     bool         `json:"noPastStart" doc:"Booking requests do not begin in the past."`
	InsideWindow    bool         `json:"insideWindow" doc:"The lines of a booking request lie inside its times."`
	SlotsOnly       bool         `json:"slotsOnly" doc:"The lines of a booking request are time slots."`
	AnnounceOutages AnnounceFrom `json:"announceOutages" enum:"created,scheduled" doc:"From when on the outage of a change request closes its environments."`
}

// standardSettings hold until somebody changes them.
func standardSettings() Settings {
	return Settings{Mandatory: []string{}, NoPastStart: true, InsideWindow: true, AnnounceOutages: AnnounceCreated}
}

// lineFacts is what the policy looks at of a line.
type lineFacts struct {
	Span interval.Span
	Slot bool
}

// checkSubmission notes what keeps a booking request from leaving its planning.
func checkSubmission(faults *problem.Fields, set Settings, c Core, lines []lineFacts, now time.Time) {
	for _, d := range set.Mandatory {
		missing := map[string]bool{
			DetailDescription: strings.TrimSpace(c.Description) == "", DetailAssignee: c.AssigneePerson == "" && c.AssigneeTeam == "", DetailRelease: c.Release == "", DetailPhase: c.Phase == "",
		}
		if missing[d] {
			faults.Add("body."+d, "required", "The policy of requests wants this filled in.")
		}
	}
	if len(lines) == 0 {
		faults.Add("body.lines", "required", "Say what to book: at least one line with environments, a group or a capability.")
	}
	checkPastStart(faults, set, c.From, now)
	for i, l := range lines {
		place := fmt.Sprintf("body.lines[%d]", i)
		if set.InsideWindow && (l.Span.From.Before(c.From) || l.Span.To.After(c.To)) {
			faults.Add(place+".from", "outside_request", "The line lies outside the times of the request.")
		}
		if set.SlotsOnly && !l.Slot {
			faults.Add(place+".slot", "slot_required", "Choose one of the time slots.")
		}
		if set.NoPastStart && l.Span.From.Before(now) && l.Span.From.Before(c.From) {
			faults.Add(place+".from", "past_start", "The line begins in the past.")
		}
	}
}

func checkPastStart(faults *problem.Fields, set Settings, from, now time.Time) {
	if set.NoPastStart && from.Before(now.Add(-time.Minute)) {
		faults.Add("body.from", "past_start", "The request begins in the past.")
	}
}
