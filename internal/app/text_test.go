package app_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"millrace/internal/app/apptest"
)

// TestOddTextInGoodRequests puts zero bytes, lone surrogates and long text into requests that are good otherwise. The
// text is stored as something readable or refused; nothing breaks, and both engines answer alike.
func TestOddTextInGoodRequests(t *testing.T) {
	odd := map[string]string{
		"zero byte": `a\u0000b`, "zero byte alone": `\u0000`, "lone surrogate": `a\ud800b`, "emoji": `a😀b`, "right to left": `a\u202eb`,
	}
	statuses := map[string]map[string]int{}
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		engine := string(w.App.DB().Engine())
		statuses[engine] = map[string]int{}
		s := newSite(t, w, "A")
		for _, name := range slices.Sorted(maps.Keys(odd)) { // in one order: two of them may be stored as the same text
			text, n := odd[name], len(name)
			for path, body := range map[string]string{
				"POST /units":                  `{"name": "u%s", "parentId": "` + string(s.unit) + `", "type": "%[1]s"}`,
				"POST /persons":                `{"name": "p%s", "email": "odd` + fmt.Sprint(n) + `@example.test", "location": "%[1]s", "unitId": "` + string(s.unit) + `"}`,
				"POST /teams":                  `{"name": "t%s", "description": "%[1]s", "unitId": "` + string(s.unit) + `"}`,
				"POST /roles":                  `{"name": "r%s", "description": "%[1]s", "permissions": []}`,
				"POST /grants":                 `{"roleId": "%s", "unitId": "%[1]s", "subjectKind": "person", "subjectId": "%[1]s"}`,
				"POST /service-accounts":       `{"name": "s%s", "description": "%[1]s", "unitId": "` + string(s.unit) + `"}`,
				"POST /tokens":                 `{"name": "t%s"}`,
				"POST /invitations":            `{"email": "inv` + fmt.Sprint(n) + `@example.test", "name": "i%s", "unitId": "` + string(s.unit) + `"}`,
				"POST /identity-providers":     `{"name": "i%s", "issuer": "https://sso.example.test/%[1]s", "clientId": "%[1]s", "clientSecret": "%[1]s"}`,
				"POST /applications":           `{"key": "odd-` + fmt.Sprint(n) + `", "name": "a%s", "description": "%[1]s", "vendor": "%[1]s", "unitId": "` + string(s.unit) + `"}`,
				"POST /applications/bulk":      `[{"key": "%s", "name": "%[1]s", "unitId": "%[1]s"}]`,
				"POST /applications/bulk-edit": `{"ids": ["%s"], "set": {"unitId": "%[1]s", "vendor": "%[1]s"}}`,
				"POST /applications/" + s.ids["applications"] + "/aliases":      `{"alias": "al%s"}`,
				"POST /applications/" + s.ids["applications"] + "/components":   `{"name": "c%s", "description": "%[1]s"}`,
				"POST /applications/" + s.ids["applications"] + "/repositories": `{"url": "https://git.example.test/%s", "pathPrefix": "%[1]s"}`,
				"POST /applications/" + s.ids["applications"] + "/stakeholders": `{"personId": "%s", "roles": ["%[1]s"]}`,
				"POST /dependencies":       `{"from": "%s", "to": "%[1]s", "note": "%[1]s"}`,
				"POST /connections":        `{"kind": "cdevents", "name": "c%s", "unitId": "` + string(s.unit) + `", "webhookSecret": "0123456789abcdef0123456789%[1]s", "settings": {"%[1]s": "%[1]s"}}`,
				"POST /mapping-rules":      `{"kind": "environment", "pattern": "%s", "application": "%[1]s", "target": "%[1]s"}`,
				"POST /deployments":        `{"application": "secret-a", "name": "%s", "environment": "e%[1]s", "version": "%[1]s", "externalId": "x%[1]s", "result": "success", "repository": "https://git.example.test/%[1]s", "url": "%[1]s"}`,
				"POST /incidents":          `{"application": "secret-a", "title": "t%s", "description": "%[1]s", "externalId": "y%[1]s", "causedBy": "%[1]s"}`,
				"POST /work-items":         `{"application": "secret-a-board", "title": "t%s", "description": "%[1]s", "externalId": "z%[1]s"}`,
				"POST /commits":            `{"repository": "https://git.example.test/%s", "commit": "cccccccccccccccccccccccccccccccccccccccc", "message": "%[1]s"}`,
				"POST /change-requests":    `{"repository": "https://git.example.test/secret-a", "title": "%s", "externalId": "c%[1]s", "description": "%[1]s"}`,
				"POST /pipeline-runs":      `{"application": "secret-a", "name": "%s", "externalId": "p%[1]s", "result": "%[1]s"}`,
				"POST /records/bulk":       `[{"kind": "work_item", "data": {"title": "%s", "externalId": "%[1]s"}}]`,
				"POST /auth/sign-in":       `{"email": "%s", "password": "%[1]s"}`,
				"POST /invitations/accept": `{"token": "%s", "password": "%[1]s"}`,
				"PATCH /me":                `{"name": "m%s", "timeZone": "%[1]s"}`,
			} {
				var method, address string
				_, _ = fmt.Sscan(path, &method, &address)
				header := []string{"Idempotency-Key", fmt.Sprint("odd ", name)}
				if method == http.MethodPatch {
					header = []string{"If-Match", w.Must(t, 200, w.Admin, "GET", address, nil).Header.Get("ETag")}
				}
				a := w.Do(t, w.Admin, method, address, fmt.Sprintf(body, text), append(header, "Idempotency-Key", "odd "+name+path)...)
				if a.Status >= 500 || (a.Status >= 400 && a.Code() == "") {
					t.Errorf("%s with %s: %d %.300s", path, name, a.Status, a.Body)
				}
				statuses[engine][name+" in "+path[:min(30, len(path))]] = a.Status
			}
		}
	})
	for what, status := range statuses["sqlite"] {
		if other, ran := statuses["postgres"][what]; ran && other != status && len(what) < 40 {
			t.Errorf("%s: SQLite answers %d, PostgreSQL %d", what, status, other)
		}
	}
}
