package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/app"
	"millrace/internal/app/apptest"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
)

// act is a representative request of a permission.
type act struct {
	permission authz.Permission
	method     string
	// path and body are made for a site; n is fresh for each request.
	path func(s *site) string
	body func(s *site, n int) any
	// wide acts need the permission on the whole organisation.
	wide bool
	// hidden acts answer 422 when the body names a unit or record that the caller may not see: the address itself exists.
	hidden bool
	// anywhere acts need the permission on some unit, because what they touch belongs to none.
	anywhere bool
	// refusal is the code of an answer that only who holds the permission gets: the state does not allow the act.
	refusal string
	// lists names the record of the site that only who holds the permission finds in the list.
	lists string
}

func at(format string, collection ...string) func(*site) string {
	return func(s *site) string {
		args := make([]any, len(collection))
		for i, c := range collection {
			args[i] = s.ids[c]
		}
		return fmt.Sprintf(format, args...)
	}
}

func acts() []act {
	unit := func(s *site) string { return string(s.unit) }
	return append([]act{
		{permission: people.PermViewUnit, method: "GET", path: at("/units/%s", "units")},
		{permission: people.PermViewPerson, method: "GET", path: at("/persons/%s", "persons")},
		{permission: people.PermViewTeam, method: "GET", path: at("/teams/%s", "teams")},
		{permission: "identity.view_service_account", method: "GET", path: at("/service-accounts/%s", "service-accounts")},
		{permission: "catalog.view_application", method: "GET", path: at("/applications/%s", "applications")},
		{permission: "catalog.view_application", method: "GET", path: at("/dependencies/%s", "dependencies")},
		{permission: "catalog.view_application", method: "GET", path: at("/applications/%s/stakeholders", "applications")},
		{permission: "delivery.view_delivery", method: "GET", path: at("/deployments/%s", "deployments")},
		{permission: "delivery.view_delivery", method: "GET", path: at("/incidents/%s", "incidents")},
		{permission: "delivery.view_delivery", method: "GET", path: at("/work-items/%s", "work-items")},
		{permission: "connector.view_connection", method: "GET", path: at("/connections/%s", "connections")},
		{permission: "valuestream.view_metrics", method: "GET", path: func(s *site) string { return "/metrics/dora?unit=" + unit(s) }},
		{permission: "valuestream.view_metrics", method: "GET", path: at("/incidents/%s/attribution", "incidents")},

		{permission: people.PermManageUnit, method: "PATCH", path: at("/units/%s", "units"), body: func(s *site, n int) any { return map[string]any{"type": fmt.Sprint("type ", n)} }},
		{permission: people.PermManageUnit, method: "POST", path: at("/units"), hidden: true,
			body: func(s *site, n int) any { return map[string]any{"name": fmt.Sprint("unit ", n), "parentId": unit(s)} }},
		{permission: people.PermManagePerson, method: "PATCH", path: at("/persons/%s", "persons"), body: func(s *site, n int) any { return map[string]any{"location": fmt.Sprint("room ", n)} }},
		{permission: people.PermManagePerson, method: "POST", path: at("/persons"), hidden: true,
			body: func(s *site, n int) any {
				return map[string]any{"name": "New", "email": fmt.Sprintf("new%d@example.test", n), "unitId": unit(s)}
			}},
		{permission: people.PermManageTeam, method: "PATCH", path: at("/teams/%s", "teams"), body: func(s *site, n int) any { return map[string]any{"description": fmt.Sprint(n)} }},
		{permission: people.PermManageGrant, method: "POST", path: at("/grants"), hidden: true,
			body: func(s *site, n int) any {
				return map[string]any{"roleId": "viewer", "unitId": unit(s), "subjectKind": "team", "subjectId": s.ids["teams"]}
			}},
		{permission: people.PermManageRole, method: "POST", path: at("/roles"), wide: true,
			body: func(s *site, n int) any {
				return map[string]any{"name": fmt.Sprint("role ", n), "permissions": []string{}}
			}},
		{permission: "identity.invite_person", method: "POST", path: at("/invitations"), hidden: true,
			body: func(s *site, n int) any {
				return map[string]any{"email": fmt.Sprintf("guest%d@example.test", n), "unitId": unit(s)}
			}},
		{permission: "identity.manage_service_account", method: "PATCH", path: at("/service-accounts/%s", "service-accounts"),
			body: func(s *site, n int) any { return map[string]any{"description": fmt.Sprint(n)} }},
		{permission: "identity.manage_provider", method: "POST", path: at("/identity-providers"), wide: true,
			body: func(s *site, n int) any {
				return map[string]any{"name": fmt.Sprint("Provider ", n), "issuer": fmt.Sprintf("https://sso%d.example.test", n), "clientId": "c", "clientSecret": "s", "enabled": false}
			}},
		{permission: "catalog.manage_application", method: "PATCH", path: at("/applications/%s", "applications"),
			body: func(s *site, n int) any { return map[string]any{"vendor": fmt.Sprint(n)} }},
		{permission: "catalog.manage_application", method: "POST", path: at("/applications"), hidden: true,
			body: func(s *site, n int) any {
				return map[string]any{"key": fmt.Sprint("app-", n), "name": fmt.Sprint("App ", n), "unitId": unit(s)}
			}},
		{permission: "catalog.manage_application", method: "POST", path: at("/applications/%s/components", "applications"),
			body: func(s *site, n int) any { return map[string]any{"name": fmt.Sprint("component ", n)} }},
		{permission: "delivery.report", method: "POST", path: at("/deployments"), hidden: true,
			body: func(s *site, n int) any {
				return map[string]any{"application": s.key, "environment": "test", "externalId": fmt.Sprint("m", n), "result": "success"}
			}},
		{permission: "delivery.report", method: "PATCH", path: at("/incidents/%s", "incidents"), body: func(s *site, n int) any { return map[string]any{"severity": fmt.Sprint(n)} }},
		{permission: "delivery.manage_mapping", method: "POST", path: at("/mapping-rules"), wide: true,
			body: func(s *site, n int) any {
				return map[string]any{"kind": "environment_class", "pattern": fmt.Sprint("p", n), "target": "TESTING"}
			}},
		{permission: "connector.manage_connection", method: "PATCH", path: at("/connections/%s", "connections"),
			body: func(s *site, n int) any { return map[string]any{"intervalMinutes": n % 1000} }},
		{permission: "delivery.link_account", method: "POST", path: at("/tool-accounts/matches"), wide: true},
		{permission: "connector.run_connection", method: "POST", path: at("/connections/%s/runs", "connections"), refusal: "connection_only_receives",
			body: func(*site, int) any { return map[string]any{"kind": "PULL"} }},
		{permission: "valuestream.correct_attribution", method: "PUT", path: at("/incidents/%s/attribution", "incidents"),
			body: func(s *site, n int) any { return map[string]any{"deploymentId": nil, "reason": fmt.Sprint("try ", n)} }},
		{permission: "valuestream.derive_metrics", method: "POST", path: at("/metrics/derivations"), anywhere: true},
		{permission: "identity.view_account", method: "GET", path: at("/accounts")},
		{permission: "identity.view_account", method: "GET", path: at("/accounts?limit=100"), lists: "clerks"},
		{permission: "identity.manage_account", method: "POST", path: at("/accounts/%s/unlock", "clerks")},
		{permission: people.PermViewRole, method: "GET", path: at("/roles/viewer"), anywhere: true},
		{permission: people.PermViewGrant, method: "GET", path: at("/grants?limit=100&unit=%s", "units"), lists: "grants"},
		{permission: "jobs.manage_job", method: "POST", path: at("/jobs/%s/retry", "jobs"), anywhere: true, refusal: "job_not_failed"},
		{permission: "jobs.view_job", method: "GET", path: at("/jobs")},
		{permission: "audit.view_history", method: "GET", path: at("/events")},
	}, environmentActs()...)
}

// TestPermissionMatrix sends a representative request of every permission as the holder of every built-in role and of an
// own role that holds nothing but the permission to see units, on their own unit and on another. Outside the visible units
// a thing is not there; inside, a lacking permission is told.
func TestPermissionMatrix(t *testing.T) {
	roles := people.BuiltInPermissions(app.Permissions())
	roles["own role"] = []authz.Permission{people.PermViewUnit}
	names := make([]string, 0, len(roles))
	for role := range roles {
		names = append(names, role)
	}
	slices.Sort(names)
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		f := furnish(t, w)
		for _, s := range []*site{f.a, f.b} {
			s.addClerk(t, w)
			s.addJob(t, w)
		}
		roleID := map[string]string{"own role": w.Role(t, "Looks at units", people.PermViewUnit)}
		n := 0
		for _, role := range names {
			code := role
			if roleID[role] != "" {
				code = roleID[role]
			}
			inside := w.Holder(t, code, f.a.unit)
			wide := w.Holder(t, code, w.Root)
			for _, c := range acts() {
				holds := slices.Contains(roles[role], c.permission)
				for _, where := range []struct {
					name  string
					token string
					site  *site
				}{{"own unit", inside, f.a}, {"other unit", inside, f.b}, {"whole organisation", wide, f.b}} {
					n++
					what := fmt.Sprintf("%s %s as %s, %s", c.method, c.path(where.site), role, where.name)
					a := c.send(t, w, where.token, where.site, n)
					if c.lists != "" {
						if found := holdsItem(a, where.site.ids[c.lists]); found != (holds && where.name != "other unit") {
							t.Errorf("%s: found is %v: %d %.300s", what, found, a.Status, a.Body)
						}
						continue
					}
					everything := strings.Count(c.path(where.site), "/") == 1 && c.method == "GET" && !strings.Contains(c.path(where.site), "unit=") || c.anywhere
					want := http.StatusForbidden
					switch {
					case c.wide && where.name != "whole organisation": // stays forbidden
					case everything && holds, where.name != "other unit" && holds:
						want = 0
					case where.name == "other unit" && !everything && holds:
						want = http.StatusNotFound
					}
					switch {
					case want == 0 && (a.Status < 300 || c.refusal != "" && a.Code() == c.refusal):
					case want == a.Status && a.Code() != "":
					case want == http.StatusNotFound && c.hidden && a.Status == http.StatusUnprocessableEntity && a.Code() != "":
					case want == http.StatusForbidden && (c.wide || where.name == "other unit") && a.Status == http.StatusNotFound:
					default:
						t.Errorf("%s: %d %s, want %d (0 is success): %.300s", what, a.Status, a.Code(), want, a.Body)
					}
				}
			}
		}
	})
}

// send sends the request, with the version it must show when it changes a record.
func (c act) send(t *testing.T, w *apptest.World, token string, s *site, n int) apptest.Answer {
	t.Helper()
	var body any
	if c.body != nil {
		body = c.body(s, n)
	}
	var header []string
	if c.method == http.MethodPatch || c.method == http.MethodPut {
		if etag := w.Must(t, 200, w.Admin, "GET", c.path(s), nil).Header.Get("ETag"); etag != "" {
			header = []string{"If-Match", etag}
		}
	}
	a := w.Do(t, token, c.method, c.path(s), body, header...)
	if c.permission == people.PermManageGrant && a.Status == http.StatusCreated {
		w.Must(t, 204, w.Admin, "DELETE", "/grants/"+a.ID(), nil)
	}
	return a
}

// addClerk adds a person with an account to the site.
func (s *site) addClerk(t *testing.T, w *apptest.World) {
	t.Helper()
	p := w.Person(t, s.unit, s.name+" clerk")
	for _, item := range w.Must(t, 200, w.Admin, "GET", "/accounts?limit=100", nil).Items() {
		if account := item.(map[string]any); account["personId"] == string(p.ID) {
			s.ids["clerks"] = account["id"].(string)
			return
		}
	}
	t.Fatal("the clerk has no account")
}

// addJob notes a job that was done.
func (s *site) addJob(t *testing.T, w *apptest.World) {
	t.Helper()
	w.Must(t, 202, w.Admin, "POST", "/metrics/derivations", nil)
	for range 600 {
		for _, item := range w.Must(t, 200, w.Admin, "GET", "/jobs?state=done", nil).Items() {
			s.ids["jobs"] = item.(map[string]any)["id"].(string)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("no job was done")
}

func holdsItem(a apptest.Answer, id string) bool {
	return slices.ContainsFunc(a.Items(), func(item any) bool { return item.(map[string]any)["id"] == id })
}

// TestEveryPermissionHasAnAct keeps the matrix whole.
func TestEveryPermissionHasAnAct(t *testing.T) {
	tried := map[authz.Permission]bool{}
	for _, a := range acts() {
		tried[a.permission] = true
	}
	// Passing a freeze is part of booking and deploying; the tests of bookings try it.
	tried["calendar.override_freeze"] = true
	for _, d := range app.Permissions() {
		if !tried[d.Permission] {
			t.Errorf("no act of the matrix needs %s", d.Permission)
		}
	}
}

// TestATokenIsBoundToItsScopes narrows an administrator's token to one permission.
func TestATokenIsBoundToItsScopes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		p := w.Person(t, w.Root, "Narrow")
		w.Grant(t, p, "administrator", w.Root)
		token := w.Token(t, p, "catalog.view_application")
		w.Must(t, 200, token, "GET", "/applications", nil)
		if a := w.Do(t, token, "POST", "/applications", map[string]any{"key": "k", "name": "N", "unitId": w.Root}); a.Status != 403 {
			t.Errorf("the token wrote: %d %s", a.Status, a.Body)
		}
		if a := w.Do(t, token, "POST", "/tokens", map[string]any{"name": "wider"}); a.Status != 403 {
			t.Errorf("the token made a wider one: %d %s", a.Status, a.Body)
		}
	})
}
