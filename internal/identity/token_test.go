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
	"millrace/internal/platform/problem"
)

func createToken(t *testing.T, c *identitytest.Client, body map[string]any) identity.CreatedTokenView {
	t.Helper()
	var out identity.CreatedTokenView
	a := c.Do(t, "POST", "/tokens", body)
	if a.Status != 201 {
		t.Fatalf("creating a token: %d %s", a.Status, a.Body)
	}
	a.Into(t, &out)
	return out
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", identitytest.Manager, identitytest.Left)
		c := f.SignedIn(t, "a@example.org")
		tok := createToken(t, c, map[string]any{"name": "ci"})
		if !strings.HasPrefix(tok.Token, "mlr_") || len(tok.Token) < 50 || !strings.HasPrefix(tok.Token, tok.Prefix) || len(tok.Prefix) > 10 {
			t.Fatalf("%+v", tok)
		}
		if n := rowsContaining(t, f, tok.Token); n != 0 {
			t.Fatalf("the secret is stored in %d places", n)
		}
		api := f.WithToken(t, tok.Token)
		var me identity.Me
		api.Do(t, "GET", "/me", nil).Into(t, &me)
		if me.Person == nil || me.Narrowed || len(me.Permissions) != 2 {
			t.Fatalf("%+v", me)
		}
		list := c.Do(t, "GET", "/tokens", nil)
		if strings.Contains(string(list.Body), tok.Token) || !strings.Contains(string(list.Body), "lastUsedAt") {
			t.Fatalf("%s", list.Body)
		}
		if a := c.Do(t, "DELETE", "/tokens/"+string(tok.ID), nil); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := api.Do(t, "GET", "/me", nil); a.Status != 401 || a.Code() != "token_invalid" {
			t.Fatalf("a revoked token: %d %s", a.Status, a.Body)
		}
		if a := f.WithToken(t, "mlr_nonsense").Do(t, "GET", "/setup", nil); a.Status != 401 {
			t.Fatalf("nonsense on a public route: %d", a.Status)
		}
		if a := c.Do(t, "GET", "/me", nil, "Authorization", "Basic eDp5"); a.Status != 401 {
			t.Fatalf("another scheme falls back to the cookie: %d", a.Status)
		}
	})
}

// rowsContaining looks for a secret in everything the slice stores as text, and in what transport keeps.
func rowsContaining(t *testing.T, f *identitytest.Fixture, secret string) (n int64) {
	t.Helper()
	err := f.DB.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
		for table, columns := range map[string]string{
			"access_token": "name || prefix || secret_hash", "session": "token_hash", "event": "CAST(data AS TEXT) || CAST(changes AS TEXT) || sentence",
			"invitation": "token_hash", "setup_token": "token_hash", "idempotency_key": "body", "identity_provider": "client_id || secret_ref",
		} {
			found, err := tx.NewSelect().TableExpr(table).Where(columns+" LIKE ?", "%"+secret+"%").Count(ctx)
			if err != nil {
				return err
			}
			n += found
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTokenSecretIsNotKeptWithTheIdempotencyKey(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", identitytest.Viewer, identitytest.Left)
		var tok identity.CreatedTokenView
		a := f.SignedIn(t, "a@example.org").Do(t, "POST", "/tokens", map[string]any{"name": "x"}, "Idempotency-Key", "k-1")
		a.Into(t, &tok)
		if a.Header.Get("Cache-Control") != "no-store" || tok.Token == "" || rowsContaining(t, f, tok.Token) != 0 {
			t.Fatalf("%v %s", a.Header, a.Body)
		}
	})
}

func TestTokensNarrow(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", identitytest.Manager, identitytest.Left)
		f.Member(t, "viewer@example.org", identitytest.Viewer, identitytest.Left)
		f.Member(t, "root@example.org", identitytest.Administrator, identitytest.Root)
		if a := f.SignedIn(t, "viewer@example.org").Do(t, "POST", "/tokens", map[string]any{"name": "x", "scopes": []string{"thing.change"}}); a.Status != 422 || a.Code() != "scope_not_held" {
			t.Fatalf("more than held: %d %s", a.Status, a.Body)
		}
		if a := f.SignedIn(t, "root@example.org").Do(t, "POST", "/tokens", map[string]any{"name": "x", "scopes": []string{"thing.chnage"}}); a.Status != 422 || a.Code() != "scope_unknown" {
			t.Fatalf("a misspelt scope: %d %s", a.Status, a.Body)
		}
		c := f.SignedIn(t, "a@example.org")
		tok := createToken(t, c, map[string]any{"name": "x", "scopes": []string{"thing.view", "thing.view"}})
		if len(tok.Scopes) != 1 {
			t.Fatalf("%v", tok.Scopes)
		}
		narrow := f.WithToken(t, tok.Token)
		var me identity.Me
		narrow.Do(t, "GET", "/me", nil).Into(t, &me)
		if !me.Narrowed || len(me.Permissions) != 1 || me.Permissions[0] != identitytest.ViewThing {
			t.Fatalf("%+v", me)
		}
		// A narrowed token cannot widen itself in any way.
		for _, r := range []struct {
			method, path string
			body         any
		}{
			{"POST", "/tokens", map[string]any{"name": "wide"}},
			{"POST", "/tokens", map[string]any{"name": "same", "scopes": []string{"thing.view"}}},
			{"POST", "/me/password", map[string]any{"currentPassword": identitytest.Password, "password": "another long passphrase"}},
			{"DELETE", "/me/sessions", nil},
		} {
			if a := narrow.Do(t, r.method, r.path, r.body); a.Status != 403 || a.Code() != "token_is_narrowed" {
				t.Fatalf("%s %s: %d %s", r.method, r.path, a.Status, a.Body)
			}
		}
		other := createToken(t, c, map[string]any{"name": "other"})
		if a := narrow.Do(t, "DELETE", "/tokens/"+string(other.ID), nil); a.Status != 403 {
			t.Fatalf("revoking another: %d", a.Status)
		}
		if a := narrow.Do(t, "DELETE", "/tokens/"+string(tok.ID), nil); a.Status != 204 {
			t.Fatalf("revoking itself: %d %s", a.Status, a.Body)
		}
		if a := f.SignedIn(t, "viewer@example.org").Do(t, "DELETE", "/tokens/"+string(other.ID), nil); a.Status != 404 {
			t.Fatalf("somebody else's: %d", a.Status)
		}
	})
}

func TestTokensExpire(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", identitytest.Viewer, identitytest.Left)
		c := f.SignedIn(t, "a@example.org")
		if a := c.Do(t, "POST", "/tokens", map[string]any{"name": "x", "expiresAt": identitytest.Start}); a.Status != 422 || a.Code() != "token_expiry_past" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		end := identitytest.Start.Add(time.Hour)
		tok := createToken(t, c, map[string]any{"name": "x", "expiresAt": end})
		api := f.WithToken(t, tok.Token)
		if a := api.Do(t, "POST", "/tokens", map[string]any{"name": "child", "expiresAt": end.Add(time.Second)}); a.Status != 422 || a.Code() != "token_outlives_parent" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if child := createToken(t, api, map[string]any{"name": "child"}); child.ExpiresAt == nil || !child.ExpiresAt.Equal(end) {
			t.Fatalf("%+v", child)
		}
		f.Clock.Advance(time.Hour - time.Second)
		if a := api.Do(t, "GET", "/me", nil); a.Status != 200 {
			t.Fatalf("%d", a.Status)
		}
		f.Clock.Advance(time.Second) // inside the life of the cached principal
		if a := api.Do(t, "GET", "/me", nil); a.Status != 401 {
			t.Fatalf("an expired token: %d", a.Status)
		}
	})
}

func TestLeaversLoseEverythingWithinSeconds(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		id := f.Member(t, "a@example.org", identitytest.Viewer, identitytest.Left)
		c := f.SignedIn(t, "a@example.org")
		api := f.WithToken(t, createToken(t, c, map[string]any{"name": "x"}).Token)
		for _, client := range []*identitytest.Client{c, api} {
			if a := client.Do(t, "GET", "/me", nil); a.Status != 200 {
				t.Fatalf("%d", a.Status)
			}
		}
		f.Organisation.Leave(t, id) // as on another node: no event of this one tells
		f.Clock.Advance(5 * time.Second)
		for _, client := range []*identitytest.Client{c, api} {
			if a := client.Do(t, "GET", "/me", nil); a.Status != 401 {
				t.Fatalf("a leaver goes on: %d", a.Status)
			}
		}
	})
}

func TestValidUntilEndsSessionsAndTokens(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		id := f.Member(t, "a@example.org", identitytest.Viewer, identitytest.Left)
		f.Organisation.ValidUntil(t, id, identitytest.Start.Add(time.Hour))
		c := f.SignedIn(t, "a@example.org")
		api := f.WithToken(t, createToken(t, c, map[string]any{"name": "x"}).Token)
		f.Clock.Advance(time.Hour)
		for _, client := range []*identitytest.Client{c, api} {
			if a := client.Do(t, "GET", "/me", nil); a.Status != 401 {
				t.Fatalf("%d", a.Status)
			}
		}
	})
}

func TestCommandLine(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		ctx := context.Background()
		if _, err := f.CreateAdministrator(ctx, "root@example.org", "", "short"); problem.CodeOf(err) != "password_refused" {
			t.Fatalf("%v", err)
		}
		if _, err := f.CreateAdministrator(ctx, "root@example.org", "Root", identitytest.Password); err != nil {
			t.Fatal(err)
		}
		if _, err := f.CreateAdministrator(ctx, "ROOT@example.org", "Root", "some other passphrase"); problem.CodeOf(err) != "administrator_exists" {
			t.Fatalf("a second time: %v", err)
		}
		c := f.SignedIn(t, "root@example.org")
		secret, err := f.CreateToken(ctx, "root@example.org", "ci", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var me identity.Me
		f.WithToken(t, secret).Do(t, "GET", "/me", nil).Into(t, &me)
		if len(me.Permissions) != len(identitytest.Declarations) {
			t.Fatalf("%v", me.Permissions)
		}
		if _, err := f.CreateToken(ctx, "nobody@example.org", "ci", nil, nil); problem.CodeOf(err) != "account_not_found" {
			t.Fatalf("%v", err)
		}
		if _, err := f.CreateToken(ctx, "root@example.org", "ci", []authz.Permission{"no.such"}, nil); problem.CodeOf(err) != "scope_unknown" {
			t.Fatalf("%v", err)
		}
		if err := f.ResetPassword(ctx, "root@example.org", "an entirely new passphrase"); err != nil {
			t.Fatal(err)
		}
		if a := c.Do(t, "GET", "/me", nil); a.Status != 401 {
			t.Fatalf("the session survived the reset: %d", a.Status)
		}
		if a := f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("root@example.org", "an entirely new passphrase")); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	})
}

func TestSetup(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		ctx := context.Background()
		first, err := f.SetupLink(ctx)
		if err != nil || !strings.HasPrefix(first, "http://millrace.test/setup?token=") {
			t.Fatalf("%q %v", first, err)
		}
		second, err := f.SetupLink(ctx) // another node, or another start
		if err != nil || second == first {
			t.Fatalf("%q %v", second, err)
		}
		body := func(link string) map[string]string {
			_, token, _ := strings.Cut(link, "token=")
			return map[string]string{"token": token, "email": "root@example.org", "name": "Root", "password": identitytest.Password}
		}
		c := f.Client(t)
		if a := c.Do(t, "GET", "/setup", nil); !strings.Contains(string(a.Body), `"needed":true`) {
			t.Fatalf("%s", a.Body)
		}
		if a := c.Do(t, "POST", "/setup", body("token=wrong")); a.Status != 403 || a.Code() != "setup_token_invalid" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		weak := body(first)
		weak["password"] = "root@example.org"
		if a := c.Do(t, "POST", "/setup", weak); a.Status != 422 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := c.Do(t, "POST", "/setup", body(first)); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := c.Do(t, "GET", "/me", nil); a.Status != 200 {
			t.Fatalf("not signed in after set-up: %d", a.Status)
		}
		again := body(second)
		again["email"] = "mallory@example.org"
		if a := f.Client(t).Do(t, "POST", "/setup", again); a.Status != 403 {
			t.Fatalf("the other link still works: %d %s", a.Status, a.Body)
		}
		if link, err := f.SetupLink(ctx); link != "" || err != nil {
			t.Fatalf("%q %v", link, err)
		}
		if a := c.Do(t, "GET", "/setup", nil); !strings.Contains(string(a.Body), `"needed":false`) {
			t.Fatalf("%s", a.Body)
		}
	})
}
