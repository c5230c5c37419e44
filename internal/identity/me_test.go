package identity_test

import (
	"strings"
	"testing"

	"millrace/internal/identity"
	"millrace/internal/identity/identitytest"
	"millrace/internal/platform/httpapi"
)

func TestMyself(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", identitytest.Viewer, identitytest.Left)
		c, other := f.SignedIn(t, "a@example.org"), f.SignedIn(t, "a@example.org")
		etag := c.Do(t, "GET", "/me", nil).Header.Get("ETag")
		if a := c.Do(t, "PATCH", "/me", map[string]any{"name": "Ada", "timeZone": "Europe/Vienna", "theme": "dark", "language": "en"}, "If-Match", etag); a.Status != 200 ||
			!strings.Contains(string(a.Body), `"timeZone":"Europe/Vienna"`) || !strings.Contains(string(a.Body), `"name":"Ada"`) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := c.Do(t, "PATCH", "/me", map[string]any{"theme": "light"}, "If-Match", etag); a.Status != 409 || a.Code() != "stale" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		etag = c.Do(t, "GET", "/me", nil).Header.Get("ETag")
		if a := c.Do(t, "PATCH", "/me", map[string]any{"theme": "mauve", "timeZone": "Mars/Base", "name": " "}, "If-Match", etag); a.Status != 422 || strings.Count(string(a.Body), `"code"`) != 4 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		var list httpapi.Page[identity.SessionView]
		c.Do(t, "GET", "/me/sessions", nil).Into(t, &list)
		if len(list.Items) != 2 || list.Items[0].Current == list.Items[1].Current || list.Items[0].Address != "192.0.2.1" {
			t.Fatalf("%+v", list.Items)
		}
		for _, s := range list.Items {
			if !s.Current {
				if a := c.Do(t, "DELETE", "/me/sessions/"+s.ID, nil); a.Status != 204 {
					t.Fatalf("%d", a.Status)
				}
			}
		}
		if a := other.Do(t, "GET", "/me", nil); a.Status != 401 {
			t.Fatalf("a revoked session goes on: %d", a.Status)
		}
		// Another person's session is not found.
		f.Member(t, "b@example.org", identitytest.Viewer, identitytest.Left)
		b := f.SignedIn(t, "b@example.org")
		c.Do(t, "GET", "/me/sessions", nil).Into(t, &list)
		if a := b.Do(t, "DELETE", "/me/sessions/"+list.Items[0].ID, nil); a.Status != 404 {
			t.Fatalf("%d", a.Status)
		}
		other = f.SignedIn(t, "a@example.org")
		if a := c.Do(t, "DELETE", "/me/sessions", nil); a.Status != 204 {
			t.Fatalf("%d", a.Status)
		}
		if other.Do(t, "GET", "/me", nil).Status != 401 || c.Do(t, "GET", "/me", nil).Status != 200 {
			t.Fatal("the wrong sessions ended")
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "a@example.org", "", identitytest.Left)
		c, other := f.SignedIn(t, "a@example.org"), f.SignedIn(t, "a@example.org")
		old := c.Cookies(t, "/")[0].Value
		api := f.WithToken(t, createToken(t, c, map[string]any{"name": "x"}).Token)
		change := func(current, next string) identitytest.Answer {
			return c.Do(t, "POST", "/me/password", map[string]string{"currentPassword": current, "password": next})
		}
		if a := change("not my password", "a new passphrase"); a.Status != 422 || a.Code() != "password_wrong" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := change(identitytest.Password, "short"); a.Status != 422 || a.Code() != "password_refused" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := change(identitytest.Password, "a new passphrase"); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if c.Do(t, "GET", "/me", nil).Status != 200 || api.Do(t, "GET", "/me", nil).Status != 200 || other.Do(t, "GET", "/me", nil).Status != 401 {
			t.Fatal("the wrong sessions ended")
		}
		if a := f.Client(t).Do(t, "GET", "/me", nil, "Cookie", identity.SessionCookie+"="+old); a.Status != 401 {
			t.Fatalf("the secret did not change with the password: %d", a.Status)
		}
		// A stolen session is no place to guess the password.
		limited := false
		for range 8 {
			limited = limited || change("a guess of mine", "a newer passphrase").Status == 429
		}
		if !limited {
			t.Fatal("guessing is not slowed down")
		}
	})
}
