package booking

import (
	"strings"
	"testing"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

func entryOf(title, text, where string) CalendarEntry {
	return CalendarEntry{ID: "id1", Reference: "BK-1", Title: title, Description: text, Where: where, Who: "Ada; Lovelace, Countess", URL: "https://millrace.example.com/bookings/id1",
		Status: Approved, From: at(1), To: at(30), Changed: at(0), Version: 3}
}

// checkCalendar holds a file to what readers of calendars rely on.
func checkCalendar(t *testing.T, text string, e CalendarEntry) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00") {
			t.Fatalf("line of %d bytes: %q", len(line), line)
		}
	}
	cal, err := ics.ParseCalendar(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	list := cal.Events()
	if len(list) != 1 {
		t.Fatalf("%d events in %q", len(list), text)
	}
	got := ics.FromText(list[0].GetProperty(ics.ComponentPropertySummary).Value)
	if want := plain("BK-1 " + e.Title); got != want && strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Fatalf("summary %q, want %q", got, want)
	}
	from, err1 := list[0].GetStartAt()
	to, err2 := list[0].GetEndAt()
	if err1 != nil || err2 != nil || !from.Equal(e.From) || !to.Equal(e.To) {
		t.Fatalf("from %v to %v", from, to)
	}
}

func TestCalendarIsEscapedAndFolded(t *testing.T) {
	for _, title := range []string{"Plain", "a, b; c\\d", "line\nbreak", "BEGIN:VEVENT\r\nSUMMARY:evil", strings.Repeat("äöü", 60), "emoji 🧪" + strings.Repeat("🧪", 40), "\x00\x07", "\xff\xfe", ":;\"'"} {
		e := entryOf(title, title, title)
		checkCalendar(t, Calendar("My bookings, all; of them", []CalendarEntry{e}, at(0)), e)
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("END:VCALENDAR\r\n", "\\n\\;", strings.Repeat("é", 80))
	f.Fuzz(func(t *testing.T, title, text, where string) {
		e := entryOf(title, text, where)
		out := Calendar(where, []CalendarEntry{e}, at(0))
		for line := range strings.SplitSeq(strings.TrimSuffix(out, "\r\n"), "\r\n") {
			if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("line of %d bytes: %q", len(line), line)
			}
		}
		if n := strings.Count(out, "\r\nBEGIN:VEVENT\r\n"); n != 1 {
			t.Fatalf("%d events in %q", n, out)
		}
		checkCalendar(t, out, e)
	})
}
