package delivery_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
)

func TestFiltersTakeAnyText(t *testing.T) {
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "shop")
		w.taken("c1", &delivery.Deployment{Head: head(delivery.KindDeployment, "d"), Service: "100% _done_", FinishedAt: at(-1)})
		s := w.api()
		for _, path := range []string{"deployments", "incidents", "change-requests", "commits", "work-items", "pipeline-runs", "test-runs", "artifacts", "repositories", "tool-accounts", "mapping-rules"} {
			for _, text := range []string{"\x00", "\xff\xfe"} {
				if a := s.Do(w, http.MethodGet, "/"+path+"?q="+url.QueryEscape(text), nil); a.Status != http.StatusBadRequest || a.Code() != "malformed_request" {
					w.Errorf("%s?q=%q: %d %s", path, text, a.Status, a.Body)
				}
			}
			for _, text := range []string{"%", "' OR 1=1 --", strings.Repeat("x", 200)} {
				if a := s.Do(w, http.MethodGet, "/"+path+"?q="+url.QueryEscape(text), nil); a.Status != http.StatusOK && a.Status != http.StatusUnprocessableEntity {
					w.Errorf("%s?q=%q: %d %s", path, text, a.Status, a.Body)
				}
			}
		}
		for q, want := range map[string]int{"100%25+_done": 1, "100_": 0, "DONE": 1} {
			if n := len(items(w.get(s, "/deployments?q="+q))); n != want {
				w.Errorf("%s finds %d", q, n)
			}
		}
		for _, c := range []struct {
			query  string
			status int
		}{
			{"application=nope", 404}, {"application=%00", 400}, {"unit=00000000-0000-7000-8000-00000000ffff", 404}, {"unit=" + string(deliverytest.South), 200},
			{"environmentClass=moon", 422}, {"from=yesterday", 422}, {"from=2026-01-01", 200}, {"limit=501", 422}, {"limit=0", 422}, {"result=banana", 422},
			{"repository=https://github.com/nobody/knows", 200},
		} {
			if a := s.Do(w, http.MethodGet, "/deployments?"+c.query, nil); a.Status != c.status {
				w.Errorf("%s: %d %s", c.query, a.Status, a.Body)
			}
		}
		if a := s.Do(w, http.MethodGet, "/commits?environment=prod", nil); a.Code() != "filter_unsupported" {
			w.Errorf("a filter without meaning: %d %s", a.Status, a.Body)
		}
		for _, id := range []string{"0", "9999999999999999999", "abc", "1"} {
			if a := s.Do(w, http.MethodGet, "/deployments/"+id, nil); a.Status != 404 && a.Status != 422 {
				w.Errorf("deployment %s: %d", id, a.Status)
			}
		}
	})
}

// TestEveryRouteIsDescribed walks the document: every operation has its guard, and a draft shows the members of a record.
func TestEveryRouteIsDescribed(t *testing.T) {
	each(t, func(w *world) {
		s := w.api()
		permissions := map[authz.Permission]bool{}
		for _, d := range delivery.Permissions {
			permissions[d.Permission] = true
		}
		for _, r := range s.API.Routes() {
			if !permissions[authz.Permission(r.Guard.Name())] {
				w.Errorf("%s %s is guarded by %q", r.Method, r.Path, r.Guard.Name())
			}
			if r.Method != http.MethodGet && r.Guard.Name() == string(delivery.PermView) {
				w.Errorf("%s %s changes something with the permission to look", r.Method, r.Path)
			}
		}
		raw, err := s.API.OpenAPI().MarshalJSON()
		if err != nil {
			w.Fatal(err)
		}
		for _, want := range []string{`"parentShas"`, `"environmentClass"`, `"storyPoint"`, `"purl"`} {
			if !strings.Contains(string(raw), want) {
				w.Errorf("the document does not tell of %s", want)
			}
		}
	})
}
