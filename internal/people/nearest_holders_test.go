package people_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

func TestNearestHolders(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a := w.AddUnit("A", "")
		b, side := w.AddUnit("B", a.ID), w.AddUnit("Side", a.ID)
		boss, ada, tim, eve := w.AddPerson("Boss", w.Root.ID), w.AddPerson("Ada", a.ID), w.AddPerson("Tim", a.ID), w.AddPerson("Eve", side.ID)
		near := func(unit ref.Unit, perm authz.Permission) (out []ref.Person) {
			t.Helper()
			must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
				out, err = w.NearestHolders(ctx, tx, perm, unit)
				return err
			}))
			return out
		}
		want := func(got []ref.Person, want ...people.Person) {
			t.Helper()
			var ids []ref.Person
			for _, p := range want {
				ids = append(ids, p.ID)
			}
			slices.Sort(ids)
			if !slices.Equal(got, ids) {
				t.Errorf("%v, want %v", got, ids)
			}
		}
		give(t, w, people.Administrator, w.Root.ID, people.PersonSubject, string(boss.ID))
		want(near(b.ID, people.PermViewPerson), boss)
		give(t, w, people.Viewer, w.Root.ID, people.PersonSubject, string(ada.ID))
		give(t, w, people.Viewer, side.ID, people.PersonSubject, string(eve.ID))
		want(near(b.ID, people.PermViewPerson), ada) // no administrator, and nobody beside the path
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: a.ID, Members: []people.NewMember{{Person: tim.ID}, {Person: boss.ID}}})
		must(t, err)
		hour := w.Clock.Now().Add(time.Hour)
		_, err = w.CreateGrant(w.Ctx, people.NewGrant{Role: people.Viewer, Unit: a.ID, SubjectKind: people.TeamSubject, SubjectID: string(team.ID), ExpiresAt: &hour})
		must(t, err)
		give(t, w, people.Contributor, a.ID, people.PersonSubject, string(tim.ID)) // twice the same person
		want(near(b.ID, people.PermViewPerson), tim, boss)
		want(near(side.ID, people.PermViewPerson), eve)
		w.Clock.Advance(2 * time.Hour)
		want(near(b.ID, people.PermViewPerson), tim)
		want(near(b.ID, people.PermManageGrant), boss)
	})
}
