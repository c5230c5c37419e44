package calendar_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"millrace/internal/calendar"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

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

type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

type (
	body   = map[string]any
	window = calendar.WindowView
)

func TestFreezesThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *world, s *httpapitest.Server) {
		year := body{"name": "Year end", "from": "2025-12-20T18:00:00+01:00", "to": "2026-01-04T22:00:00Z", "zone": "Europe/Berlin", "scope": body{"groups": []string{"lane"}}}
		dry := into[window](t, want(t, s.Do(t, "POST", "/freezes?dryRun=true", year), 201, ""))
		if dry.Consequences[0].Count != 2 || dry.Scope[0].Kind != calendar.ForGroup {
			t.Fatalf("%+v", dry)
		}
		if list := into[page[window]](t, want(t, s.Do(t, "GET", "/freezes", nil), 200, "")); len(list.Items) != 0 {
			t.Fatalf("%+v", list)
		}
		made := want(t, s.Do(t, "POST", "/freezes", year, "Idempotency-Key", "k"), 201, "")
		f := into[window](t, made)
		if made.Header.Get("ETag") != `"1"` || f.From.Hour() != 17 || f.Phase != calendar.Upcoming || strings.Join(f.AllowedActs, " ") != "edit duplicate cancel delete" {
			t.Fatalf("%s", made.Body)
		}
		if again := into[window](t, want(t, s.Do(t, "POST", "/freezes", year, "Idempotency-Key", "k"), 201, "")); again.ID != f.ID {
			t.Fatal("the same key made a second freeze")
		}
		path := "/freezes/" + f.ID
		bad := want(t, s.Do(t, "POST", "/freezes", body{"name": "x", "from": "2025-01-02T00:00:00Z", "to": "2025-01-01T00:00:00Z"}), 422, "freeze_invalid")
		if !strings.Contains(string(bad.Body), `"path":"body.to"`) {
			t.Fatalf("%s", bad.Body)
		}
		want(t, s.Do(t, "POST", "/freezes", body{"name": "x", "from": "2025-01-02T00:00:00Z", "to": "soon"}), 422, "validation_failed")
		want(t, s.Do(t, "POST", "/freezes", body{"name": "x", "from": "2025-01-02T00:00:00Z", "to": "2025-01-03T00:00:00Z", "recurrence": body{"rule": "FREQ=HOURLY"}}), 422, "freeze_invalid")
		want(t, s.Do(t, "PATCH", path, body{"name": "y"}), 428, "if_match_required")
		want(t, s.Do(t, "PATCH", path, body{"nome": "y"}, "If-Match", `"1"`), 422, "validation_failed")
		weekly := body{"recurrence": body{"rule": "FREQ=YEARLY", "skip": []string{"2027-12-20"}}, "refuses": []string{"deployment"}}
		changed := into[window](t, want(t, s.Do(t, "PATCH", path, weekly, "If-Match", `"1"`), 200, ""))
		if changed.Recurrence == nil || changed.Recurrence.Zone != "Europe/Berlin" || changed.Ends != nil || len(changed.Refuses) != 1 {
			t.Fatalf("%+v", changed)
		}
		stale := want(t, s.Do(t, "PATCH", path, body{"name": "y"}, "If-Match", `"1"`), 409, "stale")
		if !strings.Contains(string(stale.Body), `"currentVersion":2`) {
			t.Fatalf("%s", stale.Body)
		}
		once := into[window](t, want(t, s.Do(t, "PATCH", path+"?dryRun=true", body{"recurrence": nil}, "If-Match", `"2"`), 200, ""))
		if once.Recurrence != nil || once.Ends == nil {
			t.Fatalf("%+v", once)
		}
		for year, n := range map[string]int{"2024": 0, "2025": 1, "2026": 1, "2028": 1} {
			if got := into[page[window]](t, want(t, s.Do(t, "GET", "/freezes?zone=Europe/Berlin&year="+year, nil), 200, "")); len(got.Items) != n {
				t.Fatalf("%s: %d freezes", year, len(got.Items))
			}
		}
		want(t, s.Do(t, "GET", "/freezes?sort=shoe", nil), 422, "validation_failed")
		want(t, s.Do(t, "GET", "/freezes?cursor=x", nil), 400, "bad_cursor")
		want(t, s.Do(t, "GET", "/holidays/"+f.ID, nil), 404, "not_found")
		copied := into[window](t, want(t, s.Do(t, "POST", path+"/duplicate", body{"name": "Next", "from": "2026-06-20T10:00:00Z"}), 201, ""))
		if copied.To.Sub(copied.From) != f.To.Sub(f.From) || copied.Name != "Next" {
			t.Fatalf("%+v", copied)
		}
		want(t, s.Do(t, "POST", path+"/cancel", body{"reason": "late"}), 428, "if_match_required")
		off := into[window](t, want(t, s.Do(t, "POST", path+"/cancel", body{"reason": "late"}, "If-Match", `"2"`), 200, ""))
		if off.Phase != calendar.Withdrawn || slices.Contains(off.AllowedActs, "cancel") {
			t.Fatalf("%+v", off)
		}
		want(t, s.Do(t, "POST", path+"/reinstate", body{}, "If-Match", `"3"`), 200, "")
		bulk := into[httpapi.Bulk[window]](t, want(t, s.Do(t, "POST", "/freezes/bulk", []body{year, {"name": " ", "from": "2025-01-02T00:00:00Z", "to": "2025-01-03T00:00:00Z"}}), 200, ""))
		if bulk.Succeeded != 1 || bulk.Failed != 1 {
			t.Fatalf("%+v", bulk)
		}
		edit := body{"ids": []string{copied.ID, "nothing"}, "set": body{"shiftDays": 7, "state": "CANCELLED", "onSchedule": false}}
		edited := into[httpapi.Bulk[window]](t, want(t, s.Do(t, "POST", "/freezes/bulk-edit", edit), 200, ""))
		if edited.Succeeded != 1 || edited.Items[0].Item.State != calendar.Cancelled || !edited.Items[0].Item.From.Equal(copied.From.AddDate(0, 0, 7)) || edited.Items[1].Problem.Code != "not_found" {
			t.Fatalf("%+v", edited)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(want(t, s.Do(t, "GET", "/freezes/export?year=2025", nil), 200, "").Body), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 3 || rows[1][5] != "Europe/Berlin" {
			t.Fatalf("%v %v", err, rows)
		}
		if got := into[page[window]](t, want(t, s.Do(t, "GET", "/freezes/export?format=json", nil), 200, "")); len(got.Items) != 3 {
			t.Fatalf("%+v", got)
		}
		if got := want(t, s.Do(t, "GET", "/freezes/export?format=xlsx", nil), 200, ""); !strings.HasPrefix(string(got.Body), "PK") {
			t.Fatal("not a workbook")
		}
		want(t, s.Do(t, "GET", "/freezes/export?format=pdf", nil), 400, "format_unknown")
		want(t, s.Do(t, "GET", "/freezes/export?year=x", nil), 422, "validation_failed")
		want(t, s.Do(t, "DELETE", path, nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", path+"?dryRun=true", nil, "If-Match", `"4"`), 200, "")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"4"`), 200, "")
		want(t, s.Do(t, "GET", path, nil), 404, "not_found")
	})
}

func TestTypesThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *world, s *httpapitest.Server) {
		types := into[page[calendar.FreezeType]](t, want(t, s.Do(t, "GET", "/freeze-types", nil), 200, ""))
		first := types.Items[0]
		if len(types.Items) != 1 || !first.Default {
			t.Fatalf("%+v", types)
		}
		want(t, s.Do(t, "POST", "/freeze-types", body{"name": " change  FREEZE ", "colour": "#123456", "refusesBooking": true, "refusesDeployment": false}), 409, "freeze_type_name_taken")
		want(t, s.Do(t, "POST", "/freeze-types", body{"name": "Audit", "colour": "red", "refusesBooking": true, "refusesDeployment": false}), 422, "freeze_type_invalid")
		audit := into[calendar.FreezeType](t, want(t, s.Do(t, "POST", "/freeze-types", body{"name": "Audit", "colour": "#123456", "icon": "shield", "refusesBooking": true, "refusesDeployment": false}), 201, ""))
		f := into[window](t, want(t, s.Do(t, "POST", "/freezes", body{"name": "a", "typeId": "audit", "from": "2025-05-01T00:00:00Z", "to": "2025-05-02T00:00:00Z"}), 201, ""))
		if f.Type.ID != audit.ID || len(f.Refuses) != 1 {
			t.Fatalf("%+v", f)
		}
		path := "/freeze-types/" + audit.ID
		want(t, s.Do(t, "DELETE", path, nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"1"`), 409, "freeze_type_in_use")
		want(t, s.Do(t, "DELETE", path+"?replaceBy="+audit.ID, nil, "If-Match", `"1"`), 422, "type_unknown")
		want(t, s.Do(t, "PATCH", "/freeze-types/"+first.ID, body{"default": false}, "If-Match", `"1"`), 409, "freeze_type_default")
		changed := into[calendar.FreezeType](t, want(t, s.Do(t, "PATCH", path, body{"default": true, "colour": "#abcdef"}, "If-Match", `"1"`), 200, ""))
		if !changed.Default || changed.Version != 2 {
			t.Fatalf("%+v", changed)
		}
		want(t, s.Do(t, "PATCH", path, body{"name": "b"}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "DELETE", path+"?dryRun=true&replaceBy=Change%20freeze", nil, "If-Match", `"2"`), 200, "")
		gone := into[calendar.Removal](t, want(t, s.Do(t, "DELETE", path+"?replaceBy=Change%20freeze", nil, "If-Match", `"2"`), 200, ""))
		if len(gone.Consequences) != 2 {
			t.Fatalf("%+v", gone)
		}
		types = into[page[calendar.FreezeType]](t, want(t, s.Do(t, "GET", "/freeze-types", nil), 200, ""))
		f = into[window](t, want(t, s.Do(t, "GET", "/freezes/"+f.ID, nil), 200, ""))
		if len(types.Items) != 1 || !types.Items[0].Default || f.Type.ID != first.ID || f.Version != 2 || len(f.Refuses) != 1 {
			t.Fatalf("%+v %+v", types, f)
		}
	})
}

func TestClosuresThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *world, s *httpapitest.Server) {
		w.calendar.AddSource(outages{})
		post := func(path string, in body) { want(t, s.Do(t, "POST", path, in), 201, "") }
		// The clock stands at 2025-03-03 09:00: a freeze, then maintenance, then the outage of the other source, without a gap.
		post("/freezes", body{"name": "Release", "from": "2025-03-03T08:00:00Z", "to": "2025-03-03T12:00:00Z", "scope": body{"environments": []string{"sit1"}}})
		post("/maintenance-windows", body{"name": "Patching", "from": "2025-03-02T11:00:00Z", "to": "2025-03-02T14:00:00Z", "recurrence": body{"rule": "FREQ=DAILY;COUNT=2"}, "scope": body{"groups": []string{"lane"}}})
		post("/holidays", body{"name": "Carnival", "from": "2025-03-03T00:00:00Z", "to": "2025-03-04T00:00:00Z"})
		ask := func(query string) calendar.Answer {
			return into[calendar.Answer](t, want(t, s.Do(t, "GET", "/closures?"+query, nil), 200, ""))
		}
		a := ask("environment=sit1")
		one := a.Items[0]
		if !a.Closed || !one.Closed || one.OpensAt == nil || one.OpensAt.Hour() != 15 || one.Until.Hour() != 12 || len(one.Closures) != 4 || !strings.Contains(one.Reason, "freeze Release") {
			t.Fatalf("%+v", a)
		}
		if b := ask("environment=sit1&use=booking&from=2025-03-03T14:00:00Z"); b.Closed || b.OpensAt == nil {
			t.Fatalf("the outage refuses deployments alone: %+v", b)
		}
		a = ask("environment=uat,sit1&to=2025-03-03T10:00:00Z")
		if len(a.Items) != 2 || !a.Closed || a.Items[1].Closed || a.OpensAt.Hour() != 15 {
			t.Fatalf("%+v", a)
		}
		if a = ask("unit=" + string(w.a.ID)); a.Closed || len(a.Items[0].Closures) != 1 || a.Items[0].Closures[0].Name != "Carnival" {
			t.Fatalf("a holiday is told and refuses nothing: %+v", a)
		}
		post("/freezes", body{"name": "App", "from": "2020-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z", "scope": body{"applications": []string{"payments"}}})
		if a = ask("application=payments"); !a.Closed || a.OpensAt != nil {
			t.Fatalf("closed for longer than is looked: %+v", a)
		}
		if a = ask(""); a.Closed {
			t.Fatalf("%+v", a)
		}
		want(t, s.Do(t, "GET", "/closures?environment=moon", nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/closures?unit=moon", nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/closures?use=fun", nil), 422, "validation_failed")
		want(t, s.Do(t, "GET", "/closures?from=2025-03-03T10:00:00Z&to=2025-03-03T10:00:00Z", nil), 422, "stretch_invalid")
		want(t, s.As(peopletest.Principal(w.b, calendar.PermView)).Do(t, "GET", "/closures?unit="+string(w.a.ID), nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/closures?application=payments", nil), 404, "not_found")
		s.As(authz.System("test"))

		list := into[page[calendar.Occurrence]](t, want(t, s.Do(t, "GET", "/calendar-occurrences?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z", nil), 200, ""))
		if len(list.Items) != 5 {
			t.Fatalf("%+v", list)
		}
		want(t, s.Do(t, "GET", "/calendar-occurrences?from=2025-03-01T00:00:00Z&to=2125-04-01T00:00:00Z", nil), 422, "stretch_invalid")
		preview := into[calendar.Preview](t, want(t, s.Do(t, "POST", "/recurrences/preview", body{"from": "2025-03-29T01:30:00Z", "to": "2025-03-29T02:00:00Z", "limit": 2,
			"recurrence": body{"rule": "FREQ=DAILY", "zone": "Europe/Berlin"}}), 200, ""))
		if len(preview.Items) != 2 || !preview.More || !preview.Endless || preview.Items[1].From.Format("15:04") != "01:00" && preview.Items[1].From.Format("15:04") != "01:30" {
			t.Fatalf("%+v", preview)
		}
		want(t, s.Do(t, "POST", "/recurrences/preview", body{"from": "2025-03-29T01:30:00Z", "to": "2025-03-29T02:00:00Z", "recurrence": body{"rule": "FREQ=SECONDLY"}}), 422, "recurrence_sub_daily")
	})
}

func TestWorkingTimeThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *world, s *httpapitest.Server) {
		path := "/units/" + string(w.a.ID) + "/working-time"
		standard := into[calendar.TimeView](t, want(t, s.Do(t, "GET", path, nil), 200, ""))
		if standard.Version != 0 || standard.From != "" || standard.Days.Monday[0].To != "17:00" {
			t.Fatalf("%+v", standard)
		}
		days := body{"monday": []body{{"from": "08:00", "to": "16:00"}}}
		for _, d := range []string{"tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
			days[d] = []body{}
		}
		made := want(t, s.Do(t, "PUT", path, body{"zone": "Europe/Berlin", "days": days}), 200, "")
		if made.Header.Get("ETag") != `"1"` {
			t.Fatalf("%s", made.Body)
		}
		want(t, s.Do(t, "PUT", path, body{"zone": "Europe/Berlin", "days": days}), 409, "stale")
		want(t, s.Do(t, "PUT", path, body{"zone": "Nowhere", "days": days}, "If-Match", `"1"`), 422, "working_time_invalid")
		want(t, s.Do(t, "PUT", path, body{"zone": "UTC", "days": days}, "If-Match", `"1"`), 200, "")
		want(t, s.Do(t, "DELETE", path, nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"2"`), 204, "")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"2"`), 409, "stale")
	})
}

// calls lists one request per route of the slice that is about one record, for somebody who may not.
func calls(w *world, ids map[calendar.Kind]string) [][3]string {
	unit := "/units/" + string(w.a.ID) + "/working-time"
	out := [][3]string{{"GET", unit, ""}, {"PUT", unit, `{"zone":"UTC","days":{"monday":[],"tuesday":[],"wednesday":[],"thursday":[],"friday":[],"saturday":[],"sunday":[]}}`}, {"DELETE", unit, ""}}
	for kind, path := range map[calendar.Kind]string{calendar.Freeze: "/freezes/", calendar.Holiday: "/holidays/", calendar.Maintenance: "/maintenance-windows/"} {
		p := path + ids[kind]
		out = append(out, [][3]string{
			{"GET", p, ""}, {"PATCH", p, `{"name":"x"}`}, {"DELETE", p, ""}, {"POST", p + "/cancel", `{}`}, {"POST", p + "/reinstate", `{}`}, {"POST", p + "/duplicate", `{}`},
		}...)
	}
	return out
}

func TestAccessThroughHTTP(t *testing.T) {
	serve(t, func(t *testing.T, w *world, s *httpapitest.Server) {
		ids := map[calendar.Kind]string{}
		for _, kind := range []calendar.Kind{calendar.Freeze, calendar.Holiday, calendar.Maintenance} {
			ids[kind] = w.add(t, kind, calendar.NewWindow{Name: "of Retail", Unit: w.a.ID, From: at(1), To: at(2)}).ID
		}
		viewer, manager := peopletest.Principal(w.a, calendar.PermView), peopletest.Principal(w.a, calendar.PermView, calendar.PermManage)
		elsewhere := peopletest.Principal(w.b, calendar.PermView, calendar.PermManage, calendar.PermOverride)
		send := func(p *authz.Principal, c [3]string) int {
			var in any
			if c[2] != "" {
				in = c[2]
			}
			return s.As(p).Do(t, c[0], c[1], in, "If-Match", `"1"`).Status
		}
		for _, c := range calls(w, ids) {
			if got := send(nil, c); got != http.StatusUnauthorized {
				t.Errorf("nobody %v: %d", c, got)
			}
			if got := send(elsewhere, c); got != http.StatusNotFound {
				t.Errorf("from elsewhere %v: %d", c, got)
			}
			status := http.StatusForbidden
			if c[0] == "GET" {
				status = http.StatusOK
			}
			if got := send(viewer, c); got != status {
				t.Errorf("viewer %v: %d", c, got)
			}
		}
		// What covers the whole organisation is seen below, and cannot be touched from there.
		company := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "company", From: at(1), To: at(2)})
		mine := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "names mine", From: at(1), To: at(2), Scope: calendar.Scope{Environments: []string{"sit1"}}})
		theirs := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "names theirs", From: at(1), To: at(2), Scope: calendar.Scope{Environments: []string{"uat"}}})
		s.As(manager)
		seen := want(t, s.Do(t, "GET", "/freezes/"+company.ID, nil), 200, "")
		if acts := into[window](t, seen).AllowedActs; len(acts) != 0 {
			t.Fatalf("offered %v", acts)
		}
		want(t, s.Do(t, "PATCH", "/freezes/"+company.ID, body{"name": "x"}, "If-Match", `"1"`), 403, "permission_missing")
		want(t, s.Do(t, "GET", "/freezes/"+mine.ID, nil), 200, "")
		want(t, s.Do(t, "GET", "/freezes/"+theirs.ID, nil), 404, "not_found")
		list := into[page[window]](t, want(t, s.Do(t, "GET", "/freezes?sort=name", nil), 200, ""))
		if len(list.Items) != 3 {
			t.Fatalf("%d freezes", len(list.Items))
		}
		// Nobody closes what is not his to manage.
		try := func(in body) body {
			in["name"], in["from"], in["to"] = "x", "2025-05-01T00:00:00Z", "2025-05-02T00:00:00Z"
			return in
		}
		want(t, s.Do(t, "POST", "/freezes", try(body{})), 422, "unit_unknown")
		want(t, s.Do(t, "POST", "/freezes", try(body{"unitId": w.b.ID})), 422, "unit_unknown")
		want(t, s.Do(t, "POST", "/freezes", try(body{"unitId": w.a.ID, "scope": body{"units": []string{string(w.b.ID)}}})), 422, "scope_unknown")
		want(t, s.Do(t, "POST", "/freezes", try(body{"unitId": w.a.ID, "scope": body{"environments": []string{"uat"}}})), 422, "scope_unknown")
		want(t, s.Do(t, "POST", "/freezes", try(body{"unitId": w.a.ID})), 201, "")
		want(t, s.Do(t, "POST", "/freeze-types", body{"name": "n", "colour": "#123456", "refusesBooking": true, "refusesDeployment": true}), 403, "permission_missing")
		want(t, s.As(viewer).Do(t, "POST", "/freezes", try(body{"unitId": w.a.ID})), 403, "permission_missing")

		nothing := &authz.Principal{Kind: authz.PersonPrincipal, Person: "nobody"}
		for _, path := range []string{"/freezes", "/holidays", "/maintenance-windows", "/freeze-types", "/freezes/export", "/closures", "/calendar-occurrences?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z"} {
			want(t, s.As(nil).Do(t, "GET", path, nil), 401, "sign_in_required")
			want(t, s.As(nothing).Do(t, "GET", path, nil), 403, "permission_missing")
		}
		if page, err := w.calendar.ListWindows(authz.With(t.Context(), nothing), calendar.Freeze, calendar.Filter{}, "from", "", 10); err != nil || len(page.Items) != 0 {
			t.Fatalf("%v %+v", err, page)
		}
		for _, r := range s.API.Routes() {
			if name := r.Guard.Name(); name != string(calendar.PermView) && name != string(calendar.PermManage) {
				t.Errorf("%s %s is guarded by %q", r.Method, r.Path, name)
			}
			if r.Guard.Name() == string(calendar.PermView) && r.Method != http.MethodGet && r.Path != "/recurrences/preview" {
				t.Errorf("%s %s changes things and asks for no more than to see", r.Method, r.Path)
			}
		}
	})
}
