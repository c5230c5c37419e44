package valuestream

import (
	"net/http"
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/jobs/jobstest"
)

// TestWhatIsSentShowsInTheMetrics goes the whole way: deployments and incidents are sent to delivery, its event brings
// the job, the job the metrics.
func TestWhatIsSentShowsInTheMetrics(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.application("shop", w.unit)
		reg := jobs.NewRegistry()
		queue := jobstest.Client(t, w.d, reg, clock.System())
		var others []events.Definition
		for _, k := range dependenciesMoved {
			others = append(others, events.Definition{Kind: k, Subject: "application", Action: events.Modified, Sentence: "x"})
		}
		log := events.NewLog(w.clock, queue, Events, delivery.Events, others)
		facts := delivery.New(delivery.Deps{DB: w.d, Events: log, Clock: w.clock, Jobs: queue})
		s := New(Deps{DB: w.d, Clock: w.clock, Log: log, Jobs: queue})
		s.setReady()
		s.RegisterWorkers(reg)
		for _, sub := range s.Subscriptions() {
			log.Subscribe(sub)
		}
		server := httpapitest.New(t, w.d, w.clock, func(a *httpapi.API) { facts.Mount(a); s.Mount(a) })

		const repository = "https://git.example.test/acme/shop"
		sha := func(c byte) string {
			b := make([]byte, 40)
			for i := range b {
				b[i] = c
			}
			return string(b)
		}
		var records []delivery.Record
		for i, c := range []byte("abc") {
			made := moment(h(float64(10 * i)))
			r := &delivery.Commit{Head: delivery.Head{Kind: delivery.KindCommit, ExternalID: "commit:" + sha(c)}, RepoURL: repository, SHA: sha(c), AuthoredAt: &made, CommittedAt: &made}
			if i > 0 {
				r.ParentSHAs = []string{sha("abc"[i-1])}
			}
			records = append(records, r)
		}
		if _, err := facts.Ingest(w.ctx, delivery.Batch{Source: "test", Records: records}); err != nil {
			t.Fatal(err)
		}
		send := func(path string, body map[string]any) string {
			t.Helper()
			a := server.Do(t, http.MethodPost, path, body)
			if a.Status/100 != 2 {
				t.Fatalf("%s: %d %s", path, a.Status, a.Body)
			}
			var made struct{ ID string }
			a.Into(t, &made)
			return made.ID
		}
		deploy := func(hours float64, c byte) string {
			return send("/deployments", map[string]any{"application": "shop", "environment": "prod", "environmentClass": "PRODUCTION", "commit": sha(c), "repository": repository,
				"startedAt": moment(h(hours) - 5*minute).Format(time.RFC3339), "finishedAt": moment(h(hours)).Format(time.RFC3339), "result": "SUCCESS"})
		}
		deploy(1, 'a')
		jobstest.Run(t, w.d, reg)
		if m := w.dora(s, Scope{Application: "shop"}).Metrics; m[1].N != 1 || m[0].Value != nil || m[0].Excluded != 1 {
			t.Fatalf("after the first deployment %+v", m[0])
		}
		second := deploy(30, 'c')
		send("/incidents", map[string]any{"application": "shop", "title": "Down", "startedAt": moment(h(200)).Format(time.RFC3339),
			"resolvedAt": moment(h(202)).Format(time.RFC3339), "causedBy": second})
		jobstest.Run(t, w.d, reg)
		m := w.dora(s, Scope{Application: "shop"}).Metrics
		near(t, "lead time", m[0].Value, 15*3600) // b 20 hours, c 10
		near(t, "frequency", m[1].Value, 0.2)
		near(t, "recovery", m[2].Value, 172*3600) // named, so however late
		near(t, "fail rate", m[3].Value, 0.5)
		near(t, "rework rate", m[4].Value, 0)
		if n := len(items(t, server, ChangeLeadTime, "application=shop", 10)); n != 3 {
			t.Errorf("%d items, want two changes and the history", n)
		}
	})
}
