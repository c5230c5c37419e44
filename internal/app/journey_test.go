package app_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"millrace/internal/app/apptest"
	"millrace/internal/platform/db/dbtest"
)

// browser speaks to a world with the cookies of one person.
type browser struct {
	t      *testing.T
	w      *apptest.World
	client *http.Client
}

func open(t *testing.T, w *apptest.World) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, w: w, client: &http.Client{Jar: jar}}
}

func (b *browser) must(want int, method, path string, body any, headers ...string) apptest.Answer {
	b.t.Helper()
	a, err := b.w.Try(b.client, "", method, path, body, headers...)
	if err != nil {
		b.t.Fatal(err)
	}
	if a.Status != want {
		b.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.Status, want, a.Body)
	}
	return a
}

// tokenOf cuts the token out of a link.
func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("link %q: %v", link, err)
	}
	return u.Query().Get("token")
}

// TestFromTheFirstStartToALeaver is the life of an installation: set-up, sign-in, invitation, a role, and the end of it.
func TestFromTheFirstStartToALeaver(t *testing.T) {
	journey := func(t *testing.T, w *apptest.World) {
		link, err := w.App.Identity.SetupLink(w.Context())
		if err != nil {
			t.Fatal(err)
		}
		if needed := open(t, w).must(200, "GET", "/setup", nil).Map()["needed"]; needed != true {
			t.Fatal("a new installation wants no set-up")
		}
		admin := open(t, w)
		set := map[string]any{"token": tokenOf(t, link), "email": "ada@example.test", "name": "Ada", "password": apptest.Password}
		admin.must(200, "POST", "/setup", set)
		admin.must(200, "GET", "/me", nil)
		if a, _ := w.Try(http.DefaultClient, "", "POST", "/setup", set); a.Status < 400 || a.Code() == "" {
			t.Fatalf("the set-up link works twice: %d %s", a.Status, a.Body)
		}
		admin.must(204, "POST", "/auth/sign-out", nil)
		admin.must(401, "GET", "/me", nil)
		admin.must(401, "POST", "/auth/sign-in", map[string]any{"email": "ada@example.test", "password": "wrong"})
		admin.must(200, "POST", "/auth/sign-in", map[string]any{"email": "ADA@example.test", "password": apptest.Password})

		north := admin.must(201, "POST", "/units", map[string]any{"name": "North", "parentId": w.Root}).ID()
		south := admin.must(201, "POST", "/units", map[string]any{"name": "South", "parentId": w.Root}).ID()
		for key, unit := range map[string]string{"north": north, "south": south} {
			admin.must(201, "POST", "/applications", map[string]any{"key": key, "name": key, "unitId": unit})
		}
		person := admin.must(201, "POST", "/persons", map[string]any{"name": "Bob", "email": "bob@example.test", "unitId": north}).ID()
		invited := admin.must(201, "POST", "/invitations", map[string]any{"email": "bob@example.test", "unitId": north})
		address, _ := invited.Map()["link"].(string)
		bob := open(t, w)
		accept := map[string]any{"token": tokenOf(t, address), "name": "Bob", "password": apptest.Password}
		bob.must(200, "POST", "/invitations/accept", accept)
		if a, _ := w.Try(http.DefaultClient, "", "POST", "/invitations/accept", accept); a.Status < 400 || a.Code() == "" {
			t.Fatalf("the invitation works twice: %d %s", a.Status, a.Body)
		}
		bob.must(403, "GET", "/applications", nil)
		if units := bob.must(200, "GET", "/units", nil).Items(); len(units) != 0 {
			t.Fatalf("without a role he sees %v", units)
		}
		admin.must(201, "POST", "/grants", map[string]any{"roleId": "contributor", "unitId": north, "subjectKind": "person", "subjectId": person})
		list := bob.must(200, "GET", "/applications", nil)
		if len(list.Items()) != 1 || !strings.Contains(string(list.Body), "north") {
			t.Fatalf("with a role on one unit he sees %s", list.Body)
		}
		for _, path := range []string{"/units", "/persons", "/search?q=south"} {
			if body := string(bob.must(200, "GET", path, nil).Body); strings.Contains(strings.ToLower(body), `"south"`) {
				t.Errorf("GET %s shows the other unit: %s", path, body)
			}
		}
		bob.must(404, "GET", "/units/"+south, nil)
		bob.must(403, "POST", "/applications", map[string]any{"key": "x", "name": "x", "unitId": north}, "Origin", "https://evil.example.test", "Sec-Fetch-Site", "cross-site")

		token, _ := bob.must(201, "POST", "/tokens", map[string]any{"name": "script"}).Map()["secret"].(string)
		if token != "" {
			w.Must(t, 200, token, "GET", "/me", nil)
		}
		etag := admin.must(200, "GET", "/persons/"+person, nil).Header.Get("ETag")
		admin.must(200, "POST", "/persons/"+person+"/deactivate", nil, "If-Match", etag)
		bob.must(401, "GET", "/me", nil)
		bob.must(401, "POST", "/auth/sign-in", map[string]any{"email": "bob@example.test", "password": apptest.Password})
		if token != "" {
			w.Must(t, 401, token, "GET", "/me", nil)
		}
		told := string(admin.must(200, "GET", "/events?limit=200", nil).Body)
		for _, kind := range []string{"people.person_deactivated", "people.grant_created", "people.person_created"} {
			if !strings.Contains(told, kind) {
				t.Errorf("the history does not tell %s", kind)
			}
		}
		if strings.Contains(told, apptest.Password) {
			t.Error("the history holds a password")
		}
	}
	t.Run("sqlite", func(t *testing.T) { journey(t, apptest.Bare(t, "")) })
	t.Run("postgres", func(t *testing.T) { journey(t, apptest.Bare(t, dbtest.PostgresURL(t))) })
}
