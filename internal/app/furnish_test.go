package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"millrace/internal/app/apptest"
	"millrace/internal/platform/ref"
)

// site is a unit with one record of everything; each carries a name that begins with "Secret" and the site's letter.
type site struct {
	name string
	unit ref.Unit
	key  string
	// ids holds an id by the first member of its address: "applications".
	ids map[string]string
}

// furnished is an organisation of two sites beside each other.
type furnished struct{ a, b *site }

func furnish(t *testing.T, w *apptest.World) furnished {
	t.Helper()
	return furnished{newSite(t, w, "A"), newSite(t, w, "B")}
}

func newSite(t *testing.T, w *apptest.World, letter string) *site {
	t.Helper()
	name, key := "Secret "+letter, "secret-"+strings.ToLower(letter)
	s := &site{name: name, key: key, unit: w.Unit(t, w.Root, name), ids: map[string]string{}}
	s.ids["units"] = string(s.unit)
	post := func(path string, body map[string]any) string {
		t.Helper()
		a := w.Do(t, w.Admin, http.MethodPost, path, body)
		if a.Status < 200 || a.Status > 299 {
			t.Fatalf("POST %s: %d %s", path, a.Status, a.Body)
		}
		id := a.ID()
		if at, _, _ := strings.Cut(strings.Split(path, "/")[1], "?"); s.ids[at] == "" {
			s.ids[at] = id
		}
		return id
	}
	unit := string(s.unit)
	at := func(hoursAgo int) string {
		return time.Now().UTC().Add(-time.Duration(hoursAgo) * time.Hour).Format(time.RFC3339)
	}
	repository := "https://git.example.test/" + key
	sha := strings.Repeat(map[string]string{"A": "a", "B": "b"}[letter], 40)

	person := post("/persons", map[string]any{"name": name + " person", "email": key + "@example.test", "unitId": unit})
	post("/teams", map[string]any{"name": name + " team", "unitId": unit, "members": []any{map[string]any{"personId": person}}})
	post("/grants", map[string]any{"roleId": "viewer", "unitId": unit, "subjectKind": "person", "subjectId": person})
	post("/service-accounts", map[string]any{"name": name + " robot", "unitId": unit})
	post("/service-accounts/"+s.ids["service-accounts"]+"/tokens", map[string]any{"name": name + " token"})
	post("/invitations", map[string]any{"email": "new." + key + "@example.test", "name": name + " guest", "unitId": unit})
	app := post("/applications", map[string]any{"key": key, "name": name + " shop", "unitId": unit,
		"repositories": []any{map[string]any{"url": repository}}, "components": []any{map[string]any{"name": name + " part"}}})
	other := post("/applications", map[string]any{"key": key + "-2", "name": name + " store", "unitId": unit})
	post("/dependencies", map[string]any{"from": app, "to": other, "note": name})
	post("/applications/"+app+"/stakeholders", map[string]any{"personId": person, "accountable": true})
	post("/connections", map[string]any{"kind": "cdevents", "name": name + " events", "unitId": unit, "webhookSecret": "0123456789abcdef0123456789abcdef"})
	post("/mapping-rules", map[string]any{"kind": "service", "pattern": key + "-board", "application": app})
	post("/commits", map[string]any{"repository": repository, "commit": sha, "message": name + " commit", "committedAt": at(9), "authoredAt": at(9)})
	post("/change-requests", map[string]any{"repository": repository, "externalId": key + "-1", "title": name + " change", "status": "MERGED", "createdAt": at(9), "mergedAt": at(8), "mergeCommitSha": sha})
	post("/pipeline-runs", map[string]any{"application": key, "name": name + " build", "externalId": key + "-run", "commit": sha, "repository": repository, "startedAt": at(8), "finishedAt": at(7), "result": "SUCCESS", "status": "DONE"})
	post("/test-runs", map[string]any{"application": key, "name": name + " tests", "externalId": key + "-test", "commit": sha, "repository": repository, "startedAt": at(7), "finishedAt": at(7), "result": "SUCCESS"})
	post("/artifacts", map[string]any{"application": key, "name": name + " artifact", "externalId": key + "-art", "commit": sha, "repository": repository, "version": "1"})
	deployment := post("/deployments", map[string]any{"application": key, "name": name + " deployment", "environment": "production", "environmentClass": "production",
		"commit": sha, "repository": repository, "externalId": key + "-dep", "startedAt": at(6), "finishedAt": at(5), "result": "success"})
	post("/incidents", map[string]any{"application": key, "title": name + " incident", "externalId": key + "-inc", "startedAt": at(4), "resolvedAt": at(3), "causedBy": deployment})
	post("/work-items", map[string]any{"application": key, "title": name + " story", "externalId": key + "-7", "key": strings.ToUpper(letter) + "-7", "type": "REQUIREMENT", "status": "DONE", "createdAt": at(20), "resolvedAt": at(6)})
	s.environments(post, key, name, unit)
	return s
}

// environments adds two environments in a group with a booking, a freeze, an outage and a health event.
func (s *site) environments(post func(string, map[string]any) string, key, name, unit string) {
	ahead := func(hours int) string {
		return time.Now().UTC().Add(time.Duration(hours) * time.Hour).Format(time.RFC3339)
	}
	env := post("/environments", map[string]any{"key": key + "-sit", "name": name + " SIT", "application": key, "usage": "SIT", "capacity": 1, "autoApprove": true})
	other := post("/environments", map[string]any{"key": key + "-uat", "name": name + " UAT", "application": key, "usage": "UAT"})
	post("/environment-groups", map[string]any{"key": key + "-lane", "name": name + " lane", "unitId": unit, "members": []any{env, other}})
	booking := post("/bookings", map[string]any{"environment": env, "from": ahead(24), "to": ahead(48), "intent": "touch", "title": name + " booking"})
	post("/bookings/"+booking+"/comments", map[string]any{"body": name + " comment"})
	post("/freezes", map[string]any{"name": name + " freeze", "from": ahead(240), "to": ahead(264), "zone": "UTC", "scope": map[string]any{"units": []any{unit}}, "unitId": unit})
	post("/booking-requests", map[string]any{"title": name + " booking request", "from": ahead(300), "to": ahead(310), "unitId": unit, "lines": []any{map[string]any{"environment": other}}})
	post("/environment-change-requests", map[string]any{"title": name + " change request", "type": "Patch", "from": ahead(300), "to": ahead(301), "unitId": unit, "environments": []any{other}})
	post("/outages", map[string]any{"environment": other, "title": name + " outage"})
	post("/environment-imports?unitId="+unit, map[string]any{"text": "Key,Name\n" + key + "-new," + name + " imported\n"})
	post("/health-events", map[string]any{"environment": env, "health": "issue", "message": name + " message"})
}

// address fills the address of an operation with the records of the site.
func (s *site) address(o operation) string {
	parts := strings.Split(o.Path, "/")
	if len(parts) > 2 && parts[2] == "{id}" {
		if id := s.ids[parts[1]]; id != "" {
			parts[2] = id
		}
	}
	if strings.HasPrefix(o.Path, "/metrics/dora/{key}") {
		parts[3] = "deployment_frequency"
	}
	o.Path = strings.Join(parts, "/")
	for i, q := range o.RequiredQuery {
		if q == "q" {
			o.Path, o.RequiredQuery = o.Path+"?q=secret", append(o.RequiredQuery[:i:i], o.RequiredQuery[i+1:]...)
			break
		}
	}
	return o.address()
}

// aboutOne reports whether the operation is about one record that belongs to a unit.
func (o operation) aboutOne() bool {
	parts := strings.Split(o.Path, "/")
	if len(parts) < 3 || parts[2] != "{id}" {
		return false
	}
	switch parts[1] {
	case "roles", "mapping-rules", "jobs", "events", "identity-providers":
		return false // they belong to the organisation
	}
	return true
}
