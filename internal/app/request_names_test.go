package app_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"millrace/internal/app/apptest"
)

// TestTheScheduleNamesRequestsOfBothSorts shows requests that have bookings as rows: those that ask for environments, and
// those that change one and book it for that.
func TestTheScheduleNamesRequestsOfBothSorts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		from := time.Now().UTC().AddDate(0, 0, 5).Truncate(time.Hour)
		to := from.Add(2 * time.Hour)
		for _, key := range []string{"SIT1", "SIT2"} {
			w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": key, "unitId": w.Root, "autoApprove": true})
		}
		w.Must(t, 201, w.Admin, "POST", "/booking-requests", map[string]any{"title": "Regression", "from": from, "to": to, "unitId": w.Root, "submit": true,
			"lines": []any{map[string]any{"environment": "SIT1"}}})
		w.Must(t, 201, w.Admin, "POST", "/environment-change-requests", map[string]any{"title": "Patch", "from": from, "to": to, "unitId": w.Root, "book": true,
			"cards": []any{map[string]any{"environment": "SIT2"}}})
		window := url.Values{"view": {"requests"}, "from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}}
		rows := string(w.Must(t, 200, w.Admin, "GET", "/schedule?"+window.Encode(), nil).Body)
		for _, name := range []string{`"EB-1 Regression"`, `"EC-1 Patch"`} {
			if !strings.Contains(rows, name) {
				t.Errorf("%s is no row of %s", name, rows)
			}
		}
	})
}
