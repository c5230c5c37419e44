package app_test

import (
	"net/url"
	"strings"
	"testing"

	"millrace/internal/app/apptest"
)

// TestSearchFindsFactsOfOnesOwnUnit looks for the incident and the deployment of two sites, as the viewer of one.
func TestSearchFindsFactsOfOnesOwnUnit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		f := furnish(t, w)
		viewer := w.Holder(t, "viewer", f.a.unit)
		for query, kind := range map[string]string{"secret incident": "incident", "a-inc": "incident", "aaaaaaa": "deployment", "secret-a-dep": "deployment"} {
			path := "/search?q=" + url.QueryEscape(query) + "&kind=" + kind
			for who, token := range map[string]string{"the viewer": viewer, "the administrator": w.Admin} {
				items := w.Must(t, 200, token, "GET", path, nil).Map()["items"].([]any)
				want := 1
				if query == "secret incident" && token == w.Admin {
					want = 2
				}
				if query == "a-inc" {
					want = 0 // the middle of an external id is no beginning
				}
				if len(items) != want {
					t.Errorf("%q finds %d for %s: %v", query, len(items), who, items)
					continue
				}
				if want == 1 {
					hit := items[0].(map[string]any)
					if collection := kind + "s"; hit["id"] != f.a.ids[collection] || hit["url"] != "/delivery/"+collection+"/"+f.a.ids[collection] {
						t.Errorf("%q finds %v", query, hit)
					}
				}
			}
		}
		if items := w.Must(t, 200, viewer, "GET", "/search?q=bbbbbbb", nil).Map()["items"].([]any); len(items) != 0 {
			t.Errorf("the viewer finds a deployment of another unit: %v", items)
		}
	})
}

// TestSearchFindsTestEnvironmentsOfOnesOwnUnit looks for everything about environments, as the viewer of one of two sites
// and as somebody without any grant.
func TestSearchFindsTestEnvironmentsOfOnesOwnUnit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, w *apptest.World) {
		f := furnish(t, w)
		viewer, nobody := w.Holder(t, "viewer", f.a.unit), w.Token(t, w.Person(t, w.Root, "Nobody"))
		find := func(token, kind, query string) []any {
			t.Helper()
			return w.Must(t, 200, token, "GET", "/search?q="+url.QueryEscape(query)+"&kind="+kind, nil).Map()["items"].([]any)
		}
		for kind, page := range map[string]string{
			"environment": "environments", "environment_group": "environment-groups", "booking": "bookings", "booking_request": "booking-requests",
			"environment_change_request": "environment-change-requests", "outage": "outages", "freeze": "calendar/freezes",
		} {
			collection := page[strings.LastIndexByte(page, '/')+1:]
			if items := find(nobody, kind, "secret"); len(items) != 0 {
				t.Errorf("who may see nothing finds %s: %v", kind, items)
			}
			if items := find(viewer, kind, "SECRET B"); len(items) != 0 {
				t.Errorf("the viewer finds %s of another unit: %v", kind, items)
			}
			if items := find(w.Admin, kind, "secret b"); len(items) == 0 {
				t.Errorf("the administrator does not find the %s", kind)
			}
			ids := map[string]string{}
			for _, item := range find(viewer, kind, "secret a") {
				hit := item.(map[string]any)
				ids[hit["id"].(string)] = hit["url"].(string)
			}
			id := f.a.ids[collection]
			if ids[id] != "/"+page+"/"+id {
				t.Errorf("the %s %s is not found: %v", kind, id, ids)
			}
			reference := func(id string) string {
				name, _ := w.Must(t, 200, w.Admin, "GET", "/"+collection+"/"+id, nil).Map()["reference"].(string)
				return name
			}
			mine, theirs := reference(id), reference(f.b.ids[collection])
			if !strings.Contains(mine, "-") {
				continue
			}
			for _, query := range []string{mine, strings.ToLower(mine), mine[3:]} {
				if items := find(viewer, kind, query); len(items) != 1 || items[0].(map[string]any)["id"] != id {
					t.Errorf("%q finds %v", query, items)
				}
			}
			if items := find(viewer, kind, theirs); len(items) != 0 {
				t.Errorf("%q finds %v", theirs, items)
			}
		}
	})
}
