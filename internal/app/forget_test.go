package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"millrace/internal/app/apptest"
	"millrace/internal/platform/db"
)

// TestWhoIsDeletedIsForgotten deletes a person and a team that hold bookings, requests, an inbox and a feed.
func TestWhoIsDeletedIsForgotten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		from := time.Now().UTC().AddDate(0, 0, 5).Truncate(time.Hour)
		w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": "SIT1", "unitId": w.Root, "autoApprove": true})
		bob := w.Person(t, w.Root, "Bob")
		w.Grant(t, bob, "contributor", w.Root)
		his := w.Token(t, bob)
		booking := w.Must(t, 201, his, "POST", "/bookings", map[string]any{"environment": "SIT1", "from": from, "to": from.Add(time.Hour), "intent": "touch", "title": "His"}).ID()
		w.Must(t, 201, his, "POST", "/calendar-feeds", map[string]any{"name": "Mine"})
		w.Must(t, 201, his, "POST", "/schedule-views", map[string]any{"name": "My view", "query": map[string]any{}})
		choices := w.Must(t, 200, his, "GET", "/notification-choices", nil)
		w.Must(t, 200, his, "PUT", "/notification-choices", map[string]any{"digestAt": "07:00"}, "If-Match", choices.Header.Get("ETag"))
		team := w.Must(t, 201, w.Admin, "POST", "/teams", map[string]any{"name": "Core", "unitId": w.Root})
		ask := func(title string, more map[string]any) string {
			body := map[string]any{"title": title, "from": from, "to": from.Add(time.Hour), "unitId": w.Root}
			for k, v := range more {
				body[k] = v
			}
			return w.Must(t, 201, w.Admin, "POST", "/booking-requests", body).ID()
		}
		to, toTeam := ask("For Bob", map[string]any{"assignee": map[string]any{"kind": "person", "id": bob.ID}}), ask("For the team", map[string]any{"assignee": map[string]any{"kind": "team", "id": team.ID()}})

		gone := w.Must(t, 200, w.Admin, "DELETE", "/teams/"+team.ID(), nil, "If-Match", team.Header.Get("ETag"))
		if !strings.Contains(string(gone.Body), "1 booking request assigned to nobody now.") {
			t.Errorf("%s", gone.Body)
		}
		etag := w.Must(t, 200, w.Admin, "GET", "/persons/"+string(bob.ID), nil).Header.Get("ETag")
		etag = w.Must(t, 200, w.Admin, "POST", "/persons/"+string(bob.ID)+"/deactivate", nil, "If-Match", etag).Header.Get("ETag")
		gone = w.Must(t, 200, w.Admin, "DELETE", "/persons/"+string(bob.ID), nil, "If-Match", etag)
		for _, want := range []string{"1 booking held by nobody now.", "1 booking request assigned to nobody now."} {
			if !strings.Contains(string(gone.Body), want) {
				t.Errorf("%q is missing in %s", want, gone.Body)
			}
		}
		if b := w.Must(t, 200, w.Admin, "GET", "/bookings/"+booking, nil).Map(); b["holderId"] != nil || b["status"] != "approved" || b["requesterName"] != "Bob" {
			t.Errorf("%v", b)
		}
		for _, id := range []string{to, toTeam} {
			if r := w.Must(t, 200, w.Admin, "GET", "/booking-requests/"+id, nil).Map(); r["assignee"] != nil {
				t.Errorf("%v", r)
			}
		}
		err := w.App.DB().Read(w.Context(), func(ctx context.Context, tx db.Tx) error {
			for _, place := range []string{"calendar_feed WHERE owner_id", "schedule_view WHERE owner_id", "booking WHERE holder_id", "booking_environment WHERE holder_id", "inbox_thread WHERE person_id",
				"notification_choice WHERE person_id", "notification_setting WHERE person_id", "mail_delivery WHERE person_id"} {
				var n int64
				if err := tx.NewRaw("SELECT COUNT(*) FROM "+place+" = ?", bob.ID).Scan(ctx, &n); err != nil {
					return err
				}
				if n > 0 {
					t.Errorf("%s is %s: %d", place, bob.Name, n)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
