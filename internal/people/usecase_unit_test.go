package people_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// each runs a test in a fresh world on both engines.
func each(t *testing.T, fn func(t *testing.T, w *peopletest.World), options ...func(*people.Deps)) {
	t.Helper()
	dbtest.Each(t, peopletest.Migrations, func(t *testing.T, d *db.DB) { fn(t, peopletest.New(t, d, options...)) })
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

func units(t *testing.T, w *peopletest.World, ctx context.Context) []people.ListedUnit {
	t.Helper()
	list, err := w.ListUnits(ctx, people.UnitFilter{})
	must(t, err)
	return list
}

// checkTree compares every path with the parents.
func checkTree(t *testing.T, list []people.ListedUnit) {
	t.Helper()
	byID := map[ref.Unit]people.ListedUnit{}
	for _, u := range list {
		byID[u.ID] = u
	}
	for i, u := range list {
		want := "/" + string(u.ID) + "/"
		if u.Parent != nil {
			parent := byID[*u.Parent]
			want = parent.Path + string(u.ID) + "/"
			if u.Depth != parent.Depth+1 {
				t.Fatalf("%s: depth %d below %d", u.Name, u.Depth, parent.Depth)
			}
		}
		if u.Path != want {
			t.Fatalf("%s: path %s, want %s", u.Name, u.Path, want)
		}
		if i > 0 && list[i-1].Path >= u.Path {
			t.Fatal("not depth first")
		}
	}
}

func TestEnsureRootMakesOneRoot(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				again, err := w.EnsureRoot(w.Ctx)
				if err != nil || again.ID != w.Root.ID {
					t.Errorf("%v %v", again.ID, err)
				}
			})
		}
		wg.Wait()
		if list := units(t, w, w.Ctx); len(list) != 1 || list[0].Name != "Organisation" || list[0].Parent != nil {
			t.Fatalf("%+v", list)
		}
	})
}

func TestCreateUnit(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		retail := w.AddUnit(" Retail  Bank ", "")
		if retail.Name != "Retail Bank" || *retail.Parent != w.Root.ID || retail.Depth != 1 {
			t.Fatalf("%+v", retail)
		}
		if got := w.History(string(retail.ID)); !slices.Equal(got, []events.Kind{people.UnitCreated}) {
			t.Fatal(got)
		}
		for _, c := range []struct {
			in   people.NewUnit
			code string
		}{
			{people.NewUnit{Name: "retail BANK", Parent: w.Root.ID}, "unit_name_taken"},
			{people.NewUnit{Name: " ", Parent: w.Root.ID}, "unit_invalid"},
			{people.NewUnit{Name: "X"}, "unit_invalid"},
			{people.NewUnit{Name: "X", Parent: "nowhere"}, "unit_unknown"},
			{people.NewUnit{Name: "X", Parent: w.Root.ID, Director: "nobody"}, "person_unknown"},
		} {
			_, err := w.CreateUnit(w.Ctx, c.in)
			wantCode(t, err, c.code)
		}
		if w.AddUnit("Retail Bank", retail.ID).Depth != 2 {
			t.Fatal("a name may be used again below another parent")
		}
		ada := w.AddPerson("Ada", retail.ID)
		led, err := w.CreateUnit(w.Ctx, people.NewUnit{Name: "Led", Parent: w.Root.ID, Director: ada.ID})
		if must(t, err); led.Director == nil || *led.Director != ada.ID {
			t.Fatalf("%+v", led)
		}
		parent := w.Root.ID
		var err2 error
		for range 40 {
			var u people.Unit
			if u, err2 = w.CreateUnit(w.Ctx, people.NewUnit{Name: "deep", Parent: parent}); err2 != nil {
				break
			}
			parent = u.ID
		}
		wantCode(t, err2, "unit_too_deep")
	})
}

func TestUnitsAreSeenAndManagedBySubtree(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a, b := w.AddUnit("A", ""), w.AddUnit("B", "")
		below := w.AddUnit("A1", a.ID)
		view, manage := w.As(a, people.PermViewUnit), w.As(a, people.PermViewUnit, people.PermManageUnit)
		if list := units(t, w, view); len(list) != 2 || list[0].ID != a.ID || list[1].ID != below.ID {
			t.Fatalf("%+v", list)
		}
		if list := units(t, w, authz.With(t.Context(), &authz.Principal{})); len(list) != 0 {
			t.Fatal("without a grant units are seen")
		}
		_, err := w.Unit(view, b.ID)
		wantCode(t, err, "not_found")
		_, err = w.CreateUnit(view, people.NewUnit{Name: "N", Parent: a.ID})
		wantCode(t, err, "permission_missing")
		_, err = w.CreateUnit(manage, people.NewUnit{Name: "N", Parent: b.ID})
		wantCode(t, err, "unit_unknown")
		_, err = w.CreateUnit(manage, people.NewUnit{Name: "N", Parent: below.ID})
		must(t, err)
		// Out of the own subtree a unit cannot be carried, nor may it be taken from elsewhere.
		_, _, err = w.ChangeUnit(manage, below.ID, 1, people.UnitChange{Parent: httpapi.Some(b.ID)}, false)
		wantCode(t, err, "unit_unknown")
		_, _, err = w.ChangeUnit(manage, b.ID, 1, people.UnitChange{Parent: httpapi.Some(a.ID)}, false)
		wantCode(t, err, "not_found")
		// What is listed below a unit outside one's sight is nothing.
		if list, err := w.ListUnits(view, people.UnitFilter{Below: b.ID}); err != nil || len(list) != 0 {
			t.Fatal(list, err)
		}
	})
}

func TestChangeUnit(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a, b := w.AddUnit("A", ""), w.AddUnit("B", "")
		a1 := w.AddUnit("A1", a.ID)
		a2 := w.AddUnit("A2", a1.ID)
		got, _, err := w.ChangeUnit(w.Ctx, a1.ID, 1, people.UnitChange{Name: httpapi.Some("Alpha"), Type: httpapi.Some("team of teams")}, false)
		if must(t, err); got.Name != "Alpha" || got.Version != 2 {
			t.Fatalf("%+v", got)
		}
		_, _, err = w.ChangeUnit(w.Ctx, a1.ID, 1, people.UnitChange{Name: httpapi.Some("Late")}, false)
		wantCode(t, err, "stale")

		dry, more, err := w.ChangeUnit(w.Ctx, a1.ID, 2, people.UnitChange{Parent: httpapi.Some(b.ID)}, true)
		must(t, err)
		if *dry.Parent != b.ID || len(more) != 1 || more[0].Kind != "units_move" || more[0].Count != 1 {
			t.Fatalf("%+v %+v", dry, more)
		}
		if now, _ := w.Unit(w.Ctx, a1.ID); *now.Parent != a.ID || now.Version != 2 {
			t.Fatal("the dry run saved something")
		}
		if _, _, err = w.ChangeUnit(w.Ctx, a1.ID, 2, people.UnitChange{Parent: httpapi.Some(b.ID)}, false); err != nil {
			t.Fatal(err)
		}
		checkTree(t, units(t, w, w.Ctx))
		if moved, _ := w.Unit(w.Ctx, a2.ID); !strings.HasPrefix(moved.Path, b.Path) || moved.Depth != 3 {
			t.Fatalf("%+v", moved)
		}
		if got := w.History(string(a1.ID)); !slices.Equal(got, []events.Kind{people.UnitCreated, people.UnitChanged, people.UnitMoved}) {
			t.Fatal(got)
		}
		_, _, err = w.ChangeUnit(w.Ctx, a1.ID, 3, people.UnitChange{Parent: httpapi.Some(a2.ID)}, false)
		wantCode(t, err, "unit_cycle")
		_, _, err = w.ChangeUnit(w.Ctx, w.Root.ID, 1, people.UnitChange{Parent: httpapi.Some(b.ID)}, false)
		wantCode(t, err, "unit_is_root")
		_, _, err = w.ChangeUnit(w.Ctx, b.ID, 1, people.UnitChange{Parent: httpapi.Cleared[ref.Unit]()}, false)
		wantCode(t, err, "unit_invalid")
		twin := w.AddUnit("Alpha", a.ID)
		_, _, err = w.ChangeUnit(w.Ctx, twin.ID, 1, people.UnitChange{Parent: httpapi.Some(b.ID)}, false)
		wantCode(t, err, "unit_name_taken")
		// Moved and renamed at once it fits.
		_, _, err = w.ChangeUnit(w.Ctx, twin.ID, 1, people.UnitChange{Parent: httpapi.Some(b.ID), Name: httpapi.Some("Beta")}, false)
		must(t, err)
		// A change of nothing is no event.
		same, _, err := w.ChangeUnit(w.Ctx, b.ID, 1, people.UnitChange{Name: httpapi.Some("B")}, false)
		if must(t, err); same.Version != 1 || len(w.History(string(b.ID))) != 1 {
			t.Fatalf("version %d, %v", same.Version, w.History(string(b.ID)))
		}
	})
}

func TestRandomMovesInTheDatabaseKeepTheTree(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		r := rand.New(rand.NewPCG(7, 7))
		ids := []ref.Unit{w.Root.ID}
		for i := range 25 {
			ids = append(ids, w.AddUnit("U"+string(rune('a'+i)), ids[r.IntN(len(ids))]).ID)
		}
		var wg sync.WaitGroup
		for worker := range 4 {
			r := rand.New(rand.NewPCG(uint64(worker), 3))
			wg.Go(func() {
				for range 30 {
					id, to := ids[r.IntN(len(ids))], ids[r.IntN(len(ids))]
					u, err := w.Unit(w.Ctx, id)
					if err != nil {
						t.Error(err)
						return
					}
					_, _, err = w.ChangeUnit(w.Ctx, id, u.Version, people.UnitChange{Parent: httpapi.Some(to)}, false)
					if err != nil && problem.Of(err) == nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		checkTree(t, units(t, w, w.Ctx))
	})
}

type rehomer struct{ from, to ref.Unit }

func (r *rehomer) Rehome(_ context.Context, _ db.Tx, from, to ref.Unit) error {
	r.from, r.to = from, to
	return nil
}

func (r *rehomer) RehomePreview(context.Context, db.Tx, ref.Unit) ([]string, error) {
	return []string{"3 applications"}, nil
}

func TestDeleteUnitMovesWhatItHolds(t *testing.T) {
	var other rehomer
	each(t, func(t *testing.T, w *peopletest.World) {
		a, b := w.AddUnit("A", ""), w.AddUnit("B", "")
		child, ada := w.AddUnit("A1", a.ID), w.AddPerson("Ada", a.ID)
		_, err := w.DeleteUnit(w.Ctx, a.ID, 1, "", false)
		wantCode(t, err, "rehome_required")
		_, err = w.DeleteUnit(w.Ctx, a.ID, 1, child.ID, false)
		wantCode(t, err, "rehome_inside")
		_, err = w.DeleteUnit(w.Ctx, w.Root.ID, 1, b.ID, false)
		wantCode(t, err, "unit_is_root")
		_, err = w.DeleteUnit(w.Ctx, a.ID, 9, b.ID, false)
		wantCode(t, err, "stale")

		more, err := w.DeleteUnit(w.Ctx, a.ID, 1, b.ID, true)
		must(t, err)
		var kinds []string
		for _, c := range more {
			kinds = append(kinds, c.Kind)
		}
		if !slices.Equal(kinds, []string{"units_move", "persons_move", "records_move"}) {
			t.Fatalf("%+v", more)
		}
		if len(units(t, w, w.Ctx)) != 4 {
			t.Fatal("the dry run deleted something")
		}
		again, err := w.DeleteUnit(w.Ctx, a.ID, 1, b.ID, false)
		must(t, err)
		if !slices.Equal(again, more) {
			t.Fatalf("the save did not repeat the dry run: %v", again)
		}
		list := units(t, w, w.Ctx)
		checkTree(t, list)
		if len(list) != 3 || other.from != a.ID || other.to != b.ID {
			t.Fatalf("%+v %+v", list, other)
		}
		moved, err := w.Person(w.Ctx, ada.ID)
		if must(t, err); moved.Unit != b.ID || moved.Version != 2 {
			t.Fatalf("%+v", moved)
		}
		if got := w.History(string(ada.ID)); !slices.Equal(got, []events.Kind{people.PersonCreated, people.PersonChanged}) {
			t.Fatal(got)
		}
	}, func(d *people.Deps) { d.Rehomers = []people.Rehomer{&other} })
}
