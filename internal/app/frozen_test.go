package app_test

import (
	"strings"
	"testing"
	"time"

	"millrace/internal/app/apptest"
)

// TestGroupsThatAreNamedAreNotDeletedUnasked deletes groups that a booking, a request and freezes name.
func TestGroupsThatAreNamedAreNotDeletedUnasked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		from := time.Now().UTC().AddDate(0, 0, 5).Truncate(time.Hour)
		w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": "SIT1", "unitId": w.Root, "autoApprove": true})
		lane := func(key string) string {
			return w.Must(t, 201, w.Admin, "POST", "/environment-groups", map[string]any{"key": key, "members": []string{"SIT1"}}).ID()
		}
		freeze := func(name string, day int, groups ...string) apptest.Answer {
			return w.Must(t, 201, w.Admin, "POST", "/freezes", map[string]any{"name": name, "from": from.AddDate(0, 0, day), "to": from.AddDate(0, 0, day+1), "scope": map[string]any{"groups": groups}})
		}
		refused := func(key, query, code string, words ...string) {
			t.Helper()
			a := w.Must(t, 409, w.Admin, "DELETE", "/environment-groups/"+key+query, nil, "If-Match", `"1"`)
			if a.Code() != code {
				t.Fatalf("%s", a.Body)
			}
			for _, word := range words {
				if !strings.Contains(string(a.Body), word) {
					t.Errorf("%q is missing in %s", word, a.Body)
				}
			}
			w.Must(t, 200, w.Admin, "GET", "/environment-groups/"+key, nil)
		}
		one := lane("lane-1")
		lane("lane-2")
		booking := w.Must(t, 201, w.Admin, "POST", "/bookings", map[string]any{"group": "lane-1", "from": from, "to": from.Add(time.Hour), "intent": "touch", "title": "Rehearsal"}).ID()
		both := freeze("Both lanes", 10, "lane-1", "lane-2").ID()
		refused("lane-1", "", "confirmation_required", "BK-1 Rehearsal", "Both lanes", "loses it")
		dry := w.Must(t, 200, w.Admin, "DELETE", "/environment-groups/lane-1?dryRun=true", nil)
		if !strings.Contains(string(dry.Body), "bookings_named") || !strings.Contains(string(dry.Body), "freezes_narrowed") {
			t.Fatalf("%s", dry.Body)
		}
		alone := freeze("Lane one alone", 20, "lane-1")
		refused("lane-1", "?confirm=true", "group_in_use", "Lane one alone")
		w.Must(t, 200, w.Admin, "POST", "/freezes/"+alone.ID()+"/cancel", map[string]any{}, "If-Match", alone.Header.Get("ETag"))
		lane("lane-3")
		w.Must(t, 201, w.Admin, "POST", "/booking-requests", map[string]any{"title": "Ask", "from": from, "to": from.Add(time.Hour), "unitId": w.Root, "lines": []any{map[string]any{"group": "lane-3"}}})
		refused("lane-3", "?confirm=true", "group_in_use", "1 open booking request")
		w.Must(t, 200, w.Admin, "DELETE", "/environment-groups/lane-1?confirm=true", nil, "If-Match", `"1"`)
		if body := string(w.Must(t, 200, w.Admin, "GET", "/freezes/"+both, nil).Body); strings.Contains(body, one) || !strings.Contains(body, "lane-2") {
			t.Fatal(body)
		}
		if body := string(w.Must(t, 200, w.Admin, "GET", "/bookings/"+booking, nil).Body); strings.Contains(body, one) || !strings.Contains(body, "SIT1") || !strings.Contains(body, `"approved"`) {
			t.Fatal(body)
		}
	})
}
