package valuestream

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/people/peopletest"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/ref"
)

func (w *world) serve() *httpapitest.Server {
	w.t.Helper()
	if _, err := w.service.DeriveAll(w.ctx, nil); err != nil {
		w.t.Fatal(err)
	}
	return httpapitest.New(w.t, w.d, w.clock, func(a *httpapi.API) { w.service.Mount(a) })
}

var storyWindow = url.Values{"from": {"2026-01-05"}, "to": {"2026-01-15"}, "bucket": {"day"}}.Encode()

func TestDoraThroughHTTP(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.drawn()
		s := w.serve()
		var got DoraView
		answer := s.Do(t, http.MethodGet, "/metrics/dora?application=shop&"+storyWindow, nil)
		if answer.Status != http.StatusOK {
			t.Fatalf("%d %s", answer.Status, answer.Body)
		}
		answer.Into(t, &got)
		if len(got.Metrics) != 5 || got.EnvironmentClass != "PRODUCTION" || got.Bucket != "day" || got.LeadFrom != "first_commit" || got.Freshness.DerivedAt == nil {
			t.Fatalf("%s", answer.Body)
		}
		for i, m := range got.Metrics {
			near(t, string(m.Key), m.Value, drawnShop[i])
			if m.Key != Keys[i] || m.Unit != Keys[i].Unit() || len(m.Series) != 10 || m.Enough && m.N < 6 {
				t.Errorf("%+v", m)
			}
		}
		lead := got.Metrics[0]
		if lead.Enough || lead.Reason != "too_few_changes" || lead.Low != nil || lead.Percentiles == nil || lead.Excluded != 2 || lead.Previous.Value != nil {
			t.Errorf("lead time %+v", lead)
		}
		if !strings.Contains(string(answer.Body), `"previous":{"value":null,"n":0,"low":null,"high":null}`) {
			t.Errorf("what is not known must be null: %s", answer.Body)
		}
		var zone DoraView
		s.Do(t, http.MethodGet, "/metrics/dora?bucket=month&timeZone=America/New_York&from=2026-01-05&to=2026-03-01", nil).Into(t, &zone)
		if first := zone.Metrics[1].Series[0]; !first.Partial || !first.Start.Equal(time.Date(2026, 1, 5, 5, 0, 0, 0, time.UTC)) ||
			!first.End.Equal(time.Date(2026, 2, 1, 5, 0, 0, 0, time.UTC)) {
			t.Errorf("series in New York begins %+v", first)
		}
		for query, code := range map[string]string{
			"timeZone=Mars/Olympus": "question_malformed", "from=yesterday": "question_malformed", "from=2026-02-01&to=2026-01-01": "window_empty",
			"from=1970-01-02&bucket=day": "too_many_buckets", "unit=x&team=y": "scope_ambiguous", "environmentClass=moon": "question_malformed", "application=none": "not_found", "unit=none": "not_found",
		} {
			if a := s.Do(t, http.MethodGet, "/metrics/dora?"+query, nil); a.Code() != code {
				t.Errorf("%s: %d %s, want %s", query, a.Status, a.Body, code)
			}
		}
		var lower DoraView
		s.Do(t, http.MethodGet, "/metrics/dora?environmentClass=staging", nil).Into(t, &lower)
		if lower.EnvironmentClass != "STAGING" {
			t.Errorf("the class in small letters is read as %q", lower.EnvironmentClass)
		}
		s.As(peopletest.Principal(w.unit))
		if a := s.Do(t, http.MethodGet, "/metrics/dora", nil); a.Status != http.StatusForbidden {
			t.Errorf("without the permission: %d", a.Status)
		}
	})
}

// items reads all pages of a list.
func items(t *testing.T, s *httpapitest.Server, key Key, query string, limit int) []ItemView {
	t.Helper()
	var all []ItemView
	cursor := ""
	for range 100 {
		var page httpapi.Page[ItemView]
		a := s.Do(t, http.MethodGet, fmt.Sprintf("/metrics/dora/%s/items?%s&%s&limit=%d&cursor=%s", key, storyWindow, query, limit, cursor), nil)
		if a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", key, a.Status, a.Body)
		}
		a.Into(t, &page)
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
	t.Fatal("the list does not end")
	return nil
}

func TestItemsExplainTheNumbers(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.drawn()
		s := w.serve()
		for _, limit := range []int{1, 2, 50} {
			for i, key := range Keys {
				all := items(t, s, key, "", limit)
				included, sum := 0, 0.0
				for k, item := range all {
					if k > 0 && item.At.After(all[k-1].At) {
						t.Errorf("%s: items are not in order", key)
					}
					if item.State == "included" {
						included++
						sum += *item.Value
						if item.Reason != "" {
							t.Errorf("%+v", item)
						}
					} else if item.Reason == "" || item.Message == "" || item.Value != nil {
						t.Errorf("left out without a reason: %+v", item)
					}
				}
				if want := []int{5, 10, 2, 10, 10}[i]; included != want {
					t.Errorf("%s by %d: %d included, want %d", key, limit, included, want)
				}
				if want := []float64{46 * 3600, 10, 9 * 3600, 2, 2}[i]; sum != want {
					t.Errorf("%s: the items sum to %v, want %v", key, sum, want)
				}
				if n := len(items(t, s, key, "state=included", limit)); n != included {
					t.Errorf("%s: %d when only included are asked for", key, n)
				}
				if n := len(items(t, s, key, "state=excluded", limit)); n != len(all)-included {
					t.Errorf("%s: %d when only excluded are asked for", key, n)
				}
			}
		}
		for _, item := range items(t, s, ChangeLeadTime, "application=shop", 50) {
			switch {
			case item.State == "excluded":
				if item.Reason != "first_deployment" || item.Change.Kind != "history" || item.Change.Changes != 2 || item.Deployment.ID != ref.Fact(id("D1")).String() {
					t.Errorf("%+v", item)
				}
			case item.Change.ID == ref.Fact(id("r1")).String():
				var steps []string
				for _, p := range item.Path {
					steps = append(steps, p.Step+" "+p.SHA)
				}
				if got := strings.Join(steps, ", "); got != "first_commit b1, merged S3, deployed_commit S3, deployment " {
					t.Errorf("path of r1: %s", got)
				}
			}
		}
		failed := items(t, s, RecoveryTime, "", 50)
		if len(failed) != 2 || len(failed[0].Incidents) != 1 || failed[0].Incidents[0].Key != "I2" || failed[0].Application.Key != "pay" {
			t.Errorf("failures %+v", failed)
		}
		for _, item := range items(t, s, ChangeFailRate, "application=shop", 50) {
			want := map[string][]Note{
				"D1": {"first_of_environment"}, "U1": {"first_of_environment"}, "D3": {"rolled_back", "incident"}, "D4": {"rollback", "rework"},
			}[strings.TrimPrefix(item.Deployment.Name, "Deployment ")]
			if !slices.Equal(item.Notes, want) && len(item.Notes)+len(want) > 0 {
				t.Errorf("%s: notes %v, want %v", item.Deployment.Name, item.Notes, want)
			}
		}
		if a := s.Do(t, http.MethodGet, "/metrics/dora/change_lead_time/items?cursor=x", nil); a.Code() != "bad_cursor" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
}

func TestAttributionThroughHTTP(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.drawn()
		s := w.serve()
		path := "/incidents/" + ref.Fact(id("I2")).String() + "/attribution"
		var got AttributionView
		a := s.Do(t, http.MethodGet, path, nil)
		a.Into(t, &got)
		if a.Status != http.StatusOK || a.Header.Get("ETag") != "" || got.Decision.Deployment == nil || got.Decision.Deployment.Application.Key != "pay" ||
			got.Decision.Source != "automatic" || len(got.Candidates) < 2 || got.Candidates[0].Evidence[0] != EvidenceDependency || len(got.Allowed) != 1 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a = s.Do(t, http.MethodPut, path, map[string]any{"deploymentId": nil, "reason": "Power cut."})
		got = AttributionView{}
		a.Into(t, &got)
		if a.Status != http.StatusOK || got.Decision.Deployment != nil || got.Decision.Source != "human" || got.Decision.Reason != "overridden_none" || got.Correction == nil {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := s.Do(t, http.MethodPut, path, map[string]any{"deploymentId": ref.Fact(id("D5")).String(), "reason": "No."}); a.Status != http.StatusConflict {
			t.Errorf("without If-Match over a correction: %d %s", a.Status, a.Body)
		}
		a = s.Do(t, http.MethodPut, path, map[string]any{"deploymentId": ref.Fact(id("D5")).String(), "reason": "It did."}, "If-Match", `"1"`)
		got = AttributionView{}
		a.Into(t, &got)
		if a.Status != http.StatusOK || got.Decision.Deployment.ID != ref.Fact(id("D5")).String() || a.Header.Get("ETag") != `"2"` {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := s.Do(t, http.MethodPut, path, map[string]any{"deploymentId": "x", "reason": "No."}, "If-Match", `"2"`); a.Code() != "deployment_unknown" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := s.Do(t, http.MethodDelete, path, nil); a.Code() != "if_match_required" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		a = s.Do(t, http.MethodDelete, path, nil, "If-Match", `"2"`)
		got = AttributionView{}
		a.Into(t, &got)
		if a.Status != http.StatusOK || got.Correction != nil || got.Decision.Deployment.ID != ref.Fact(id("P1")).String() {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		for _, bad := range []string{"0", "-1", "x", "99999999999999999999", "42"} {
			if a := s.Do(t, http.MethodGet, "/incidents/"+bad+"/attribution", nil); a.Status != http.StatusNotFound {
				t.Errorf("%s: %d", bad, a.Status)
			}
		}
		s.As(peopletest.Principal(w.unit, PermViewMetrics))
		if a := s.Do(t, http.MethodPut, path, map[string]any{"deploymentId": nil, "reason": "x"}); a.Status != http.StatusForbidden {
			t.Errorf("without the permission: %d", a.Status)
		}
	})
}

func TestDerivationsInTheBackground(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		shop, _ := w.drawn()
		reg := jobs.NewRegistry()
		queue := jobstest.Client(t, w.d, reg, clock.System())
		const arrived = factsIngested
		log := events.NewLog(w.clock, queue, Events, []events.Definition{
			{Kind: factsIngested, Subject: "batch", Action: events.Other, Sentence: "x"}, {Kind: factsReplayed, Subject: "batch", Action: events.Other, Sentence: "x"},
			{Kind: dependenciesMoved[0], Subject: "application", Action: events.Added, Sentence: "x"}, {Kind: dependenciesMoved[1], Subject: "application", Action: events.Added, Sentence: "x"},
			{Kind: dependenciesMoved[2], Subject: "application", Action: events.Added, Sentence: "x"},
		})
		s := New(Deps{DB: w.d, Clock: w.clock, Log: log, Jobs: queue, JobBook: queue})
		s.setReady()
		s.RegisterWorkers(reg)
		for _, sub := range s.Subscriptions() {
			log.Subscribe(sub)
		}
		w.service = s
		server := httpapitest.New(t, w.d, w.clock, func(a *httpapi.API) { s.Mount(a) })

		announce := func(kind events.Kind, subject string, data map[string]any) {
			err := w.d.Write(w.ctx, func(ctx context.Context, tx db.Tx) error {
				return log.Append(ctx, tx, events.Event{Kind: kind, SubjectID: subject, Data: data})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		news := map[string]any{"applications": []ref.App{shop}, "total": 1}
		announce(arrived, "b1", news)
		announce(arrived, "b2", news) // while the first waits, it stands for both
		announce(arrived, "b3", map[string]any{"applications": []ref.App{}, "total": 1})
		if n := jobstest.Run(t, w.d, reg); n != 1 {
			t.Errorf("%d jobs for one application", n)
		}
		if n := w.dora(s, Scope{Application: "shop"}).Metrics[1].N; n != 7 {
			t.Errorf("%d deployments after the job", n)
		}
		w.deploy(shop, d("D9", "eu", 100, "a7"))
		announce(dependenciesMoved[0], string(shop), nil)
		jobstest.Run(t, w.d, reg)
		if n := w.dora(s, Scope{Application: "shop"}).Metrics[1].N; n != 8 {
			t.Errorf("%d deployments after the second job", n)
		}

		a := server.Do(t, http.MethodPost, "/metrics/derivations", nil)
		if a.Status != http.StatusAccepted || a.Header.Get("Location") != "/api/v1/metrics/derivations" || !strings.Contains(string(a.Body), `"state":"waiting"`) {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		jobstest.Run(t, w.d, reg)
		var list httpapi.Page[DerivationView]
		server.Do(t, http.MethodGet, "/metrics/derivations", nil).Into(t, &list)
		if len(list.Items) != 1 || list.Items[0].State != "done" || list.Items[0].FinishedAt == nil {
			t.Errorf("%+v", list)
		}
		if n := w.dora(s, Scope{}).Metrics[1].N; n != 11 {
			t.Errorf("%d deployments after everything", n)
		}
	})
}
