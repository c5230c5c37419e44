package app_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"millrace/internal/app/apptest"
)

// edits are the records people edit: where they lie and a change of each.
func edits(s *site) map[string]map[string]any {
	return map[string]map[string]any{
		"/units/" + s.ids["units"]:                       {"type": "%s"},
		"/persons/" + s.ids["persons"]:                   {"location": "%s"},
		"/teams/" + s.ids["teams"]:                       {"description": "%s"},
		"/service-accounts/" + s.ids["service-accounts"]: {"description": "%s"},
		"/applications/" + s.ids["applications"]:         {"vendor": "%s"},
		"/dependencies/" + s.ids["dependencies"]:         {"note": "%s"},
		"/connections/" + s.ids["connections"]:           {"name": "%s"},
		"/mapping-rules/" + s.ids["mapping-rules"]:       {"pattern": "%s"},
		"/incidents/" + s.ids["incidents"]:               {"severity": "%s"},
		"/me":                                            {"name": "%s"},
	}
}

func filled(change map[string]any, text string) map[string]any {
	out := map[string]any{}
	for k, v := range change {
		out[k] = strings.Replace(v.(string), "%s", text, 1)
	}
	return out
}

// TestTwoPeopleEditOneRecord lets two read a record and both change it: the second is told, and shown the first's work.
func TestTwoPeopleEditOneRecord(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		s := newSite(t, w, "A")
		for path, change := range edits(s) {
			etag := w.Must(t, 200, w.Admin, "GET", path, nil).Header.Get("ETag")
			if etag == "" {
				t.Errorf("GET %s gives no ETag", path)
				continue
			}
			if a := w.Do(t, w.Admin, "PATCH", path, filled(change, "none")); a.Status != http.StatusPreconditionRequired {
				t.Errorf("PATCH %s without If-Match: %d %.200s", path, a.Status, a.Body)
			}
			first := w.Do(t, w.Admin, "PATCH", path, filled(change, "first"), "If-Match", etag)
			if first.Status != 200 || first.Header.Get("ETag") == etag {
				t.Errorf("PATCH %s: %d, ETag %s then %s: %.300s", path, first.Status, etag, first.Header.Get("ETag"), first.Body)
				continue
			}
			second := w.Do(t, w.Admin, "PATCH", path, filled(change, "second"), "If-Match", etag)
			if second.Status != http.StatusConflict || !strings.Contains(second.Code(), "stale") {
				t.Errorf("PATCH %s with an old version: %d %s", path, second.Status, second.Body)
			}
			if data, _ := second.Map()["data"].(map[string]any); data["current"] == nil && !strings.Contains(string(second.Body), "first") {
				t.Errorf("PATCH %s does not show the current record: %.300s", path, second.Body)
			}
			if now := w.Do(t, w.Admin, "GET", path, nil); strings.Contains(string(now.Body), `"second"`) {
				t.Errorf("PATCH %s saved a stale change", path)
			}
		}
	})
}

// TestADoubleClickMakesOneRecord sends each creating request twice at once, and once more, under one Idempotency-Key.
// Requests whose answer shows a secret are not among them: see TestASecretIsMadeOnce of the identity slice.
func TestADoubleClickMakesOneRecord(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		s := newSite(t, w, "A")
		unit, app := string(s.unit), s.ids["applications"]
		for path, body := range map[string]any{
			"/units":                               map[string]any{"name": "Twice", "parentId": unit},
			"/persons":                             map[string]any{"name": "Twice", "email": "twice@example.test", "unitId": unit},
			"/teams":                               map[string]any{"name": "Twice", "unitId": unit},
			"/roles":                               map[string]any{"name": "Twice", "permissions": []string{}},
			"/grants":                              map[string]any{"roleId": "viewer", "unitId": unit, "subjectKind": "team", "subjectId": s.ids["teams"]},
			"/applications":                        map[string]any{"key": "twice", "name": "Twice", "unitId": unit},
			"/connections":                         map[string]any{"kind": "cdevents", "name": "Twice", "unitId": unit},
			"/mapping-rules":                       map[string]any{"kind": "service", "pattern": "twice", "application": app},
			"/deployments":                         map[string]any{"application": s.key, "environment": "e", "result": "success"},
			"/incidents":                           map[string]any{"application": s.key, "title": "Twice"},
			"/work-items":                          map[string]any{"title": "Twice"},
			"/pipeline-runs":                       map[string]any{"application": s.key, "name": "Twice", "result": "SUCCESS"},
			"/test-runs":                           map[string]any{"application": s.key, "name": "Twice", "result": "SUCCESS"},
			"/artifacts":                           map[string]any{"application": s.key, "name": "Twice"},
			"/service-accounts":                    map[string]any{"name": "Twice", "unitId": unit},
			"/change-requests":                     map[string]any{"repository": "https://git.example.test/twice", "title": "Twice"},
			"/commits":                             map[string]any{"repository": "https://git.example.test/twice", "sha": strings.Repeat("2", 40), "message": "Twice"},
			"/dependencies":                        map[string]any{"from": app, "to": w.Must(t, 201, w.Admin, "POST", "/applications", map[string]any{"key": "other", "name": "Other", "unitId": unit}).ID()},
			"/identity-providers":                  map[string]any{"name": "Twice", "issuer": "https://sso.example.test", "clientId": "c", "clientSecret": "s", "enabled": false},
			"/applications/" + app + "/components": map[string]any{"name": "Twice"},
		} {
			key := "click " + path
			answers := make([]apptest.Answer, 2)
			errs := make([]error, 2)
			var wait sync.WaitGroup
			for i := range answers {
				wait.Go(func() {
					answers[i], errs[i] = w.Try(http.DefaultClient, w.Admin, "POST", path, body, "Idempotency-Key", key)
				})
			}
			wait.Wait()
			last := w.Do(t, w.Admin, "POST", path, body, "Idempotency-Key", key)
			if last.Status >= 300 || last.Header.Get("Idempotency-Replayed") != "true" || last.ID() == "" {
				t.Errorf("POST %s again: %d %.300s", path, last.Status, last.Body)
			}
			for i, a := range answers {
				if errs[i] != nil {
					t.Error(errs[i])
				}
				if a.ID() != last.ID() && a.Code() != "idempotency_in_progress" {
					t.Errorf("POST %s: %d %.300s beside %s", path, a.Status, a.Body, last.ID())
				}
			}
			if other := w.Do(t, w.Admin, "POST", path, map[string]any{"name": "other"}, "Idempotency-Key", key); other.Code() != "idempotency_key_reused" {
				t.Errorf("POST %s with the key of another request: %d %.200s", path, other.Status, other.Body)
			}
		}
	})
}
