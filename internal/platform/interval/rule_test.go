package interval

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/problem"
)

var zones = []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"}

func load(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// instantBySearch is the oracle of Instant: it walks real time and looks at the clocks.
func instantBySearch(wall time.Time, loc *time.Location) time.Time {
	from := wall.Add(-26 * time.Hour)
	for t := from; t.Before(wall.Add(26 * time.Hour)); t = t.Add(5 * time.Minute) {
		shown := Wall(t, loc)
		if shown.Equal(wall) {
			return t
		}
		// The clocks jump over the wanted time: what is skipped is added.
		if next := Wall(t.Add(5*time.Minute), loc); shown.Before(wall) && next.After(wall) {
			_, offset := t.In(loc).Zone()
			return wall.Add(-time.Duration(offset) * time.Second)
		}
	}
	return time.Time{}
}

func TestInstantAgreesWithWalkingThroughTime(t *testing.T) {
	for _, name := range append([]string{"Pacific/Apia", "America/Sao_Paulo"}, zones...) {
		loc := load(t, name)
		// Days around every change of the clocks, and some others.
		at := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
		var days []time.Time
		for at.Year() < 2029 {
			_, end := at.ZoneBounds()
			if end.IsZero() || end.Year() > 2028 {
				break
			}
			days, at = append(days, Wall(end, time.UTC)), end
		}
		days = append(days, time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
		for _, day := range days {
			for m := -30 * 60; m < 30*60; m += 25 {
				wall := day.Truncate(time.Hour).Add(time.Duration(m) * time.Minute)
				if got, want := Instant(wall, loc), instantBySearch(wall, loc); !got.Equal(want) {
					t.Fatalf("%s %s: %s, want %s", name, wall.Format(time.DateTime), got, want)
				}
			}
		}
	}
}

func TestClocksSetForwardAndBack(t *testing.T) {
	for _, c := range [][3]string{
		{"Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T01:30:00Z"},       // skipped: moved to 03:30
		{"Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"},       // shown twice: the first
		{"America/New_York", "2026-03-08 02:00:00", "2026-03-08T07:00:00Z"},    // skipped: 03:00
		{"America/New_York", "2026-11-01 01:59:00", "2026-11-01T05:59:00Z"},    // the first
		{"Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-03T15:45:00Z"}, // half an hour is skipped
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00Z"},
	} {
		wall, _ := time.Parse(time.DateTime, c[1])
		if got := Instant(wall, load(t, c[0])).Format(time.RFC3339); got != c[2] {
			t.Errorf("%s %s is %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// occurrencesByDay is the oracle of simple rules: it looks at every day.
func occurrencesByDay(start time.Time, days int, fits func(n int, day time.Time) bool) []time.Time {
	var out []time.Time
	for n := range days {
		if day := start.AddDate(0, 0, n); fits(n, day) {
			out = append(out, day)
		}
	}
	return out
}

func TestRulesAgreeWithLookingAtEveryDay(t *testing.T) {
	week := func(start, day time.Time) int {
		monday := func(t time.Time) time.Time { return t.Truncate(24*time.Hour).AddDate(0, 0, -(int(t.Weekday())+6)%7) }
		return int(monday(day).Sub(monday(start)).Hours()/24) / 7
	}
	months := func(start, day time.Time) int {
		return (day.Year()-start.Year())*12 + int(day.Month()) - int(start.Month())
	}
	last := func(day time.Time) bool { return day.AddDate(0, 0, 1).Month() != day.Month() }
	cases := map[string]func(start time.Time, n int, day time.Time) bool{
		"FREQ=DAILY":             func(_ time.Time, _ int, _ time.Time) bool { return true },
		"FREQ=DAILY;INTERVAL=3":  func(_ time.Time, n int, _ time.Time) bool { return n%3 == 0 },
		"FREQ=DAILY;BYDAY=SA,SU": func(_ time.Time, _ int, d time.Time) bool { return d.Weekday()%6 == 0 },
		"FREQ=WEEKLY":            func(s time.Time, _ int, d time.Time) bool { return d.Weekday() == s.Weekday() },
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR": func(s time.Time, _ int, d time.Time) bool {
			return (d.Weekday() == time.Tuesday || d.Weekday() == time.Friday) && week(s, d)%2 == 0
		},
		"FREQ=MONTHLY":               func(s time.Time, _ int, d time.Time) bool { return d.Day() == s.Day() },
		"FREQ=MONTHLY;BYMONTHDAY=-1": func(_ time.Time, _ int, d time.Time) bool { return last(d) },
		"FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR": func(s time.Time, _ int, d time.Time) bool {
			return d.Weekday() == 5 && d.AddDate(0, 0, 7).Month() != d.Month() && months(s, d)%3 == 0
		},
		"FREQ=MONTHLY;BYDAY=2TU":              func(_ time.Time, _ int, d time.Time) bool { return d.Weekday() == 2 && (d.Day()-1)/7 == 1 },
		"FREQ=YEARLY":                         func(s time.Time, _ int, d time.Time) bool { return d.Month() == s.Month() && d.Day() == s.Day() },
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29": func(_ time.Time, _ int, d time.Time) bool { return d.Month() == 2 && d.Day() == 29 },
		"FREQ=YEARLY;BYMONTH=12,1;BYDAY=MO": func(_ time.Time, _ int, d time.Time) bool {
			return d.Weekday() == 1 && (d.Month() == 12 || d.Month() == 1)
		},
		"FREQ=YEARLY;BYYEARDAY=-1,60": func(_ time.Time, _ int, d time.Time) bool {
			return d.YearDay() == 60 || d.Month() == 12 && d.Day() == 31
		},
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": func(_ time.Time, _ int, d time.Time) bool {
			for k := 1; ; k++ {
				if next := d.AddDate(0, 0, k); next.Month() != d.Month() {
					return d.Weekday()%6 != 0
				} else if next.Weekday()%6 != 0 {
					return false
				}
			}
		},
	}
	const days = 1500
	for text, fits := range cases {
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, 7))
			zone := zones[r.IntN(len(zones))]
			loc := load(t, zone)
			start := time.Date(2022+r.IntN(3), time.Month(1+r.IntN(12)), 1+r.IntN(31), r.IntN(24), 15*r.IntN(4), 0, 0, time.UTC)
			length := time.Duration(1+r.IntN(40)) * 30 * time.Minute
			base := Span{Instant(start, loc), Instant(start.Add(length), loc)}
			if !Wall(base.From, loc).Equal(start) || !Wall(base.To, loc).Equal(start.Add(length)) {
				continue // the clocks never show these times; the first occurrence stands as it is given
			}
			rule, err := ParseRule(text, zone)
			if err != nil {
				t.Fatal(err)
			}
			window := Span{Instant(start.AddDate(0, 0, r.IntN(200)), loc), Instant(start.AddDate(0, 0, days-1), loc)}
			seq, err := rule.Within(base, window)
			if err != nil {
				t.Fatal(err)
			}
			got := slices.Collect(seq)
			var want []Span
			for _, day := range occurrencesByDay(start, days, func(n int, d time.Time) bool { return fits(start, n, d) }) {
				s := Span{Instant(day, loc), Instant(day.Add(length), loc)}
				if !s.From.Before(s.To) {
					s.To = s.From.Add(length)
				}
				if s.Overlaps(window) {
					want = append(want, s)
				}
			}
			if !slices.EqualFunc(got, want, func(a, b Span) bool { return a.From.Equal(b.From) && a.To.Equal(b.To) }) {
				t.Fatalf("%s from %s in %s: %d occurrences, want %d\n%v\n%v", text, start, zone, len(got), len(want), got[:min(3, len(got))], want[:min(3, len(want))])
			}
		}
	}
}

func TestExpandIsBoundedAndSaysWhy(t *testing.T) {
	base := Span{time.Date(2024, 2, 29, 8, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 10, 0, 0, 0, time.UTC)}
	bounds := Bounds{Most: 400, Horizon: 2 * 366 * 24 * time.Hour}
	for _, c := range []struct {
		rule string
		n    int
		code string
	}{
		{"FREQ=DAILY;COUNT=400", 400, ""}, {"FREQ=DAILY;COUNT=401", 0, "recurrence_too_many"}, {"FREQ=DAILY", 0, "recurrence_endless"},
		{"FREQ=WEEKLY;COUNT=120", 0, "recurrence_too_long"}, {"FREQ=YEARLY;COUNT=2", 0, "recurrence_too_long"},
		{"FREQ=DAILY;UNTIL=20240302", 3, ""}, {"FREQ=DAILY;UNTIL=20240302T075959Z", 2, ""}, {"FREQ=DAILY;UNTIL=20240302T080000Z", 3, ""},
		{"FREQ=DAILY;UNTIL=20240101", 0, "recurrence_empty"}, {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", 0, "recurrence_empty"},
		{"RRULE:FREQ=DAILY;COUNT=5\nEXDATE:20240301T080000,20240302\nEXDATE:20240303T080000Z", 2, ""},
	} {
		rule, err := ParseRule(c.rule, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := rule.Expand(base, bounds)
		if problem.CodeOf(err) != c.code || len(got) != c.n {
			t.Errorf("%s: %d occurrences, %v", c.rule, len(got), err)
		}
	}
	rec := Recurrence{Rule: "freq=daily;count=4", Zone: "Europe/Berlin", Skip: []string{"2024-03-01", "2024-03-02T08:00:00Z"}}
	rule, err := rec.Parse()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rule.Expand(base, bounds); err != nil || len(got) != 2 {
		t.Errorf("skips: %v %v", got, err)
	}
	endless, _ := ParseRule("FREQ=DAILY", "")
	if _, err := endless.Within(base, Span{From: base.From}); problem.CodeOf(err) != "recurrence_endless" {
		t.Errorf("an endless rule in an endless window: %v", err)
	}
	if err := endless.Check(Span{From: base.From}); problem.CodeOf(err) != "recurrence_invalid" {
		t.Errorf("an endless span repeats: %v", err)
	}
	never, _ := ParseRule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "")
	if err := never.Check(base); problem.CodeOf(err) != "recurrence_empty" {
		t.Errorf("a rule that never comes: %v", err)
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	for text, code := range map[string]string{
		"": "recurrence_invalid", "BYDAY=MO": "recurrence_invalid", "FREQ=HOURLY": "recurrence_sub_daily", "FREQ=MINUTELY;INTERVAL=5": "recurrence_sub_daily",
		"FREQ=SECONDLY": "recurrence_sub_daily", "FREQ=DAILY;BYHOUR=9,13": "recurrence_sub_daily", "FREQ=FORTNIGHTLY": "recurrence_invalid",
		"FREQ=DAILY;COUNT=0": "recurrence_invalid", "FREQ=DAILY;COUNT=2;UNTIL=20270101": "recurrence_invalid", "FREQ=DAILY;INTERVAL=-1": "recurrence_invalid",
		"FREQ=MONTHLY;BYDAY=-53MO": "recurrence_invalid", "FREQ=WEEKLY;BYDAY=2MO": "recurrence_invalid", "FREQ=DAILY;BYMONTH=13": "recurrence_invalid",
		"FREQ=DAILY;FREQ=DAILY": "recurrence_invalid", "FREQ=DAILY;BYEASTER=0": "recurrence_invalid", "FREQ=DAILY;UNTIL=soon": "recurrence_invalid",
		"FREQ=DAILY\nFREQ=DAILY": "recurrence_invalid", "FREQ=WEEKLY;BYMONTHDAY=3": "recurrence_invalid", "FREQ=YEARLY;BYWEEKNO=53": "recurrence_invalid", "FREQ=DAILY;BYSETPOS=1": "recurrence_invalid",
		"FREQ=DAILY\nEXDATE;TZID=Asia/Tokyo:20260101T000000": "recurrence_invalid", strings.Repeat("A", 3000): "recurrence_invalid",
	} {
		if _, err := ParseRule(text, "Europe/Berlin"); problem.CodeOf(err) != code || problem.KindOf(err) != problem.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, zone := range []string{"Local", "Mars/Olympus", "../etc/passwd", " UTC", "Europe/Berlin\x00"} {
		if _, err := ParseRule("FREQ=DAILY", zone); problem.CodeOf(err) != "zone_unknown" {
			t.Errorf("%q: %v", zone, err)
		}
	}
}

func TestShortSpansSurviveTheSkippedHour(t *testing.T) {
	loc := load(t, "Europe/Berlin")
	base := Span{Instant(time.Date(2026, 3, 27, 2, 30, 0, 0, time.UTC), loc), Instant(time.Date(2026, 3, 27, 3, 15, 0, 0, time.UTC), loc)}
	rule, _ := ParseRule("FREQ=DAILY;COUNT=4", "Europe/Berlin")
	got, err := rule.Expand(base, Bounds{})
	if err != nil || len(got) != 4 {
		t.Fatal(got, err)
	}
	for _, s := range got {
		if s.Length() != 45*time.Minute {
			t.Errorf("%v lasts %v", s, s.Length())
		}
	}
	if got[2].From.In(loc).Format("15:04") != "03:30" {
		t.Errorf("in the skipped hour it begins at %s", got[2].From.In(loc))
	}
}

func FuzzParseRule(f *testing.F) {
	for _, seed := range []string{
		"FREQ=DAILY", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10", "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231T000000Z", "FREQ=YEARLY;BYWEEKNO=1,53,-1;BYDAY=MO",
		"FREQ=YEARLY;BYDAY=-53MO", "FREQ=YEARLY;BYMONTH=1;BYDAY=5SU,-5SU", "FREQ=YEARLY;BYYEARDAY=-366,366", "FREQ=MONTHLY;BYMONTHDAY=31,-31;BYSETPOS=-366",
		"FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20260329T023000", "FREQ=WEEKLY;WKST=SU;INTERVAL=1000", "FREQ=HOURLY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
	} {
		f.Add(seed, "Europe/Berlin")
	}
	base := Span{time.Date(2024, 2, 29, 1, 30, 0, 0, time.UTC), time.Date(2024, 2, 29, 2, 30, 0, 0, time.UTC)}
	window := Span{base.From, base.From.AddDate(3, 0, 0)}
	f.Fuzz(func(t *testing.T, text, zone string) {
		rule, err := ParseRule(text, zone)
		if err != nil {
			if problem.Of(err) == nil {
				t.Fatalf("%q: an error without a code: %v", text, err)
			}
			return
		}
		again, err := ParseRule(rule.String(), zone)
		if err != nil || again.String() != rule.String() {
			t.Fatalf("%q became %q, which is read differently: %v", text, rule, err)
		}
		seq, err := rule.Within(base, window)
		if err != nil {
			t.Fatal(err)
		}
		last, n := time.Time{}, 0
		for s := range seq {
			if s.Empty() || s.From.Before(last) || s.From.Before(base.From) || n > 3*366 {
				t.Fatalf("%q: %v after %v, number %d", text, s, last, n)
			}
			last, n = s.From, n+1
		}
	})
}
