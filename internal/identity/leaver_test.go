package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"millrace/internal/identity"
	"millrace/internal/identity/identitytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	platformevents "millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
)

func TestLeaversDoNotComeBackToLife(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		id := f.Member(t, "a@example.org", identitytest.Viewer, identitytest.Left)
		c := f.SignedIn(t, "a@example.org")
		api := f.WithToken(t, createToken(t, c, map[string]any{"name": "x"}).Token)

		kinds := map[platformevents.Kind]identity.EndLeaver{}
		for _, s := range f.Subscriptions() {
			args, _, ok := s.Job(platformevents.Event{Kind: s.Kind, SubjectID: string(id)})
			if !ok {
				t.Fatalf("%s is ignored", s.Kind)
			}
			kinds[s.Kind] = args.(identity.EndLeaver)
		}
		if len(kinds) != 3 || kinds["people.person_deactivated"].Person != id {
			t.Fatalf("%+v", kinds)
		}
		f.Organisation.Leave(t, id)
		if err := f.EndLeaver(t.Context(), kinds["people.person_deactivated"]); err != nil {
			t.Fatal(err)
		}
		if countRows(t, f, "session") != 0 || events(t, f, identity.SessionsRevoked) != 1 {
			t.Fatal("the sessions are not ended")
		}
		if err := f.DB.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return f.Organisation.SetPersonState(ctx, tx, id, identity.Active)
		}); err != nil {
			t.Fatal(err)
		}
		for _, client := range []*identitytest.Client{c, api} {
			if a := client.Do(t, "GET", "/me", nil); a.Status != 401 {
				t.Fatalf("%d", a.Status)
			}
		}
		f.SignedIn(t, "a@example.org")
		if err := f.DB.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM standin_person WHERE id = ?`, id)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := f.EndLeaver(t.Context(), kinds["people.person_deleted"]); err != nil {
			t.Fatal(err)
		}
		if n := countRows(t, f, "account"); n != 0 {
			t.Fatalf("%d accounts without a person", n)
		}
	})
}

func TestPurgeKeepsWhatStillCounts(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		root, _ := people(t, f)
		createToken(t, root, map[string]any{"name": "short", "expiresAt": identitytest.Start.Add(time.Hour)})
		createToken(t, root, map[string]any{"name": "long"})
		root.Do(t, "POST", "/invitations", map[string]any{"email": "x@example.org", "unitId": "left"})
		f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("nobody@example.org", "wrong password here"))
		counts := func() (out [4]int64) {
			for i, table := range []string{"session", "access_token", "invitation", "sign_in_throttle"} {
				out[i] = countRows(t, f, table)
			}
			return out
		}
		before := counts()
		if err := f.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if counts() != before || before[0] != 2 || before[1] != 2 || before[2] != 1 || before[3] != 2 {
			t.Fatalf("%v became %v", before, counts())
		}
		f.Clock.Advance(12 * time.Hour)
		if err := f.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := counts(); got != [4]int64{0, 2, 1, 0} {
			t.Fatalf("%v", got)
		}
		f.Clock.Advance(100 * 24 * time.Hour)
		if err := f.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := counts(); got != [4]int64{0, 1, 0, 0} {
			t.Fatalf("%v", got)
		}
	})
}

func TestRehome(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		ctx := authz.With(t.Context(), authz.System("test"))
		svc, err := f.CreateServiceAccount(ctx, "deployer", "", identitytest.Left)
		if err != nil {
			t.Fatal(err)
		}
		left := identitytest.Left
		p, err := f.CreateProvider(ctx, identity.Provider{Name: "SSO", Issuer: "https://sso.example.org", ClientID: "x", DefaultUnit: &left, GroupsClaim: "g",
			GroupRoles: []identity.GroupRole{{Group: "a", Role: "viewer", Unit: identitytest.Left}, {Group: "b", Role: "viewer", Unit: identitytest.Root}}}, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			lines, err := f.RehomePreview(ctx, tx, identitytest.Left)
			if err != nil || len(lines) != 1 || lines[0] != "1 service account" {
				t.Errorf("%v %v", lines, err)
			}
			return f.Rehome(ctx, tx, identitytest.Left, identitytest.Right)
		}); err != nil {
			t.Fatal(err)
		}
		if a, err := f.ServiceAccount(ctx, svc.ID); err != nil || a.Unit != identitytest.Right || a.Version != 2 {
			t.Fatalf("%+v %v", a, err)
		}
		list, err := f.Providers(ctx)
		if err != nil || len(list) != 1 || *list[0].DefaultUnit != identitytest.Right || list[0].GroupRoles[0].Unit != identitytest.Right ||
			list[0].GroupRoles[1].Unit != identitytest.Root || list[0].Version != p.Version+1 {
			t.Fatalf("%+v %v", list, err)
		}
	})
}

// TestForeignPagesCannotSignAnybodyInOrOut: the protection is transport's; this shows that it covers the routes here.
func TestForeignPagesCannotSignAnybodyInOrOut(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", "", identitytest.Left)
		c := f.SignedIn(t, "a@example.org")
		for _, path := range []string{"/auth/sign-in", "/auth/sign-out", "/me/password", "/tokens"} {
			a := c.Do(t, "POST", path, map[string]string{"name": "x", "email": "a@example.org", "password": identitytest.Password}, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
			if a.Status != 403 || a.Code() != "cross_site_request" || a.Cookie(identity.SessionCookie) != nil {
				t.Fatalf("%s: %d %s", path, a.Status, a.Body)
			}
		}
		// An empty Authorization does not open the way around the check together with the cookie.
		if a := c.Do(t, "POST", "/tokens", map[string]string{"name": "x"}, "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer "); a.Status != 401 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if n := countRows(t, f, "access_token"); n != 0 {
			t.Fatalf("%d tokens were made", n)
		}
	})
}

// TestNothingWithoutPermission calls every route of administration as somebody who holds nothing.
func TestNothingWithoutPermission(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		people(t, f)
		f.Member(t, "viewer@example.org", identitytest.Viewer, identitytest.Root)
		c, nobody := f.SignedIn(t, "viewer@example.org"), f.Client(t)
		api := httpapi.New(httpapi.Config{})
		f.Mount(api)
		checked := 0
		for _, r := range api.Routes() {
			name := r.Guard.Name()
			path := strings.NewReplacer("{id}", "x", "{token}", "x", "{provider}", "x").Replace(r.Path)
			if name != "public" {
				if a := nobody.Do(t, r.Method, path, bodyFor(r.Operation)); a.Status != 401 {
					t.Errorf("%s %s as nobody: %d", r.Method, path, a.Status)
				}
			}
			if !strings.HasPrefix(name, "identity.") {
				continue
			}
			checked++
			if a := c.Do(t, r.Method, path, bodyFor(r.Operation), "If-Match", `"1"`); a.Status != 403 || a.Code() != "permission_missing" {
				t.Errorf("%s %s as a viewer: %d %s", r.Method, path, a.Status, a.Body)
			}
		}
		if checked < 20 {
			t.Fatalf("only %d routes were checked", checked)
		}
	})
}

// bodyFor returns a body that passes validation on every route of the slice.
func bodyFor(op httpapi.Operation) any {
	if op.Method != "POST" && op.Method != "PATCH" {
		return nil
	}
	switch op.Path {
	case "/invitations":
		return map[string]string{"email": "x@example.org", "unitId": "left"}
	case "/service-accounts":
		return map[string]string{"name": "x", "unitId": "left"}
	case "/service-accounts/{id}/tokens", "/tokens":
		return map[string]string{"name": "x"}
	case "/identity-providers":
		return map[string]string{"name": "x", "issuer": "https://x.example.org", "clientId": "x"}
	case "/me/password":
		return map[string]string{"currentPassword": "x", "password": "x"}
	}
	return map[string]string{}
}
