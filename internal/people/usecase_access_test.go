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
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// signedIn returns a context in which the person acts with what they hold.
func signedIn(t *testing.T, w *peopletest.World, id ref.Person) context.Context {
	t.Helper()
	p := &authz.Principal{Kind: authz.PersonPrincipal, Person: id, Name: string(id), Grants: held(t, w, id)}
	return authz.With(t.Context(), p)
}

func held(t *testing.T, w *peopletest.World, id ref.Person) (out []authz.Grant) {
	t.Helper()
	must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
		out, err = w.GrantsOfPerson(ctx, tx, id)
		return err
	}))
	return out
}

func give(t *testing.T, w *peopletest.World, role string, unit ref.Unit, kind people.SubjectKind, id string) people.ListedGrant {
	t.Helper()
	g, err := w.CreateGrant(w.Ctx, people.NewGrant{Role: role, Unit: unit, SubjectKind: kind, SubjectID: id})
	must(t, err)
	return g
}

func TestBuiltInRoles(t *testing.T) {
	declared := append(slices.Clone(people.Permissions), authz.Declaration{Permission: "x.act", Title: "Act", Roles: []string{people.Contributor}})
	each(t, func(t *testing.T, w *peopletest.World) {
		list, err := w.ListRoles(w.Ctx)
		if must(t, err); len(list) != 6 || *list[0].Code != people.Administrator || !list[0].All {
			t.Fatalf("%+v", list)
		}
		matrix := people.BuiltInPermissions(people.Permissions)
		for _, r := range list {
			want := slices.Sorted(slices.Values(matrix[*r.Code]))
			if !r.All && !slices.Equal(r.Permissions, want) {
				t.Errorf("%s: %v, want %v", r.Name, r.Permissions, want)
			}
		}
		// An administrator takes a permission away; the next start leaves it so, and brings what a new version declares.
		viewer, err := w.Role(w.Ctx, people.Viewer)
		must(t, err)
		fewer := slices.DeleteFunc(slices.Clone(viewer.Permissions), func(p authz.Permission) bool { return p == people.PermViewGrant })
		_, err = w.ChangeRole(w.Ctx, viewer.ID, 1, people.RoleChange{Permissions: &fewer})
		must(t, err)
		newer := people.New(people.Deps{DB: w.DB, Events: w.Log, Clock: w.Clock, Permissions: declared})
		must(t, newer.EnsureRoles(w.Ctx))
		must(t, newer.EnsureRoles(w.Ctx))
		viewer, _ = newer.Role(w.Ctx, people.Viewer)
		contributor, _ := newer.Role(w.Ctx, people.Contributor)
		if slices.Contains(viewer.Permissions, people.PermViewGrant) || !slices.Contains(contributor.Permissions, "x.act") {
			t.Fatalf("%v %v", viewer.Permissions, contributor.Permissions)
		}
	})
}

func TestOwnRoles(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		r, err := w.CreateRole(w.Ctx, people.NewRole{Name: "Auditor", Permissions: []authz.Permission{people.PermViewUnit, people.PermViewUnit, people.PermViewGrant}})
		if must(t, err); len(r.Permissions) != 2 {
			t.Fatalf("%+v", r)
		}
		_, err = w.CreateRole(w.Ctx, people.NewRole{Name: "auditor"})
		wantCode(t, err, "role_name_taken")
		_, err = w.CreateRole(w.Ctx, people.NewRole{Name: "X", Permissions: []authz.Permission{"no.such"}})
		wantCode(t, err, "role_invalid")
		ada := w.AddPerson("Ada", "")
		give(t, w, string(r.ID), w.Root.ID, people.PersonSubject, string(ada.ID))
		if got := held(t, w, ada.ID); len(got) != 1 || len(got[0].Permissions) != 2 || got[0].Path != w.Root.Path {
			t.Fatalf("%+v", got)
		}
		none := []authz.Permission{}
		r2, err := w.ChangeRole(w.Ctx, r.ID, 1, people.RoleChange{Permissions: &none, Name: httpapi.Some("Inspector")})
		if must(t, err); r2.Version != 2 || len(held(t, w, ada.ID)[0].Permissions) != 0 {
			t.Fatalf("%+v", r2)
		}
		_, err = w.DeleteRole(w.Ctx, r.ID, 1, false)
		wantCode(t, err, "stale")
		more, err := w.DeleteRole(w.Ctx, r.ID, 2, true)
		if must(t, err); len(more) != 1 || more[0].Kind != "grants_end" || len(held(t, w, ada.ID)) != 1 {
			t.Fatalf("%+v", more)
		}
		_, err = w.DeleteRole(w.Ctx, r.ID, 2, false)
		if must(t, err); len(held(t, w, ada.ID)) != 0 {
			t.Fatal("the grant outlived its role")
		}
		admin, _ := w.Role(w.Ctx, people.Administrator)
		_, err = w.ChangeRole(w.Ctx, admin.ID, 1, people.RoleChange{Permissions: &none})
		wantCode(t, err, "role_fixed")
		viewer, _ := w.Role(w.Ctx, people.Viewer)
		_, err = w.DeleteRole(w.Ctx, viewer.ID, viewer.Version, false)
		wantCode(t, err, "role_built_in")
	})
}

func TestNobodyRaisesThemselves(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a := w.AddUnit("A", "")
		ada, bob := w.AddPerson("Ada", a.ID), w.AddPerson("Bob", a.ID)
		everything := append([]authz.Permission{people.PermViewPerson, people.PermViewTeam, people.PermViewUnit}, people.PermManageGrant, people.PermManageTeam, people.PermManageRole)
		desk := w.As(a, everything...)
		grant := func(role string, unit ref.Unit) error {
			_, err := w.CreateGrant(desk, people.NewGrant{Role: role, Unit: unit, SubjectKind: people.PersonSubject, SubjectID: string(bob.ID)})
			return err
		}
		wantCode(t, grant(people.Administrator, a.ID), "grant_exceeds_own")
		wantCode(t, grant(people.Viewer, a.ID), "grant_exceeds_own")
		wantCode(t, grant(people.Viewer, w.Root.ID), "unit_unknown")
		// Roles belong to everybody: a unit's administrator cannot change them.
		_, err := w.CreateRole(desk, people.NewRole{Name: "Mine"})
		wantCode(t, err, "permission_missing")
		// Whoever manages roles everywhere still cannot put in what they lack.
		clerk := w.As(w.Root, people.PermManageRole)
		_, err = w.CreateRole(clerk, people.NewRole{Name: "Mine", Permissions: []authz.Permission{people.PermManageUnit}})
		wantCode(t, err, "grant_exceeds_own")
		own, err := w.CreateRole(clerk, people.NewRole{Name: "Mine", Permissions: []authz.Permission{people.PermManageRole}})
		must(t, err)
		more := []authz.Permission{people.PermManageRole, people.PermManageUnit}
		_, err = w.ChangeRole(clerk, own.ID, 1, people.RoleChange{Permissions: &more})
		wantCode(t, err, "grant_exceeds_own")
		// Joining a team that holds more is no way round either; leaving what one has is.
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: a.ID, Members: []people.NewMember{{Person: ada.ID}}})
		must(t, err)
		must(t, w.SetTeamMember(desk, team.ID, bob.ID, false))
		must(t, w.RemoveTeamMember(desk, team.ID, bob.ID))
		give(t, w, people.Administrator, a.ID, people.TeamSubject, string(team.ID))
		wantCode(t, w.SetTeamMember(desk, team.ID, bob.ID, false), "grant_exceeds_own")
		must(t, w.SetTeamMember(desk, team.ID, ada.ID, true))
		// Ada now administers A through the team and may pass that on, within A.
		asAda := signedIn(t, w, ada.ID)
		_, err = w.CreateGrant(asAda, people.NewGrant{Role: people.Administrator, Unit: a.ID, SubjectKind: people.PersonSubject, SubjectID: string(bob.ID)})
		must(t, err)
		_, err = w.CreateGrant(asAda, people.NewGrant{Role: people.Viewer, Unit: w.Root.ID, SubjectKind: people.PersonSubject, SubjectID: string(bob.ID)})
		wantCode(t, err, "unit_unknown")
	})
}

func TestGrants(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a := w.AddUnit("A", "")
		ada := w.AddPerson("Ada", a.ID)
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: a.ID, Members: []people.NewMember{{Person: ada.ID}}})
		must(t, err)
		hour := w.Clock.Now().Add(time.Hour)
		_, err = w.CreateGrant(w.Ctx, people.NewGrant{Role: people.Viewer, Unit: w.Root.ID, SubjectKind: people.PersonSubject, SubjectID: string(ada.ID), ExpiresAt: &hour})
		must(t, err)
		viaTeam := give(t, w, people.Contributor, a.ID, people.TeamSubject, string(team.ID))
		for _, c := range []struct {
			in   people.NewGrant
			code string
		}{
			{people.NewGrant{Role: people.Contributor, Unit: a.ID, SubjectKind: people.TeamSubject, SubjectID: string(team.ID)}, "grant_exists"},
			{people.NewGrant{Role: "no", Unit: a.ID, SubjectKind: people.TeamSubject, SubjectID: string(team.ID)}, "role_unknown"},
			{people.NewGrant{Role: people.Viewer, Unit: "no", SubjectKind: people.TeamSubject, SubjectID: string(team.ID)}, "unit_unknown"},
			{people.NewGrant{Role: people.Viewer, Unit: a.ID, SubjectKind: people.TeamSubject, SubjectID: "no"}, "team_unknown"},
			{people.NewGrant{Role: people.Viewer, Unit: a.ID, SubjectKind: people.PersonSubject, SubjectID: "no"}, "person_unknown"},
			{people.NewGrant{Role: people.Viewer, Unit: a.ID, SubjectKind: people.ServiceSubject, SubjectID: "no"}, "account_unknown"},
			{people.NewGrant{Role: people.Viewer, Unit: a.ID, SubjectKind: people.PersonSubject, SubjectID: string(ada.ID), ExpiresAt: &peopletest.Start}, "grant_expired"},
		} {
			_, err := w.CreateGrant(w.Ctx, c.in)
			wantCode(t, err, c.code)
		}
		if got := held(t, w, ada.ID); len(got) != 2 {
			t.Fatalf("%+v", got)
		}
		for _, c := range []struct {
			ctx  context.Context
			f    people.GrantFilter
			want int
		}{
			{w.Ctx, people.GrantFilter{}, 2},
			{w.Ctx, people.GrantFilter{Unit: a.ID}, 1},
			{w.Ctx, people.GrantFilter{InForceOn: a.ID}, 2},
			{w.Ctx, people.GrantFilter{InForceOn: w.Root.ID}, 1},
			{w.Ctx, people.GrantFilter{SubjectKind: people.TeamSubject, SubjectID: string(team.ID)}, 1},
			{w.As(a, people.PermViewGrant), people.GrantFilter{}, 1},
			{w.As(a, people.PermViewUnit), people.GrantFilter{}, 0},
		} {
			c.f.Limit = 10
			page, err := w.ListGrants(c.ctx, c.f)
			if must(t, err); len(page.Items) != c.want {
				t.Errorf("%+v: %d grants", c.f, len(page.Items))
			}
		}
		w.Clock.Advance(time.Hour)
		if got := held(t, w, ada.ID); len(got) != 1 || got[0].Path != a.Path {
			t.Fatalf("an expired grant counts: %+v", got)
		}
		// The expired one makes room, and the nightly tidying removes what is left.
		give(t, w, people.Viewer, w.Root.ID, people.PersonSubject, string(ada.ID))
		if n, err := w.ExpireGrants(w.Ctx); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		must(t, w.DeleteGrant(w.Ctx, viaTeam.ID))
		wantCode(t, w.DeleteGrant(w.Ctx, viaTeam.ID), "not_found")
		if got := w.History(string(viaTeam.ID)); !slices.Equal(got, []events.Kind{people.GrantCreated, people.GrantDeleted}) {
			t.Fatal(got)
		}
		p, _ := w.Person(w.Ctx, ada.ID)
		_, err = w.DeactivatePerson(w.Ctx, ada.ID, p.Version)
		if must(t, err); len(held(t, w, ada.ID)) != 0 {
			t.Fatal("an inactive person still holds something")
		}
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		ada, bob := w.AddPerson("Ada", ""), w.AddPerson("Bob", "")
		g := give(t, w, people.Administrator, w.Root.ID, people.PersonSubject, string(ada.ID))
		wantCode(t, w.DeleteGrant(w.Ctx, g.ID), "last_administrator")
		_, err := w.DeactivatePerson(w.Ctx, ada.ID, 1)
		wantCode(t, err, "last_administrator")
		_, err = w.DeletePerson(w.Ctx, ada.ID, 1, false)
		wantCode(t, err, "last_administrator")
		if got := held(t, w, ada.ID); len(got) != 1 || !got[0].All {
			t.Fatal("a refused change left a trace")
		}
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Desk", Unit: w.Root.ID, Members: []people.NewMember{{Person: bob.ID}}})
		must(t, err)
		give(t, w, people.Administrator, w.Root.ID, people.TeamSubject, string(team.ID))
		must(t, w.DeleteGrant(w.Ctx, g.ID))
		wantCode(t, w.RemoveTeamMember(w.Ctx, team.ID, bob.ID), "last_administrator")
		_, err = w.DeleteTeam(w.Ctx, team.ID, 1, false)
		wantCode(t, err, "last_administrator")
	})
}

func TestTwoAdministratorsCannotRemoveEachOtherAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		for round := range 6 {
			pair := []people.Person{w.AddPerson("Ada", ""), w.AddPerson("Bob", "")}
			var grants []ref.Grant
			for _, p := range pair {
				grants = append(grants, give(t, w, people.Administrator, w.Root.ID, people.PersonSubject, string(p.ID)).ID)
			}
			errs := make(chan error, 2)
			go func() { errs <- w.DeleteGrant(w.Ctx, grants[0]) }()
			go func() {
				_, err := w.DeactivatePerson(w.Ctx, pair[1].ID, 1)
				errs <- err
			}()
			refused := 0
			for range 2 {
				if err := <-errs; err != nil {
					wantCode(t, err, "last_administrator")
					refused++
				}
			}
			if refused != 1 {
				t.Fatalf("round %d: %d of two removals were refused", round, refused)
			}
			// Make room for the next round: nobody administers any more, which only a trusted hand can do.
			must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
				for _, p := range pair {
					if err := w.WithdrawAll(ctx, tx, "person", string(p.ID)); err != nil {
						return err
					}
				}
				return nil
			}))
		}
	})
}

func TestGrantRoleInsideAnotherTransaction(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		ada := w.AddPerson("Ada", "")
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if there, err := w.AdministratorExists(ctx, tx); there || err != nil {
				t.Fatal(there, err)
			}
			for _, want := range []bool{true, false} {
				created, err := w.GrantRole(ctx, tx, "person", string(ada.ID), people.Administrator, "", nil)
				if err != nil || created != want {
					t.Fatal(created, err)
				}
			}
			if there, err := w.AdministratorExists(ctx, tx); !there || err != nil {
				t.Fatal(there, err)
			}
			if _, err := w.GrantRole(ctx, tx, "person", string(ada.ID), people.Viewer, "", nil); err != nil {
				t.Fatal(err)
			}
			holdings, err := w.HoldingsOf(ctx, tx, people.GrantSubject{Person: ada.ID})
			if err != nil || len(holdings) != 2 || holdings[0].RoleName != "Administrator" || holdings[0].UnitName != "Organisation" {
				t.Fatalf("%+v %v", holdings, err)
			}
			must(t, w.WithdrawRole(ctx, tx, "person", string(ada.ID), people.Viewer, ""))
			must(t, w.WithdrawRole(ctx, tx, "person", string(ada.ID), people.Viewer, ""))
			_, err = w.GrantRole(ctx, tx, "ghost", "x", people.Viewer, "", nil)
			wantCode(t, err, "subject_kind")
			created, err := w.GrantRole(ctx, tx, "service", "account-1", people.Contributor, "", nil)
			must(t, err)
			got, err := w.GrantsOfAccount(ctx, tx, "account-1")
			if err != nil || !created || len(got) != 1 {
				t.Fatal(got, err)
			}
			return w.WithdrawAll(ctx, tx, "service", "account-1")
		}))
		if got := held(t, w, ada.ID); len(got) != 1 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestTeams(t *testing.T) {
	each(t, func(t *testing.T, w *peopletest.World) {
		a, b := w.AddUnit("A", ""), w.AddUnit("B", "")
		ada, bob := w.AddPerson("Ada", a.ID), w.AddPerson("Bob", b.ID)
		core, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: a.ID, Members: []people.NewMember{{Person: bob.ID}, {Person: ada.ID, Lead: true}}})
		must(t, err)
		_, members, err := w.Team(w.Ctx, core.ID)
		if must(t, err); len(members) != 2 || members[0].Person != ada.ID || !members[0].Lead {
			t.Fatalf("%+v", members)
		}
		_, err = w.CreateTeam(w.Ctx, people.NewTeam{Name: " CORE", Unit: a.ID})
		wantCode(t, err, "team_name_taken")
		other, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: b.ID})
		must(t, err)
		_, err = w.ChangeTeam(w.Ctx, other.ID, 1, people.TeamChange{Unit: httpapi.Some(a.ID)})
		wantCode(t, err, "team_name_taken")
		_, err = w.ChangeTeam(w.Ctx, other.ID, 1, people.TeamChange{Unit: httpapi.Some(a.ID), Name: httpapi.Some("Edge")})
		must(t, err)
		_, err = w.ChangeTeam(w.Ctx, other.ID, 1, people.TeamChange{Name: httpapi.Some("Late")})
		wantCode(t, err, "stale")
		// A unit with a team of the same name cannot swallow this one.
		clash, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "edge", Unit: b.ID})
		must(t, err)
		_, err = w.DeleteUnit(w.Ctx, b.ID, 1, a.ID, true)
		wantCode(t, err, "team_name_taken")
		page, err := w.ListTeams(w.As(a, people.PermViewTeam), people.TeamFilter{Limit: 1})
		if must(t, err); len(page.Items) != 1 || page.Items[0].Name != "Core" || page.Items[0].Members != 2 || page.Next == "" {
			t.Fatalf("%+v", page)
		}
		page, err = w.ListTeams(w.As(a, people.PermViewTeam), people.TeamFilter{Limit: 1, Cursor: page.Next})
		if must(t, err); len(page.Items) != 1 || page.Items[0].Name != "Edge" || page.Next != "" {
			t.Fatalf("%+v", page)
		}
		_, _, err = w.Team(w.As(a, people.PermViewTeam), clash.ID)
		wantCode(t, err, "not_found")
		if mine, _ := w.ListTeams(w.Ctx, people.TeamFilter{Person: ada.ID, Limit: 5}); len(mine.Items) != 1 {
			t.Fatalf("%+v", mine)
		}
		more, err := w.DeleteTeam(w.Ctx, core.ID, 1, false)
		if must(t, err); len(more) != 1 || more[0].Kind != "members_leave" || more[0].Count != 2 {
			t.Fatalf("%+v", more)
		}
		want := []events.Kind{people.TeamCreated, people.TeamMembersChanged, people.TeamMembersChanged, people.TeamDeleted}
		if got := w.History(string(core.ID)); !slices.Equal(got, want) {
			t.Fatal(got)
		}
		_, err = w.DeactivatePerson(w.Ctx, bob.ID, 1)
		must(t, err)
		wantCode(t, w.SetTeamMember(w.Ctx, other.ID, bob.ID, false), "person_inactive")
		wantCode(t, w.SetTeamMember(w.Ctx, other.ID, "nobody", false), "person_unknown")
		if problem.KindOf(w.SetTeamMember(w.As(a, people.PermViewTeam), other.ID, ada.ID, false)) != problem.Forbidden {
			t.Fatal("without the permission a member was added")
		}
	})
}
