package calendar_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/calendar"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func TestAFreezeClosesWhatItIsMeantFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		new := func(name string, scope calendar.Scope, unit ref.Unit) {
			w.add(t, calendar.Freeze, calendar.NewWindow{Name: name, Unit: unit, From: at(1), To: at(2), Scope: scope})
		}
		new("everywhere", calendar.Scope{}, "")
		new("retail", calendar.Scope{}, w.a.ID)
		new("cards", calendar.Scope{Units: []string{string(w.b.ID)}}, "")
		new("one", calendar.Scope{Environments: []string{"sit1"}}, "")
		new("lane", calendar.Scope{Groups: []string{"lane"}}, "")
		new("app", calendar.Scope{Applications: []string{"PAYMENTS"}}, "")
		new("both", calendar.Scope{Groups: []string{"lane"}, Environments: []string{"sit1"}}, "")
		for env, want := range map[string]string{
			"sit1": "app both everywhere lane one retail", "sit2": "both everywhere lane retail", "uat": "cards everywhere",
		} {
			got := w.closed(t, env, 0, 3)
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("%s is closed by %v, want %s", env, got, want)
			}
		}
		if got := w.closed(t, "sit1", 2, 5); len(got) != 0 {
			t.Errorf("a freeze closes its own end: %v", got)
		}
	})
}

func TestClosuresCostTheSameForOnePlaceAndForMany(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 30 {
			w.add(t, calendar.Freeze, calendar.NewWindow{Name: fmt.Sprint("f", i), From: at(i), To: at(i + 1), Recurrence: &interval.Recurrence{Rule: "FREQ=DAILY"}})
		}
		var places []interval.Place
		for i := range 500 {
			places = append(places, interval.Place{Environment: ref.Environment(fmt.Sprint("e", i)), Unit: w.a.ID, UnitPath: w.a.Path})
		}
		hook := &counter{}
		w.DB.Watch(hook)
		ask := func() int {
			hook.n = 0
			must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
				all, err := w.calendar.Closures(ctx, tx, places, interval.Span{From: at(0), To: at(24 * 30)})
				if len(all) != 500 || len(all["e7"]) < 800 {
					t.Fatalf("%d places, %d closures", len(all), len(all["e7"]))
				}
				return err
			}))
			return hook.n
		}
		// Beginning and end of the transaction, and one row for the revision when nothing changed.
		if first, second := ask(), ask(); first > 8 || second > 3 {
			t.Fatalf("%d statements, then %d", first, second)
		}
	})
}

type counter struct{ n int }

func (c *counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (c *counter) AfterQuery(context.Context, *bun.QueryEvent)                        { c.n++ }

func TestWhatIsRolledBackIsNotRemembered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		before := w.closed(t, "sit1", 0, 10)
		d, err := w.calendar.CreateWindow(w.Ctx, calendar.Freeze, calendar.NewWindow{Name: "dry", From: at(1), To: at(2)}, true)
		must(t, err)
		if d.ID == "" || len(d.Consequences) != 1 || d.Consequences[0].Count != 3 || strings.Join(w.places.hits, " ") != "sit1 sit2 uat" {
			t.Fatalf("%+v", d.Consequences)
		}
		// A reader inside the dry transaction sees the freeze; afterwards nobody does.
		if got := w.closed(t, "sit1", 0, 10); len(before) != 0 || len(got) != 0 {
			t.Fatalf("%v then %v", before, got)
		}
		if history := w.History(d.ID); len(history) != 0 {
			t.Fatalf("a dry run has a history: %v", history)
		}
		f := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "real", From: at(1), To: at(2)})
		if got := w.closed(t, "sit1", 0, 10); len(got) != 1 {
			t.Fatal(got)
		}
		_, err = w.calendar.ChangeWindow(w.Ctx, calendar.Freeze, f.ID, 1, calendar.WindowChange{From: httpapi.Some(at(20)), To: httpapi.Some(at(21))}, true)
		must(t, err)
		if got := w.closed(t, "sit1", 0, 10); len(got) != 1 {
			t.Fatal(got)
		}
	})
}

func TestLifeOfAFreeze(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.add(t, calendar.Freeze, calendar.NewWindow{Name: " Year   end ", From: at(5), To: at(10)})
		if f.Name != "Year end" || f.Phase != calendar.Upcoming || f.Freeze == nil || !f.Freeze.Default || !f.RefusesBooking || !f.RefusesDeployment {
			t.Fatalf("%+v", f)
		}
		_, err := w.calendar.ChangeWindow(w.Ctx, calendar.Freeze, f.ID, 7, calendar.WindowChange{Name: httpapi.Some("x")}, false)
		if problem.CodeOf(err) != "stale" {
			t.Fatal(err)
		}
		f, err = w.calendar.ChangeWindow(w.Ctx, calendar.Freeze, f.ID, 1, calendar.WindowChange{
			Refuses: httpapi.Some([]interval.Use{interval.ForDeployment}), Scope: httpapi.Some(calendar.Scope{Environments: []string{"sit2"}}),
		}, false)
		must(t, err)
		if f.Version != 2 || f.RefusesBooking || len(f.Scope) != 1 || f.Scope[0].ID != "sit2" {
			t.Fatalf("%+v", f)
		}
		same, err := w.calendar.ChangeWindow(w.Ctx, calendar.Freeze, f.ID, 2, calendar.WindowChange{Name: httpapi.Some("Year end")}, false)
		must(t, err)
		if same.Version != 2 {
			t.Fatal("nothing changed, yet the version did")
		}
		copied, err := w.calendar.DuplicateWindow(w.Ctx, calendar.Freeze, f.ID, calendar.Duplicate{}, false)
		must(t, err)
		if copied.Name != "Copy of Year end" || copied.Scope[0].ID != "sit2" || copied.RefusesBooking || copied.ID == f.ID {
			t.Fatalf("%+v", copied)
		}
		_, err = w.calendar.DeleteWindow(w.Ctx, calendar.Freeze, copied.ID, 1, true)
		must(t, err)
		_, err = w.calendar.DeleteWindow(w.Ctx, calendar.Freeze, copied.ID, 1, false)
		must(t, err)
		_, err = w.calendar.DeleteWindow(w.Ctx, calendar.Freeze, copied.ID, 1, false)
		if problem.CodeOf(err) != "not_found" {
			t.Fatal(err)
		}
		w.Clock.Set(at(6))
		_, err = w.calendar.DeleteWindow(w.Ctx, calendar.Freeze, f.ID, 2, false)
		if problem.CodeOf(err) != "freeze_in_use" {
			t.Fatal(err)
		}
		f, err = w.calendar.SetState(w.Ctx, calendar.Freeze, f.ID, 2, calendar.Cancelled, "not needed", false)
		must(t, err)
		if f.Phase != calendar.Withdrawn || len(w.closed(t, "sit2", 0, 20)) != 0 {
			t.Fatalf("%+v", f)
		}
		_, err = w.calendar.SetState(w.Ctx, calendar.Freeze, f.ID, 3, calendar.Cancelled, "", false)
		if problem.CodeOf(err) != "window_state" {
			t.Fatal(err)
		}
		_, err = w.calendar.SetState(w.Ctx, calendar.Freeze, f.ID, 3, calendar.Active, "", false)
		must(t, err)
		want := []events.Kind{calendar.FreezeCreated, calendar.FreezeChanged, calendar.FreezeCancelled, calendar.FreezeReinstated}
		if got := w.History(f.ID); !slices.Equal(got, want) {
			t.Fatal(got)
		}
	})
}

func TestBadWindows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		daily := func(rule string) *interval.Recurrence { return &interval.Recurrence{Rule: rule} }
		for name, c := range map[string]struct {
			in   calendar.NewWindow
			path string
			code string
		}{
			"reversed":  {calendar.NewWindow{Name: "x", From: at(2), To: at(1)}, "body.to", "span_reversed"},
			"empty":     {calendar.NewWindow{Name: "x", From: at(2), To: at(2)}, "body.to", "span_empty"},
			"no end":    {calendar.NewWindow{Name: "x", From: at(2)}, "body.to", "out_of_range"},
			"sub-daily": {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Recurrence: daily("FREQ=HOURLY")}, "body.recurrence.rule", "recurrence_sub_daily"},
			"never":     {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Recurrence: daily("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")}, "body.recurrence.rule", "recurrence_empty"},
			"no rule":   {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Recurrence: &interval.Recurrence{}}, "body.recurrence.rule", "required"},
			"zone":      {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Zone: "Mars/Base"}, "body.zone", "zone_unknown"},
			"two zones": {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Zone: "UTC", Recurrence: &interval.Recurrence{Rule: "FREQ=DAILY", Zone: "Asia/Tokyo"}}, "body.recurrence.zone", "zone_differs"},
			"type":      {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Type: "nonsense"}, "body.typeId", "type_unknown"},
			"nameless":  {calendar.NewWindow{Name: "  ", From: at(1), To: at(2)}, "body.name", "required"},
			"env":       {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Scope: calendar.Scope{Environments: []string{"sit1", "moon"}}}, "body.scope.environments[1]", "environment_unknown"},
			"group":     {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Scope: calendar.Scope{Groups: []string{"moon"}}}, "body.scope.groups[0]", "group_unknown"},
			"app":       {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Scope: calendar.Scope{Applications: []string{"moon"}}}, "body.scope.applications[0]", "application_unknown"},
			"unit":      {calendar.NewWindow{Name: "x", From: at(1), To: at(2), Scope: calendar.Scope{Units: []string{"moon"}}}, "body.scope.units[0]", "unit_unknown"},
		} {
			_, err := w.calendar.CreateWindow(w.Ctx, calendar.Freeze, c.in, false)
			p := problem.Of(err)
			if p == nil || p.Kind != problem.Invalid || !slices.ContainsFunc(p.Fields, func(f problem.Field) bool { return f.Path == c.path && f.Code == c.code }) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Allowed, with a word.
		for kind, in := range map[string]calendar.NewWindow{
			"window_long":            {Name: "x", From: at(1), To: at(24 * 800)},
			"window_endless":         {Name: "x", From: at(1), To: at(2), Recurrence: daily("FREQ=WEEKLY")},
			"window_past":            {Name: "x", From: at(-9), To: at(-8)},
			"window_overlaps_itself": {Name: "x", From: at(1), To: at(50), Recurrence: daily("FREQ=DAILY;COUNT=3")},
			"window_refuses_nothing": {Name: "x", From: at(1), To: at(2), Refuses: &[]interval.Use{}},
			"window_moved_by_clocks": {Name: "x", From: time.Date(2025, 3, 20, 1, 30, 0, 0, time.UTC), To: time.Date(2025, 3, 20, 5, 0, 0, 0, time.UTC), Zone: "Europe/Berlin", Recurrence: daily("FREQ=DAILY")},
		} {
			d, err := w.calendar.CreateWindow(w.Ctx, calendar.Freeze, in, false)
			if err != nil || !slices.ContainsFunc(d.Consequences, func(c calendar.Consequence) bool { return c.Kind == kind }) {
				t.Errorf("%s: %v %+v", kind, err, d.Consequences)
			}
		}
	})
}

func TestFreezesOfAYear(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
		leap := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "leap", From: day(2024, 2, 29), To: day(2024, 3, 1), Recurrence: &interval.Recurrence{Rule: "FREQ=YEARLY"}})
		w.add(t, calendar.Freeze, calendar.NewWindow{Name: "turn", From: day(2025, 12, 20), To: day(2026, 1, 5)})
		w.add(t, calendar.Freeze, calendar.NewWindow{Name: "weekly", From: day(2025, 6, 1), To: day(2025, 6, 2), Recurrence: &interval.Recurrence{Rule: "FREQ=WEEKLY;COUNT=3"}})
		for i := range 5 {
			w.add(t, calendar.Freeze, calendar.NewWindow{Name: fmt.Sprint("past", i), From: day(2020, 1, 1+i), To: day(2020, 1, 9)})
		}
		for year, want := range map[int]string{2024: "leap", 2025: "turn weekly", 2026: "turn", 2027: "", 2028: "leap", 2020: "past0 past1 past2 past3 past4"} {
			span, err := calendar.Year(year, "")
			must(t, err)
			for _, limit := range []int{1, 2, 50} {
				var names []string
				for cursor := ""; ; {
					page, err := w.calendar.ListWindows(w.Ctx, calendar.Freeze, calendar.Filter{During: span}, "name", cursor, limit)
					must(t, err)
					for _, d := range page.Items {
						names = append(names, d.Name)
					}
					if cursor = page.Next; cursor == "" {
						break
					}
				}
				if strings.Join(names, " ") != want {
					t.Errorf("%d by %d: %v, want %s", year, limit, names, want)
				}
			}
		}
		if leap.Ends != nil || leap.Next == nil || !leap.Next.From.Equal(day(2028, 2, 29)) {
			t.Fatalf("%v %v", leap.Ends, leap.Next)
		}
		list, err := w.calendar.Occurrences(w.Ctx, []calendar.Kind{calendar.Freeze}, calendar.Filter{During: interval.Span{From: day(2025, 1, 1), To: day(2026, 1, 1)}}, true)
		must(t, err)
		if len(list) != 4 || list[3].Name != "turn" || list[0].Colour == "" {
			t.Fatalf("%+v", list)
		}
	})
}

func TestWorkingTimeAndHolidaysOfTheNearestUnit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		team := w.AddUnit("Team", w.a.ID)
		day := func(m time.Month, d int) time.Time { return time.Date(2025, m, d, 0, 0, 0, 0, time.UTC) }
		w.add(t, calendar.Holiday, calendar.NewWindow{Name: "company", From: day(3, 4), To: day(3, 5)})
		w.add(t, calendar.Holiday, calendar.NewWindow{Name: "retail", Unit: w.a.ID, From: day(3, 6), To: day(3, 7)})
		hours := func(unit ref.Unit) time.Duration {
			var out time.Duration
			must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
				week := interval.Span{From: day(3, 3), To: day(3, 10)}
				h, holidays, err := w.calendar.Hours(ctx, tx, unit, week)
				out = h.Length(week, holidays)
				return err
			}))
			return out / time.Hour
		}
		if got := []time.Duration{hours(w.Root.ID), hours(team.ID), hours(w.b.ID)}; !slices.Equal(got, []time.Duration{32, 24, 32}) {
			t.Fatal(got)
		}
		var in calendar.SetTime
		in.Zone, in.OwnHolidays = "Europe/Berlin", true
		in.Days.Monday = []calendar.Stretch{{From: "13:00", To: "17:00"}, {From: "09:00", To: "12:00"}}
		in.Days.Tuesday = in.Days.Monday
		set, err := w.calendar.SetWorkingTime(w.Ctx, w.a.ID, 0, in)
		must(t, err)
		if set.Version != 1 || set.FromName != "Retail" || set.Days.Monday[0].From != "09:00" {
			t.Fatalf("%+v", set)
		}
		if got := hours(team.ID); got != 14 {
			t.Fatalf("%d hours: the holiday of the company is kept away, Tuesday is worked", got)
		}
		if _, err := w.calendar.SetWorkingTime(w.Ctx, w.a.ID, 0, in); problem.CodeOf(err) != "stale" {
			t.Fatal(err)
		}
		below, err := w.calendar.WorkingTimeOf(w.Ctx, team.ID)
		must(t, err)
		if below.Version != 0 || below.From != w.a.ID || below.Unit != team.ID {
			t.Fatalf("%+v", below)
		}
		in.Days.Monday = []calendar.Stretch{{From: "09:00", To: "12:00"}, {From: "11:00", To: "25:00"}}
		if _, err := w.calendar.SetWorkingTime(w.Ctx, w.a.ID, 1, in); problem.CodeOf(err) != "working_time_invalid" {
			t.Fatal(err)
		}
		must(t, w.calendar.RemoveWorkingTime(w.Ctx, w.a.ID, 1))
		if got := hours(team.ID); got != 24 {
			t.Fatal(got)
		}
	})
}

func TestUnitsAndTargetsThatGo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "f", Unit: w.b.ID, From: at(1), To: at(2)})
		g := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "g", From: at(1), To: at(2), Scope: calendar.Scope{Environments: []string{"sit1"}, Applications: []string{string(w.app)}}})
		if got := w.closed(t, "sit1", 0, 3); len(got) != 1 {
			t.Fatal(got)
		}
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			preview, err := w.calendar.RehomePreview(ctx, tx, w.b.ID)
			if len(preview) != 1 {
				t.Errorf("%v", preview)
			}
			must(t, err)
			must(t, w.calendar.Rehome(ctx, tx, w.b.ID, w.a.ID))
			return w.calendar.Forget(ctx, tx, calendar.ForEnvironment, "sit1")
		}))
		after, err := w.calendar.GetWindow(w.Ctx, calendar.Freeze, f.ID)
		must(t, err)
		if after.Unit != w.a.ID || after.Scope[0].ID != string(w.a.ID) || after.Version != 2 {
			t.Fatalf("%+v", after)
		}
		if after, err = w.calendar.GetWindow(w.Ctx, calendar.Freeze, g.ID); err != nil || len(after.Scope) != 1 {
			t.Fatalf("%v %+v", err, after.Scope)
		}
		if got := w.closed(t, "sit1", 0, 3); len(got) != 2 { // f by the unit, g by the application
			t.Fatal(got)
		}
	})
}

func TestTwoSetTheFirstWorkingTime(t *testing.T) {
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var in calendar.SetTime
		in.Zone = "UTC"
		in.Days.Friday = []calendar.Stretch{{From: "08:00", To: "24:00"}}
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := w.calendar.SetWorkingTime(w.Ctx, w.a.ID, 0, in)
				errs <- err
			}()
		}
		one, two := <-errs, <-errs
		if one == nil {
			one, two = two, one
		}
		if two != nil || problem.CodeOf(one) != "stale" {
			t.Fatalf("%v and %v", one, two)
		}
	})
}

func TestWhatIsKeptAnswersLikeWhatIsExpanded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, rule := range []string{"FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;COUNT=40", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY", "FREQ=DAILY;UNTIL=20260110"} {
			w.add(t, calendar.Freeze, calendar.NewWindow{Name: fmt.Sprint(i), From: at(7 * i), To: at(7*i + 30*i + 1), Zone: "Europe/Berlin", Recurrence: &interval.Recurrence{Rule: rule}})
		}
		place := []interval.Place{{Environment: "e", Unit: w.a.ID, UnitPath: w.a.Path}}
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			fresh := calendar.New(calendar.Deps{DB: w.DB, Clock: w.Clock})
			everything, err := fresh.Closures(ctx, tx, place, interval.Span{From: at(-24 * 400), To: at(24 * 1500)})
			must(t, err)
			random := rand.New(rand.NewPCG(1, 1))
			for range 400 {
				from := random.IntN(24*1400) - 24*200
				within := interval.Span{From: at(from), To: at(from + 1 + random.IntN(24*60))}
				var expected []string
				for _, c := range everything["e"] {
					if c.Overlaps(within) {
						expected = append(expected, c.Name+" "+c.From.Format(time.RFC3339)+" "+c.To.Format(time.RFC3339))
					}
				}
				got, err := w.calendar.Closures(ctx, tx, place, within)
				must(t, err)
				var found []string
				for _, c := range got["e"] {
					found = append(found, c.Name+" "+c.From.Format(time.RFC3339)+" "+c.To.Format(time.RFC3339))
				}
				slices.Sort(expected)
				slices.Sort(found)
				if !slices.Equal(expected, found) {
					t.Fatalf("%v: %v, want %v", within, found, expected)
				}
			}
			return nil
		}))
	})
}
