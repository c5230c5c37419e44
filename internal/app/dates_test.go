package app_test

import (
	"testing"

	"millrace/internal/app/apptest"
)

// TestDatesAreTakenWhereInstantsAre asks the lists of the schedule for days, as people write them.
func TestDatesAreTakenWhereInstantsAre(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": "SIT1", "unitId": w.Root, "autoApprove": true})
		w.Must(t, 201, w.Admin, "POST", "/bookings", map[string]any{"environment": "SIT1", "from": "2031-03-01T00:00:00Z", "to": "2031-03-02T00:00:00Z", "intent": "touch", "title": "The first"})
		for query, want := range map[string]int{"from=2031-03-01&to=2031-03-02": 1, "from=2031-03-02": 0, "to=2031-03-01": 0} {
			if got := len(w.Must(t, 200, w.Admin, "GET", "/bookings?"+query, nil).Items()); got != want {
				t.Errorf("%s: %d", query, got)
			}
		}
		for _, path := range []string{"/conflicts?", "/schedule?", "/freezes?", "/booking-requests?", "/booking-requests/export?format=csv&", "/freezes/export?", "/closures?environment=SIT1&", "/outages?"} {
			w.Must(t, 200, w.Admin, "GET", path+"from=2031-03-01&to=2031-03-05", nil)
			w.Must(t, 422, w.Admin, "GET", path+"from=2031-03-99&to=2031-03-05", nil)
		}
		w.Must(t, 200, w.Admin, "GET", "/environments/SIT1/openings?duration=PT1H&from=2031-03-01", nil)
	})
}
