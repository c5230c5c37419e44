package booking

import (
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// CalendarEntry is a booking as a calendar shows it.
type CalendarEntry struct {
	ID          string
	Reference   string
	Title       string
	Description string
	Where       string
	Who         string
	URL         string
	Status      Status
	From, To    time.Time
	Changed     time.Time
	Version     int64
}

// Calendar writes entries as an iCalendar file (RFC 5545).
func Calendar(name string, entries []CalendarEntry, now time.Time) string {
	cal := ics.NewCalendarFor("Millrace")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(plain(name))
	cal.SetRefreshInterval("PT15M")
	cal.SetXPublishedTTL("PT15M")
	for _, e := range entries {
		v := cal.AddEvent(plain(e.ID) + "@millrace")
		v.SetDtStampTime(now)
		v.SetModifiedAt(e.Changed)
		v.SetSequence(int(e.Version))
		v.SetStartAt(e.From)
		v.SetEndAt(e.To)
		title := e.Reference + " " + e.Title
		switch e.Status {
		case Approved:
			v.SetStatus(ics.ObjectStatusConfirmed)
		case Cancelled, Rejected, Expired:
			v.SetStatus(ics.ObjectStatusCancelled)
		default:
			v.SetStatus(ics.ObjectStatusTentative)
			title = "(" + string(e.Status) + ") " + title
		}
		v.SetSummary(plain(title))
		v.SetLocation(plain(e.Where))
		text := e.Description
		if e.Who != "" {
			text = strings.TrimSpace("Held by " + e.Who + ".\n" + text)
		}
		if text != "" {
			v.SetDescription(plain(text))
		}
		if e.URL != "" {
			v.SetURL(e.URL)
		}
	}
	return cal.Serialize(ics.WithNewLineWindows)
}

// plain leaves out what a calendar cannot hold: control characters other than the line break, and broken text.
func plain(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r', r == 0x85, r == 0x2028, r == 0x2029:
			return '\n'
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
