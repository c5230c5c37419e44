package connector_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/ref"
)

func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func TestWebhookIsAcknowledgedOnceAndWorkedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		body := issueHook(77, "1296269")
		good := sign(webhookSecret, body)
		w.api.As(nil) // tools do not sign in
		for _, try := range []struct {
			what, delivery, body, signature string
			status                          int
			code                            string
		}{
			{"no signature", "d1", body, "", http.StatusUnauthorized, "webhook_signature_invalid"},
			{"a wrong signature", "d1", body, sign("other", body), http.StatusUnauthorized, "webhook_signature_invalid"},
			{"another body", "d1", body + " ", good, http.StatusUnauthorized, "webhook_signature_invalid"},
			{"not JSON", "d1", "{", sign(webhookSecret, "{"), http.StatusBadRequest, "webhook_malformed"},
			{"the push", "d1", body, good, http.StatusAccepted, ""},
			{"the push again", "d1", body, good, http.StatusOK, ""},
			{"the same body under another delivery id", "d2", body, good, http.StatusOK, ""},
		} {
			got := w.push(c.ID, "issues", try.delivery, try.body, try.signature)
			if got.Status != try.status || got.Code() != try.code {
				t.Errorf("%s: %d %s", try.what, got.Status, got.Body)
			}
		}
		if n := w.count("SELECT count(*) FROM webhook_delivery"); n != 1 {
			t.Fatalf("%d pushes are kept", n)
		}
		if n := jobstest.Run(t, w.db, w.reg, w.clock); n != 1 {
			t.Errorf("%d jobs", n)
		}
		if n := w.count("SELECT count(*) FROM work_item WHERE external_id = 'issue:70077'"); n != 1 {
			t.Errorf("%d work items", n)
		}
		if len(w.tap.interactive) == 0 || slices.Contains(w.tap.interactive, false) {
			t.Errorf("what was pushed waits behind collections: %v", w.tap.interactive)
		}
		w.tap.interactive = nil
		w.finished(c.ID, connector.Pull)
		if len(w.tap.interactive) == 0 || slices.Contains(w.tap.interactive, true) {
			t.Errorf("a collection goes before what is pushed: %v", w.tap.interactive)
		}
		list, err := w.ListWebhooks(w.ctx, c.ID, httpapi.Paging{Limit: 10}, "DONE")
		if err != nil || len(list.Items) != 1 || list.Items[0].Event != "issues" || list.Items[0].Records == 0 {
			t.Errorf("%+v, %v", list, err)
		}
		if got := w.push(ref.New[ref.Connection](), "issues", "d3", body, good); got.Status != http.StatusNotFound {
			t.Errorf("an unknown connection: %d", got.Status)
		}
		if got := w.push("x", "issues", "d3", body, good); got.Status != http.StatusNotFound {
			t.Errorf("a malformed connection: %d", got.Status)
		}
	})
}

// Two connections may get the same push, as an organisation's webhook and a repository's do.
func TestSamePushToTwoConnections(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one := w.connect()
		two, err := w.CreateConnection(w.ctx, connector.NewConnection{Kind: "github", Name: "Second", Unit: deliverytest.South, Settings: w.github.Settings(), WebhookSecret: webhookSecret})
		if err != nil {
			t.Fatal(err)
		}
		body := issueHook(78, "1296269")
		for _, id := range []ref.Connection{one.ID, two.ID} {
			if got := w.push(id, "issues", "same", body, sign(webhookSecret, body)); got.Status != http.StatusAccepted {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		}
	})
}

func TestWebhookOfPausedConnectionAndOfScopeNotChosen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		body := issueHook(79, "555")
		if got := w.push(c.ID, "issues", "d1", body, sign(webhookSecret, body)); got.Status != http.StatusAccepted {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		jobstest.Run(t, w.db, w.reg, w.clock)
		if n := w.count("SELECT count(*) FROM work_item") + w.count("SELECT count(*) FROM raw_page"); n != 0 {
			t.Error("a push of a repository that was not chosen was taken in")
		}
		paused := "PAUSED"
		c, err := w.ChangeConnection(w.ctx, c.ID, c.Version, connector.ConnectionChange{State: &paused})
		if err != nil {
			t.Fatal(err)
		}
		body = issueHook(80, "1296269")
		if got := w.push(c.ID, "issues", "d2", body, sign(webhookSecret, body)); got.Status != http.StatusConflict || got.Code() != "connection_paused" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := w.push(c.ID, "issues", "d2", body, ""); got.Code() != "webhook_signature_invalid" {
			t.Errorf("a stranger learns that the connection is paused: %s", got.Body)
		}
		secret := "new-secret"
		active := "ACTIVE"
		if _, err := w.ChangeConnection(w.ctx, c.ID, c.Version, connector.ConnectionChange{State: &active, WebhookSecret: &secret}); err != nil {
			t.Fatal(err)
		}
		if got := w.push(c.ID, "issues", "d2", body, sign(webhookSecret, body)); got.Status != http.StatusUnauthorized {
			t.Errorf("the old secret still opens: %d", got.Status)
		}
		if got := w.push(c.ID, "issues", "d2", body, sign(secret, body)); got.Status != http.StatusAccepted {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
}

func TestFailedWebhookWaitsAndIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		body := issueHook(81, "1296269")
		w.tap.failAt = 1
		w.push(c.ID, "issues", "d1", body, sign(webhookSecret, body))
		if _, err := jobstest.Try(t, w.db, w.reg, w.clock); err == nil {
			t.Fatal("the failure is not told")
		}
		list, err := w.ListWebhooks(w.ctx, c.ID, httpapi.Paging{Limit: 10}, "FAILED")
		if err != nil || len(list.Items) != 1 || !strings.Contains(list.Items[0].Error, "disk") || w.connection(c.ID).Health.FailedWebhooks != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := w.RetryWebhook(w.ctx, c.ID, list.Items[0].ID); err != nil {
			t.Fatal(err)
		}
		jobstest.Run(t, w.db, w.reg, w.clock)
		if n := w.count("SELECT count(*) FROM work_item"); n != 1 {
			t.Errorf("%d work items", n)
		}
	})
}

func TestDamagedAndOversizedPushes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		huge := `{"x":"` + strings.Repeat("x", connector.MaxWebhookBody) + `"}`
		if got := w.push(c.ID, "issues", "d1", huge, sign(webhookSecret, huge)); got.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d", got.Status)
		}
		// What is signed and cannot be mapped waits in the list a person sees.
		odd := `{"action":"opened","issue":{"number":5,"title":"\u0000 no id"},"repository":{"id":1296269,"full_name":"acme/shop"}}`
		if got := w.push(c.ID, "issues", "d2", odd, sign(webhookSecret, odd)); got.Status != http.StatusAccepted {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		jobstest.Run(t, w.db, w.reg, w.clock)
		left, err := w.ListUnmapped(w.ctx, c.ID)
		if err != nil || len(left) != 1 || left[0].Reason != "no_id" {
			t.Errorf("%+v, %v", left, err)
		}
	})
}
