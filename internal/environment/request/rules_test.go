package request

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := interval.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestShiftedKeepsTheTimeOfDay holds moves by weeks and months against what the clocks of zones show.
func TestShiftedKeepsTheTimeOfDay(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"} {
		z := zone(t, name)
		for range 3000 {
			from := time.Date(2024+random.IntN(4), time.Month(1+random.IntN(12)), 1+random.IntN(28), random.IntN(24), random.IntN(60), 0, 0, z)
			n := random.IntN(60)
			week := shifted(from.UTC(), n, Weekly, z).In(z)
			if days := dayOf(week) - dayOf(from); days != 7*n {
				t.Fatalf("%s and %d weeks is %s: %d days", from, n, week, days)
			}
			month := shifted(from.UTC(), n, Monthly, z).In(z)
			if want := int(from.Month()) - 1 + n; (month.Year()-from.Year())*12+int(month.Month())-1 != want || month.Day() != from.Day() {
				t.Fatalf("%s and %d months is %s", from, n, month)
			}
			for _, got := range []time.Time{week, month} {
				// A time of day that the clocks skip on that day is moved by what they skip, an hour at most.
				if diff := minutes(got) - minutes(from); diff < 0 || diff > 60 {
					t.Fatalf("%s became %s", from, got)
				}
			}
		}
	}
}

func dayOf(t time.Time) int {
	return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func minutes(t time.Time) int { return t.Hour()*60 + t.Minute() }

func TestMonthsThatLackADayTakeTheirLast(t *testing.T) {
	from := time.Date(2024, 1, 31, 8, 0, 0, 0, time.UTC)
	for n, want := range map[int]string{1: "2024-02-29", 2: "2024-03-31", 3: "2024-04-30", 13: "2025-02-28"} {
		if got := shifted(from, n, Monthly, time.UTC).Format(time.DateOnly); got != want {
			t.Errorf("%d months later is %s, want %s", n, got, want)
		}
	}
}

func TestSlotSpan(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		day      string
		from, to string
		length   time.Duration
		ok       bool
	}{
		{"2025-03-03", "08:00", "12:00", 4 * time.Hour, true},
		{"2025-03-03", "22:00", "06:00", 8 * time.Hour, true},
		{"2025-03-29", "22:00", "06:00", 7 * time.Hour, true}, // the clocks go forward
		{"2025-10-25", "22:00", "06:00", 9 * time.Hour, true}, // and back
		{"2025-03-30", "02:15", "02:45", 30 * time.Minute, true},
		{"2025-03-03", "00:00", "24:00", 24 * time.Hour, true},
		{"2025-03-03", "08:00", "08:00", 24 * time.Hour, true},
		{"2025-02-30", "08:00", "12:00", 0, false},
		{"tomorrow", "08:00", "12:00", 0, false},
	} {
		from, a := parseTimeOfDay(c.from)
		to, b := parseTimeOfDay(c.to)
		span, ok := slotSpan(c.day, from, to, berlin)
		if !a || !b || ok != c.ok || ok && span.Length() != c.length {
			t.Errorf("%+v: %v %v %v", c, span, span.Length(), ok)
		}
	}
	for _, bad := range []string{"8", "25:00", "08:60", "-1:00", ""} {
		if _, ok := parseTimeOfDay(bad); ok {
			t.Errorf("%q is a time of day", bad)
		}
	}
}

func TestAnswers(t *testing.T) {
	questions := []Question{{ID: "a", Kind: YesNo, Required: true}, {ID: "b", Kind: FreeText, Usage: "sit", Required: true}, {ID: "c", Kind: FreeText, Usage: "sit", Application: "pay"}}
	got, err := answered(questions, map[string]string{"a": "yes", "b": "old", "gone": "kept"}, map[string]string{"a": " No ", "b": "", "c": " text "})
	if err != nil || got["a"] != "no" || got["b"] != "" || got["c"] != "text" || got["gone"] != "kept" {
		t.Fatalf("%v %v", got, err)
	}
	for _, bad := range []map[string]string{{"a": "maybe"}, {"x": "yes"}, {"b": "\x00"}, {"b": strings.Repeat("x", 50_000)}} {
		if _, err := answered(questions, nil, bad); problem.CodeOf(err) != "answers_invalid" {
			t.Errorf("%v", err)
		}
	}
	places := []place{{"e1", "sit", "other"}, {"e2", "uat", "pay"}, {"e3", "sit", "pay"}}
	for i, want := range [][]ref.Environment{{"e1", "e2", "e3"}, {"e1", "e3"}, {"e3"}} {
		if envs, yes := questions[i].asked(places); !yes || !slices.Equal(envs, want) {
			t.Errorf("%d is asked for %v", i, envs)
		}
	}
	if _, yes := questions[1].asked(places[1:2]); yes {
		t.Error("asked where it does not belong")
	}
	var faults problem.Fields
	checkAnswers(&faults, questions, places[1:2], nil)
	if len(faults) != 1 || faults[0].Path != "body.answers.a" {
		t.Fatalf("%+v", faults)
	}
}

func TestPolicyOfSubmission(t *testing.T) {
	now := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	c := Core{From: now.Add(time.Hour), To: now.Add(10 * time.Hour)}
	inside := lineFacts{Span: interval.Span{From: c.From, To: c.To}, Slot: true}
	outside := lineFacts{Span: interval.Span{From: c.From, To: c.To.Add(1)}}
	for _, k := range []struct {
		set   Settings
		core  Core
		lines []lineFacts
		want  string
	}{
		{standardSettings(), c, []lineFacts{inside}, ""},
		{standardSettings(), c, nil, "body.lines"},
		{standardSettings(), c, []lineFacts{inside, outside}, "body.lines[1].from"},
		{Settings{}, c, []lineFacts{outside}, ""},
		{Settings{SlotsOnly: true}, c, []lineFacts{inside, outside}, "body.lines[1].slot"},
		{Settings{NoPastStart: true}, Core{From: now.Add(-time.Hour), To: c.To}, []lineFacts{inside}, "body.from"},
		{Settings{}, Core{From: now.Add(-time.Hour), To: c.To}, []lineFacts{inside}, ""},
		{Settings{Mandatory: []string{"assignee", "description", "phase", "release"}}, c, []lineFacts{inside}, "body.assignee body.description body.phase body.release"},
		{Settings{Mandatory: []string{"assignee", "release"}}, Core{From: c.From, To: c.To, AssigneeTeam: "t", Release: "R"}, []lineFacts{inside}, ""},
	} {
		var faults problem.Fields
		checkSubmission(&faults, k.set, k.core, k.lines, now)
		var got []string
		for _, f := range faults {
			got = append(got, f.Path)
		}
		if strings.Join(got, " ") != k.want {
			t.Errorf("%+v: %v, want %q", k, got, k.want)
		}
	}
}

func TestReferences(t *testing.T) {
	for text, want := range map[string]int64{"EB-12": 12, " eb-7 ": 7, "EB-0": 0, "EB--1": 0, "EC-3": 0, "EB-": 0, "EB-99999999999999999999": 0} {
		if got, ok := bookingKind.numberOf(text); ok != (want > 0) || ok && got != want {
			t.Errorf("%q is %d %v", text, got, ok)
		}
	}
}
