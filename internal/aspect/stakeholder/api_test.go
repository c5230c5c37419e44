package stakeholder_test

import (
	"strings"
	"testing"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

func want(t testing.TB, a httpapitest.Answer, status int, code string) stakeholder.ListView {
	t.Helper()
	if a.Status != status || status >= 400 && a.Code() != code {
		t.Fatalf("%d %q, want %d %q: %s", a.Status, a.Code(), status, code, a.Body)
	}
	var v stakeholder.ListView
	if status < 400 {
		a.Into(t, &v)
	}
	return v
}

func TestStakeholdersThroughHTTP(t *testing.T) {
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := httpapitest.New(t, d, w.Clock, func(api *httpapi.API) { w.stakeholders.Mount(api, w.subject()) })
		const url = "/things/one/stakeholders"
		empty := s.Do(t, "GET", url, nil)
		if v := want(t, empty, 200, ""); v.Items == nil || len(v.Items) != 0 || empty.Header.Get("ETag") != `"1"` {
			t.Fatalf("%s", empty.Body)
		}
		added := s.Do(t, "POST", url, map[string]any{"personId": w.ada.ID, "accountable": true, "roles": []string{"Owner"}})
		v := want(t, added, 200, "")
		if len(v.Items) != 1 || v.Items[0].Name != "Ada" || !v.Items[0].Accountable || added.Header.Get("ETag") != `"2"` {
			t.Fatalf("%s", added.Body)
		}
		dry := want(t, s.Do(t, "POST", url+"?dryRun=true", map[string]any{"teamId": w.core.ID, "accountable": true}), 200, "")
		if len(dry.Consequences) != 1 || len(dry.Items) != 2 {
			t.Fatalf("%+v", dry)
		}
		want(t, s.Do(t, "POST", url, map[string]any{"personId": "nobody"}), 422, "person_unknown")
		want(t, s.Do(t, "POST", url, map[string]any{"personId": w.ada.ID, "boss": true}), 422, "validation_failed")
		want(t, s.Do(t, "GET", "/things/none/stakeholders", nil), 404, "not_found")
		list := map[string]any{"items": []map[string]any{{"personId": w.bob.ID, "responsible": true}}}
		want(t, s.Do(t, "PUT", url, list), 428, "if_match_required")
		want(t, s.Do(t, "PUT", url, list, "If-Match", `"1"`), 409, "stale")
		twice := map[string]any{"items": []map[string]any{{"personId": w.bob.ID}, {"personId": w.bob.ID}}}
		want(t, s.Do(t, "PUT", url, twice, "If-Match", `"2"`), 422, "stakeholders_invalid")
		v = want(t, s.Do(t, "PUT", url, list, "If-Match", `"2"`), 200, "")
		if len(v.Items) != 1 || v.Items[0].Name != "Bob" || len(v.Consequences) != 1 {
			t.Fatalf("%+v", v)
		}
		one := url + "/" + v.Items[0].ID
		want(t, s.Do(t, "PATCH", one, map[string]any{"accountable": true}), 428, "if_match_required")
		v = want(t, s.Do(t, "PATCH", one, map[string]any{"accountable": true}, "If-Match", `"3"`), 200, "")
		if !v.Items[0].Accountable || !v.Items[0].Responsible {
			t.Fatalf("%+v", v)
		}
		want(t, s.Do(t, "POST", "/things/two/stakeholders/imports", map[string]any{"id": "one"}), 200, "")
		want(t, s.Do(t, "POST", "/things/two/stakeholders/imports", map[string]any{"id": "none"}), 422, "record_unknown")
		want(t, s.Do(t, "DELETE", one, nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", one, nil, "If-Match", `"4"`), 200, "")
		want(t, s.Do(t, "DELETE", one, nil, "If-Match", `"5"`), 404, "not_found")

		viewer, elsewhere := peopletest.Principal(w.a, permView), peopletest.Principal(w.b, permView, permManage)
		for _, c := range [][3]string{
			{"GET", url, ""}, {"PUT", url, `{"items":[]}`}, {"POST", url, `{"personId":"x"}`}, {"POST", url + "/imports", `{"id":"two"}`},
			{"PATCH", one, `{}`}, {"DELETE", one, ""},
		} {
			var body any
			if c[2] != "" {
				body = c[2]
			}
			want(t, s.As(nil).Do(t, c[0], c[1], body, "If-Match", `"5"`), 401, "sign_in_required")
			want(t, s.As(elsewhere).Do(t, c[0], c[1], body, "If-Match", `"5"`), 404, "not_found")
			if c[0] == "GET" {
				v = want(t, s.As(viewer).Do(t, c[0], c[1], body), 200, "")
				if len(v.Actions) != 0 {
					t.Fatal("a viewer is offered acts")
				}
				continue
			}
			want(t, s.As(viewer).Do(t, c[0], c[1], body, "If-Match", `"5"`), 403, "permission_missing")
		}
		for _, r := range s.API.Routes() {
			if name := r.Guard.Name(); name != string(permView) && name != string(permManage) || !strings.HasPrefix(r.Path, "/things/{id}/stakeholders") {
				t.Errorf("%s %s is guarded by %q", r.Method, r.Path, name)
			}
		}
	})
}
