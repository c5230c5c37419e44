package identity_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"millrace/internal/identity"
	"millrace/internal/identity/identitytest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("link %q: %v", link, err)
	}
	return u.Query().Get("token")
}

// people is a fixture with an administrator of everything and one of the left unit alone.
func people(t *testing.T, f *identitytest.Fixture) (root, left *identitytest.Client) {
	t.Helper()
	f.Member(t, "root@example.org", identitytest.Administrator, identitytest.Root)
	f.Member(t, "left@example.org", identitytest.Administrator, identitytest.Left)
	return f.SignedIn(t, "root@example.org"), f.SignedIn(t, "left@example.org")
}

func TestInvitations(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		root, left := people(t, f)
		invite := func(c *identitytest.Client, email string, unit, role any) identitytest.Answer {
			body := map[string]any{"email": email, "name": "New One", "unitId": unit}
			if role != nil {
				body["roleId"] = role
			}
			return c.Do(t, "POST", "/invitations", body)
		}
		a := invite(left, "new@example.org", "left", "viewer")
		var first, second identity.LinkView
		a.Into(t, &first)
		if a.Status != 201 || !first.Mailed || a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(first.Link, "http://millrace.test/invite?token=") {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if l := f.Mail.Letters(); len(l) != 1 || l[0].To != "new@example.org" || !strings.Contains(l[0].Text, first.Link) {
			t.Fatalf("%+v", l)
		}
		if rowsContaining(t, f, tokenOf(t, first.Link)) != 0 {
			t.Fatal("the link is stored")
		}
		// The second invitation ends the first.
		f.Mail.Fail = errors.New("no mail today")
		invite(left, "NEW@example.org", "left", nil).Into(t, &second)
		if second.Mailed || second.PersonID != first.PersonID {
			t.Fatalf("%+v", second)
		}
		accept := func(link, password string) identitytest.Answer {
			return f.Client(t).Do(t, "POST", "/invitations/accept", map[string]string{"token": tokenOf(t, link), "name": "Renamed", "password": password})
		}
		if a := accept(first.Link, identitytest.Password); a.Status != 403 || a.Code() != "link_invalid" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := accept(second.Link, "new@example.org"); a.Status != 422 || a.Code() != "password_refused" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a = accept(second.Link, identitytest.Password)
		var me identity.Me
		a.Into(t, &me)
		if a.Status != 200 || me.Name != "Renamed" || me.Person.State != identity.Active || len(me.Grants) != 1 || a.Cookie(identity.SessionCookie) == nil {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := accept(second.Link, identitytest.Password); a.Status != 403 {
			t.Fatalf("a used link: %d", a.Status)
		}
		if a := invite(left, "new@example.org", "left", nil); a.Status != 409 || a.Code() != "account_exists" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		// Outside one's units there is nothing, and nobody is invited into more than one holds.
		if a := invite(left, "x@example.org", "right", nil); a.Status != 404 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		f.Organisation.AddRole(t, "inviter", false, identity.PermInvitePerson)
		f.Member(t, "inviter@example.org", "inviter", identitytest.Left)
		if a := invite(f.SignedIn(t, "inviter@example.org"), "x@example.org", "left", "administrator"); a.Status != 403 || a.Code() != "account_holds_more" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if n := countRows(t, f, "standin_person"); n != 4 {
			t.Fatalf("%d persons: a refused invitation leaves one behind", n)
		}
		// Withdrawing, expiring, listing.
		var third, fourth identity.LinkView
		invite(root, "third@example.org", "right", nil).Into(t, &third)
		invite(root, "fourth@example.org", "left", nil).Into(t, &fourth)
		if a := left.Do(t, "DELETE", "/invitations/"+third.ID, nil); a.Status != 404 {
			t.Fatalf("%d", a.Status)
		}
		if a := root.Do(t, "DELETE", "/invitations/"+third.ID, nil); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := root.Do(t, "DELETE", "/invitations/"+third.ID, nil); a.Status != 409 || a.Code() != "invitation_closed" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if got := states(t, left); got != "OPEN ACCEPTED REVOKED" {
			t.Fatalf("%q", got)
		}
		f.Clock.Advance(7 * 24 * time.Hour)
		if a := accept(fourth.Link, identitytest.Password); a.Status != 403 {
			t.Fatalf("an expired link: %d %s", a.Status, a.Body)
		}
		if got := states(t, f.SignedIn(t, "root@example.org")); got != "EXPIRED REVOKED ACCEPTED REVOKED" {
			t.Fatalf("%q", got)
		}
	})
}

func states(t *testing.T, c *identitytest.Client) string {
	t.Helper()
	var out []string
	cursor := ""
	for {
		var page httpapi.Page[identity.InvitationView]
		a := c.Do(t, "GET", "/invitations?limit=1&cursor="+cursor, nil)
		if a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a.Into(t, &page)
		for _, i := range page.Items {
			out = append(out, string(i.State))
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(out, " ")
		}
	}
}

func TestAccounts(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		root, left := people(t, f)
		f.Member(t, "bob@example.org", identitytest.Viewer, identitytest.Left)
		bob := f.SignedIn(t, "bob@example.org")
		api := f.WithToken(t, createToken(t, bob, map[string]any{"name": "x"}).Token)
		find := func(c *identitytest.Client, query string) []identity.AccountView {
			var page httpapi.Page[identity.AccountView]
			a := c.Do(t, "GET", "/accounts?"+query, nil)
			if a.Status != 200 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			a.Into(t, &page)
			return page.Items
		}
		if n := len(find(left, "")); n != 2 {
			t.Fatalf("the left administrator sees %d accounts", n)
		}
		if a := bob.Do(t, "GET", "/accounts", nil); a.Status != 403 {
			t.Fatalf("%d", a.Status)
		}
		id := string(find(root, "q=BOB")[0].ID)
		rootID := string(find(root, "q=root")[0].ID)

		// Locked by guesses, unlocked by an administrator.
		for range 10 {
			f.Clock.Advance(time.Minute)
			f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("bob@example.org", "wrong password here"))
		}
		if l := find(root, "locked=true"); len(l) != 1 || !l[0].Locked || l[0].LockedUntil == nil {
			t.Fatalf("%+v", l)
		}
		if a := bob.Do(t, "GET", "/me", nil); a.Status != 200 {
			t.Fatalf("guesses by others threw Bob out: %d", a.Status)
		}
		if a := left.Do(t, "POST", "/accounts/"+rootID+"/unlock", nil); a.Status != 404 {
			t.Fatalf("%d", a.Status)
		}
		if a := left.Do(t, "POST", "/accounts/"+id+"/unlock", nil); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		f.SignedIn(t, "bob@example.org")

		// Deactivated: nothing works, and nothing comes back to life.
		if a := root.Do(t, "POST", "/accounts/"+rootID+"/deactivate", nil); a.Status != 409 || a.Code() != "account_is_own" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := left.Do(t, "POST", "/accounts/"+id+"/deactivate", nil); a.Status != 200 || !strings.Contains(string(a.Body), `"acts":["activate"]`) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		for _, c := range []*identitytest.Client{bob, api} {
			if a := c.Do(t, "GET", "/me", nil); a.Status != 401 {
				t.Fatalf("a deactivated account goes on: %d", a.Status)
			}
		}
		if a := f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("bob@example.org", identitytest.Password)); a.Status != 401 || a.Code() != "sign_in_failed" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := left.Do(t, "POST", "/accounts/"+id+"/deactivate", nil); a.Status != 409 || a.Code() != "account_state" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := left.Do(t, "POST", "/accounts/"+id+"/activate", nil); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		for _, c := range []*identitytest.Client{bob, api} {
			if a := c.Do(t, "GET", "/me", nil); a.Status != 401 {
				t.Fatalf("an old session or token came back: %d", a.Status)
			}
		}

		// A forgotten password.
		var link identity.LinkView
		left.Do(t, "POST", "/accounts/"+id+"/password-link", nil).Into(t, &link)
		bob = f.SignedIn(t, "bob@example.org")
		if a := f.Client(t).Do(t, "POST", "/invitations/accept", map[string]string{"token": tokenOf(t, link.Link), "password": "my second passphrase"}); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := bob.Do(t, "GET", "/me", nil); a.Status != 401 {
			t.Fatalf("the session outlived the password: %d", a.Status)
		}
	})
}

func TestNobodyBecomesMoreThroughSomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		root, left := people(t, f)
		// An administrator of everything who happens to sit in the left unit, and a service account likewise.
		boss := f.Member(t, "boss@example.org", "", identitytest.Left)
		f.Organisation.Grant(t, identity.Subject{Person: boss}, identitytest.Administrator, identitytest.Root)
		var page httpapi.Page[identity.AccountView]
		root.Do(t, "GET", "/accounts?q=boss", nil).Into(t, &page)
		id := string(page.Items[0].ID)
		for _, act := range []string{"password-link", "deactivate"} {
			if a := left.Do(t, "POST", "/accounts/"+id+"/"+act, nil); a.Status != 403 || a.Code() != "account_holds_more" {
				t.Fatalf("%s: %d %s", act, a.Status, a.Body)
			}
		}
		var svc identity.ServiceAccountView
		left.Do(t, "POST", "/service-accounts", map[string]any{"name": "deployer", "unitId": "left"}).Into(t, &svc)
		path := "/service-accounts/" + string(svc.ID) + "/tokens"
		f.Organisation.Grant(t, identity.Subject{Account: svc.ID}, identitytest.Viewer, identitytest.Left)
		if a := left.Do(t, "POST", path, map[string]any{"name": "t"}); a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		f.Organisation.Grant(t, identity.Subject{Account: svc.ID}, identitytest.Manager, identitytest.Right)
		if a := left.Do(t, "POST", path, map[string]any{"name": "t"}); a.Status != 403 || a.Code() != "account_holds_more" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := root.Do(t, "POST", path, map[string]any{"name": "t", "scopes": []string{"thing.change"}}); a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	})
}

func TestServiceAccounts(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		root, left := people(t, f)
		a := left.Do(t, "POST", "/service-accounts", map[string]any{"name": " deployer ", "description": "CI", "unitId": "left"})
		var svc identity.ServiceAccountView
		a.Into(t, &svc)
		if a.Status != 201 || svc.Name != "deployer" || a.Header.Get("ETag") != `"1"` {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := root.Do(t, "POST", "/service-accounts", map[string]any{"name": "deployer", "unitId": "right"}); a.Status != 409 || a.Code() != "service_account_name_taken" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := left.Do(t, "POST", "/service-accounts", map[string]any{"name": "x", "unitId": "right"}); a.Status != 404 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		path := "/service-accounts/" + string(svc.ID)
		f.Organisation.Grant(t, identity.Subject{Account: svc.ID}, identitytest.Viewer, identitytest.Left)
		var tok identity.CreatedTokenView
		left.Do(t, "POST", path+"/tokens", map[string]any{"name": "pipeline"}).Into(t, &tok)
		api := f.WithToken(t, tok.Token)
		var me identity.Me
		api.Do(t, "GET", "/me", nil).Into(t, &me)
		if me.Kind != "service" || me.Name != "deployer" || me.Person != nil || len(me.Grants) != 1 {
			t.Fatalf("%+v", me)
		}
		if a := api.Do(t, "PATCH", "/me", map[string]any{"theme": "dark"}, "If-Match", httpapi.ETag(1)); a.Status != 409 || a.Code() != "service_account_has_no_profile" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := left.Do(t, "PATCH", path, map[string]any{"unitId": "right"}, "If-Match", httpapi.ETag(1)); a.Status != 404 {
			t.Fatalf("moved out of sight: %d %s", a.Status, a.Body)
		}
		if a := root.Do(t, "PATCH", path, map[string]any{"unitId": "right", "name": "mover"}, "If-Match", httpapi.ETag(1)); a.Status != 200 || a.Header.Get("ETag") != `"2"` {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := root.Do(t, "PATCH", path, map[string]any{"name": "other"}, "If-Match", httpapi.ETag(1)); a.Status != 409 || a.Code() != "stale" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := left.Do(t, "GET", path, nil); a.Status != 404 {
			t.Fatalf("%d", a.Status)
		}
		if a := root.Do(t, "POST", path+"/deactivate", nil); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := api.Do(t, "GET", "/me", nil); a.Status != 401 {
			t.Fatalf("%d", a.Status)
		}
		if a := root.Do(t, "DELETE", path, nil, "If-Match", httpapi.ETag(3)); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if n := countRows(t, f, "access_token") + events(t, f, identity.ServiceAccountDeleted) - 1; n != 0 {
			t.Fatalf("%d", n)
		}
		var grants int64
		_ = f.DB.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
			grants, err = tx.NewSelect().Table("standin_grant").Where("subject LIKE 'service:%'").Count(ctx)
			return err
		})
		if grants != 0 {
			t.Fatalf("%d grants are left", grants)
		}
	})
}

func TestAccountsPageByNameWhateverItsCase(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		for _, email := range []string{"Zed@example.org", "adam@example.org", "Bob@example.org", "bea@example.org"} {
			f.Member(t, email, "", identitytest.Left)
		}
		f.Organisation.Grant(t, identity.Subject{Person: personOf(t, f, "zed@example.org")}, identitytest.Administrator, identitytest.Root)
		c := f.SignedIn(t, "zed@example.org")
		var names []string
		for cursor := ""; ; {
			var page httpapi.Page[identity.AccountView]
			c.Do(t, "GET", "/accounts?limit=1&cursor="+cursor, nil).Into(t, &page)
			for _, a := range page.Items {
				names = append(names, a.Email[:3])
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if got := strings.Join(names, " "); got != "ada bea Bob Zed" {
			t.Fatalf("%q", got)
		}
	})
}

// personOf returns the person behind an email.
func personOf(t *testing.T, f *identitytest.Fixture, email string) (id ref.Person) {
	t.Helper()
	if err := f.DB.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		id, err = f.Organisation.PersonByEmail(ctx, tx, email)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}
