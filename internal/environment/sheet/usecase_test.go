package sheet

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

func TestAMessySheetIsToldCellByCell(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddApplication("shop", w.Root.ID)
		i := w.upload(w.Ctx, `C:\plans\Environments 2025 (3).xlsx`, messyEnvironments(t), "")
		if i.Kind != Environments || i.Choices.Sheet != "Environments" || i.Choices.HeaderRow != 3 || i.Choices.Source != "Environments" || i.FileName != "Environments 2025 (3).xlsx" {
			t.Fatalf("guessed %s, sheet %s, header %d, source %q", i.Kind, i.Choices.Sheet, i.Choices.HeaderRow, i.Choices.Source)
		}
		if len(i.Sheets) != 3 || !i.Sheets[2].Hidden {
			t.Errorf("sheets %+v", i.Sheets)
		}
		want := map[string]string{"key": "A", "name": "B", "application": "C", "usage": "D", "capacity": "E", "cost": "F", "parent": "G", "groups": "H", "owner": "I", "expires": "J", "autoApprove": "K"}
		for field, letter := range want {
			if i.Choices.Columns[field] != letter {
				t.Errorf("%s in column %q, want %s", field, i.Choices.Columns[field], letter)
			}
		}
		i = w.checked(w.Ctx, i)
		asked := map[string]Question{}
		for _, q := range i.Questions {
			asked[q.Kind+" "+q.Value] = q
		}
		for _, q := range []string{"usage Acceptanse", "group lane-1", "group lane-2", "person ada@example.com", "person Lovelace, Ada"} {
			if _, ok := asked[q]; !ok {
				t.Errorf("nobody asked about %s", q)
			}
		}
		if len(asked) != 5 || asked["group lane-1"].Count != 2 || !asked["group lane-1"].MayCreate || asked["person Lovelace, Ada"].MayCreate {
			t.Errorf("%+v", i.Questions)
		}
		rows := w.rows(i)
		for number, codesWanted := range map[int][]string{
			4: {"groups:value_unknown", "groups:value_unknown", "owner:value_unknown"}, 5: {"groups:value_unknown", "owner:value_unknown"}, 6: {}, 8: {"usage:value_unknown"},
			9: {"key:row_twice"}, 10: {"capacity:formula_unvalued"}, 11: {"capacity:capacity_invalid"}, 12: {"parent:environment_cycle"}, 13: {"parent:environment_cycle"},
		} {
			r, ok := rows[number]
			if !ok || !slices.Equal(codes(r), codesWanted) {
				t.Errorf("row %d: %v, want %v", number, codes(r), codesWanted)
			}
		}
		if len(rows) != 9 || i.Counts.Rows != 9 || i.Counts.New != 1 || i.Counts.Invalid != 8 {
			t.Errorf("%d rows, %+v", len(rows), i.Counts)
		}
		notes := map[string]int64{}
		for _, n := range i.Notes {
			notes[n.Code] = n.Count
		}
		if notes["merged"] != 2 || notes["formulas"] != 1 || len(notes) != 2 {
			t.Errorf("notes %v", notes)
		}
		if _, err := w.RunImport(w.Ctx, i.ID, i.Version); err == nil {
			t.Error("an undecided import ran")
		}
		if n := w.count(t, "environment"); n != 0 {
			t.Errorf("the check wrote %d environments", n)
		}
	})
}

// TestEnvironmentsAreImportedAndRecognisedAgain brings a sheet in, again, changed, and takes it back.
func TestEnvironmentsAreImportedAndRecognisedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddApplication("shop", w.Root.ID)
		ada, _, err := w.ensurePerson("ada@example.com", "Ada Lovelace")
		must(t, err)
		i := w.upload(w.Ctx, "environments.xlsx", cleanEnvironments(t), "")
		i = w.checked(w.Ctx, i)
		if len(i.Questions) != 2 {
			t.Fatalf("%+v", i.Questions)
		}
		i = w.choosing(w.Ctx, i, func(c *ImportChange) {
			c.Values = httpapi.Some(map[ValueKind]map[string]ValueChoice{OfGroup: {"lane-1": {Act: "create"}, "lane-2": {Act: "skip"}}})
		})
		i = w.checked(w.Ctx, i)
		if i.Counts.New != 3 || i.Counts.Created != 1 || len(i.Questions) != 0 {
			t.Fatalf("%+v %+v", i.Counts, i.Questions)
		}
		i = w.ran(w.Ctx, i)
		e, err := w.Environments.Environment(w.Ctx, "SIT-1")
		must(t, err)
		if e.ApplicationKey != "shop" || e.UsageName != "SIT" || e.CostPerHour != 1250 || e.ParentKey != "SIT-ALL" || len(e.Groups) != 1 || e.Owner == nil || e.Owner.ID != string(ada) ||
			e.ExpiresAt == nil || !e.ExpiresAt.Equal(time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC)) {
			t.Fatalf("%+v", e)
		}
		if two, err := w.Environments.Environment(w.Ctx, "SIT-2"); err != nil || two.Capacity != 4 || two.CostPerHour != 125000 || two.Owner == nil {
			t.Fatalf("%+v %v", two, err)
		}
		if kinds := w.History(i.ID); !slices.Equal(kinds, []events.Kind{ImportUploaded, ImportDone}) {
			t.Errorf("history %v", kinds)
		}
		// The very same file says so, brings its decisions along and changes nothing.
		again := w.upload(w.Ctx, "copy.xlsx", cleanEnvironments(t), "")
		if again.SHA256 == i.SHA256 && again.SameAs != i.ID {
			t.Fatalf("same as %q", again.SameAs)
		}
		again = w.choosing(w.Ctx, again, func(c *ImportChange) {
			c.Source, c.Values = httpapi.Some(i.Choices.Source), httpapi.Some(i.Choices.Values)
		})
		if again = w.ran(w.Ctx, w.checked(w.Ctx, again)); again.Counts.Unchanged != 3 || again.Counts.New+again.Counts.Changed != 0 {
			for _, r := range w.rows(again) {
				t.Logf("%+v", r)
			}
			t.Fatalf("%+v", again.Counts)
		}
		// A changed row changes its record, found by its reference although its key is another.
		csv := "Reference,Key,Capacity,Usage\nR1,SIT-ONE,7,UAT\nR2,SIT-2,4,\n"
		third := w.upload(w.Ctx, "environments.csv", []byte(csv), "")
		third = w.checked(w.Ctx, third)
		if third.Counts.Changed != 1 || third.Counts.Unchanged != 1 {
			t.Fatalf("%+v %+v", third.Counts, w.rows(third))
		}
		changed := w.rows(third)[2].Changes
		if changed["capacity"][1].(float64) != 7 || changed["usage"][0] != "SIT" {
			t.Errorf("%+v", changed)
		}
		third = w.ran(w.Ctx, third)
		if e, err := w.Environments.Environment(w.Ctx, "SIT-ONE"); err != nil || e.Capacity != 7 || e.UsageName != "UAT" {
			t.Fatalf("%+v %v", e, err)
		}
		// Taken back, it is as it was.
		third = w.undone(t, third)
		if e, err := w.Environments.Environment(w.Ctx, "SIT-1"); err != nil || e.Capacity != 1 || e.UsageName != "SIT" {
			t.Fatalf("%+v %v", e, err)
		}
		if len(third.Consequences) != 1 || third.Consequences[0].Kind != "reverted" {
			t.Errorf("%+v", third.Consequences)
		}
		// What was changed since stays: SIT-1 has another version now.
		i, err = w.GetImport(w.Ctx, i.ID)
		must(t, err)
		list, err := w.UndoPreview(w.Ctx, i.ID)
		must(t, err)
		kinds := map[string]int64{}
		for _, c := range list {
			kinds[c.Kind] = c.Count
		}
		if kinds["environments_removed"] != 2 || kinds["kept_changed"] != 1 || kinds["groups_removed"] != 1 {
			t.Fatalf("%+v", list)
		}
		if n := w.count(t, "environment"); n != 3 {
			t.Fatalf("the preview left %d environments", n)
		}
		w.undone(t, i)
		if n := w.count(t, "environment"); n != 1 {
			t.Errorf("%d environments left", n)
		}
	})
}

func TestOneBadRowKeepsEverythingOutUnlessItMayBeLeftOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		csv := []byte("Key,Capacity\nA1,1\n!!!,1\nA2,0\nA3,2\n")
		i := w.checked(w.Ctx, w.upload(w.Ctx, "x.csv", csv, Environments))
		_, err := w.RunImport(w.Ctx, i.ID, i.Version)
		wantCode(t, err, "import_invalid")
		i = w.choosing(w.Ctx, i, func(c *ImportChange) { c.SkipInvalid = httpapi.Some(true) })
		i = w.ran(w.Ctx, w.checked(w.Ctx, i))
		if i.Counts.New != 2 || i.Counts.Invalid != 2 || w.count(t, "environment") != 2 {
			t.Fatalf("%+v", i.Counts)
		}
	})
}

// TestARunThatFailsLeavesNothing lets somebody take a key between the check and the run.
func TestARunThatFailsLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		csv := []byte("Key,Aliases\nA1,\nA2,\nA3,\n")
		i := w.checked(w.Ctx, w.upload(w.Ctx, "x.csv", csv, Environments))
		// The unit's permission is taken away: every write of the run is refused.
		p := w.AddPerson("Bob", w.Root.ID)
		ctx := w.as(p, environment.PermManage)
		i, err := w.RunImport(ctx, i.ID, i.Version)
		must(t, err)
		w.as(p)
		i = w.work(i)
		if i.State != Failed || i.ErrorRow != 2 || w.count(t, "environment") != 0 {
			t.Fatalf("%s %s row %d, %d environments", i.State, i.ErrorCode, i.ErrorRow, w.count(t, "environment"))
		}
		if kinds := w.History(i.ID); !slices.Contains(kinds, ImportFailed) {
			t.Error(kinds)
		}
		// It can be checked and run again.
		w.ran(w.Ctx, w.checked(w.Ctx, i))
	})
}

// TestAKilledRunLeavesNothingAndIsWorkedAgain ends the context of a run in its middle, as a killed process does.
func TestAKilledRunLeavesNothingAndIsWorkedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b strings.Builder
		b.WriteString("Key\n")
		for n := range 600 {
			b.WriteString("E" + strings.Repeat("x", n%7) + string(rune('a'+n%26)) + "-" + time.Duration(n).String() + "\n")
		}
		i := w.checked(w.Ctx, w.upload(w.Ctx, "x.csv", []byte(b.String()), Environments))
		i, err := w.RunImport(w.Ctx, i.ID, i.Version)
		must(t, err)
		ctx, kill := context.WithCancel(w.Ctx)
		w.atRow = func(n int64) {
			if n > 300 {
				kill()
			}
		}
		if err := w.Service.work(ctx, i.ID, i.Turn, Running, 1, w.run); err == nil {
			t.Fatal("the run went through")
		}
		w.atRow = nil
		if n := w.count(t, "environment"); n != 0 {
			t.Fatalf("%d environments of a run that was killed", n)
		}
		if i = w.work(i); i.State != Done || w.count(t, "environment") != 600 {
			t.Fatalf("%s, %d environments", i.State, w.count(t, "environment"))
		}
	})
}

func TestAStoppedJobWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i := w.checked(w.Ctx, w.upload(w.Ctx, "x.csv", []byte("Key\nA1\n"), Environments))
		i, err := w.RunImport(w.Ctx, i.ID, i.Version)
		must(t, err)
		_, err = w.ChangeImport(w.Ctx, i.ID, i.Version, ImportChange{})
		wantCode(t, err, "import_state")
		i, err = w.StopImport(w.Ctx, i.ID, i.Version)
		must(t, err)
		if i = w.work(i); i.State != Checked || w.count(t, "environment") != 0 {
			t.Fatalf("%s", i.State)
		}
		w.ran(w.Ctx, i)
	})
}

func TestBookingsAreImportedWithTheirClashesShownBefore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, _, err := w.ensurePerson("ada@example.com", "Ada Lovelace")
		must(t, err)
		w.AddEnvironment("SIT1")
		w.AddEnvironment("SIT2", func(e *environment.Environment) { e.AutoApprove = true })
		there, err := w.Bookings.Create(w.Ctx, booking.NewBooking{Targets: booking.Targets{Environment: "SIT2"}, Title: "There", From: at("2025-03-07T10:00"), To: at("2025-03-07T11:00")}, false)
		must(t, err)
		i := w.upload(w.Ctx, "plan.csv", []byte(bookingsCSV), "")
		if i.Kind != Bookings || i.Choices.Columns["holder"] != "E" || i.Choices.Columns["status"] != "F" {
			t.Fatalf("%s %v", i.Kind, i.Choices.Columns)
		}
		i = w.choosing(w.Ctx, i, func(c *ImportChange) { c.Zone = httpapi.Some("Europe/Vienna") })
		i = w.checked(w.Ctx, i)
		if len(i.Questions) != 0 || i.Counts.New != 4 || i.Counts.Clashes != 4 || i.Counts.Clashing != 3 {
			t.Fatalf("%+v %+v", i.Questions, i.Counts)
		}
		clashes, err := w.ListClashes(w.Ctx, i.ID, "", 50)
		must(t, err)
		told := []string{}
		for _, c := range clashes.Items {
			other := c.Other.Reference
			if c.Other.Number > 0 {
				other = "row"
			}
			told = append(told, c.Key+" "+c.Row.Label+" / "+other+" "+c.From.Format("02T15")+"-"+c.To.Format("02T15"))
		}
		bk := there.Bookings[0].Reference
		want := []string{"SIT1 SIT1: Überlappt / row 04T15-04T16", "SIT2 SIT2: Ganze Tage / " + bk + " 07T10-07T11", "SIT2 SIT2: Ein Tag / " + bk + " 07T10-07T11", "SIT2 SIT2: Ein Tag / row 06T23-07T23"}
		slices.Sort(told)
		slices.Sort(want)
		if !slices.Equal(told, want) {
			t.Errorf("clashes\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
		// The one-day row is left out, the others come as requested.
		i = w.choosing(w.Ctx, i, func(c *ImportChange) {
			c.RowClashes = httpapi.Some(map[string]booking.ImportChoice{"6": booking.LeaveOut})
		})
		i = w.ran(w.Ctx, w.checked(w.Ctx, i))
		rows := w.rows(i)
		if rows[2].Status != "approved" || rows[3].Status != "requested" || rows[5].Status != "requested" || rows[6].Act != "skipped" {
			t.Fatalf("%+v", rows)
		}
		first, err := w.Bookings.Get(w.Ctx, rows[2].RecordID)
		must(t, err)
		if first.Title != "Prüfung A" || first.Holder != ada || !first.From.Equal(at("2025-03-04T08:00")) {
			t.Errorf("%+v", first.Booking)
		}
		whole, err := w.Bookings.Get(w.Ctx, rows[5].RecordID)
		must(t, err)
		if !whole.From.Equal(at("2025-03-05T23:00")) || !whole.To.Equal(at("2025-03-07T23:00")) {
			t.Errorf("whole days are %s to %s", whole.From, whole.To)
		}
		// Again, nothing happens; and nothing clashes with itself.
		again := w.upload(w.Ctx, "plan.csv", []byte(bookingsCSV), "")
		if again.SameAs != i.ID {
			t.Fatalf("same as %q", again.SameAs)
		}
		again = w.choosing(w.Ctx, again, func(c *ImportChange) { c.Clashes = httpapi.Some(booking.LeaveOut) })
		if again = w.checked(w.Ctx, again); again.Counts.Unchanged != 3 || again.Counts.Skipped != 1 || again.Counts.New != 0 {
			t.Fatalf("%+v", again.Counts)
		}
		// Taken back, the bookings are cancelled.
		i = w.undone(t, i)
		if b, err := w.Bookings.Get(w.Ctx, rows[2].RecordID); err != nil || b.Status != booking.Cancelled {
			t.Errorf("%v %v", b.Status, err)
		}
		if b, err := w.Bookings.Get(w.Ctx, string(there.Bookings[0].ID)); err != nil || b.Status != booking.Approved {
			t.Errorf("what was there before is %s", b.Status)
		}
	})
}

func TestDatesThatCanBeReadInTwoWaysAreAskedAboutOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1")
		i := w.checked(w.Ctx, w.upload(w.Ctx, "plan.csv", []byte(ambiguousCSV), ""))
		if len(i.Questions) != 1 || i.Questions[0].Kind != "date_order" || i.Questions[0].Count != 4 || i.Counts.Invalid != 2 {
			t.Fatalf("%+v %+v", i.Questions, i.Counts)
		}
		i = w.choosing(w.Ctx, i, func(c *ImportChange) { c.DateOrder = httpapi.Some(MonthFirst) })
		i = w.ran(w.Ctx, w.checked(w.Ctx, i))
		b, err := w.Bookings.Get(w.Ctx, w.rows(i)[2].RecordID)
		must(t, err)
		if !b.From.Equal(at("2025-03-04T09:00")) {
			t.Errorf("%s", b.From)
		}
		// One date that proves the order settles all; the next sheet with this header asks nothing either.
		proven := strings.ReplaceAll(ambiguousCSV, "03/05/2025", "25/05/2025")
		p := w.checked(w.Ctx, w.upload(w.Ctx, "other.csv", []byte(strings.ReplaceAll(proven, "Title", "Purpose")), ""))
		if len(p.Questions) != 0 || len(p.Notes) != 1 || p.Notes[0].Code != "day_first" {
			t.Fatalf("%+v %+v", p.Questions, p.Notes)
		}
		if next := w.upload(w.Ctx, "next.csv", []byte(ambiguousCSV+"SIT1,06/07/2025,06/07/2025,x\n"), ""); next.Choices.DateOrder != MonthFirst {
			t.Errorf("the choice was not remembered: %+v", next.Choices)
		}
	})
}

func TestARowWithAReferenceMovesItsBooking(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1", func(e *environment.Environment) { e.AutoApprove = true })
		bring := func(rows string) Import {
			i := w.upload(w.Ctx, "plan.csv", []byte("ID,Environment,From,Duration,Title,Status\n"+rows), Bookings)
			return w.ran(w.Ctx, w.checked(w.Ctx, i))
		}
		first := bring("1,SIT1,2025-03-10 09:00,8h,One,\n2,SIT1,2025-03-11,2 days,Two,\n")
		id := w.rows(first)[2].RecordID
		second := bring("1,SIT1,2025-03-20 09:00,4h,One moved,\n2,SIT1,2025-03-11,2 days,Two,cancelled\n3,SIT1,2025-03-10 08:00,2h,Three,\n")
		if second.Counts.Changed != 2 || second.Counts.New != 1 || second.Counts.Clashes != 0 {
			t.Fatalf("%+v", second.Counts)
		}
		b, err := w.Bookings.Get(w.Ctx, id)
		must(t, err)
		if b.Title != "One moved" || !b.From.Equal(at("2025-03-20T09:00")) || !b.To.Equal(at("2025-03-20T13:00")) || b.Status != booking.Approved {
			t.Fatalf("%+v", b.Booking)
		}
		two, err := w.Bookings.Get(w.Ctx, w.rows(first)[3].RecordID)
		must(t, err)
		if two.Status != booking.Cancelled {
			t.Errorf("%s", two.Status)
		}
		second = w.undone(t, second)
		if b, err = w.Bookings.Get(w.Ctx, id); err != nil || b.Title != "One" || !b.From.Equal(at("2025-03-10T09:00")) {
			t.Fatalf("%+v %v (%+v)", b.Booking, err, second.Consequences)
		}
	})
}

func TestUnknownEnvironmentsOfBookingsAreCreatedMappedOrSkipped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT1")
		csv := []byte("Environment,From,To,Title\nNEW1,2025-04-01,2025-04-02,a\nNEW1,2025-04-02,2025-04-03,b\nSIT-1,2025-04-01,2025-04-02,c\nGONE,2025-04-01,2025-04-02,d\n")
		i := w.checked(w.Ctx, w.upload(w.Ctx, "plan.csv", csv, Bookings))
		if len(i.Questions) != 3 || i.Questions[2].Value != "SIT-1" || len(i.Questions[2].Suggestions) == 0 || i.Questions[2].Suggestions[0].Label != "SIT1" {
			t.Fatalf("%+v", i.Questions)
		}
		i = w.choosing(w.Ctx, i, func(c *ImportChange) {
			c.Values = httpapi.Some(map[ValueKind]map[string]ValueChoice{OfEnvironment: {"new1": {Act: "create"}, "SIT-1": {Act: "map", To: "SIT1"}, "GONE": {Act: "skip"}}})
		})
		i = w.checked(w.Ctx, i)
		if i.Counts.New != 3 || i.Counts.Skipped != 1 || i.Counts.Clashes != 1 || i.Counts.Created != 1 {
			t.Fatalf("%+v %+v", i.Counts, w.rows(i))
		}
		i = w.ran(w.Ctx, i)
		if e, err := w.Environments.Environment(w.Ctx, "NEW1"); err != nil || e.Capacity != 1 {
			t.Fatal(err)
		}
		if i.Counts.Clashes != 1 || w.rows(i)[3].Status != "requested" {
			t.Fatalf("%+v", i.Counts)
		}
	})
}

func TestStacksAndGroupsAreImported(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddApplication("shop", w.Root.ID)
		w.AddEnvironment("SIT1")
		w.AddEnvironment("SIT2")
		stack := []byte("Environment,Server,Layer,Software,Version,Main\nSIT1,app01,Application,Shop,1.0,yes\nSIT1,db01,Database,PostgreSQL,17.2,\nSIT1,bare01,,,,\nSIT1,app01,Application,Shop,1.0,\n")
		i := w.checked(w.Ctx, w.upload(w.Ctx, "stack.csv", stack, ""))
		if i.Kind != Components || i.Counts.New != 3 || i.Counts.Invalid != 1 {
			t.Fatalf("%s %+v %+v", i.Kind, i.Counts, w.rows(i))
		}
		i = w.choosing(w.Ctx, i, func(c *ImportChange) { c.SkipInvalid = httpapi.Some(true) })
		i = w.ran(w.Ctx, w.checked(w.Ctx, i))
		st, err := w.Stacks.Stack(w.Ctx, "SIT1")
		must(t, err)
		if len(st.Hosts) != 3 || st.Installed != "1.0" {
			t.Fatalf("%+v", st)
		}
		next := w.upload(w.Ctx, "stack.csv", []byte(strings.ReplaceAll(string(stack[:strings.LastIndex(string(stack), "SIT1,app01")]), "17.2", "17.4")), "")
		next = w.ran(w.Ctx, w.checked(w.Ctx, next))
		if next.Counts.Changed != 1 || next.Counts.Unchanged != 2 {
			t.Fatalf("%+v %+v", next.Counts, w.rows(next))
		}
		w.undone(t, next)
		groups := []byte("Lane,Name,Environment\nL1,Lane one,SIT1\nL1,,SIT2\nL2,Lane two,SIT2\n")
		g := w.ran(w.Ctx, w.checked(w.Ctx, w.upload(w.Ctx, "lanes.csv", groups, Groups)))
		if g.Counts.New != 3 {
			t.Fatalf("%+v", g.Counts)
		}
		one, err := w.Environments.Group(w.Ctx, "L1")
		must(t, err)
		if one.Name != "Lane one" || len(one.Members) != 2 {
			t.Fatalf("%+v", one)
		}
		more := w.ran(w.Ctx, w.checked(w.Ctx, w.upload(w.Ctx, "lanes.csv", []byte("Lane,Members\nL1,SIT2\n"), Groups)))
		if more.Counts.Changed != 1 {
			t.Fatalf("%+v", more.Counts)
		}
		w.undone(t, more)
		if one, err = w.Environments.Group(w.Ctx, "L1"); err != nil || len(one.Members) != 2 {
			t.Fatalf("%+v %v", one, err)
		}
		w.undone(t, g)
		if n := w.count(t, "environment_group"); n != 1 { // L1 was changed since
			t.Errorf("%d groups left", n)
		}
	})
}

func TestMappingsAreSavedAppliedAndDeleted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i := w.upload(w.Ctx, "x.csv", []byte("Foo,Bar\nA1,2\n"), Environments)
		if len(i.Choices.Columns) != 0 {
			t.Fatalf("%v", i.Choices.Columns)
		}
		_, err := w.CheckImport(w.Ctx, i.ID, i.Version)
		wantCode(t, err, "columns_invalid")
		i = w.choosing(w.Ctx, i, func(c *ImportChange) { c.Columns = httpapi.Some(map[string]string{"key": "A", "capacity": "B"}) })
		m, err := w.SaveMapping(w.Ctx, i.ID, "  Old  tool ")
		must(t, err)
		other, err := w.UploadImport(w.Ctx, Upload{FileName: "y.csv", Unit: w.Root.ID, Mapping: "old tool"}, strings.NewReader("Bar,Baz,Foo\n3,x,B1\n"))
		must(t, err)
		if other.Choices.Columns["key"] != "C" || other.Choices.Columns["capacity"] != "A" {
			t.Fatalf("%v", other.Choices.Columns)
		}
		_, err = w.UploadImport(w.Ctx, Upload{FileName: "y.csv", Unit: w.Root.ID, Mapping: "nope"}, strings.NewReader("Bar\n3\n"))
		wantCode(t, err, "mapping_unknown")
		again, err := w.SaveMapping(w.Ctx, i.ID, "Old tool")
		must(t, err)
		if again.ID != m.ID || again.Version != 2 {
			t.Errorf("%+v", again)
		}
		wantCode(t, w.DeleteMapping(w.Ctx, m.ID, 1), "stale")
		must(t, w.DeleteMapping(w.Ctx, m.ID, 2))
		page, err := w.ListMappings(w.Ctx, "", "", 10)
		must(t, err)
		if len(page.Items) != 0 {
			t.Errorf("%+v", page.Items)
		}
	})
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

// undone takes an import back, which must go through.
func (w *world) undone(t *testing.T, i Import) Import {
	t.Helper()
	i, err := w.UndoImport(w.Ctx, i.ID, i.Version)
	must(t, err)
	if i = w.work(i); i.State != Undone {
		t.Fatalf("%s: %s %s", i.State, i.ErrorCode, i.ErrorMessage)
	}
	return i
}

func (w *world) count(t *testing.T, table string) int64 {
	t.Helper()
	var n int64
	err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
		q := tx.NewSelect().Table(table)
		if table == "environment" {
			q = q.Where("state = 'active'")
		}
		n, err = q.Count(ctx)
		return err
	})
	must(t, err)
	return n
}

func (w *world) ensurePerson(email, name string) (id ref.Person, made bool, err error) {
	err = w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		id, made, err = w.EnsurePerson(ctx, tx, email, name, w.Root.ID)
		return err
	})
	return id, made, err
}
