package environment_test

import (
	"strings"
	"testing"

	"millrace/internal/catalog/catalogtest"
	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/httpapi/httpapitest"
)

// TestAccess tries every call as nobody (401), from elsewhere (404, or 422 where the body names the record), without the
// permission (403), and with it.
func TestAccess(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		shop, ops := w.AddUnit("Shop", ""), w.AddUnit("Ops", "")
		in := func(e *environment.Environment) { e.Unit = shop.ID }
		a, b := w.AddEnvironment("A", in), w.AddEnvironment("B", in)
		w.AddGroup("lane", a, b)
		into[environment.GroupView](t, s.Do(t, "PATCH", "/environment-groups/lane", body{"unitId": shop.ID}, "If-Match", `"1"`))
		host := into[stack.Host](t, s.Do(t, "POST", "/environments/A/hosts", body{"name": "h"}))
		part := into[stack.Component](t, s.Do(t, "POST", "/environments/A/components", body{"name": "c"}))
		connection := into[struct{ Items []environment.Connected }](t, s.Do(t, "POST", "/environment-connections", body{"group": "lane", "items": []body{{"source": "A", "target": "B"}}})).Items[0]

		calls := []struct {
			method, path string
			body         any
			stack        bool // manage_stack instead of manage_environment
			view         bool
		}{
			{"GET", "/environments/A", nil, false, true},
			{"GET", "/environments/A/stack", nil, false, true},
			{"GET", "/environments/A/version-history", nil, false, true},
			{"GET", "/environments/A/configuration", nil, false, true},
			{"GET", "/environments/A/data-refreshes", nil, false, true},
			{"GET", "/environments/A/equivalents", nil, false, true},
			{"GET", "/environments/compare?a=A&b=B", nil, false, true},
			{"GET", "/environment-groups/lane", nil, false, true},
			{"GET", "/environment-map?group=lane", nil, false, true},
			{"GET", "/environment-map?environment=A", nil, false, true},
			{"POST", "/environments", body{"key": "N", "unitId": shop.ID}, false, false},
			{"PATCH", "/environments/A", body{"name": "x"}, false, false},
			{"DELETE", "/environments/A", nil, false, false},
			{"POST", "/environments/A/duplicate", body{"key": "N2"}, false, false},
			{"POST", "/environment-groups", body{"key": "N", "unitId": shop.ID}, false, false},
			{"PATCH", "/environment-groups/lane", body{"name": "x"}, false, false},
			{"PUT", "/environment-groups/lane/members", body{"members": []string{}}, false, false},
			{"DELETE", "/environment-groups/lane", nil, false, false},
			{"POST", "/environment-connections", body{"group": "lane", "items": []body{{"source": "A", "target": "B"}}}, false, false},
			{"PATCH", "/environment-connections/" + connection.ID, body{"note": "x"}, false, false},
			{"DELETE", "/environment-connections/" + connection.ID, nil, false, false},
			{"POST", "/environments/A/stack/copy", body{"from": "B"}, true, false},
			{"POST", "/environments/A/hosts", body{"name": "x"}, true, false},
			{"PATCH", "/environments/A/hosts/" + host.ID, body{"name": "x"}, true, false},
			{"DELETE", "/environments/A/hosts/" + host.ID, nil, true, false},
			{"POST", "/environments/A/components", body{"name": "x"}, true, false},
			{"PATCH", "/environments/A/components/" + part.ID, body{"name": "x"}, true, false},
			{"DELETE", "/environments/A/components/" + part.ID, nil, true, false},
			{"POST", "/environments/A/versions", body{"application": "x", "version": "1"}, true, false},
			{"PATCH", "/environments/A/configuration", body{"set": []body{}}, true, false},
			{"POST", "/environments/A/data-refreshes", body{}, true, false},
		}
		for _, c := range calls {
			do := func() httpapitest.Answer { return s.Do(t, c.method, c.path, c.body, "If-Match", `"1"`) }
			s.As(nil)
			if got := do(); got.Status != 401 {
				t.Errorf("nobody: %s %s: %d %s", c.method, c.path, got.Status, got.Body)
			}
			s.As(environmenttest.Manager(ops))
			if got := do(); got.Status != 404 && !(got.Status == 422 && got.Code() == "unit_unknown") {
				t.Errorf("from elsewhere: %s %s: %d %s", c.method, c.path, got.Status, got.Body)
			}
			if c.view {
				s.As(environmenttest.Viewer(shop))
				if got := do(); got.Status != 200 {
					t.Errorf("a viewer: %s %s: %d %s", c.method, c.path, got.Status, got.Body)
				}
				s.As(catalogtest.Holder(shop, "other.permission"))
				if got := do(); got.Status != 403 {
					t.Errorf("without: %s %s: %d %s", c.method, c.path, got.Status, got.Body)
				}
				continue
			}
			// Holds the other of the two permissions here, and the right one elsewhere, so that the route lets him in.
			lacking, right := environment.PermManageStack, environment.PermManage
			if c.stack {
				lacking, right = right, lacking
			}
			p := catalogtest.Holder(shop, environment.PermView, lacking)
			p.Grants = append(p.Grants, catalogtest.Holder(ops, environment.PermView, right).Grants...)
			s.As(p)
			if got := do(); got.Status != 403 || got.Code() != "permission_missing" {
				t.Errorf("without the permission: %s %s: %d %s", c.method, c.path, got.Status, got.Body)
			}
		}
		s.As(environmenttest.Viewer(ops))
		for _, list := range []string{"/environments", "/environment-groups", "/environment-connections"} {
			if got := s.Do(t, "GET", list, nil); got.Status != 200 || !strings.Contains(string(got.Body), `"items":[]`) {
				t.Errorf("%s: %d %s", list, got.Status, got.Body)
			}
		}
		s.As(environmenttest.Manager(shop))
		for _, c := range []int{10, 11, 13, 15, 24} {
			x := calls[c]
			etag := `"1"`
			if strings.HasPrefix(x.path, "/environment-groups/") {
				etag = `"2"`
			}
			if got := s.Do(t, x.method, x.path, x.body, "If-Match", etag); got.Status >= 300 {
				t.Errorf("a manager: %s %s: %d %s", x.method, x.path, got.Status, got.Body)
			}
		}
	})
}
