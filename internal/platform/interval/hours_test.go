package interval

import (
	"math/rand/v2"
	"testing"
	"time"
)

func office(t testing.TB, zone string) Hours {
	h := Hours{Zone: load(t, zone)}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Days[d] = []TimeOfDay{{9 * 60, 12 * 60}, {13 * 60, 17 * 60}}
	}
	return h
}

func works(h Hours, t time.Time) bool {
	wall := t.In(h.Zone)
	m := wall.Hour()*60 + wall.Minute()
	for _, d := range h.Days[wall.Weekday()] {
		if m >= d.From && m < d.To {
			return true
		}
	}
	return false
}

func TestWorkingTimeAgreesWithCountingMinutes(t *testing.T) {
	for _, zone := range zones {
		h := office(t, zone)
		h.Days[time.Sunday] = []TimeOfDay{{0, 24 * 60}} // the clocks change on Sundays
		for seed := range uint64(30) {
			r := rand.New(rand.NewPCG(seed, 9))
			from := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
			span := Span{from, from.Add(time.Duration(r.IntN(9*24*60)) * time.Minute)}
			holiday := Span{from.Add(time.Duration(r.IntN(48)) * time.Hour), from.Add(time.Duration(48+r.IntN(48)) * time.Hour)}
			want := 0
			for m := span.From; m.Before(span.To); m = m.Add(time.Minute) {
				if works(h, m) && !holiday.Contains(m) {
					want++
				}
			}
			got := h.Length(span, []Span{holiday})
			if got != time.Duration(want)*time.Minute {
				t.Fatalf("%s %v: %v, want %d minutes", zone, span, got, want)
			}
			if at, ok := h.Add(span.From, got, []Span{holiday}); got > 0 && (!ok || at.After(span.To) || h.Length(Span{span.From, at}, []Span{holiday}) != got) {
				t.Fatalf("%s: %v of work from %v end at %v", zone, got, span.From, at)
			}
		}
	}
	if _, ok := (Hours{}).Add(zero, time.Hour, nil); ok {
		t.Fatal("work is done where nobody works")
	}
}

func TestOpeningsInWorkingHours(t *testing.T) {
	h := office(t, "Europe/Berlin")
	friday := time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC) // 13:00 in Berlin, clocks go forward on Sunday
	s := Search{Within: Span{From: friday}, Length: 3 * time.Hour, Busy: []Span{{friday, friday.Add(2 * time.Hour)}}, Hours: &h, Limit: 2}
	got := Openings(s)
	if len(got) != 2 || got[0].From.Format(time.RFC3339) != "2026-03-30T07:00:00Z" || got[0].Length() != 3*time.Hour || got[1].Length() != 4*time.Hour {
		t.Fatalf("%v", got)
	}
	s.Length = 10 * time.Hour
	s.Within.To = friday.AddDate(0, 1, 0)
	if got := Openings(s); len(got) != 0 {
		t.Fatalf("ten hours fit into no working day: %v", got)
	}
	always := Hours{Zone: h.Zone}
	for d := range always.Days {
		always.Days[d] = []TimeOfDay{{0, 24 * 60}}
	}
	s = Search{Within: Span{friday, friday.AddDate(0, 0, 7)}, Length: 100 * time.Hour, Hours: &always}
	if got := Openings(s); len(got) != 1 || got[0] != s.Within {
		t.Fatalf("days that touch are not joined: %v", got)
	}
}
