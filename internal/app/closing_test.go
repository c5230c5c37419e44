package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPeopleHearOfFreezes sets a freeze of the whole organisation up, calls it off and lets another come near. Who has a part
// in one environment hears of it, though they see nothing but its unit.
func TestPeopleHearOfFreezes(t *testing.T) {
	eachMailed(t, func(t *testing.T, w *mailed) {
		shop, cards := w.Unit(t, w.Root, "Shop"), w.Unit(t, w.Root, "Cards")
		sit := w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": "SIT1", "unitId": shop, "autoApprove": true}).ID()
		uat := w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": "UAT", "unitId": cards}).ID()
		bob, cid, dora := w.Person(t, shop, "Bob"), w.Person(t, cards, "Cid"), w.Person(t, shop, "Dora")
		w.Grant(t, bob, "viewer", shop)
		w.Grant(t, cid, "viewer", cards)
		w.Grant(t, dora, "contributor", shop)
		w.Must(t, 200, w.Admin, "POST", "/environments/"+sit+"/stakeholders", map[string]any{"personId": bob.ID, "informed": true})
		w.Must(t, 200, w.Admin, "POST", "/environments/"+uat+"/stakeholders", map[string]any{"personId": cid.ID, "informed": true})
		start := w.clock.Now().AddDate(0, 0, 20).Truncate(time.Hour)
		booking := w.Must(t, 201, w.Token(t, dora), "POST", "/bookings", map[string]any{"environment": "SIT1", "from": start.Add(time.Hour), "to": start.Add(2 * time.Hour), "intent": "touch", "title": "Dress rehearsal"}).ID()

		freeze := map[string]any{"name": "Year end", "from": start, "to": start.Add(48 * time.Hour), "refuses": []string{"booking"}}
		dry := w.Must(t, 201, w.Admin, "POST", "/freezes?dryRun=true", freeze)
		if body := string(dry.Body); !strings.Contains(body, "bookings_hit") || !strings.Contains(body, booking) || !strings.Contains(body, "1 booking lies in this time: BK-1 Dress rehearsal.") {
			t.Fatal(body)
		}
		narrow := map[string]any{"name": "Near", "from": start.Add(3 * time.Hour), "to": start.Add(4 * time.Hour), "refuses": []string{"booking"}}
		if body := string(w.Must(t, 201, w.Admin, "POST", "/freezes?dryRun=true", narrow).Body); strings.Contains(body, "bookings_hit") {
			t.Fatal(body)
		}
		made := w.Must(t, 201, w.Admin, "POST", "/freezes", freeze)
		told := w.next(t, bob, "Year end")
		if want := "Ada Admin created the freeze Year end: " + start.Format("2 Jan 2006, 15:04 UTC"); !strings.Contains(told.Text(), want) || !strings.Contains(told.Text(), publicURL+"/calendar/freezes/"+made.ID()) {
			t.Fatal(told.Text())
		}
		w.next(t, cid, "Year end")
		if held := w.next(t, dora, "Year end"); !strings.Contains(held.Text(), "You get this") {
			t.Fatal(held.Text())
		}
		if inbox := w.Must(t, 200, w.Token(t, bob), "GET", "/inbox", nil).Items(); len(inbox) != 1 {
			t.Fatalf("%v", inbox)
		}

		// Only one unit's window remains: the others are let off, and hear that.
		w.Must(t, 200, w.Admin, "PATCH", "/freezes/"+made.ID(), map[string]any{"scope": map[string]any{"units": []string{string(shop)}}}, "If-Match", made.Header.Get("ETag"))
		w.next(t, cid, "changed the freeze Year end")
		w.server.Take()
		w.clock.Set(start.Add(-23 * time.Hour))
		if near := w.next(t, bob, "about to begin"); !strings.Contains(near.Text(), "The freeze Year end is about to begin") {
			t.Fatal(near.Text())
		}
		other := w.Must(t, 201, w.Admin, "POST", "/maintenance-windows", map[string]any{"name": "Patch day", "from": start.AddDate(0, 1, 0), "to": start.AddDate(0, 1, 1), "scope": map[string]any{"environments": []string{"UAT"}}})
		w.next(t, cid, "Patch day")
		w.Must(t, 200, w.Admin, "DELETE", "/maintenance-windows/"+other.ID(), nil, "If-Match", `"1"`)
		w.next(t, cid, "deleted the maintenance window Patch day")
		for _, m := range w.server.Mails() {
			if text := fmt.Sprint(m.Text()); m.To[0] == bob.Email && strings.Contains(text, "Patch day") || m.To[0] == cid.Email && strings.Contains(text, "about to begin") {
				t.Error(m.To, text)
			}
		}
	})
}
