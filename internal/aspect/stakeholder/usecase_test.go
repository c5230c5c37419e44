package stakeholder_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	permView   authz.Permission = "thing.view"
	permManage authz.Permission = "thing.manage"
)

// world is an organisation with two records in one unit and one in another.
type world struct {
	*peopletest.World
	stakeholders  *stakeholder.Service
	a, b          people.Unit
	ada, bob, cid people.Person
	core          people.Team
	things        map[string]stakeholder.Record
}

func (w *world) subject() stakeholder.Subject {
	return stakeholder.Subject{Kind: "thing", PathPrefix: "/things", View: permView, Manage: permManage,
		Resolve: func(_ context.Context, _ db.Tx, id string) (stakeholder.Record, error) {
			r, ok := w.things[id]
			if !ok {
				return r, authz.ErrNotFound
			}
			return r, nil
		}}
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{}
	w.World = peopletest.New(t, d, func(deps *people.Deps) {
		deps.Events = events.NewLog(deps.Clock, nil, people.Events, stakeholder.Events)
		w.stakeholders = stakeholder.New(stakeholder.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: slog.New(slog.DiscardHandler)})
		deps.Reassigners = []people.Reassigner{w.stakeholders}
		deps.Rehomers = []people.Rehomer{w.stakeholders}
	})
	w.a, w.b = w.AddUnit("A", ""), w.AddUnit("B", "")
	w.ada, w.bob, w.cid = w.AddPerson("Ada", w.a.ID), w.AddPerson("Bob", w.a.ID), w.AddPerson("Cid", w.b.ID)
	var err error
	if w.core, err = w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: w.a.ID}); err != nil {
		t.Fatal(err)
	}
	w.things = map[string]stakeholder.Record{
		"one": {ID: "one", Unit: w.a.ID, Label: "One"}, "uno": {ID: "one", Unit: w.a.ID, Label: "One"},
		"two": {ID: "two", Unit: w.a.ID, Label: "Two"}, "far": {ID: "far", Unit: w.b.ID, Label: "Far"},
	}
	return w
}

var migrations = append(slices.Clone(peopletest.Migrations), stakeholder.Migrations)

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stakeholders.Register(w.subject())
		fn(t, w)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Fatalf("error %v, want %s", err, code)
	}
}

// told writes a listing down: "Ada RA [Owner], Core I".
func told(l stakeholder.Listing) string {
	var out []string
	for _, s := range l.Items {
		text := s.Name + " "
		for _, f := range []struct {
			set    bool
			letter string
		}{{s.Responsible, "R"}, {s.Accountable, "A"}, {s.Consulted, "C"}, {s.Informed, "I"}} {
			if f.set {
				text += f.letter
			}
		}
		if len(s.Roles) > 0 {
			text += " [" + strings.Join(s.Roles, ", ") + "]"
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func (w *world) list(t testing.TB, id string) stakeholder.Listing {
	t.Helper()
	l, err := w.stakeholders.List(w.Ctx, "thing", id)
	must(t, err)
	return l
}

func (w *world) add(t testing.TB, id string, in stakeholder.Part) stakeholder.Listing {
	t.Helper()
	l, _, err := w.stakeholders.Add(w.Ctx, "thing", id, in, false)
	must(t, err)
	return l
}

func part(p people.Person, f stakeholder.Flags, roles ...string) stakeholder.Part {
	return stakeholder.Part{Person: p.ID, Flags: f, Roles: roles}
}

var (
	responsible = stakeholder.Flags{Responsible: true}
	accountable = stakeholder.Flags{Accountable: true}
	informed    = stakeholder.Flags{Informed: true}
)

func TestAddMergesAndMovesAccountability(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if l := w.list(t, "one"); l.Version != 1 || len(l.Items) != 0 {
			t.Fatalf("%+v", l)
		}
		w.add(t, "one", part(w.ada, accountable, "Owner"))
		w.add(t, "uno", part(w.ada, responsible, "owner", "Tester"))
		l := w.add(t, "one", stakeholder.Part{Team: w.core.ID, Flags: informed})
		if told(l) != "Ada RA [Owner, Tester]; Core I" || l.Version != 4 {
			t.Fatalf("%s at %d", told(l), l.Version)
		}
		dry, more, err := w.stakeholders.Add(w.Ctx, "thing", "one", part(w.bob, accountable), true)
		must(t, err)
		if told(dry) != "Bob A; Ada R [Owner, Tester]; Core I" || len(more) != 1 || more[0].Kind != "accountable_moves" {
			t.Fatalf("%s %v", told(dry), more)
		}
		if l := w.list(t, "one"); told(l) != "Ada RA [Owner, Tester]; Core I" || l.Version != 4 {
			t.Fatal("the dry run saved something")
		}
		done, again, err := w.stakeholders.Add(w.Ctx, "thing", "one", part(w.bob, accountable), false)
		must(t, err)
		if told(done) != told(dry) || !slices.Equal(again, more) {
			t.Fatalf("the save did not repeat the dry run: %s", told(done))
		}
		want := []events.Kind{stakeholder.Added, stakeholder.Changed, stakeholder.Added, stakeholder.Changed, stakeholder.Added}
		if got := w.History("one"); !slices.Equal(got, want) {
			t.Fatal(got)
		}
		var row events.Row
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Model(&row).Where("e.subject_id = 'one'").OrderExpr("e.id DESC").Limit(1).Scan(ctx)
		}))
		if row.SubjectKind != "thing" || *row.Unit != w.a.ID || row.Sentence != "test made Bob a stakeholder of One (accountable)" {
			t.Fatalf("%+v", row)
		}
		// Adding what is there already is no event and no new version.
		if l := w.add(t, "one", part(w.bob, accountable)); l.Version != done.Version || len(w.History("one")) != 5 {
			t.Fatalf("%d %v", l.Version, w.History("one"))
		}
	})
}

func TestAddRefusesWhomItDoesNotKnow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.DeactivatePerson(w.Ctx, w.cid.ID, 1)
		must(t, err)
		for code, in := range map[string]stakeholder.Part{
			"stakeholder_invalid": {Person: w.ada.ID, Team: w.core.ID},
			"person_unknown":      {Person: "nobody"},
			"team_unknown":        {Team: "nobody"},
			"person_inactive":     {Person: w.cid.ID},
		} {
			_, _, err := w.stakeholders.Add(w.Ctx, "thing", "one", in, false)
			wantCode(t, err, code)
		}
		_, _, err = w.stakeholders.Add(w.Ctx, "thing", "one", stakeholder.Part{}, false)
		wantCode(t, err, "stakeholder_invalid")
		_, _, err = w.stakeholders.Add(w.Ctx, "thing", "one", part(w.ada, informed, strings.Repeat("x", 101)), false)
		wantCode(t, err, "stakeholder_invalid")
		_, _, err = w.stakeholders.Add(w.Ctx, "nothing", "one", part(w.ada, informed), false)
		wantCode(t, err, "not_found")
		if l := w.list(t, "one"); len(l.Items) != 0 {
			t.Fatal(told(l))
		}
	})
}

func TestReplaceChangeRemove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add(t, "one", part(w.ada, accountable))
		w.add(t, "one", part(w.bob, informed))
		before := w.list(t, "one")
		parts := []stakeholder.Part{part(w.bob, accountable, "Owner"), {Team: w.core.ID, Flags: responsible}}
		_, more, err := w.stakeholders.Replace(w.Ctx, "thing", "one", before.Version, parts, true)
		if must(t, err); len(more) != 1 || more[0].Kind != "stakeholder_leaves" {
			t.Fatal(more)
		}
		after, _, err := w.stakeholders.Replace(w.Ctx, "thing", "one", before.Version, parts, false)
		if must(t, err); told(after) != "Bob A [Owner]; Core R" || after.Items[0].ID != before.Items[1].ID {
			t.Fatal(told(after))
		}
		_, _, err = w.stakeholders.Replace(w.Ctx, "thing", "one", before.Version, parts, false)
		wantCode(t, err, "stale")
		_, _, err = w.stakeholders.Replace(w.Ctx, "thing", "one", after.Version, []stakeholder.Part{part(w.ada, accountable), part(w.bob, accountable), part(w.ada, informed)}, false)
		wantCode(t, err, "stakeholders_invalid")
		if len(problem.Of(err).Fields) != 2 {
			t.Fatal(err)
		}
		yes, no := true, false
		changed, more, err := w.stakeholders.Change(w.Ctx, "thing", "one", after.Version, after.Items[1].ID, stakeholder.PartChange{Accountable: &yes, Responsible: &no, Roles: &[]string{"Desk"}}, false)
		if must(t, err); told(changed) != "Core A [Desk]; Bob  [Owner]" || len(more) != 1 {
			t.Fatal(told(changed), more)
		}
		_, _, err = w.stakeholders.Change(w.Ctx, "thing", "one", after.Version, after.Items[1].ID, stakeholder.PartChange{}, false)
		wantCode(t, err, "stale")
		_, err = w.stakeholders.Remove(w.Ctx, "thing", "one", changed.Version, "nobody")
		wantCode(t, err, "not_found")
		gone, err := w.stakeholders.Remove(w.Ctx, "thing", "one", changed.Version, changed.Items[0].ID)
		if must(t, err); told(gone) != "Bob  [Owner]" {
			t.Fatal(told(gone))
		}
	})
}

func TestImportFromAnotherRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add(t, "one", part(w.ada, accountable))
		w.add(t, "two", part(w.bob, accountable))
		w.add(t, "two", part(w.ada, informed))
		w.add(t, "two", part(w.cid, informed))
		w.add(t, "far", part(w.bob, responsible))
		_, err := w.DeactivatePerson(w.Ctx, w.cid.ID, 1)
		must(t, err)
		l, more, err := w.stakeholders.Import(w.Ctx, "thing", "one", stakeholder.Source{ID: "two"}, false)
		must(t, err)
		if told(l) != "Ada AI; Bob " || len(more) != 2 || more[0].Kind != "accountable_dropped" || more[1].Kind != "stakeholder_left_out" {
			t.Fatal(told(l), more)
		}
		desk := w.As(w.a, permView, permManage)
		_, _, err = w.stakeholders.Import(desk, "thing", "one", stakeholder.Source{ID: "far"}, false)
		wantCode(t, err, "record_unknown")
		_, _, err = w.stakeholders.Import(desk, "thing", "one", stakeholder.Source{Kind: "ghost", ID: "far"}, false)
		wantCode(t, err, "record_unknown")
	})
}

func TestAccessFollowsTheRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		viewer, elsewhere := w.As(w.a, permView), w.As(w.b, permView, permManage)
		_, err := w.stakeholders.List(viewer, "thing", "one")
		must(t, err)
		_, _, err = w.stakeholders.Add(viewer, "thing", "one", part(w.ada, informed), false)
		wantCode(t, err, "permission_missing")
		_, err = w.stakeholders.List(elsewhere, "thing", "one")
		wantCode(t, err, "not_found")
		_, _, err = w.stakeholders.Add(elsewhere, "thing", "one", part(w.ada, informed), false)
		wantCode(t, err, "not_found")
		_, err = w.stakeholders.List(t.Context(), "thing", "one")
		wantCode(t, err, "sign_in_required")
	})
}

func TestConcurrentAddsKeepOneAccountable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		persons := []people.Person{w.ada, w.bob, w.cid}
		errs := make(chan error, 12)
		for i := range 12 {
			go func() {
				_, _, err := w.stakeholders.Add(w.Ctx, "thing", "one", part(persons[i%3], stakeholder.Flags{Accountable: true, Responsible: i%2 == 0}), false)
				errs <- err
			}()
		}
		for range 12 {
			must(t, <-errs)
		}
		l := w.list(t, "one")
		holders := 0
		for _, s := range l.Items {
			if s.Accountable {
				holders++
			}
		}
		if len(l.Items) != 3 || holders != 1 {
			t.Fatal(told(l))
		}
	})
}

func TestOwnersForLists(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add(t, "two", part(w.ada, informed))
		w.add(t, "far", stakeholder.Part{Team: w.core.ID, Flags: accountable})
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return w.stakeholders.SetAccountable(ctx, tx, "thing", w.things["one"], w.ada.ID)
		}))
		read := func() (out map[string]stakeholder.Owner, mine []string) {
			must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
				if out, err = w.stakeholders.Owners(ctx, tx, "thing", []string{"one", "two", "far", "none"}); err != nil {
					return err
				}
				cond, args := w.stakeholders.OwnedBy("thing", "s.subject_id", string(w.ada.ID))
				return tx.NewSelect().TableExpr("stakeholder AS s").ColumnExpr("DISTINCT s.subject_id").Where(cond, args...).Scan(ctx, &mine)
			}))
			return out, mine
		}
		owners, mine := read()
		if len(owners) != 2 || owners["one"] != (stakeholder.Owner{Kind: "person", ID: string(w.ada.ID), Name: "Ada", Email: w.ada.Email}) ||
			owners["far"].Kind != "team" || owners["far"].Name != "Core" {
			t.Fatalf("%+v", owners)
		}
		if !slices.Equal(mine, []string{"one"}) {
			t.Fatal(mine)
		}
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error { return w.stakeholders.ForgetRecord(ctx, tx, "thing", "one") }))
		if owners, _ := read(); len(owners) != 1 {
			t.Fatalf("%+v", owners)
		}
	})
}

func TestALeaversPartsMove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add(t, "one", part(w.ada, accountable, "Owner"))
		w.add(t, "two", part(w.ada, stakeholder.Flags{Accountable: true, Responsible: true}))
		w.add(t, "two", part(w.bob, informed, "Tester"))
		future, err := w.ReassignPerson(w.Ctx, w.ada.ID, people.Reassignment{To: w.bob.ID, Scope: people.ScopeFuture}, false)
		if must(t, err); len(future.Moved) != 0 {
			t.Fatal(future)
		}
		dry, err := w.ReassignPerson(w.Ctx, w.ada.ID, people.Reassignment{To: w.bob.ID}, true)
		if must(t, err); !slices.Equal(dry.Moved, []string{"The part in thing One.", "The part in thing Two."}) || told(w.list(t, "one")) != "Ada A [Owner]" {
			t.Fatal(dry, told(w.list(t, "one")))
		}
		_, err = w.ReassignPerson(w.Ctx, w.ada.ID, people.Reassignment{To: w.bob.ID}, false)
		must(t, err)
		if one, two := told(w.list(t, "one")), told(w.list(t, "two")); one != "Bob A [Owner]" || two != "Bob RAI [Tester]" {
			t.Fatal(one, " | ", two)
		}
		if got := w.History("one"); got[len(got)-1] != stakeholder.Reassigned {
			t.Fatal(got)
		}
		w.add(t, "two", stakeholder.Part{Team: w.core.ID, Flags: informed})
		more, err := w.DeleteTeam(w.Ctx, w.core.ID, 1, false)
		if must(t, err); len(more) != 1 || more[0].Message != "The part in thing Two ends." {
			t.Fatal(more)
		}
		_, err = w.DeletePerson(w.Ctx, w.bob.ID, 1, false)
		must(t, err)
		if l := w.list(t, "two"); len(l.Items) != 0 {
			t.Fatal(told(l))
		}
	})
}

func TestPartsFollowTheUnit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add(t, "one", part(w.ada, accountable))
		_, err := w.DeleteUnit(w.Ctx, w.a.ID, 1, w.b.ID, false)
		must(t, err)
		var units []ref.Unit
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("stakeholder").Column("unit_id").Scan(ctx, &units)
		}))
		if !slices.Equal(units, []ref.Unit{w.b.ID}) {
			t.Fatal(units)
		}
	})
}
