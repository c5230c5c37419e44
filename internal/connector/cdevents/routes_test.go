package cdevents_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"millrace/internal/connector/cdevents"
	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/jobs"
)

var sets = []migrate.Set{events.Migrations, httpapi.Migrations, jobs.Migrations, deliverytest.Organisation, delivery.Migrations}

const commit = "0123456789abcdef0123456789abcdef01234567"

func deployedEvent(id, service string) string {
	return fmt.Sprintf(`{"context":{"version":"0.4.1","id":%q,"source":"/ci/prod","type":"dev.cdevents.service.deployed.0.2.0","timestamp":"2025-03-01T12:00:00Z"},`+
		`"subject":{"id":%q,"source":"/ci/prod","type":"service","content":{"environment":{"id":"production"},"artifactId":"pkg:github/acme/shop@%s"}}}`, id, service, commit)
}

func TestDoorForEvents(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		deliverytest.Units(t, d)
		shop := deliverytest.Application(t, d, deliverytest.North, "shop")
		other := deliverytest.Application(t, d, deliverytest.South, "other")
		c := clock.NewFake(time.Date(2025, 3, 2, 0, 0, 0, 0, time.UTC))
		s := delivery.New(delivery.Deps{DB: d, Clock: c, Events: events.NewLog(c, nil, delivery.Events)})
		api := httpapitest.New(t, d, c, func(a *httpapi.API) { cdevents.Mount(a, s, delivery.PermReport) })
		of := func(app any) int64 {
			return deliverytest.Value[int64](t, d, "SELECT count(*) FROM deployment WHERE application_id = ?", app)
		}
		reporter := deliverytest.Principal(deliverytest.NorthPath, delivery.PermReport)
		for _, try := range []struct {
			what, kind, body string
			status           int
			code             string
		}{
			{"one event", "application/json", deployedEvent("e1", "shop"), 202, ""},
			{"the same event again", "application/json", deployedEvent("e1", "shop"), 202, ""},
			{"a batch", "application/cloudevents-batch+json", "[" + deployedEvent("e1", "shop") + "," + deployedEvent("e2", "shop") + "]", 202, ""},
			{"half an event", "application/json", deployedEvent("e3", "shop")[:60], 400, "cdevent_malformed"},
			{"an unknown type", "application/json", strings.Replace(deployedEvent("e3", "shop"), "dev.cdevents.service", "com.example.thing", 1), 422, "cdevent_type_unknown"},
			{"another media type", "text/xml", "<x/>", 415, "cdevent_media_type"},
			{"deep", "application/json", strings.Repeat("[", 100) + strings.Repeat("]", 100), 422, "json_too_deep"},
			{"too large", "application/json", `"` + strings.Repeat("x", 9<<20) + `"`, 413, "body_too_large"},
		} {
			got := api.As(reporter).Do(t, http.MethodPost, "/cdevents", try.body, "Content-Type", try.kind)
			if got.Status != try.status || got.Code() != try.code {
				t.Errorf("%s: %d %s", try.what, got.Status, got.Body)
			}
		}
		if n := of(shop); n != 2 {
			t.Errorf("%d deployments, want one for each event however often it came", n)
		}
		// A zero byte, which no engine stores, is read as the sign for what is no text.
		zero := strings.ReplaceAll(deployedEvent("e5", "shop"), `"/ci/prod"`, `"/ci/\u0000prod"`)
		zero = strings.ReplaceAll(zero, `"id":"e5"`, `"id":"e\u00005"`)
		if got := api.As(reporter).Do(t, http.MethodPost, "/cdevents", zero); got.Status != 202 {
			t.Errorf("with zero bytes: %d %s", got.Status, got.Body)
		}
		if n := deliverytest.Value[int64](t, d, "SELECT count(*) FROM deployment WHERE external_id LIKE ?", "%\uFFFD%"); n != 1 {
			t.Errorf("%d deployments with the sign", n)
		}
		// An application of another unit is not the reporter's to speak of.
		if got := api.As(reporter).Do(t, http.MethodPost, "/cdevents", deployedEvent("e9", "other")); got.Status != 422 || got.Code() != "records_rejected" {
			t.Errorf("for another unit: %d %s", got.Status, got.Body)
		}
		if n := of(other); n != 0 {
			t.Error("a deployment was reported for an application of another unit")
		}
		for who, want := range map[string]int{"nobody": 401, "viewer": 403} {
			api.As(nil)
			if who == "viewer" {
				api.As(deliverytest.Principal(deliverytest.NorthPath, "delivery.view_delivery"))
			}
			if got := api.Do(t, http.MethodPost, "/cdevents", deployedEvent("e4", "shop")); got.Status != want {
				t.Errorf("%s: %d", who, got.Status)
			}
		}
	})
}
