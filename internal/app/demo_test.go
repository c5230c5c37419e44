package app_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"millrace/internal/app/apptest"
	"millrace/internal/demo"
)

// TestTheDemoIsAlive loads the demo organisation and looks at every screen of test environments through the API.
func TestTheDemoIsAlive(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		began := time.Now()
		// The world's own administrator is there already; everything else is not.
		if d, err := w.App.LoadDemo(w.Context()); err != nil || !d.Loaded {
			t.Fatalf("%+v %v", d, err)
		}
		t.Logf("loaded in %s", time.Since(began))
		if d, err := w.App.LoadDemo(w.Context()); err != nil || d.Loaded || !d.Known {
			t.Fatalf("a second time: %+v %v", d, err)
		}
		b := open(t, w)
		b.must(200, "POST", "/auth/sign-in", map[string]any{"email": demo.Email, "password": demo.Password})
		demoRecords(t, w)
		demoScreens(t, b)
	})
}

func demoRecords(t *testing.T, w *apptest.World) {
	t.Helper()
	count := func(what, query string, low, high int64) {
		t.Helper()
		var n int64
		if err := w.App.DB().SQL().QueryRowContext(context.Background(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n < low || n > high {
			t.Errorf("%s: %d, want %d to %d", what, n, low, high)
		}
	}
	const many = 1 << 40
	count("environments", "SELECT COUNT(*) FROM environment", 115, 135)
	count("environments without a unit", "SELECT COUNT(*) FROM environment WHERE unit_id NOT IN (SELECT id FROM v_unit)", 0, 0)
	count("usages", "SELECT COUNT(DISTINCT usage_id) FROM environment", 7, 7)
	count("kinds", "SELECT COUNT(DISTINCT kind) FROM environment", 4, 4)
	count("lanes", "SELECT COUNT(*) FROM environment_group", 12, 12)
	count("connections", "SELECT COUNT(*) FROM environment_connection", 40, many)
	count("parents", "SELECT COUNT(DISTINCT parent_id) FROM environment WHERE parent_id IS NOT NULL", 3, 3)
	count("bookings", "SELECT COUNT(*) FROM booking", 5500, 7500)
	count("statuses of bookings", "SELECT COUNT(DISTINCT status) FROM booking", 7, 7)
	count("series", "SELECT COUNT(*) FROM booking_series", 5, many)
	// Two approved bookings of an exclusive environment never overlap, wherever they came from.
	count("double bookings", `SELECT COUNT(*) FROM booking_environment AS a JOIN booking_environment AS b ON b.environment_id = a.environment_id AND b.booking_id > a.booking_id
		AND b.status = 'approved' AND b.from_at < a.to_at AND b.to_at > a.from_at JOIN environment AS e ON e.id = a.environment_id WHERE a.status = 'approved' AND e.capacity = 1`, 0, 0)
	// At the beginning of every approved booking no more are there than the environment bears.
	count("overfull environments", `SELECT COUNT(*) FROM booking_environment AS a JOIN environment AS e ON e.id = a.environment_id WHERE a.status = 'approved' AND e.capacity < (
		SELECT COUNT(*) FROM booking_environment AS b WHERE b.environment_id = a.environment_id AND b.status = 'approved' AND b.from_at <= a.from_at AND b.to_at > a.from_at)`, 0, 0)
	count("outages", "SELECT COUNT(*) FROM outage", 55, 85)
	count("outages with a cause", "SELECT COUNT(*) FROM outage WHERE cause <> '' AND kind = 'unplanned'", 35, many)
	count("open outages", "SELECT COUNT(*) FROM outage WHERE ended_at IS NULL", 1, 1)
	count("booking requests", "SELECT COUNT(*) FROM booking_request", 24, 24)
	count("change requests", "SELECT COUNT(*) FROM environment_change_request", 36, 36)
	count("statuses of requests", "SELECT COUNT(DISTINCT status_id) FROM workflow_step WHERE left_at IS NULL", 9, many)
	count("breaches that stand", "SELECT COUNT(*) FROM workflow_step WHERE left_at IS NULL AND breached", 1, many)
	count("breaches that were", "SELECT COUNT(*) FROM workflow_step WHERE left_at IS NOT NULL AND breached", 8, many)
	count("comments on bookings", "SELECT COUNT(*) FROM comment WHERE subject_kind = 'booking'", 5, many)
	count("kinds of connections", "SELECT COUNT(DISTINCT kind) FROM connection", 3, 3)
	count("failed and successful runs", "SELECT COUNT(DISTINCT state) FROM connection_run WHERE records > 0 OR state = 'FAILED'", 2, 2)
	count("received events", "SELECT COUNT(*) FROM webhook_delivery WHERE state = 'DONE'", 3, many)
	count("accounts of people", "SELECT COUNT(*) FROM tool_account WHERE person_id IS NOT NULL", 80, many)
	count("work items without an application", "SELECT COUNT(*) FROM work_item WHERE application_id IS NULL AND connection_id = ''", 0, 0)
}

func demoScreens(t *testing.T, b *browser) {
	t.Helper()
	now := time.Now().UTC()
	span := "from=" + url.QueryEscape(now.Format(time.RFC3339)) + "&to=" + url.QueryEscape(now.AddDate(0, 0, 42).Format(time.RFC3339))
	some := func(path string, least int) {
		t.Helper()
		if n := len(b.must(200, "GET", path, nil).Items()); n < least {
			t.Errorf("%s: %d, want %d", path, n, least)
		}
	}
	some("/environments?limit=100", 100)
	some("/environment-groups?limit=100", 12)
	some("/conflicts?"+span, 10)
	some("/bookings/pending", 6)
	some("/freezes", 3)
	some("/holidays", 4)
	some("/outages?limit=100", 50)
	some("/inbox", 5)
	some("/bookings?status=waiting&"+span, 1)
	// The report of the month before has a value in every figure that the demo can give.
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -1, 0).Format("2006-01")
	report := b.must(200, "GET", "/reports/environment-kpi?month="+month, nil).Map()
	for _, path := range [][]string{{"utilisation", "bookedHours"}, {"utilisation", "usedHours"}, {"bookings", "rejectionRate"}, {"bookings", "noShowRate"}, {"bookings", "contestedRate"}} {
		var v any = report
		for _, key := range append(path, "value") {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		if f, ok := v.(float64); !ok || f <= 0 {
			t.Errorf("%v of %s is %v", path, month, v)
		}
	}
}
