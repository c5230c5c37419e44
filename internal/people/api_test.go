package people_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

// serve runs an API test in a fresh world on both engines.
func serve(t *testing.T, fn func(t *testing.T, w *peopletest.World, s *httpapitest.Server)) {
	t.Helper()
	dbtest.Each(t, peopletest.Migrations, func(t *testing.T, d *db.DB) {
		w := peopletest.New(t, d)
		fn(t, w, httpapitest.New(t, d, w.Clock, w.Mount))
	})
}

type unitBody struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Parent   string           `json:"parentId"`
	Path     string           `json:"path"`
	Depth    int              `json:"depth"`
	Director *string          `json:"directorId"`
	Version  int              `json:"version"`
	Counts   map[string]int64 `json:"counts"`
	Actions  []string         `json:"actions"`

	Consequences []people.Consequence `json:"consequences"`
}

type listBody[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

func want(t testing.TB, a httpapitest.Answer, status int, code string) httpapitest.Answer {
	t.Helper()
	if a.Status != status || status >= 400 && a.Code() != code {
		t.Fatalf("%d %q, want %d %q: %s", a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

func into[T any](t testing.TB, a httpapitest.Answer) (v T) {
	t.Helper()
	a.Into(t, &v)
	return v
}

func TestUnitsThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *peopletest.World, s *httpapitest.Server) {
		list := into[listBody[unitBody]](t, want(t, s.Do(t, "GET", "/units", nil), 200, ""))
		if len(list.Items) != 1 || list.Items[0].Name != "Organisation" || list.Items[0].Parent != "" {
			t.Fatalf("%+v", list)
		}
		root := list.Items[0].ID
		made := want(t, s.Do(t, "POST", "/units", map[string]any{"name": "Retail", "parentId": root}, "Idempotency-Key", "k1"), 201, "")
		retail := into[unitBody](t, made)
		if made.Header.Get("ETag") != `"1"` || retail.Parent != root || retail.Depth != 1 || retail.Path != "/"+root+"/"+retail.ID+"/" {
			t.Fatalf("%+v", retail)
		}
		again := into[unitBody](t, want(t, s.Do(t, "POST", "/units", map[string]any{"name": "Retail", "parentId": root}, "Idempotency-Key", "k1"), 201, ""))
		if again.ID != retail.ID {
			t.Fatal("the same key made a second unit")
		}
		bulk := want(t, s.Do(t, "POST", "/units/bulk", []map[string]any{{"name": "Cards", "parentId": retail.ID}, {"name": "Cards", "parentId": retail.ID}}), 200, "")
		var result httpapi.Bulk[unitBody]
		bulk.Into(t, &result)
		if result.Succeeded != 1 || result.Failed != 1 || result.Items[1].Problem.Code != "unit_name_taken" {
			t.Fatalf("%s", bulk.Body)
		}
		// Every page in turn, the root first.
		var names []string
		for cursor := ""; ; {
			page := into[listBody[unitBody]](t, want(t, s.Do(t, "GET", "/units?limit=1&cursor="+cursor, nil), 200, ""))
			names = append(names, page.Items[0].Name)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if strings.Join(names, " ") != "Organisation Retail Cards" {
			t.Fatal(names)
		}
		path := "/units/" + retail.ID
		want(t, s.Do(t, "PATCH", path, map[string]any{"name": "R"}), 428, "if_match_required")
		want(t, s.Do(t, "PATCH", path, map[string]any{"name": "R"}, "If-Match", "x"), 400, "if_match_malformed")
		want(t, s.Do(t, "PATCH", path, map[string]any{"name": ""}, "If-Match", `"1"`), 422, "unit_invalid")
		want(t, s.Do(t, "PATCH", path, map[string]any{"nome": "R"}, "If-Match", `"1"`), 422, "validation_failed")
		changed := want(t, s.Do(t, "PATCH", path, map[string]any{"name": "Retail Bank"}, "If-Match", `"1"`), 200, "")
		if changed.Header.Get("ETag") != `"2"` || into[unitBody](t, changed).Counts["units"] != 1 {
			t.Fatalf("%s", changed.Body)
		}
		stale := want(t, s.Do(t, "PATCH", path, map[string]any{"name": "R"}, "If-Match", `"1"`), 409, "stale")
		if !strings.Contains(string(stale.Body), `"currentVersion":2`) || !strings.Contains(string(stale.Body), "Retail Bank") {
			t.Fatalf("%s", stale.Body)
		}
		want(t, s.Do(t, "PATCH", path, map[string]any{"parentId": nil}, "If-Match", `"2"`), 422, "unit_invalid")
		want(t, s.Do(t, "PATCH", path, map[string]any{"parentId": result.Items[0].Item.ID}, "If-Match", `"2"`), 409, "unit_cycle")
		want(t, s.Do(t, "GET", "/units/nowhere", nil), 404, "not_found")
		other := into[unitBody](t, want(t, s.Do(t, "POST", "/units", map[string]any{"name": "Other", "parentId": root}), 201, ""))
		dry := into[unitBody](t, want(t, s.Do(t, "PATCH", path+"?dryRun=true", map[string]any{"parentId": other.ID}, "If-Match", `"2"`), 200, ""))
		if len(dry.Consequences) != 1 || dry.Parent != other.ID {
			t.Fatalf("%+v", dry)
		}
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"2"`), 422, "rehome_required")
		want(t, s.Do(t, "DELETE", path+"?rehomeTo="+other.ID, nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", path+"?dryRun=true&rehomeTo="+other.ID, nil, "If-Match", `"2"`), 200, "")
		gone := into[people.Consequences](t, want(t, s.Do(t, "DELETE", path+"?rehomeTo="+other.ID, nil, "If-Match", `"2"`), 200, ""))
		if gone.DryRun || len(gone.Consequences) != 1 || gone.Consequences[0].Kind != "units_move" {
			t.Fatalf("%+v", gone)
		}
		want(t, s.Do(t, "GET", path, nil), 404, "not_found")
	})
}

func TestPersonsThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *peopletest.World, s *httpapitest.Server) {
		type body struct {
			people.PersonView
			Null *string `json:"null"`
		}
		made := want(t, s.Do(t, "POST", "/persons", map[string]any{"name": "Ada", "email": "ada@example.com", "validUntil": "2025-03-05T09:00:00Z"}), 201, "")
		ada := into[body](t, made)
		if made.Header.Get("ETag") != `"1"` || ada.DaysRemaining == nil || *ada.DaysRemaining != 2 || ada.UnitName != "Organisation" || ada.State != people.Pending {
			t.Fatalf("%s", made.Body)
		}
		bad := want(t, s.Do(t, "POST", "/persons", map[string]any{"name": "X", "email": "a..b@example.com"}), 422, "person_invalid")
		if !strings.Contains(string(bad.Body), `"path":"body.email"`) {
			t.Fatalf("%s", bad.Body)
		}
		want(t, s.Do(t, "POST", "/persons", map[string]any{"name": "X", "email": "ADA@example.com"}), 409, "email_taken")
		want(t, s.Do(t, "POST", "/persons", map[string]any{"name": "X"}), 422, "validation_failed")
		path := "/persons/" + string(ada.ID)
		want(t, s.Do(t, "PATCH", path, map[string]any{"phone": "1"}), 428, "if_match_required")
		cleared := want(t, s.Do(t, "PATCH", path, map[string]any{"phone": "1", "validUntil": nil}, "If-Match", `"1"`), 200, "")
		if strings.Contains(string(cleared.Body), "validUntil") || strings.Contains(string(cleared.Body), "daysRemaining") {
			t.Fatalf("%s", cleared.Body)
		}
		want(t, s.Do(t, "PATCH", path, map[string]any{"phone": "2"}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "PATCH", path, map[string]any{"validUntil": "tomorrow"}, "If-Match", `"2"`), 422, "validation_failed")
		want(t, s.Do(t, "POST", path+"/deactivate", nil), 428, "if_match_required")
		off := into[body](t, want(t, s.Do(t, "POST", path+"/deactivate", nil, "If-Match", `"2"`), 200, ""))
		if off.State != people.Inactive || strings.Join(off.Actions, " ") != "edit reassign reactivate delete" {
			t.Fatalf("%+v", off)
		}
		want(t, s.Do(t, "POST", path+"/deactivate", nil, "If-Match", `"3"`), 409, "person_state")
		want(t, s.Do(t, "POST", path+"/reactivate", nil, "If-Match", `"3"`), 200, "")
		bulk := want(t, s.Do(t, "POST", "/persons/bulk", []map[string]any{{"name": "Bob", "email": "bob@example.com"}, {"name": "B", "email": "no"}}), 200, "")
		var result httpapi.Bulk[body]
		bulk.Into(t, &result)
		if result.Succeeded != 1 || result.Items[1].Problem.Status != 422 {
			t.Fatalf("%s", bulk.Body)
		}
		bob := result.Items[0].Item.ID
		want(t, s.Do(t, "POST", path+"/reassignments?dryRun=true", map[string]any{"toPersonId": bob}), 200, "")
		want(t, s.Do(t, "POST", path+"/reassignments", map[string]any{"toPersonId": "nobody"}), 422, "person_unknown")
		want(t, s.Do(t, "POST", path+"/reassignments", map[string]any{"toPersonId": bob, "scope": "some"}), 422, "validation_failed")
		list := into[listBody[body]](t, want(t, s.Do(t, "GET", "/persons?q=bo&state=PENDING&sort=-createdAt", nil), 200, ""))
		if len(list.Items) != 1 || list.Items[0].ID != bob {
			t.Fatalf("%+v", list)
		}
		want(t, s.Do(t, "GET", "/persons?sort=shoe", nil), 422, "validation_failed")
		want(t, s.Do(t, "GET", "/persons?cursor=x", nil), 400, "bad_cursor")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"4"`), 409, "person_state")
		want(t, s.Do(t, "DELETE", "/persons/"+string(bob)+"?dryRun=true", nil, "If-Match", `"1"`), 200, "")
		want(t, s.Do(t, "DELETE", "/persons/"+string(bob), nil, "If-Match", `"1"`), 200, "")
		want(t, s.Do(t, "GET", "/persons/"+string(bob), nil), 404, "not_found")
	})
}

func TestTeamsRolesAndGrantsThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *peopletest.World, s *httpapitest.Server) {
		ada := w.AddPerson("Ada", "")
		root := string(w.Root.ID)
		made := want(t, s.Do(t, "POST", "/teams", map[string]any{"name": "Core", "unitId": root, "members": []map[string]any{{"personId": ada.ID, "lead": true}}}), 201, "")
		team := into[people.TeamWithMembersView](t, made)
		if len(team.Members) != 1 || !team.Members[0].Lead || team.MemberCount != 1 {
			t.Fatalf("%s", made.Body)
		}
		path := "/teams/" + string(team.ID)
		want(t, s.Do(t, "PATCH", path, map[string]any{"name": "Kern"}), 428, "if_match_required")
		want(t, s.Do(t, "PATCH", path, map[string]any{"name": "Kern"}, "If-Match", `"1"`), 200, "")
		want(t, s.Do(t, "PATCH", path, map[string]any{"name": "Late"}, "If-Match", `"1"`), 409, "stale")
		member := path + "/members/" + string(ada.ID)
		after := into[people.TeamWithMembersView](t, want(t, s.Do(t, "PUT", member, map[string]any{"lead": false}), 200, ""))
		if after.Members[0].Lead {
			t.Fatalf("%+v", after)
		}
		want(t, s.Do(t, "DELETE", member, nil), 200, "")
		want(t, s.Do(t, "DELETE", member, nil), 200, "")
		want(t, s.Do(t, "PUT", path+"/members/nobody", map[string]any{}), 422, "person_unknown")
		want(t, s.Do(t, "GET", "/teams/nothing", nil), 404, "not_found")

		roles := into[listBody[people.RoleView]](t, want(t, s.Do(t, "GET", "/roles", nil), 200, ""))
		if len(roles.Items) != 6 || !roles.Items[0].BuiltIn {
			t.Fatalf("%+v", roles)
		}
		permissions := into[listBody[map[string]any]](t, want(t, s.Do(t, "GET", "/permissions", nil), 200, ""))
		if len(permissions.Items) != len(people.Permissions) {
			t.Fatalf("%+v", permissions)
		}
		role := into[people.RoleView](t, want(t, s.Do(t, "POST", "/roles", map[string]any{"name": "Auditor", "permissions": []string{"people.view_unit"}}), 201, ""))
		want(t, s.Do(t, "POST", "/roles", map[string]any{"name": "Bad", "permissions": []string{"nope"}}), 422, "role_invalid")
		want(t, s.Do(t, "PATCH", "/roles/"+string(role.ID), map[string]any{"permissions": []string{}}, "If-Match", `"1"`), 200, "")
		want(t, s.Do(t, "DELETE", "/roles/"+string(role.ID), nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", "/roles/"+string(roles.Items[1].ID), nil, "If-Match", `"1"`), 409, "role_built_in")
		want(t, s.Do(t, "GET", "/roles/viewer", nil), 200, "")
		want(t, s.Do(t, "GET", "/roles/nobody", nil), 404, "not_found")

		grant := into[people.GrantView](t, want(t, s.Do(t, "POST", "/grants", map[string]any{"roleId": "viewer", "unitId": root, "subjectKind": "team", "subjectId": team.ID}), 201, ""))
		if grant.SubjectName != "Kern" || grant.RoleName != "Viewer" || !grant.Effective {
			t.Fatalf("%+v", grant)
		}
		want(t, s.Do(t, "POST", "/grants", map[string]any{"roleId": "viewer", "unitId": root, "subjectKind": "team", "subjectId": team.ID}), 409, "grant_exists")
		want(t, s.Do(t, "POST", "/grants", map[string]any{"roleId": "viewer", "unitId": root, "subjectKind": "robot", "subjectId": team.ID}), 422, "validation_failed")
		list := into[listBody[people.GrantView]](t, want(t, s.Do(t, "GET", "/grants?inForceOn="+root, nil), 200, ""))
		if len(list.Items) != 1 {
			t.Fatalf("%+v", list)
		}
		want(t, s.Do(t, "DELETE", "/grants/"+string(grant.ID), nil), 204, "")
		want(t, s.Do(t, "DELETE", "/grants/"+string(grant.ID), nil), 404, "not_found")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"2"`), 200, "")
	})
}

func TestImportThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *peopletest.World, s *httpapitest.Server) {
		const csv, url = "Name,Email\nAda,ada@example.com\nBob,bob@\n", "/persons/imports"
		report := func(a httpapitest.Answer) people.ImportReport {
			return into[people.ImportReport](t, want(t, a, 200, ""))
		}
		if got := report(s.Do(t, "POST", url+"?dryRun=true", csv, "Content-Type", "text/csv; charset=utf-8")); got.Applied || got.Invalid != 1 || got.Items[0].Errors[0].Path != "row 3, column Email" {
			t.Fatalf("%+v", got)
		}
		want(t, s.Do(t, "POST", url, csv, "Content-Type", "text/csv"), 422, "import_invalid")
		if got := report(s.Do(t, "POST", url+"?skipInvalid=true", map[string]any{"text": csv})); !got.Applied || got.Created != 1 {
			t.Fatalf("%+v", got)
		}
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		must(t, m.WriteField("mapping", `{"Email":"Address"}`))
		part, err := m.CreateFormFile("file", "people.csv")
		must(t, err)
		_, _ = fmt.Fprint(part, "Name,Address\nCid,cid@example.com\n")
		must(t, m.Close())
		if got := report(s.Do(t, "POST", url, form.String(), "Content-Type", m.FormDataContentType())); got.Created != 1 {
			t.Fatalf("%+v", got)
		}
		want(t, s.Do(t, "POST", url, "--x\r\n\r\n--x--", "Content-Type", "multipart/form-data; boundary=x"), 400, "file_missing")
		want(t, s.Do(t, "POST", url, "nonsense", "Content-Type", "multipart/form-data; boundary=x"), 400, "file_missing")
		want(t, s.Do(t, "POST", url, "{", "Content-Type", "application/json"), 400, "malformed_request")
		want(t, s.Do(t, "POST", url, "<x/>", "Content-Type", "application/xml"), 415, "unsupported_media_type")
		want(t, s.Do(t, "POST", url, "", "Content-Type", "text/csv"), 422, "table_empty")
		want(t, s.Do(t, "POST", url, "Name,Shoe\nA,1\n", "Content-Type", "text/csv"), 422, "header_invalid")
		want(t, s.As(peopletest.Principal(w.Root, people.PermViewPerson)).Do(t, "POST", url, csv, "Content-Type", "text/csv"), 403, "permission_missing")
	})
}

// calls lists one request per route of the slice that is not a list, for somebody who may not.
func calls(w *peopletest.World, unit people.Unit, person people.Person, team people.Team) [][3]string {
	u, p, t := "/units/"+string(unit.ID), "/persons/"+string(person.ID), "/teams/"+string(team.ID)
	return [][3]string{
		{"GET", u, ""}, {"PATCH", u, `{"name":"x"}`}, {"DELETE", u + "?rehomeTo=" + string(w.Root.ID), ""},
		{"GET", p, ""}, {"PATCH", p, `{"name":"x"}`}, {"DELETE", p, ""}, {"POST", p + "/deactivate", ""}, {"POST", p + "/reactivate", ""},
		{"POST", p + "/reassignments", `{"toPersonId":"x"}`},
		{"GET", t, ""}, {"PATCH", t, `{"name":"x"}`}, {"DELETE", t, ""},
		{"PUT", t + "/members/" + string(person.ID), `{}`}, {"DELETE", t + "/members/" + string(person.ID), ""},
	}
}

func TestAccessThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *peopletest.World, s *httpapitest.Server) {
		a, b := w.AddUnit("A", ""), w.AddUnit("B", "")
		ada := w.AddPerson("Ada", a.ID)
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: a.ID})
		must(t, err)
		everything := make([]authz.Permission, len(people.Permissions))
		for i, d := range people.Permissions {
			everything[i] = d.Permission
		}
		views := []authz.Permission{people.PermViewUnit, people.PermViewPerson, people.PermViewTeam}
		send := func(p *authz.Principal, c [3]string) int {
			var body any
			if c[2] != "" {
				body = c[2]
			}
			return s.As(p).Do(t, c[0], c[1], body, "If-Match", `"1"`).Status
		}
		for _, c := range calls(w, a, ada, team) {
			if got := send(nil, c); got != http.StatusUnauthorized {
				t.Errorf("nobody %v: %d", c, got)
			}
			// Who manages B does not even learn that the things of A are there.
			if got := send(peopletest.Principal(b, everything...), c); got != http.StatusNotFound {
				t.Errorf("from elsewhere %v: %d", c, got)
			}
			status := http.StatusForbidden
			if c[0] == "GET" {
				status = http.StatusOK
			}
			if got := send(peopletest.Principal(a, views...), c); got != status {
				t.Errorf("viewer %v: %d", c, got)
			}
		}
		nothing := &authz.Principal{Kind: authz.PersonPrincipal, Person: "nobody"}
		for _, path := range []string{"/units", "/persons", "/teams", "/roles", "/grants", "/permissions"} {
			want(t, s.As(nil).Do(t, "GET", path, nil), 401, "sign_in_required")
			list := into[listBody[json.RawMessage]](t, want(t, s.As(nothing).Do(t, "GET", path, nil), 200, ""))
			if len(list.Items) != 0 || list.Items == nil {
				t.Errorf("%s without grants: %s", path, list.Items)
			}
		}
	})
}

func TestEveryRouteIsGuardedAndDocumented(t *testing.T) {
	w := peopletest.New(t, dbtest.SQLite(t, peopletest.Migrations...))
	s := httpapitest.New(t, w.DB, w.Clock, w.Mount)
	known := map[string]bool{"signed_in": true}
	for _, d := range people.Permissions {
		known[string(d.Permission)] = true
	}
	if len(s.API.Routes()) < 25 {
		t.Fatalf("only %d routes", len(s.API.Routes()))
	}
	for _, r := range s.API.Routes() {
		if !known[r.Guard.Name()] {
			t.Errorf("%s %s is guarded by %q", r.Method, r.Path, r.Guard.Name())
		}
		if r.Guard.Name() == "signed_in" && (r.Method != "GET" || strings.Contains(r.Path, "{")) {
			t.Errorf("%s %s is open to everybody who signed in", r.Method, r.Path)
		}
	}
}
