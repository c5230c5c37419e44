package connector_test

import (
	"net/http"
	"strings"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/jobs/jobstest"
)

// TestPushesWithZeroBytes sends what no engine stores in every text of a push: it is read as the sign for what is no
// text, and worked.
func TestPushesWithZeroBytes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		body := strings.NewReplacer(`"From a webhook"`, `"From \u0000 a webhook"`, `"full_name":"acme/shop"`, `"full_name":"acme/shop","url":"https://github.example.com/\u0000"`).Replace(issueHook(79, "1296269"))
		if got := w.push(c.ID, "issues", "zero", body, sign(webhookSecret, body)); got.Status != http.StatusAccepted {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		events, err := w.CreateConnection(w.ctx, connector.NewConnection{Kind: "cdevents", Name: "Events", Unit: deliverytest.North, WebhookSecret: webhookSecret})
		if err != nil {
			t.Fatal(err)
		}
		event := `{"context":{"version":"0.4.1","id":"e\u0000","source":"/ci/\u0000","type":"dev.cdevents.service.deployed.0.2.0\u0000","timestamp":"2026-03-19T10:00:00Z"},` +
			`"subject":{"id":"shop\u0000","source":"/ci","type":"service","content":{"environment":{"id":"production\u0000"}}}}`
		req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.api.URL+"/api/v1/webhooks/"+string(events.ID), strings.NewReader(event))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+webhookSecret)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode >= 500 {
			t.Errorf("an event with zero bytes: %d", res.StatusCode)
		}
		jobstest.Run(t, w.db, w.reg, w.clock)
		if n := w.count("SELECT count(*) FROM webhook_delivery WHERE state <> 'DONE'"); n != 0 {
			t.Errorf("%d pushes were not worked", n)
		}
		if n := w.count("SELECT count(*) FROM work_item WHERE title = ?", "From \uFFFD a webhook"); n != 1 {
			t.Errorf("%d work items", n)
		}
	})
}
