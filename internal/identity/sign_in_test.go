package identity_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/identity"
	"millrace/internal/identity/identitytest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

func each(t *testing.T, fn func(t *testing.T, f *identitytest.Fixture), change ...func(*identity.Deps)) {
	t.Helper()
	dbtest.Each(t, identitytest.Sets, func(t *testing.T, d *db.DB) { fn(t, identitytest.New(t, d, change...)) })
}

func credentials(email, password string) map[string]string {
	return map[string]string{"email": email, "password": password}
}

func TestSignInOpensASession(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "Ada@Example.org", identitytest.Viewer, identitytest.Left)
		c := f.Client(t)
		if a := c.Do(t, "GET", "/me", nil); a.Status != 401 || a.Code() != "sign_in_required" {
			t.Fatalf("nobody: %d %s", a.Status, a.Body)
		}
		a := c.Do(t, "POST", "/auth/sign-in", credentials(" ada@example.ORG ", identitytest.Password))
		var me identity.Me
		a.Into(t, &me)
		if a.Status != 200 || me.Person == nil || me.Person.Email != "Ada@Example.org" || len(me.Grants) != 1 || len(me.Units) != 1 ||
			me.Units[0].ID != identitytest.Left || len(me.Permissions) != 1 || me.Permissions[0] != identitytest.ViewThing {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		cookie := a.Cookie(identity.SessionCookie)
		if cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
			t.Fatalf("cookie %v", cookie)
		}
		if a := c.Do(t, "GET", "/me", nil); a.Status != 200 || a.Header.Get("ETag") == "" {
			t.Fatalf("with the session: %d %s", a.Status, a.Body)
		}
		if a := c.Do(t, "POST", "/auth/sign-out", nil); a.Status != 204 || a.Cookie(identity.SessionCookie).MaxAge >= 0 {
			t.Fatalf("sign-out: %d %v", a.Status, a.Header)
		}
		// The old cookie is worth nothing, even when somebody kept it.
		if a := f.Client(t).Do(t, "GET", "/me", nil, "Cookie", cookie.Name+"="+cookie.Value); a.Status != 401 {
			t.Fatalf("after sign-out: %d", a.Status)
		}
		if n := countRows(t, f, "session"); n != 0 {
			t.Fatalf("%d sessions are left", n)
		}
	})
}

func countRows(t *testing.T, f *identitytest.Fixture, table string) (n int64) {
	t.Helper()
	if err := f.DB.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.NewSelect().Table(table).Count(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCookieIsSecureOnHTTPS(t *testing.T) {
	f := identitytest.New(t, dbtest.SQLite(t, identitytest.Sets...), func(d *identity.Deps) { d.Config.PublicURL = "https://millrace.test/" })
	f.Member(t, "a@example.org", "", identitytest.Left)
	a := f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("a@example.org", identitytest.Password))
	if c := a.Cookie(identity.SessionCookie); c == nil || !c.Secure {
		t.Fatalf("cookie %v", c)
	}
}

func TestSignInIsNeutral(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "known@example.org", "", identitytest.Left)
		leaver := f.Member(t, "leaver@example.org", "", identitytest.Left)
		f.Organisation.Leave(t, leaver)
		gone := f.Member(t, "gone@example.org", "", identitytest.Left)
		f.Organisation.ValidUntil(t, gone, identitytest.Start)
		f.Organisation.AddPerson(t, "nopassword@example.org", "No", identitytest.Left)
		var first string
		for i, c := range []map[string]string{
			credentials("known@example.org", "wrong password here"),
			credentials("unknown@example.org", identitytest.Password),
			credentials("leaver@example.org", identitytest.Password),
			credentials("gone@example.org", identitytest.Password),
			credentials("nopassword@example.org", identitytest.Password),
			credentials("known@example.org", strings.Repeat("x", 900)),
		} {
			a := f.Client(t).Do(t, "POST", "/auth/sign-in", c)
			if a.Status != 401 || a.Code() != "sign_in_failed" || a.Cookie(identity.SessionCookie) != nil {
				t.Fatalf("%v: %d %s", c, a.Status, a.Body)
			}
			body := withoutRequestID(t, a)
			if i == 0 {
				first = body
			} else if body != first {
				t.Fatalf("the answers differ:\n%s\n%s", first, body)
			}
		}
	})
}

func withoutRequestID(t *testing.T, a identitytest.Answer) string {
	var m map[string]any
	a.Into(t, &m)
	delete(m, "requestId")
	return fmt.Sprint(m)
}

func TestSessionFixationIsImpossible(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "victim@example.org", "", identitytest.Left)
		f.Member(t, "mallory@example.org", "", identitytest.Left)
		mallory := f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("mallory@example.org", identitytest.Password)).Cookie(identity.SessionCookie)
		for _, planted := range []string{"made-up-secret", mallory.Value} {
			a := f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("victim@example.org", identitytest.Password), "Cookie", identity.SessionCookie+"="+planted)
			if a.Status != 200 {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			if got := a.Cookie(identity.SessionCookie); got == nil || got.Value == planted {
				t.Fatal("the session goes on under the planted secret")
			}
			if a := f.Client(t).Do(t, "GET", "/me", nil, "Cookie", identity.SessionCookie+"="+planted); a.Status != 401 {
				t.Fatalf("the planted secret still works: %d %s", a.Status, a.Body)
			}
		}
	})
}

func TestSessionsExpire(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", "", identitytest.Left)
		c := f.SignedIn(t, "a@example.org")
		for range 5 { // used every 10 hours it goes on
			f.Clock.Advance(10 * time.Hour)
			if a := c.Do(t, "GET", "/me", nil); a.Status != 200 {
				t.Fatalf("a used session ended: %d", a.Status)
			}
		}
		f.Clock.Advance(12 * time.Hour)
		if a := c.Do(t, "GET", "/me", nil); a.Status != 401 {
			t.Fatalf("an idle session goes on: %d", a.Status)
		}
		c = f.SignedIn(t, "a@example.org")
		for range 16 {
			f.Clock.Advance(10 * time.Hour)
			if a := c.Do(t, "GET", "/me", nil); a.Status != 200 {
				t.Fatalf("ended early: %d", a.Status)
			}
		}
		f.Clock.Advance(8 * time.Hour)
		if a := c.Do(t, "GET", "/me", nil); a.Status != 401 {
			t.Fatalf("a session outlives its lifetime: %d", a.Status)
		}
	})
}

func TestThrottlingAndLockOut(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", "", identitytest.Left)
		for _, email := range []string{"a@example.org", "unknown@example.org"} {
			f.Address = "192.0.2." + strconv.Itoa(len(email)) // one network each
			try := func(password string) identitytest.Answer {
				return f.Client(t).Do(t, "POST", "/auth/sign-in", credentials(email, password))
			}
			for i := range 4 {
				if a := try("wrong password here"); a.Status != 401 {
					t.Fatalf("%s, failure %d: %d %s", email, i, a.Status, a.Body)
				}
			}
			for _, wait := range []int{1, 2, 4, 8, 16, 32} {
				a := try(identitytest.Password)
				if a.Status != 429 || a.Code() != "too_many_sign_ins" || a.Header.Get("Retry-After") != strconv.Itoa(wait) {
					t.Fatalf("%s, wait %d: %d %v %s", email, wait, a.Status, a.Header, a.Body)
				}
				f.Clock.Advance(time.Duration(wait) * time.Second)
				if a := try("wrong password here"); a.Status != 401 {
					t.Fatalf("%s, after the wait: %d %s", email, a.Status, a.Body)
				}
			}
			// Ten failures in a row: locked, and nobody can tell the known email from the unknown one.
			a := try(identitytest.Password)
			if a.Status != 429 || a.Header.Get("Retry-After") != "900" {
				t.Fatalf("%s, locked: %d %v", email, a.Status, a.Header)
			}
		}
		if events(t, f, identity.AccountLocked) != 1 {
			t.Fatal("the lock is not in the history")
		}
		f.Clock.Advance(15 * time.Minute)
		f.SignedIn(t, "a@example.org")
	})
}

func TestRightPasswordClearsTheCount(t *testing.T) {
	f := identitytest.New(t, dbtest.SQLite(t, identitytest.Sets...))
	f.Member(t, "a@example.org", "", identitytest.Left)
	for range 4 {
		for range 3 {
			f.Client(t).Do(t, "POST", "/auth/sign-in", credentials("a@example.org", "wrong password here"))
		}
		f.SignedIn(t, "a@example.org")
	}
}

func TestAddressesAreThrottledToo(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", "", identitytest.Left)
		spray := func(n int) (last identitytest.Answer) {
			for i := range n {
				last = f.Client(t).Do(t, "POST", "/auth/sign-in", credentials(fmt.Sprintf("u%d@example.org", i), "wrong password here"))
			}
			return last
		}
		if a := spray(21); a.Status != 401 {
			t.Fatalf("%d", a.Status)
		}
		if a := spray(1); a.Status != 429 || a.Header.Get("Retry-After") == "" {
			t.Fatalf("one address may try %d emails", 22)
		}
		// Another network is not punished, another address of the same IPv6 network is.
		f.Address = "2001:db8:0:1::1"
		spray(21)
		f.Address = "2001:db8:0:1:ffff::2"
		if a := spray(1); a.Status != 429 {
			t.Fatalf("a neighbour in the /64: %d", a.Status)
		}
		f.Address = "2001:db8:0:2::1"
		f.SignedIn(t, "a@example.org")
	})
}

func TestManyGuessesAtOnceCountLikeManyInARow(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", "", identitytest.Left)
		var wg sync.WaitGroup
		statuses := make([]int, 16)
		for i := range statuses {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, err := f.SignIn(context.Background(), "a@example.org", "wrong password here", identity.Browser{})
				if err != nil && strings.HasPrefix(err.Error(), "sign_in_failed") {
					statuses[i] = 401
				}
			}()
		}
		wg.Wait()
		looked := 0
		for _, s := range statuses {
			if s == 401 {
				looked++
			}
		}
		if looked != 4 {
			t.Fatalf("%d guesses were looked at, want the 4 that need no wait", looked)
		}
	})
}

func TestPasswordHashIsRenewed(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", "", identitytest.Left)
		hash := func() (h string) {
			if err := f.DB.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
				return tx.NewSelect().Table("account").Column("password_hash").Scan(ctx, &h)
			}); err != nil {
				t.Fatal(err)
			}
			return h
		}
		before := hash()
		f.SignedIn(t, "a@example.org")
		if hash() != before || !strings.HasPrefix(before, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Fatalf("%s became %s", before, hash())
		}
		stronger := identity.New(identity.Deps{
			DB: f.DB, Events: f.Events, Clock: f.Clock, People: f.Organisation, Grants: f.Organisation,
			Config: identity.Config{Hash: identity.HashParams{Memory: 128, Time: 1, Threads: 1}},
		})
		if _, err := stronger.SignIn(t.Context(), "a@example.org", identitytest.Password, identity.Browser{}); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(hash(), "$argon2id$v=19$m=128,t=1,p=1$") {
			t.Fatalf("still %s", hash())
		}
		f.SignedIn(t, "a@example.org")
	})
}

func events(t *testing.T, f *identitytest.Fixture, kind any) (n int64) {
	t.Helper()
	if err := f.DB.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.NewSelect().Table("event").Where("kind = ?", kind).Count(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
