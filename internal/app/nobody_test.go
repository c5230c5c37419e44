package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"millrace/internal/app/apptest"
)

// TestWhoHoldsNothingSeesNothing calls everything that can be read as a person without a grant, in an organisation that
// has one of everything.
func TestWhoHoldsNothingSeesNothing(t *testing.T) {
	// What belongs to the person themselves or to nobody.
	own := []string{"get-me", "list-sessions", "list-tokens", "list-permissions", "follow-events", "list-sign-in-providers", "get-setup", "start-oidc", "finish-oidc",
		"count-unread", "get-notification-choices", "get-environment-settings", "show-schedule"}
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		f := furnish(t, w)
		nobody := w.Token(t, w.Person(t, f.a.unit, "Nobody"))
		for _, o := range operations(t) {
			if o.Method != http.MethodGet || slices.Contains(own, o.ID) {
				continue
			}
			a := w.Do(t, nobody, o.Method, f.a.address(o), nil)
			switch a.Status {
			case 200:
				if items := a.Items(); items == nil || len(items) > 0 || a.Map()["total"] != nil && a.Map()["total"] != 0.0 {
					t.Errorf("GET %s (%s) shows to somebody without grants: %.300s", o.Path, o.ID, a.Body)
				}
			case 403, 404:
			default:
				t.Errorf("GET %s (%s): %d %.300s", o.Path, o.ID, a.Status, a.Body)
			}
			if strings.Contains(string(a.Body), "Secret") {
				t.Errorf("GET %s names something of the organisation: %.300s", o.Path, a.Body)
			}
		}
	})
}

// TestWhoHoldsOneUnitSeesNothingOfAnother calls everything that can be read as the administrator of another unit.
func TestWhoHoldsOneUnitSeesNothingOfAnother(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		f := furnish(t, w)
		beside := w.Holder(t, "administrator", f.b.unit)
		shown := 0
		for _, o := range operations(t) {
			if o.Method != http.MethodGet || o.ID == "follow-events" {
				continue
			}
			a := w.Do(t, beside, o.Method, f.a.address(o), nil)
			if a.Status >= 500 {
				t.Errorf("GET %s: %d %.300s", o.Path, a.Status, a.Body)
			}
			if strings.Contains(string(a.Body), "Secret A") {
				t.Errorf("GET %s (%s) shows something of another unit: %.600s", o.Path, o.ID, a.Body)
			}
			if strings.Contains(string(a.Body), "Secret B") {
				shown++
			}
			if o.aboutOne() && a.Status < 300 {
				t.Errorf("GET %s (%s) answers about another unit: %d %.300s", o.Path, o.ID, a.Status, a.Body)
			}
		}
		if shown < 10 {
			t.Errorf("only %d answers show the own unit; the test proves nothing", shown)
		}
	})
}
