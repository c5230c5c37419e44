package environment_test

import (
	"slices"
	"strings"
	"testing"

	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

type body map[string]any

func each(t *testing.T, fn func(t *testing.T, w *environmenttest.World, s *httpapitest.Server), options ...environmenttest.Options) {
	t.Helper()
	dbtest.Each(t, environmenttest.Migrations, func(t *testing.T, d *db.DB) {
		w := environmenttest.New(t, d, options...)
		fn(t, w, httpapitest.New(t, d, w.Clock, func(a *httpapi.API) {
			w.Environments.Mount(a)
			w.Stacks.Mount(a)
		}))
	})
}

func want(t *testing.T, a httpapitest.Answer, status int, code string) {
	t.Helper()
	if a.Status != status || a.Code() != code {
		t.Fatalf("%d %s %s, want %d %s", a.Status, a.Code(), a.Body, status, code)
	}
}

func into[T any](t *testing.T, a httpapitest.Answer) (v T) {
	t.Helper()
	if a.Status >= 300 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	a.Into(t, &v)
	return v
}

func get[T any](t *testing.T, s *httpapitest.Server, path string) T {
	t.Helper()
	return into[T](t, s.Do(t, "GET", path, nil))
}

type page struct {
	Items []environment.Item
	Next  string
	Total *int64
}

func keys(items []environment.Item) string {
	var out []string
	for _, i := range items {
		out = append(out, i.Key)
	}
	return strings.Join(out, " ")
}

func TestEnvironmentLifeThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		shop, ops := w.AddUnit("Shop", ""), w.AddUnit("Ops", "")
		app := w.AddApplication("payments", shop.ID)
		a := s.Do(t, "POST", "/environments", body{"key": "SIT2", "name": " SIT  2 ", "application": "payments", "usage": "sit", "capacity": 1, "autoApprove": true})
		want(t, a, 201, "")
		v := into[environment.View](t, a)
		if v.Name != "SIT 2" || v.Environment.Unit != shop.ID || v.Application.ID != app.ID || v.Usage.Name != "SIT" || v.Status.Name != "Active" || !v.Bookable || !v.AutoApprove ||
			v.Kind != environment.Virtual || v.UnitName != "Shop" || a.Header.Get("ETag") != `"1"` || !slices.Contains(v.AllowedActs, "change") || v.Techs == nil {
			t.Fatalf("%s", a.Body)
		}
		for _, name := range []string{"SIT2", "sit2", string(v.ID)} {
			if got := get[environment.View](t, s, "/environments/"+name); got.ID != v.ID {
				t.Fatalf("%s gives %s", name, got.ID)
			}
		}
		for code, b := range map[string]body{
			"application_unknown":  {"key": "x", "application": "nothing"},
			"unknown_lookup_value": {"key": "x", "unitId": shop.ID, "usage": "nothing"},
			"environment_unknown":  {"key": "x", "unitId": shop.ID, "parent": "nothing"},
			"unit_unknown":         {"key": "x", "unitId": "nothing"},
			"environment_invalid":  {"key": "x y", "unitId": shop.ID, "kind": "ephemeral", "colour": "red", "url": "ftp://x"},
			"validation_failed":    {"key": "x", "unitId": shop.ID, "capacity": -1},
		} {
			want(t, s.Do(t, "POST", "/environments", b), 422, code)
		}
		want(t, s.Do(t, "POST", "/environments", body{"key": "x"}), 422, "environment_invalid")
		want(t, s.Do(t, "POST", "/environments", body{"key": "export", "unitId": shop.ID}), 422, "environment_invalid")
		want(t, s.Do(t, "POST", "/environments", body{"key": "sit2", "unitId": shop.ID}), 409, "environment_key_taken")
		want(t, s.Do(t, "GET", "/environments/nothing", nil), 404, "not_found")

		want(t, s.Do(t, "PATCH", "/environments/SIT2", body{"name": "x"}), 428, "if_match_required")
		a = s.Do(t, "PATCH", "/environments/SIT2", body{"status": "Decommissioned", "unitId": ops.ID, "aliases": []string{"sit-two", "SIT2"}, "alert": "Careful", "capacity": 3}, "If-Match", `"1"`)
		v = into[environment.View](t, a)
		if v.Bookable || !strings.Contains(v.WhyNot, "Decommissioned") || v.Environment.Unit != ops.ID || !slices.Equal(v.Aliases, []string{"sit-two"}) || v.Version != 2 || v.Capacity != 3 {
			t.Fatalf("%s", a.Body)
		}
		want(t, s.Do(t, "PATCH", "/environments/SIT2", body{"name": "y"}, "If-Match", `"1"`), 409, "stale")
		a = s.Do(t, "PATCH", "/environments/SIT2", body{"alert": "Careful"}, "If-Match", `"2"`)
		if a.Status != 200 || a.Header.Get("ETag") != `"2"` {
			t.Fatalf("a change that changes nothing: %d %s", a.Status, a.Header.Get("ETag"))
		}
		want(t, s.Do(t, "PATCH", "/environments/SIT2", body{"kind": "ephemeral"}, "If-Match", `"2"`), 422, "environment_invalid")
		a = s.Do(t, "PATCH", "/environments/SIT2", body{"application": nil, "usage": nil}, "If-Match", `"2"`)
		if v = into[environment.View](t, a); v.Application != nil || v.Usage != nil {
			t.Fatalf("%s", a.Body)
		}
		kinds := w.History(string(v.ID))
		if len(kinds) != 3 || kinds[0] != environment.EnvironmentCreated || kinds[1] != environment.EnvironmentMoved || kinds[2] != environment.EnvironmentChanged {
			t.Fatalf("%v", kinds)
		}
	})
}

func TestParentsFormNoCycle(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		w.AddEnvironment("A")
		w.AddEnvironment("B")
		w.AddEnvironment("C")
		into[environment.View](t, s.Do(t, "PATCH", "/environments/B", body{"parent": "A"}, "If-Match", `"1"`))
		into[environment.View](t, s.Do(t, "PATCH", "/environments/C", body{"parent": "B"}, "If-Match", `"1"`))
		want(t, s.Do(t, "PATCH", "/environments/A", body{"parent": "C"}, "If-Match", `"1"`), 422, "environment_cycle")
		want(t, s.Do(t, "PATCH", "/environments/A", body{"parent": "A"}, "If-Match", `"1"`), 422, "environment_cycle")
		v := get[environment.View](t, s, "/environments/B")
		if v.Parent.Key != "A" || len(v.Children) != 1 || v.Children[0].Key != "C" {
			t.Fatalf("%+v", v)
		}
		d := into[environment.Deletion](t, s.Do(t, "DELETE", "/environments/B?dryRun=true", nil))
		if d.Deleted || len(d.Consequences) != 1 || d.Consequences[0].Kind != "children_released" {
			t.Fatalf("%+v", d)
		}
		into[environment.Deletion](t, s.Do(t, "DELETE", "/environments/B", nil, "If-Match", `"2"`))
		if v := get[environment.View](t, s, "/environments/C"); v.Parent != nil {
			t.Fatalf("%+v", v.Parent)
		}
	})
}

func TestListFiltersSortsAndPages(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		shop := w.AddUnit("Shop", "")
		ops := w.AddUnit("Ops", "")
		w.Add(catalog.NewApplication{Key: "pay", Name: "Payments", Unit: shop.ID, Aliases: []string{"till"}})
		create := func(b body) {
			t.Helper()
			want(t, s.Do(t, "POST", "/environments", b), 201, "")
		}
		create(body{"key": "A1", "name": "Älter", "application": "pay", "usage": "SIT", "techs": []string{"Linux", "Oracle"}})
		create(body{"key": "B2", "name": "beta", "application": "pay", "usage": "UAT", "status": "Decommissioned", "dataClass": "masked"})
		create(body{"key": "C3", "name": "Gamma", "unitId": ops.ID, "kind": "cloud", "aliases": []string{"old_one"}, "parent": "A1"})
		create(body{"key": "D4", "name": "Delta", "unitId": ops.ID, "usage": "SIT", "kind": "ephemeral", "expiresAt": "2025-03-01T00:00:00Z"})
		a := get[environment.View](t, s, "/environments/A1")
		b := get[environment.View](t, s, "/environments/B2")
		lane := w.AddGroup("lane", a.Environment, b.Environment)
		for query, want := range map[string]string{
			"":                            "B2 D4 C3 A1",
			"sort=-name":                  "A1 C3 D4 B2",
			"sort=key":                    "A1 B2 C3 D4",
			"q=%C3%84lt":                  "A1",
			"q=TILL&sort=key":             "A1 B2",
			"q=_":                         "C3",
			"application=PAY&sort=key":    "A1 B2",
			"usage=sit,uat&sort=key":      "A1 B2 D4",
			"status=Decommissioned":       "B2",
			"unit=" + string(ops.ID):      "D4 C3",
			"unit=nowhere":                "",
			"group=LANE&sort=key":         "A1 B2",
			"group=" + string(lane.ID):    "B2 A1",
			"kind=cloud,ephemeral":        "D4 C3",
			"dataClass=masked":            "B2",
			"bookable=true&sort=key":      "A1 C3",
			"bookable=false&sort=key":     "B2 D4",
			"parent=" + string(a.ID):      "C3",
			"tech=oracle":                 "A1",
			"owner=nobody":                "",
			"usage=" + string(a.Usage.ID): "D4 A1",
		} {
			got := get[page](t, s, "/environments?"+query)
			if keys(got.Items) != want || got.Total == nil || int(*got.Total) != len(got.Items) {
				t.Errorf("%s: %s, want %s (total %v)", query, keys(got.Items), want, got.Total)
			}
		}
		for _, sort := range []string{"name", "-name", "key", "unit", "-unit", "application", "-application", "usage", "-usage", "status", "-status", "updated", "-updated"} {
			whole := keys(get[page](t, s, "/environments?sort="+sort).Items)
			var parts []environment.Item
			for cursor := ""; ; {
				p := get[page](t, s, "/environments?limit=1&sort="+sort+"&cursor="+cursor)
				parts = append(parts, p.Items...)
				if cursor = p.Next; cursor == "" {
					break
				}
			}
			if keys(parts) != whole {
				t.Errorf("%s: paged %s, whole %s", sort, keys(parts), whole)
			}
		}
		s.As(environmenttest.Viewer(w.AddUnit("Empty", "")))
		if got := get[page](t, s, "/environments"); len(got.Items) != 0 || *got.Total != 0 {
			t.Errorf("%+v", got)
		}
	})
}
