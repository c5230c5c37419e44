package people_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/tabular"
)

func table(t testing.TB, text string) *tabular.Table {
	t.Helper()
	tab, err := tabular.Read(strings.NewReader(text), tabular.Options{})
	must(t, err)
	return tab
}

const goodCSV = `Given name;Surname;E-Mail Address;Department;Team;Role;Expires;TZ;Shoe size
Ada;Lovelace;ada@example.com;Retail / Payments;Core;contributor;2026-12-31;Europe/Vienna;38
Grace;Hopper;grace@example.com;Retail;Core; ;;;
;Linus;linus@example.com;;;;;;
`

func TestImportPersons(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		retail := w.AddUnit("Retail", "")
		payments := w.AddUnit("Payments", retail.ID)
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: retail.ID})
		must(t, err)
		tab := table(t, goodCSV)
		preview, err := w.ImportPersons(w.Ctx, tab, people.ImportOptions{})
		must(t, err)
		if preview.Applied || preview.Created != 3 || preview.Invalid != 0 || !slices.Equal(preview.IgnoredColumns, []string{"Shoe size"}) {
			t.Fatalf("%+v", preview)
		}
		if page, _ := w.ListPersons(w.Ctx, people.PersonFilter{Limit: 9}); len(page.Items) != 0 {
			t.Fatal("the preview saved something")
		}
		done, err := w.ImportPersons(w.Ctx, tab, people.ImportOptions{Apply: true})
		if must(t, err); !done.Applied || done.Created != 3 {
			t.Fatalf("%+v", done)
		}
		page, err := w.ListPersons(w.Ctx, people.PersonFilter{Limit: 9, Sort: "email"})
		must(t, err)
		ada := page.Items[0]
		if ada.Name != "Ada Lovelace" || ada.Unit != payments.ID || ada.TimeZone != "Europe/Vienna" || ada.State != people.Pending ||
			!ada.ValidUntil.Equal(time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)) || len(ada.Teams) != 1 {
			t.Fatalf("%+v", ada)
		}
		if got := held(t, w, ada.ID); len(got) != 1 || got[0].Unit != payments.ID {
			t.Fatalf("%+v", got)
		}
		if page.Items[2].Name != "Linus" || page.Items[2].Unit != w.Root.ID {
			t.Fatalf("%+v", page.Items[2])
		}
		if _, members, _ := w.Team(w.Ctx, team.ID); len(members) != 2 {
			t.Fatalf("%+v", members)
		}
		if got := w.History(string(ada.ID)); !slices.Equal(got, []events.Kind{people.PersonCreated}) {
			t.Fatal(got)
		}
		// The same file again changes nothing.
		again, err := w.ImportPersons(w.Ctx, tab, people.ImportOptions{Apply: true})
		if must(t, err); again.Unchanged != 3 || again.Updated != 0 || again.Created != 0 {
			t.Fatalf("%+v", again)
		}
		// Known addresses are updated by what the row says; an empty cell says nothing.
		changed, err := w.ImportPersons(w.Ctx, table(t, "Name,Email,Phone,Time zone\nAda King,ADA@example.com,123,\n"), people.ImportOptions{Apply: true})
		if must(t, err); changed.Updated != 1 {
			t.Fatalf("%+v", changed)
		}
		now, _ := w.Person(w.Ctx, ada.ID)
		if now.Name != "Ada King" || now.Phone != "123" || now.TimeZone != "Europe/Vienna" || now.Unit != payments.ID || now.Version != 2 || now.Email != "ada@example.com" {
			t.Fatalf("%+v", now)
		}
	})
}

const badCSV = `Name,Email,Unit,Teams,Role,Valid until,Time zone
,x@y,Nowhere,None,None,soon,Mars
Ada,ada@example.com,Twin,,,,
Bob,bob@example.com,East / Twin,,,2020-01-01,
Cid,cid@example.com,,,,,
Dan,CID@example.com,,,,,,,surplus
`

func TestImportShowsEachErrorByRowAndColumn(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		east, west := w.AddUnit("East", ""), w.AddUnit("West", "")
		w.AddUnit("Twin", east.ID)
		w.AddUnit("Twin", west.ID)
		tab := table(t, badCSV)
		preview, err := w.ImportPersons(w.Ctx, tab, people.ImportOptions{})
		must(t, err)
		if preview.Rows != 5 || preview.Created != 1 || preview.Invalid != 4 || preview.Items[4].Action != "create" {
			t.Fatalf("%+v", preview)
		}
		got := map[string]string{}
		for _, item := range preview.Items {
			for _, f := range item.Errors {
				got[f.Path] = f.Code
			}
		}
		want := map[string]string{
			"row 2, column Name": "required", "row 2, column Email": "email_malformed", "row 2, column Unit": "unit_unknown",
			"row 2, column Teams": "team_unknown", "row 2, column Role": "role_unknown", "row 2, column Valid until": "date_malformed",
			"row 2, column Time zone": "time_zone_unknown", "row 3, column Unit": "unit_ambiguous", "row 4, column Valid until": "valid_until_passed",
			"row 6, column Email": "email_twice", "row 6": "surplus_cells",
		}
		for place, code := range want {
			if got[place] != code {
				t.Errorf("%s: %q, want %q", place, got[place], code)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%v", got)
		}
		_, err = w.ImportPersons(w.Ctx, tab, people.ImportOptions{Apply: true})
		wantCode(t, err, "import_invalid")
		if p := problem.Of(err); len(p.Fields) != len(want) || p.Data["invalid"] != 4 {
			t.Fatalf("%+v", p)
		}
		if page, _ := w.ListPersons(w.Ctx, people.PersonFilter{Limit: 9}); len(page.Items) != 0 {
			t.Fatal("a refused import saved something")
		}
		done, err := w.ImportPersons(w.Ctx, tab, people.ImportOptions{Apply: true, SkipInvalid: true})
		if must(t, err); done.Created != 1 || done.Invalid != 4 {
			t.Fatalf("%+v", done)
		}
		_, err = w.ImportPersons(w.Ctx, table(t, "Unit\nX\n"), people.ImportOptions{})
		wantCode(t, err, "header_invalid")
		_, err = w.ImportPersons(w.Ctx, table(t, "Email\nada@example.com\n"), people.ImportOptions{})
		wantCode(t, err, "header_invalid")
	})
}

func TestImportNeedsPermissionsRowByRow(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a, b := w.AddUnit("A", ""), w.AddUnit("B", "")
		_, err := w.CreatePerson(w.Ctx, people.NewPerson{Name: "Bob", Email: "bob@example.com", Unit: b.ID})
		must(t, err)
		_, err = w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: a.ID})
		must(t, err)
		desk := w.As(a, people.PermViewUnit, people.PermViewTeam, people.PermManagePerson)
		preview, err := w.ImportPersons(desk, table(t, `Name,Email,Unit,Teams,Role
Ada,ada@example.com,A,,
Bob,bob@example.com,A,,
Cid,cid@example.com,B,,
Dan,dan@example.com,,,
Eve,eve@example.com,A,Core,viewer
`), people.ImportOptions{})
		must(t, err)
		got := map[string]string{}
		for _, item := range preview.Items {
			for _, f := range item.Errors {
				got[f.Path] = f.Code
			}
		}
		want := map[string]string{"row 3, column Email": "email_taken", "row 4, column Unit": "unit_unknown", "row 5, column Unit": "permission_missing",
			"row 6, column Teams": "permission_missing", "row 6, column Role": "permission_missing"}
		for place, code := range want {
			if got[place] != code {
				t.Errorf("%s: %q, want %q", place, got[place], code)
			}
		}
		if preview.Created != 1 {
			t.Fatalf("%+v", preview)
		}
		home, err := w.ImportPersons(desk, table(t, "Name,Email\nDan,dan@example.com\n"), people.ImportOptions{Unit: a.ID, Apply: true})
		if must(t, err); home.Created != 1 {
			t.Fatalf("%+v", home)
		}
	})
}

func TestLargeImportAppendsOneEventPerBatch(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		w.AddUnit("Retail", "")
		done, err := w.ImportPersons(w.Ctx, table(t, manyRows(1200)), people.ImportOptions{Apply: true})
		must(t, err)
		if done.Created != 1200 || len(done.Items) != 1000 || !done.Truncated {
			t.Fatalf("%d created, %d items", done.Created, len(done.Items))
		}
		kinds := map[events.Kind]int{}
		var all []events.Kind
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("event").Column("kind").Scan(ctx, &all)
		}))
		for _, k := range all {
			kinds[k]++
		}
		if kinds[people.PersonsImported] != 3 || kinds[people.PersonCreated] != 0 {
			t.Fatal(kinds)
		}
	})
}

func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("Name,Email,Unit,Role\n")
	for i := range n {
		fmt.Fprintf(&b, "Person %d,person.%d@example.com,Retail,viewer\n", i, i)
	}
	return b.String()
}

// BenchmarkImport measures an import of 200,000 rows on both engines.
func BenchmarkImport(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{
		{"sqlite", func(t testing.TB) *db.DB { return dbtest.SQLite(t, peopletest.Migrations...) }},
		{"postgres", func(t testing.TB) *db.DB { return dbtest.Postgres(t, peopletest.Migrations...) }},
	} {
		b.Run(engine.name, func(b *testing.B) {
			tab := table(b, manyRows(200_000))
			for b.Loop() {
				b.StopTimer()
				w := peopletest.New(b, engine.open(b))
				w.AddUnit("Retail", "")
				b.StartTimer()
				done, err := w.ImportPersons(w.Ctx, tab, people.ImportOptions{Apply: true})
				if err != nil || done.Created != 200_000 {
					b.Fatal(done.Created, err)
				}
			}
		})
	}
}
