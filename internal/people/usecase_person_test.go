package people_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func TestCreatePerson(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		until := w.Clock.Now().Add(48 * time.Hour)
		p, err := w.CreatePerson(w.Ctx, people.NewPerson{Name: "Ada  Lovelace", Email: " Ada@Example.com ", TimeZone: "Europe/Vienna", ValidUntil: &until})
		must(t, err)
		if p.Name != "Ada Lovelace" || p.Email != "Ada@Example.com" || p.State != people.Pending || p.Unit != w.Root.ID {
			t.Fatalf("%+v", p)
		}
		got, err := w.Person(w.Ctx, p.ID)
		if must(t, err); !got.ValidUntil.Equal(until) || !got.CreatedAt.Equal(peopletest.Start) || got.UnitName != "Organisation" {
			t.Fatalf("%+v", got)
		}
		_, err = w.CreatePerson(w.Ctx, people.NewPerson{Name: "Twin", Email: "ADA@example.COM"})
		wantCode(t, err, "email_taken")
		past := w.Clock.Now().Add(-time.Hour)
		_, err = w.CreatePerson(w.Ctx, people.NewPerson{Name: "", Email: "a@b", TimeZone: "Mars/Base", NotificationEmail: "x", ValidUntil: &past})
		wantCode(t, err, "person_invalid")
		var paths []string
		for _, f := range problem.Of(err).Fields {
			paths = append(paths, f.Path)
		}
		if !slices.Equal(paths, []string{"body.name", "body.email", "body.notificationEmail", "body.timeZone", "body.validUntil"}) {
			t.Fatal(paths)
		}
	})
}

func TestPersonsAreSeenAndManagedBySubtree(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a, b := w.AddUnit("A", ""), w.AddUnit("B", "")
		ada, bob := w.AddPerson("Ada", a.ID), w.AddPerson("Bob", b.ID)
		viewer, manager := w.As(a, people.PermViewPerson), w.As(a, people.PermViewPerson, people.PermManagePerson)
		page, err := w.ListPersons(viewer, people.PersonFilter{Limit: 10})
		if must(t, err); len(page.Items) != 1 || page.Items[0].ID != ada.ID {
			t.Fatalf("%+v", page)
		}
		_, err = w.Person(viewer, bob.ID)
		wantCode(t, err, "not_found")
		_, err = w.ChangePerson(viewer, ada.ID, 1, people.PersonChange{Name: httpapi.Some("X")})
		wantCode(t, err, "permission_missing")
		_, err = w.ChangePerson(manager, bob.ID, 1, people.PersonChange{Name: httpapi.Some("X")})
		wantCode(t, err, "not_found")
		_, err = w.ChangePerson(manager, ada.ID, 1, people.PersonChange{Unit: httpapi.Some(b.ID)})
		wantCode(t, err, "unit_unknown")
		_, err = w.CreatePerson(manager, people.NewPerson{Name: "N", Email: "nn@example.com"})
		wantCode(t, err, "unit_unknown")
		_, err = w.DeactivatePerson(viewer, ada.ID, 1)
		wantCode(t, err, "permission_missing")
		_, err = w.ReassignPerson(manager, ada.ID, people.Reassignment{To: bob.ID}, false)
		wantCode(t, err, "person_unknown")
	})
}

func TestChangePerson(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		ada, bob := w.AddPerson("Ada", ""), w.AddPerson("Bob", "")
		until := w.Clock.Now().Add(time.Hour)
		p, err := w.ChangePerson(w.Ctx, ada.ID, 1, people.PersonChange{Phone: httpapi.Some("1"), ValidUntil: httpapi.Some(until)})
		if must(t, err); p.Version != 2 || p.Phone != "1" || p.ValidUntil == nil {
			t.Fatalf("%+v", p)
		}
		_, err = w.ChangePerson(w.Ctx, ada.ID, 1, people.PersonChange{Phone: httpapi.Some("2")})
		wantCode(t, err, "stale")
		if current, ok := problem.Of(err).Data["current"].(people.Person); !ok || current.Phone != "1" {
			t.Fatal("the stale problem does not show the record as it is")
		}
		_, err = w.ChangePerson(w.Ctx, ada.ID, 2, people.PersonChange{Email: httpapi.Some(strings.ToUpper(bob.Email))})
		wantCode(t, err, "email_taken")
		// Once the date has passed other fields can still be edited, and the date be taken away.
		w.Clock.Advance(2 * time.Hour)
		p, err = w.ChangePerson(w.Ctx, ada.ID, 2, people.PersonChange{Location: httpapi.Some("Vienna")})
		if must(t, err); p.ValidUntil == nil {
			t.Fatal("an edit took the date away")
		}
		p, err = w.ChangePerson(w.Ctx, ada.ID, 3, people.PersonChange{ValidUntil: httpapi.Cleared[time.Time]()})
		if must(t, err); p.ValidUntil != nil {
			t.Fatalf("%+v", p)
		}
		same, err := w.ChangePerson(w.Ctx, ada.ID, 4, people.PersonChange{Location: httpapi.Some("Vienna")})
		if must(t, err); same.Version != 4 || len(w.History(string(ada.ID))) != 4 {
			t.Fatalf("version %d, %v", same.Version, w.History(string(ada.ID)))
		}
	})
}

func TestTwoEditsOfOneVersionCannotBothWin(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		// Several rounds, because without the lock only some of them go wrong.
		for round := range 6 {
			ada := w.AddPerson("Ada", "")
			errs := make(chan error, 8)
			for i := range 8 {
				go func() {
					_, err := w.ChangePerson(w.Ctx, ada.ID, 1, people.PersonChange{Phone: httpapi.Some(string(rune('a' + i)))})
					errs <- err
				}()
			}
			won := 0
			for range 8 {
				if err := <-errs; err == nil {
					won++
				} else {
					wantCode(t, err, "stale")
				}
			}
			if won != 1 {
				t.Fatalf("round %d: %d edits of one version were kept", round, won)
			}
		}
	})
}

func TestPersonLifecycle(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		ada := w.AddPerson("Ada", "")
		in := func(fn func(ctx context.Context, tx db.Tx) error) error { return w.DB.Write(w.Ctx, fn) }
		must(t, in(func(ctx context.Context, tx db.Tx) error { return w.SetPersonState(ctx, tx, ada.ID, "ACTIVE") }))
		must(t, in(func(ctx context.Context, tx db.Tx) error { return w.SetPersonState(ctx, tx, ada.ID, "ACTIVE") }))
		_, err := w.ReactivatePerson(w.Ctx, ada.ID, 2)
		wantCode(t, err, "person_state")
		_, err = w.DeactivatePerson(w.Ctx, ada.ID, 1)
		wantCode(t, err, "stale")
		_, err = w.DeactivatePerson(w.Ctx, ada.ID, 2)
		must(t, err)
		p, err := w.ReactivatePerson(w.Ctx, ada.ID, 3)
		if must(t, err); p.State != people.Active {
			t.Fatalf("%+v", p)
		}
		want := []events.Kind{people.PersonCreated, people.PersonActivated, people.PersonDeactivated, people.PersonReactivated}
		if got := w.History(string(ada.ID)); !slices.Equal(got, want) {
			t.Fatal(got)
		}
	})
}

func TestExpirePersons(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		day := w.Clock.Now().Add(24 * time.Hour)
		p, err := w.CreatePerson(w.Ctx, people.NewPerson{Name: "Temp", Email: "temp@example.com", ValidUntil: &day})
		must(t, err)
		forever := w.AddPerson("Ada", "")
		if n, err := w.ExpirePersons(w.Ctx); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		w.Clock.Advance(24 * time.Hour)
		if n, err := w.ExpirePersons(w.Ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := w.ExpirePersons(w.Ctx); n != 0 || err != nil {
			t.Fatal("expired twice", n, err)
		}
		got, _ := w.Person(w.Ctx, p.ID)
		kept, _ := w.Person(w.Ctx, forever.ID)
		if got.State != people.Inactive || kept.State != people.Pending {
			t.Fatal(got.State, kept.State)
		}
		back, err := w.ReactivatePerson(w.Ctx, p.ID, got.Version)
		if must(t, err); back.ValidUntil != nil {
			t.Fatal("reactivated, and expires again at once")
		}
	})
}

func TestListPersonsPagesInEveryOrder(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a := w.AddUnit("A", "")
		for _, name := range []string{"Dora", "Anna", "Carl", "Änne", "Bert", "anna"} {
			w.AddPerson(name, a.ID)
			w.Clock.Advance(time.Second)
		}
		for _, sort := range []string{"", "name", "-name", "email", "-email", "createdAt", "-createdAt"} {
			whole, err := w.ListPersons(w.Ctx, people.PersonFilter{Sort: sort, Limit: 100})
			must(t, err)
			var paged []ref.Person
			cursor := ""
			for {
				page, err := w.ListPersons(w.Ctx, people.PersonFilter{Sort: sort, Limit: 2, Cursor: cursor})
				must(t, err)
				for _, p := range page.Items {
					paged = append(paged, p.ID)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			var want []ref.Person
			for _, p := range whole.Items {
				want = append(want, p.ID)
			}
			if len(want) != 6 || !slices.Equal(paged, want) {
				t.Fatalf("%q: %v, want %v", sort, paged, want)
			}
		}
		newest, _ := w.ListPersons(w.Ctx, people.PersonFilter{Sort: "-createdAt", Limit: 1})
		if newest.Items[0].Name != "anna" {
			t.Fatal(newest.Items[0].Name)
		}
		for _, c := range []struct {
			f    people.PersonFilter
			want int
		}{
			{people.PersonFilter{Text: "ANN"}, 2}, {people.PersonFilter{Text: "änn"}, 1}, {people.PersonFilter{Text: "person3@"}, 1},
			{people.PersonFilter{Text: "%"}, 0}, {people.PersonFilter{State: people.Active}, 0}, {people.PersonFilter{Unit: w.Root.ID}, 6},
			{people.PersonFilter{Unit: "nowhere"}, 0}, {people.PersonFilter{Team: "none"}, 0},
		} {
			c.f.Limit = 50
			page, err := w.ListPersons(w.Ctx, c.f)
			if must(t, err); len(page.Items) != c.want {
				t.Errorf("%+v: %d", c.f, len(page.Items))
			}
		}
		_, err := w.ListPersons(w.Ctx, people.PersonFilter{Cursor: "rubbish", Limit: 1})
		wantCode(t, err, "bad_cursor")
	})
}

// desk is another slice that keeps work of persons.
type desk struct {
	owner ref.Person
	fail  error
}

func (d *desk) Reassign(_ context.Context, _ db.Tx, from, to ref.Person, scope string) ([]string, error) {
	if d.fail != nil || d.owner != from {
		return nil, d.fail
	}
	return []string{"2 activities, " + scope + "."}, nil
}

func (d *desk) Forget(context.Context, db.Tx, ref.Person) ([]string, error) {
	return []string{"1 activity to lose its person."}, nil
}

func TestReassignALeaversWork(t *testing.T) {
	var work desk
	each(t, func(t *testing.T, w *peopletest.World) {
		work = desk{}
		a := w.AddUnit("A", "")
		ada, bob := w.AddPerson("Ada", a.ID), w.AddPerson("Bob", a.ID)
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: a.ID, Members: []people.NewMember{{Person: ada.ID, Lead: true}}})
		must(t, err)
		_, _, err = w.ChangeUnit(w.Ctx, a.ID, 1, people.UnitChange{Director: httpapi.Some(ada.ID)}, false)
		must(t, err)
		work.owner = ada.ID
		want := []string{"The place in the team Core.", "The director's post of A.", "2 activities, future."}
		got, err := w.ReassignPerson(w.Ctx, ada.ID, people.Reassignment{To: bob.ID, Scope: "future"}, true)
		if must(t, err); !got.DryRun || !slices.Equal(got.Moved, want) {
			t.Fatalf("%+v", got)
		}
		if _, members, _ := w.Team(w.Ctx, team.ID); len(members) != 1 || members[0].Person != ada.ID {
			t.Fatal("the dry run moved something")
		}
		got, err = w.ReassignPerson(w.Ctx, ada.ID, people.Reassignment{To: bob.ID, Scope: "future"}, false)
		if must(t, err); !slices.Equal(got.Moved, want) {
			t.Fatalf("%+v", got)
		}
		if _, members, _ := w.Team(w.Ctx, team.ID); len(members) != 1 || members[0].Person != bob.ID || !members[0].Lead {
			t.Fatalf("%+v", members)
		}
		if u, _ := w.Unit(w.Ctx, a.ID); *u.Director != bob.ID {
			t.Fatalf("%+v", u)
		}
		if got := w.History(string(ada.ID)); got[len(got)-1] != people.PersonReassigned {
			t.Fatal(got)
		}
		_, err = w.ReassignPerson(w.Ctx, ada.ID, people.Reassignment{To: ada.ID}, false)
		wantCode(t, err, "reassign_to_self")
		_, err = w.ReassignPerson(w.Ctx, ada.ID, people.Reassignment{To: bob.ID, Scope: "some"}, false)
		wantCode(t, err, "scope_unknown")
		// A slice that fails takes everything back.
		work.fail = errors.New("no")
		if _, err = w.ReassignPerson(w.Ctx, bob.ID, people.Reassignment{To: ada.ID}, false); err == nil {
			t.Fatal("the failure was swallowed")
		}
		if _, members, _ := w.Team(w.Ctx, team.ID); members[0].Person != bob.ID {
			t.Fatal("half a reassignment was kept")
		}
		_, err = w.DeactivatePerson(w.Ctx, bob.ID, 1)
		must(t, err)
		_, err = w.ReassignPerson(w.Ctx, ada.ID, people.Reassignment{To: bob.ID}, false)
		wantCode(t, err, "person_inactive")
	}, func(d *people.Deps) { d.Reassigners = []people.Reassigner{&work} })
}

func TestDeletePerson(t *testing.T) {
	var work desk
	each(t, func(t *testing.T, w *peopletest.World) {
		ada := w.AddPerson("Ada", "")
		_, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: w.Root.ID, Members: []people.NewMember{{Person: ada.ID}}})
		must(t, err)
		_, err = w.CreateGrant(w.Ctx, people.NewGrant{Role: people.Viewer, Unit: w.Root.ID, SubjectKind: people.PersonSubject, SubjectID: string(ada.ID)})
		must(t, err)
		more, err := w.DeletePerson(w.Ctx, ada.ID, 1, true)
		must(t, err)
		var kinds []string
		for _, c := range more {
			kinds = append(kinds, c.Kind)
		}
		if !slices.Equal(kinds, []string{"members_leave", "grants_end", "records_lose"}) {
			t.Fatalf("%+v", more)
		}
		_, err = w.Person(w.Ctx, ada.ID)
		must(t, err)
		_, err = w.DeletePerson(w.Ctx, ada.ID, 1, false)
		must(t, err)
		_, err = w.Person(w.Ctx, ada.ID)
		wantCode(t, err, "not_found")
		bob := w.AddPerson("Bob", "")
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error { return w.SetPersonState(ctx, tx, bob.ID, "ACTIVE") }))
		_, err = w.DeletePerson(w.Ctx, bob.ID, 2, false)
		wantCode(t, err, "person_state")
	}, func(d *people.Deps) { d.Reassigners = []people.Reassigner{&work} })
}

func TestEnsurePersonForSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := w.PersonByEmail(ctx, tx, "ada@example.com")
			wantCode(t, err, "not_found")
			id, created, err := w.EnsurePerson(ctx, tx, "ada@example.com", "Ada", "")
			if err != nil || !created {
				t.Fatal(created, err)
			}
			again, created, err := w.EnsureDirectoryPerson(ctx, tx, "ADA@Example.com", "", "")
			if err != nil || created || again != id {
				t.Fatal(again, created, err)
			}
			found, err := w.PersonByEmail(ctx, tx, " Ada@example.COM")
			if err != nil || found != id {
				t.Fatal(found, err)
			}
			_, _, err = w.EnsurePerson(ctx, tx, "a+b@example.com", "", "")
			wantCode(t, err, "person_invalid")
			wantCode(t, w.SetPersonState(ctx, tx, id, "PENDING2"), "person_state")
			name := "Ada L"
			return w.UpdateProfile(ctx, tx, id, &name, nil)
		}))
		page, err := w.ListPersons(authz.With(t.Context(), authz.System("x")), people.PersonFilter{Limit: 5})
		if must(t, err); len(page.Items) != 1 || !page.Items[0].FromDirectory || page.Items[0].Name != "Ada L" {
			t.Fatalf("%+v", page)
		}
	})
}
