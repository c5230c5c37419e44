package app_test

import (
	"net/url"
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
