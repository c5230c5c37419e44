package delivery_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
)

func (w *world) api() *httpapitest.Server {
	return httpapitest.New(w, w.db, w.clock, func(api *httpapi.API) { w.s.Mount(api) })
}

type object = map[string]any

func (w *world) post(s *httpapitest.Server, path string, body any, headers ...string) object {
	w.Helper()
	a := s.Do(w, http.MethodPost, path, body, headers...)
	if a.Status != http.StatusCreated && a.Status != http.StatusOK {
		w.Fatalf("POST %s: %d %s", path, a.Status, a.Body)
	}
	var out object
	a.Into(w, &out)
	return out
}

func (w *world) get(s *httpapitest.Server, path string) object {
	w.Helper()
	a := s.Do(w, http.MethodGet, path, nil)
	if a.Status != http.StatusOK {
		w.Fatalf("GET %s: %d %s", path, a.Status, a.Body)
	}
	var out object
	a.Into(w, &out)
	return out
}

func items(o object) []any { return o["items"].([]any) }

func TestReportADeploymentAndAnIncident(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop", "the shop")
		s := w.api()
		body := object{
			"application": "SHOP", "environment": "prod-eu", "environmentClass": "Live", "commit": "ABCDEF12", "repository": "git@github.com:acme/shop.git",
			"startedAt": "2026-03-02T12:00:00+02:00", "finishedAt": "2026-03-02T10:05:00Z", "result": "succeeded", "version": "1.2.3",
		}
		d := w.post(s, "/deployments", body, "Idempotency-Key", "k1")
		for k, want := range (object{
			"applicationId": string(app), "unitId": string(deliverytest.North), "applicationKey": "shop", "environment": "prod-eu", "environmentClass": "PRODUCTION",
			"result": "SUCCESS", "resultRaw": "succeeded", "startedAt": "2026-03-02T10:00:00Z", "finishedAt": "2026-03-02T10:05:00Z", "version": "1.2.3", "commit": "abcdef12",
		}) {
			if d[k] != want {
				w.Errorf("%s is %v, want %v", k, d[k], want)
			}
		}
		id, _ := d["id"].(string)
		if id == "" || strings.Trim(id, "0123456789") != "" {
			w.Fatalf("id is %v", d["id"])
		}
		if again := w.post(s, "/deployments", body, "Idempotency-Key", "k1"); again["id"] != id {
			w.Error("the same key made a second deployment")
		}
		i := w.post(s, "/incidents", object{"application": "the Shop", "title": "Down", "startedAt": "2026-03-02T11:00:00Z", "causedBy": id})
		if i["causedByDeploymentId"] != id || i["applicationId"] != string(app) || i["status"] != "IN_PROGRESS" {
			w.Fatalf("incident %v", i)
		}
		look := s.Do(w, http.MethodGet, "/incidents/"+i["id"].(string), nil)
		if look.Header.Get("ETag") != `"1"` {
			w.Errorf("the incident has the ETag %q", look.Header.Get("ETag"))
		}
		if a := s.Do(w, http.MethodPatch, "/incidents/"+i["id"].(string), object{"severity": "1"}); a.Status != http.StatusPreconditionRequired {
			w.Errorf("a change without If-Match got %d %s", a.Status, a.Body)
		}
		a := s.Do(w, http.MethodPatch, "/incidents/"+i["id"].(string), object{"resolvedAt": "2026-03-02T11:30:00Z"}, "If-Match", look.Header.Get("ETag"))
		var resolved object
		a.Into(w, &resolved)
		if a.Status != 200 || resolved["resolvedAt"] != "2026-03-02T11:30:00Z" || a.Header.Get("ETag") != `"2"` || resolved["causedByDeploymentId"] != id {
			w.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := s.Do(w, http.MethodPatch, "/incidents/"+i["id"].(string), object{"severity": "1"}, "If-Match", `"1"`); a.Status != http.StatusConflict || a.Code() != "stale" {
			w.Errorf("a stale change got %d %s", a.Status, a.Body)
		}
		one := w.get(s, "/deployments/"+id)
		if len(one["incidents"].([]any)) != 1 || len(one["commits"].([]any)) != 1 {
			w.Errorf("details %v", one)
		}
		if n := len(items(w.get(s, "/deployments?application=shop&environmentClass=production&result=success&from=2026-03-02&to=2026-03-03&repository=https://github.com/acme/shop&q=1.2&unit="+string(deliverytest.Root)))); n != 1 {
			w.Errorf("the list holds %d", n)
		}
		if n := len(items(w.get(s, "/deployments?result=failed"))); n != 0 {
			w.Errorf("the list of failures holds %d", n)
		}
		if n := len(items(w.get(s, "/incidents?application="+string(app)))); n != 1 {
			w.Errorf("the list of incidents holds %d", n)
		}
	})
}

func TestWhatADeploymentReportMayNotSay(t *testing.T) {
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "shop")
		s := w.api()
		good := func() object {
			return object{"application": "shop", "environment": "prod", "commit": "abcd1234", "repository": shop, "startedAt": "2026-03-02T10:00:00Z", "finishedAt": "2026-03-02T10:05:00Z", "result": "SUCCESS"}
		}
		for name, c := range map[string]struct {
			field string
			value any
			code  string
		}{
			"unknown application":  {"application", "shopp", "application_unknown"},
			"no application":       {"application", "", "application_required"},
			"ends before start":    {"finishedAt", "2026-03-02T09:00:00Z", "time_order"},
			"future":               {"finishedAt", "2026-03-02T12:06:00Z", "time_in_future"},
			"time without offset":  {"startedAt", "2026-03-02T10:00:00", "time_malformed"},
			"time of rubbish":      {"startedAt", "yesterday", "time_malformed"},
			"unknown result":       {"result", "meh", "result_unknown"},
			"unknown class":        {"environmentClass", "moon", "environment_class_unknown"},
			"commit of rubbish":    {"commit", "a b", "malformed"},
			"repository rubbish":   {"repository", "https://", "repository_malformed"},
			"NUL in application":   {"application", "sh\x00op\x00x", "application_unknown"},
			"wrong type":           {"application", 5, "validation_failed"},
			"unknown member":       {"enviroment", "prod", "validation_failed"},
			"far too long version": {"version", strings.Repeat("x", 501), "validation_failed"},
		} {
			body := good()
			body[c.field] = c.value
			if a := s.Do(w, http.MethodPost, "/deployments", body); a.Status != http.StatusUnprocessableEntity || a.Code() != c.code {
				w.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		for name, c := range map[string]struct {
			body   string
			status int
		}{
			"no JSON":     {"{", 400},
			"deep JSON":   {strings.Repeat(`{"application":`, 20_000) + "1" + strings.Repeat("}", 20_000), 0},
			"broken text": {"{\"application\":\"\xff\xfe\"}", 0},
			"oversized":   {`{"application":"` + strings.Repeat("x", 2<<20) + `"}`, 413},
		} {
			a := s.Do(w, http.MethodPost, "/deployments", c.body)
			if a.Status < 400 || a.Status >= 500 || (c.status != 0 && a.Status != c.status) {
				w.Errorf("%s: %d %.200s", name, a.Status, a.Body)
			}
		}
		if n := count(w, "SELECT COUNT(*) FROM deployment"); n != 0 {
			w.Errorf("%d deployments were stored", n)
		}
		w.post(s, "/deployments", good())
	})
}

func TestUnitsKeepTheirDeployments(t *testing.T) {
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "north")
		deliverytest.Application(w, w.db, deliverytest.South, "south")
		s := w.api()
		report := func(app, id string) object {
			return object{"application": app, "environment": "prod", "commit": "abcd1234", "repository": shop, "finishedAt": "2026-03-02T10:05:00Z", "result": "ok", "externalId": id}
		}
		d := w.post(s, "/deployments", report("south", "s1"))
		w.taken("c1", &delivery.Deployment{Head: head(delivery.KindDeployment, "u1"), Service: "who knows", FinishedAt: at(-5)})

		s.As(deliverytest.Principal(deliverytest.NorthPath, delivery.PermView, delivery.PermReport))
		w.post(s, "/deployments", report("north", "n1"))
		if a := s.Do(w, http.MethodPost, "/deployments", report("south", "s2")); a.Code() != "application_unknown" {
			w.Errorf("reporting for an application of another unit: %d %s", a.Status, a.Body)
		}
		if a := s.Do(w, http.MethodPost, "/deployments", report("north", "s1")); a.Status != http.StatusConflict || a.Code() != "external_id_taken" {
			w.Errorf("taking over a deployment: %d %s", a.Status, a.Body)
		}
		if n := len(items(w.get(s, "/deployments"))); n != 1 {
			w.Errorf("north sees %d deployments", n)
		}
		if a := s.Do(w, http.MethodGet, "/deployments/"+d["id"].(string), nil); a.Status != http.StatusNotFound {
			w.Errorf("north looks at a deployment of south: %d", a.Status)
		}
		s.As(deliverytest.Principal(deliverytest.NorthPath, delivery.PermView))
		if a := s.Do(w, http.MethodPost, "/deployments", report("north", "n2")); a.Status != http.StatusForbidden {
			w.Errorf("a viewer reports: %d", a.Status)
		}
		s.As(deliverytest.Principal("/none/"))
		for _, path := range []string{"deployments", "incidents", "change-requests", "commits", "work-items", "pipeline-runs", "test-runs", "artifacts", "repositories"} {
			if a := s.Do(w, http.MethodGet, "/"+path, nil); a.Status != http.StatusForbidden {
				w.Errorf("%s without any grant: %d", path, a.Status)
			}
		}
		s.As(deliverytest.Principal(deliverytest.RootPath, delivery.PermView))
		if n := len(items(w.get(s, "/deployments"))); n != 3 {
			w.Errorf("the root sees %d deployments", n)
		}
		if n := len(items(w.get(s, "/deployments?unmapped=true"))); n != 1 {
			w.Errorf("the root sees %d unmapped deployments", n)
		}
	})
}

func TestEveryListPagesToItsEnd(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		deliverytest.Repository(w, w.db, app, shop+"-0", "")
		w.taken("c1", mixedRecords(0, 120)...)
		w.taken("c1", &delivery.PipelineRun{Head: head(delivery.KindPipelineRun, "again"), ScopeID: "x", StartedAt: at(-9)})
		s := w.api().As(deliverytest.Principal(deliverytest.NorthPath, delivery.PermView))
		for path, want := range map[string]int{"deployments": 12, "change-requests": 12, "commits": 12, "work-items": 0, "pipeline-runs": 12, "repositories": 1} {
			seen := map[string]bool{}
			for cursor, pages := "", 0; ; pages++ {
				page := w.get(s, "/"+path+"?limit=5&application=shop&cursor="+cursor)
				for _, v := range items(page) {
					seen[v.(object)["id"].(string)] = true
				}
				if cursor, _ = page["next"].(string); cursor == "" || pages > 10 {
					break
				}
			}
			if len(seen) != want {
				w.Errorf("%s: %d of %d", path, len(seen), want)
			}
			for id := range seen {
				w.get(s, "/"+path+"/"+id)
				break
			}
		}
		if a := s.Do(w, http.MethodGet, "/deployments?cursor=rubbish", nil); a.Code() != "bad_cursor" {
			w.Errorf("a rubbish cursor: %d %s", a.Status, a.Body)
		}
	})
}

func TestBulkAnswersPerElement(t *testing.T) {
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "shop")
		s := w.api()
		const n = 10_000
		list := make([]object, n)
		for i := range list {
			list[i] = object{"application": "shop", "environment": "prod", "commit": fmt.Sprintf("%040x", i), "repository": shop, "startedAt": "2026-03-01T10:00:00Z",
				"finishedAt": "2026-03-01T10:05:00Z", "result": "success", "externalId": fmt.Sprint("d", i)}
		}
		list[7]["application"] = "nobody"
		list[9]["commit"] = "not a commit"
		start := time.Now()
		out := w.post(s, "/deployments/bulk", list)
		w.Logf("%s: %d deployments in %v", w.db.Engine(), n, time.Since(start))
		if out["succeeded"] != float64(n-2) || out["failed"] != float64(2) {
			w.Fatalf("succeeded %v failed %v", out["succeeded"], out["failed"])
		}
		bad := items(out)[7].(object)["problem"].(object)
		if bad["code"] != "application_unknown" || items(out)[8].(object)["item"].(object)["externalId"] != "d8" {
			w.Error(items(out)[7], items(out)[8])
		}
		if got := count(w, "SELECT COUNT(*) FROM deployment"); got != n-2 {
			w.Errorf("%d are stored", got)
		}
	})
}

func TestReportEverythingElse(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		deliverytest.Repository(w, w.db, app, shop, "")
		s := w.api()
		for path, body := range map[string]object{
			"work-items":      {"title": "Do it", "application": "shop", "status": "TODO", "type": "TASK"},
			"change-requests": {"title": "Change it", "repository": "github.com/acme/shop", "mergedAt": "2026-03-02T10:00:00Z", "commit": "abcd1234"},
			"commits":         {"sha": "abcd1234", "repository": shop, "parentShas": []string{"aaaa1111"}, "authoredAt": "2026-03-02T09:00:00Z"},
			"pipeline-runs":   {"name": "build", "repository": shop, "commit": "abcd1234", "result": "passed", "startedAt": "2026-03-02T09:00:00Z"},
			"test-runs":       {"name": "unit", "application": "shop", "result": "failed", "passed": 10, "failed": 1, "finishedAt": "2026-03-02T09:00:00Z"},
			"artifacts":       {"name": "shop", "application": "shop", "version": "1.2.3", "purl": "pkg:oci/shop@sha256:1"},
		} {
			v := w.post(s, "/"+path, body)
			if v["id"] == "" || v["id"] == nil {
				w.Errorf("%s: %v", path, v)
			}
			one := w.get(s, "/"+path+"/"+v["id"].(string))
			if _, scoped := one["applicationId"]; scoped && one["applicationId"] != string(app) {
				w.Errorf("%s belongs to %v", path, one["applicationId"])
			}
			if out := w.post(s, "/"+path+"/bulk", []object{body, {}}); len(items(out)) != 2 {
				w.Errorf("%s/bulk: %v", path, out)
			}
		}
		d := w.post(s, "/deployments", object{"application": "shop", "environment": "qa", "commit": "abcd1234", "repository": shop, "result": "success", "changes": []object{
			{"commit": "bbbb2222", "authoredAt": "2026-03-02T08:00:00Z", "mergedAt": "2026-03-02T09:00:00Z", "title": "Second", "url": shop + "/pull/2"}}})
		if d["environmentClass"] != "TESTING" || len(d["commits"].([]any)) != 2 {
			w.Error(d)
		}
		if one := w.get(s, "/deployments/"+d["id"].(string)); len(one["changeRequests"].([]any)) < 2 {
			w.Errorf("change requests of the deployment: %v", one["changeRequests"])
		}
		out := w.post(s, "/records/bulk", []object{
			{"kind": "work_item", "externalId": "issue:1", "title": "x", "createdAt": "2026-03-01T00:00:00Z"},
			{"kind": "board_work_item", "externalId": "b|issue:1", "boardId": "b", "workItemId": "issue:1"},
			{"kind": "nonsense", "externalId": "1"}, {"kind": "work_item", "externalId": "2", "titel": "typo"},
		})
		if out["succeeded"] != float64(2) || out["failed"] != float64(2) {
			w.Error(out)
		}
		s.As(deliverytest.Principal(deliverytest.NorthPath, delivery.PermReport, delivery.PermView))
		if a := s.Do(w, http.MethodPost, "/records/bulk", []object{{"kind": "work_item", "externalId": "1"}}); a.Status != http.StatusForbidden {
			w.Errorf("records of any kind from one unit: %d", a.Status)
		}
	})
}

func TestExportHoldsEverything(t *testing.T) {
	each(t, func(w *world) {
		var records []delivery.Record
		for i := range 1203 {
			records = append(records, &delivery.Deployment{Head: head(delivery.KindDeployment, fmt.Sprint(i)), Service: "=cmd", Name: "=1+1", FinishedAt: at(-i)})
		}
		w.taken("c1", records...)
		s := w.api()
		a := s.Do(w, http.MethodGet, "/deployments/export?format=csv", nil)
		lines := strings.Split(strings.TrimSpace(string(a.Body)), "\n")
		if a.Status != 200 || len(lines) != 1204 || !strings.Contains(lines[1], ",'=1+1,") {
			w.Errorf("%d, %d lines: %s", a.Status, len(lines), lines[1])
		}
		if a := s.Do(w, http.MethodGet, "/deployments/export?format=jsonl&environmentClass=moon", nil); a.Status != http.StatusUnprocessableEntity {
			w.Errorf("an export of an unknown class: %d", a.Status)
		}
		a = s.Do(w, http.MethodGet, "/deployments/export?format=jsonl&from=2026-03-02T11:00:00Z", nil)
		if n := strings.Count(string(a.Body), "\n"); n != 61 {
			w.Errorf("%d JSON lines", n)
		}
		if a := s.Do(w, http.MethodGet, "/deployments/export?format=pdf", nil); a.Code() != "format_unknown" {
			w.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(`{"kind":"deployment","externalId":"1","startedAt":"2026-03-02T10:00:00Z","rework":true}`))
	f.Add([]byte(`{"kind":"commit","externalId":"1","parentShas":["a"],"paths":null}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := delivery.DecodeRecord(raw)
		if (r == nil) == (err == nil) {
			t.Fatal(r, err)
		}
		if err != nil && problem.Of(err) == nil {
			t.Fatalf("an error without a code: %v", err)
		}
	})
}
