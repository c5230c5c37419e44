package sheet

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/tabular"
)

func text(s string) tabular.Cell { return tabular.Cell{Kind: tabular.Text, Text: s} }

func TestMoments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		order DateOrder
		want  string // "!" a fault, "?" ambiguous
	}{
		{"2025-03-04", "", "2025-03-04 whole"}, {"2025-3-4", "", "2025-03-04 whole"}, {"2025/03/04 9:05", "", "2025-03-04 09:05"}, {"2025-03-04T10:00", "", "2025-03-04 10:00"},
		{"2025-03-04T10:00:00+01:00", "", "2025-03-04 09:00 instant"}, {"2025-03-04T10:00Z", "", "2025-03-04 10:00 instant"}, {"20250304", "", "2025-03-04 whole"},
		{"04.03.2025", "", "2025-03-04 whole"}, {"4.3.25", "", "2025-03-04 whole"}, {"04.03.2025 14:30", "", "2025-03-04 14:30"}, {"Di, 04.03.2025 14:30 Uhr", "", "2025-03-04 14:30"},
		{"03/04/2025", "", "?"}, {"03/04/2025", DayFirst, "2025-04-03 whole"}, {"03/04/2025", MonthFirst, "2025-03-04 whole"}, {"04/04/2025", "", "2025-04-04 whole"},
		{"25/03/2025", "", "2025-03-25 whole"}, {"03/25/2025", "", "2025-03-25 whole"}, {"3/25/25 2:30 PM", "", "2025-03-25 14:30"}, {"12/25/2025 12:15 AM", "", "2025-12-25 00:15"},
		{"4 Mar 2025", "", "2025-03-04 whole"}, {"4. März 2025", "", "2025-03-04 whole"}, {"March 4, 2025", "", "2025-03-04 whole"}, {"04-Mar-25", "", "2025-03-04 whole"},
		{"Tue 4 March 2025 10:00", "", "2025-03-04 10:00"}, {"45720", "", "2025-03-04 whole"}, {"45720.5", "", "2025-03-04 12:00"}, {"14:30", "", "14:30 clock"}, {"2:30 pm", "", "14:30 clock"},
		{"31.02.2025", "", "!"}, {"2025-13-01", "", "!"}, {"tomorrow", "", "!"}, {"99", "", "!"}, {"2025-03-04 25:00", "", "!"}, {"", "", "!"}, {"Q1 2025", "", "!"},
	} {
		r := readMoment(text(c.in), c.order)
		got := ""
		switch {
		case r.fault != "":
			got = "!"
		case r.ambiguous:
			got = "?"
		case r.clock:
			got = r.wall.Format("15:04") + " clock"
		case r.whole:
			got = r.wall.Format("2006-01-02") + " whole"
		case r.instant:
			got = r.wall.Format("2006-01-02 15:04") + " instant"
		default:
			got = r.wall.Format("2006-01-02 15:04")
		}
		if got != c.want {
			t.Errorf("%q %s: %s, want %s (%s)", c.in, c.order, got, c.want, r.fault)
		}
	}
}

func TestLengths(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"8h": "8h0m0s", "90 min": "1h30m0s", "1 day": "1d", "3 days": "3d", "2 weeks": "14d", "1 week 2 days": "9d", "5": "5d", "1.5": "36h0m0s", "4:30": "4h30m0s", "1 day 4 hours": "28h0m0s",
		"2 Tage": "2d", "soon": "!", "0": "!", "-1": "!", "3 working days": "!", "1 year": "!",
	} {
		d, days, ok := readLength(text(in))
		got := d.String()
		switch {
		case !ok:
			got = "!"
		case days > 0:
			got = time.Duration(days).String()
			got = strings.TrimSuffix(got, "ns") + "d"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	vienna, err := interval.Zone("Europe/Vienna")
	must(t, err)
	none := tabular.Cell{}
	for _, c := range []struct {
		name                              string
		from, fromTime, to, toTime, count tabular.Cell
		want                              string
	}{
		{"whole days", text("2025-03-04"), none, text("2025-03-06"), none, none, "2025-03-03T23:00Z 2025-03-06T23:00Z"},
		{"one day", text("2025-03-04"), none, none, none, none, "2025-03-03T23:00Z 2025-03-04T23:00Z"},
		{"over the change of clocks", text("2025-03-30"), none, none, none, none, "2025-03-29T23:00Z 2025-03-30T22:00Z"},
		{"times", text("2025-03-04"), text("9:00"), text("2025-03-04"), text("17:00"), none, "2025-03-04T08:00Z 2025-03-04T16:00Z"},
		{"end is a time", text("2025-03-04 09:00"), none, text("17:00"), none, none, "2025-03-04T08:00Z 2025-03-04T16:00Z"},
		{"over midnight", text("2025-03-04 22:00"), none, text("06:00"), none, none, "2025-03-04T21:00Z 2025-03-05T05:00Z"},
		{"only an end time", text("2025-03-04"), text("8:00"), none, text("12:00"), none, "2025-03-04T07:00Z 2025-03-04T11:00Z"},
		{"length", text("2025-03-04 09:00"), none, none, none, text("4h"), "2025-03-04T08:00Z 2025-03-04T12:00Z"},
		{"days over the change of clocks", text("2025-03-29"), none, none, none, text("2 days"), "2025-03-28T23:00Z 2025-03-30T22:00Z"},
		{"offset", text("2025-03-04T09:00+05:00"), none, text("2025-03-04T10:00+05:00"), none, none, "2025-03-04T04:00Z 2025-03-04T05:00Z"},
		{"skipped by the clocks", text("2025-03-30 02:30"), none, text("2025-03-30 05:00"), none, none, "!from"},
		{"backwards", text("2025-03-04"), none, text("2025-03-01"), none, none, "!to"},
		{"no end", text("2025-03-04 09:00"), none, none, none, none, "!to"},
		{"no day", text("09:00"), none, none, none, none, "!from"},
	} {
		s, _, place, fault := readSpan(c.from, c.fromTime, c.to, c.toTime, c.count, DayFirst, vienna)
		got := s.From.UTC().Format("2006-01-02T15:04Z") + " " + s.To.UTC().Format("2006-01-02T15:04Z")
		if fault != "" {
			got = "!" + place
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s (%s)", c.name, got, c.want, fault)
		}
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"12.50": 1250, "12,50 €": 1250, "1,250.00": 125000, "1.250,00 EUR": 125000, "$3": 300, "1,250": 125000, "": -1, "free of charge": -1, "-3": -1} {
		got, ok := readMoney(text(in), "EUR")
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
	if n, ok := readMoney(text("1250"), "JPY"); !ok || n != 1250 {
		t.Errorf("%d %v", n, ok)
	}
}

// TestCyclesAgreeWithWalkingUp compares the search for cycles with walking up from every key.
func TestCyclesAgreeWithWalkingUp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		parent := map[string]string{}
		n := 1 + r.IntN(12)
		for i := range n {
			if r.IntN(4) > 0 {
				parent[string(rune('a'+i))] = string(rune('a' + r.IntN(n+2)))
			}
		}
		got := cycles(parent)
		for i := range n + 2 {
			k := string(rune('a' + i))
			at, comes := parent[k], false
			for range n + 3 {
				if at == k {
					comes = true
				}
				at = parent[at]
			}
			if got[k] != comes {
				t.Fatalf("%v: %s in a cycle %v, want %v", parent, k, got[k], comes)
			}
		}
	}
}

func TestColumnsAreGuessed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		kind   Kind
		some   map[string]int
	}{
		{"Key,Name,Application,Unit,Usage,Status,Kind,Expires,Capacity,Auto approve,Data class,Data refreshed,Version,Techs,URL,Vendor,Colour,Cost per hour in the smallest unit,Alert,Parent,Aliases,Groups,Owner,Description", Environments,
			map[string]int{"key": 0, "costPerHour": 17, "groups": 21, "owner": 22, "dataRefreshed": 11}},
		{"Environment,Start date,End date,Purpose,Booked by", Bookings, map[string]int{"environment": 0, "from": 1, "to": 2, "title": 3, "holder": 4}},
		{"Umgebung;Von;Bis;Titel", Bookings, map[string]int{"environment": 0, "from": 1, "to": 2, "title": 3}},
		{"Environment,Host,Layer,Component,Version", Components, map[string]int{"environment": 0, "host": 1, "layer": 2, "name": 3, "version": 4}},
		{"Group,Name,Members", Groups, map[string]int{"key": 0, "members": 2}},
	} {
		cells := strings.FieldsFunc(c.header, func(r rune) bool { return r == ',' || r == ';' })
		g := guessSheet([]SampleRow{{Number: 1, Cells: []string{"A title"}}, {Number: 2, Cells: cells}}, "")
		if g.Kind != c.kind || g.HeaderRow != 2 {
			t.Errorf("%s: %s in row %d", c.header, g.Kind, g.HeaderRow)
			continue
		}
		for field, column := range c.some {
			if got, ok := g.Columns[field]; !ok || got != column {
				t.Errorf("%s: %s in %d (%v), want %d", c.header, field, got, ok, column)
			}
		}
	}
}

func TestSourcesAreTheSameForCopiesOfAFile(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Bookings 2025-03-01.xlsx": "Bookings", "plan (3).csv": "plan", "SIT plan v12.xlsx": "SIT plan", "12.csv": "12", "plan.csv": "plan"} {
		if got := sourceOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// FuzzCells feeds rubbish to what reads cells: it answers, and never with a time beyond reason.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"2025-03-04", "03/04/2025 2:30 PM", "45720.5", "8h 30min", "1.250,00 €", "Tue 4 March 2025", "T", "24:00", "1 1 1 1:1"} {
		f.Add(s)
	}
	zone, err := interval.Zone("Europe/Vienna")
	must(f, err)
	f.Fuzz(func(t *testing.T, s string) {
		c := text(s)
		for _, order := range []DateOrder{"", DayFirst, MonthFirst} {
			if r := readMoment(c, order); r.fault == "" && (r.wall.Year() < 1899 || r.wall.Year() > 10_000) {
				t.Fatalf("%q is %s", s, r.wall)
			}
			if span, _, _, fault := readSpan(c, c, c, c, c, order, zone); fault == "" && !span.From.Before(span.To) {
				t.Fatalf("%q is %v", s, span)
			}
		}
		if d, days, ok := readLength(c); ok && d <= 0 && days <= 0 {
			t.Fatalf("%q lasts nothing", s)
		}
		if n, ok := readMoney(c, "EUR"); ok && n < 0 {
			t.Fatalf("%q is %d", s, n)
		}
		_, _ = readBool(c)
		_ = readList(s)
		_ = similarity(s, "SIT1")
	})
}
