package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"millrace/internal/catalog"
	"millrace/internal/catalog/catalogtest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/ref"
)

func each(t *testing.T, fn func(t *testing.T, w *catalogtest.World, s *httpapitest.Server), options ...func(*catalog.Deps)) {
	t.Helper()
	dbtest.Each(t, catalogtest.Migrations, func(t *testing.T, d *db.DB) {
		w := catalogtest.New(t, d, options...)
		fn(t, w, httpapitest.New(t, d, w.Clock, func(a *httpapi.API) { w.Catalog.Mount(a) }))
	})
}

func want(t *testing.T, a httpapitest.Answer, status int, code string) {
	t.Helper()
	if a.Status != status || a.Code() != code {
		t.Fatalf("%d %s %s, want %d %s", a.Status, a.Code(), a.Body, status, code)
	}
}

func get[T any](t *testing.T, s *httpapitest.Server, path string) (v T) {
	t.Helper()
	a := s.Do(t, "GET", path, nil)
	if a.Status != 200 {
		t.Fatalf("%s: %d %s", path, a.Status, a.Body)
	}
	a.Into(t, &v)
	return v
}

type body map[string]any

type page struct {
	Items []catalog.Item
	Next  string
	Total *int64
}

func keys(items []catalog.Item) string {
	var out []string
	for _, i := range items {
		out = append(out, i.Key)
	}
	return strings.Join(out, " ")
}

func TestApplicationLifeThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		shop := w.AddUnit("Shop", "")
		a := s.Do(t, "POST", "/applications", body{"key": "web", "name": " Web  shop ", "unitId": shop.ID, "aliases": []string{"store", "WEB"},
			"repositories": []body{{"url": "https://me:pw@github.com/Acme/Mono.git", "pathPrefix": "/web/"}},
			"components":   []body{{"name": "Cart", "repository": body{"url": "git@github.com:acme/mono.git", "pathPrefix": "cart"}}}})
		want(t, a, 201, "")
		var v catalog.View
		a.Into(t, &v)
		if v.Name != "Web shop" || v.Criticality != catalog.Medium || v.Status != catalog.Active || v.UnitName != "Shop" || len(v.Aliases) != 1 ||
			len(v.Repositories) != 1 || v.Repositories[0].Key != "github.com/acme/mono" || strings.Contains(string(a.Body), "pw@") ||
			len(v.Components) != 1 || v.Components[0].Repository.PathPrefix != "cart" || v.Counts.Repositories != 2 || a.Header.Get("ETag") != `"1"` || !slices.Contains(v.AllowedActs, "change") {
			t.Fatalf("%s %v", a.Body, a.Header)
		}
		for _, path := range []string{"/applications/web", "/applications/WEB", "/applications/" + string(v.ID)} {
			if got := get[catalog.View](t, s, path); got.ID != v.ID {
				t.Fatalf("%s gives %s", path, got.ID)
			}
		}
		want(t, s.Do(t, "GET", "/applications/nothing", nil), 404, "not_found")
		want(t, s.Do(t, "POST", "/applications", body{"key": "WEB", "name": "x", "unitId": shop.ID}), 409, "application_key_taken")
		want(t, s.Do(t, "POST", "/applications", body{"key": "store", "name": "x", "unitId": shop.ID}), 409, "application_key_taken")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "STORE", "unitId": shop.ID}), 409, "application_name_taken")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "x", "unitId": shop.ID, "aliases": []string{"web shop"}}), 409, "application_alias_taken")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "x", "unitId": shop.ID, "aliases": []string{"Store"}}), 409, "application_alias_taken")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "x", "unitId": shop.ID, "repositories": []body{{"url": "github.com/acme/mono", "pathPrefix": "web"}}}), 409, "repository_taken")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x y", "name": "x", "unitId": shop.ID}), 422, "application_invalid")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "x"}), 422, "validation_failed")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "x", "unitId": "nowhere"}), 422, "unit_unknown")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "x", "unitId": shop.ID, "criticality": "HUGE"}), 422, "validation_failed")

		want(t, s.Do(t, "PATCH", "/applications/web", body{"name": "Shop front"}), 428, "if_match_required")
		a = s.Do(t, "PATCH", "/applications/web", body{"name": "Shop front", "vendor": "ACME", "status": "INACTIVE"}, "If-Match", `"1"`)
		want(t, a, 200, "")
		want(t, s.Do(t, "PATCH", "/applications/web", body{"name": "Other"}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "PATCH", "/applications/web", body{"status": "BROKEN"}, "If-Match", `"2"`), 422, "application_invalid")
		want(t, s.Do(t, "PATCH", "/applications/web", body{"key": ""}, "If-Match", `"2"`), 422, "application_invalid")
		a = s.Do(t, "PATCH", "/applications/web", body{"vendor": nil}, "If-Match", `"2"`)
		a.Into(t, &v)
		if v.Vendor != "ACME" && a.Header.Get("ETag") != `"3"` {
			t.Fatalf("%s", a.Body)
		}
		a = s.Do(t, "PATCH", "/applications/web", body{"name": "Shop front"}, "If-Match", `"3"`)
		if a.Status != 200 || a.Header.Get("ETag") != `"3"` {
			t.Fatalf("a change that changes nothing: %d %s", a.Status, a.Header.Get("ETag"))
		}
	})
}

func TestPartsThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		w.AddApplication("web", "")
		w.AddApplication("pay", "")
		want(t, s.Do(t, "PUT", "/applications/web/aliases", body{"aliases": []string{"a"}}), 428, "if_match_required")
		want(t, s.Do(t, "PUT", "/applications/web/aliases", body{"aliases": []string{"Store", "b"}}, "If-Match", `"1"`), 200, "")
		want(t, s.Do(t, "PUT", "/applications/web/aliases", body{"aliases": []string{"Store"}}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "POST", "/applications/pay/aliases", body{"alias": "store"}), 409, "application_alias_taken")
		want(t, s.Do(t, "POST", "/applications/pay/aliases", body{"alias": "WEB"}), 409, "application_alias_taken")
		want(t, s.Do(t, "POST", "/applications/web/aliases", body{"alias": "c/d"}), 200, "")
		want(t, s.Do(t, "DELETE", "/applications/web/aliases/B", nil), 200, "")
		want(t, s.Do(t, "DELETE", "/applications/web/aliases/B", nil), 404, "alias_unknown")
		want(t, s.Do(t, "DELETE", "/applications/web/aliases/c%2Fd", nil), 200, "")
		if v := get[catalog.View](t, s, "/applications/web"); !slices.Equal(v.Aliases, []string{"Store"}) || v.Version != 5 {
			t.Fatalf("%v at %d", v.Aliases, v.Version)
		}

		want(t, s.Do(t, "PUT", "/applications/web/repositories", body{"repositories": []body{{"url": "https://github.com/acme/web"}}}, "If-Match", `"5"`), 200, "")
		want(t, s.Do(t, "POST", "/applications/pay/repositories", body{"url": "git@github.com:ACME/web.git"}), 409, "repository_taken")
		want(t, s.Do(t, "POST", "/applications/pay/repositories", body{"url": "git@github.com:ACME/web.git", "pathPrefix": "pay"}), 200, "")
		want(t, s.Do(t, "POST", "/applications/pay/repositories", body{"url": "https://"}), 422, "repository_invalid")
		v := get[catalog.View](t, s, "/applications/pay")
		want(t, s.Do(t, "DELETE", "/applications/web/repositories/"+v.Repositories[0].ID, nil), 404, "repository_unknown")
		want(t, s.Do(t, "DELETE", "/applications/pay/repositories/"+v.Repositories[0].ID, nil), 200, "")

		a := s.Do(t, "POST", "/applications/web/components", body{"name": "Cart", "repository": body{"url": "https://github.com/acme/cart"}})
		want(t, a, 201, "")
		var c catalog.Component
		a.Into(t, &c)
		want(t, s.Do(t, "POST", "/applications/web/components", body{"name": " CART "}), 409, "component_name_taken")
		path := "/applications/web/components/" + string(c.ID)
		want(t, s.Do(t, "PATCH", path, body{"name": "Basket"}), 428, "if_match_required")
		a = s.Do(t, "PATCH", path, body{"name": "Basket", "repository": body{"url": ""}}, "If-Match", `"1"`)
		want(t, a, 200, "")
		c = catalog.Component{}
		a.Into(t, &c)
		if c.Name != "Basket" || c.Repository != nil || c.Version != 2 {
			t.Fatalf("%s", a.Body)
		}
		want(t, s.Do(t, "PATCH", path, body{"name": "x"}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "DELETE", "/applications/pay/components/"+string(c.ID), nil, "If-Match", `"2"`), 404, "not_found")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"2"`), 204, "")
		if got := get[struct{ Items []catalog.Component }](t, s, "/applications/web/components"); got.Items == nil || len(got.Items) != 0 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestListFiltersSortsAndPages(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		shop := w.AddUnit("Shop", "")
		front := w.AddUnit("Front", shop.ID)
		ops := w.AddUnit("Ops", "")
		w.Add(catalog.NewApplication{Key: "a1", Name: "Älter", Unit: shop.ID, Criticality: catalog.High, Aliases: []string{"ÖDLAND"}, Vendor: "Acme"})
		w.Add(catalog.NewApplication{Key: "b2", Name: "beta", Unit: front.ID, Criticality: catalog.Low, Components: []catalog.NewComponent{{Name: "Checkout"}, {Name: "Cart"}}})
		w.Add(catalog.NewApplication{Key: "c3", Name: "Gamma", Unit: ops.ID, Criticality: catalog.MissionCritical, Status: catalog.Inactive, Repositories: []catalog.RepositoryPath{{URL: "https://github.com/acme/gamma"}}})
		w.Add(catalog.NewApplication{Key: "d_4", Name: "Delta", Unit: ops.ID})
		w.Depend("a1", "b2")
		w.Depend("a1", "c3")
		w.Depend("b2", "a1")
		for query, want := range map[string]string{
			"":                                     "b2 d_4 c3 a1",
			"sort=-name":                           "a1 c3 d_4 b2",
			"sort=key":                             "a1 b2 c3 d_4",
			"sort=criticality":                     "c3 a1 d_4 b2",
			"sort=-criticality":                    "b2 d_4 a1 c3",
			"q=%C3%A4LT&sort=key":                  "a1",
			"q=%C3%B6dl":                           "a1",
			"q=CHECK":                              "b2",
			"q=_":                                  "d_4",
			"q=%25":                                "",
			"unit=" + string(shop.ID):              "b2 a1",
			"unit=" + string(front.ID):             "b2",
			"unit=nowhere":                         "",
			"criticality=HIGH,LOW&sort=key":        "a1 b2",
			"status=INACTIVE":                      "c3",
			"vendor=acme":                          "a1",
			"repository=git@github.com:acme/Gamma": "c3",
			"repository=gamma":                     "c3",
			"owner=nobody":                         "",
		} {
			got := get[page](t, s, "/applications?"+query)
			if keys(got.Items) != want {
				t.Errorf("%s: %s, want %s", query, keys(got.Items), want)
			}
			if got.Total == nil || int(*got.Total) != len(got.Items) {
				t.Errorf("%s: total %v", query, got.Total)
			}
		}
		first := get[page](t, s, "/applications?sort=key&limit=1").Items[0]
		if first.Counts != (catalog.Counts{Upstream: 2, Downstream: 1}) || first.Aliases[0] != "ÖDLAND" || first.UnitName != "Shop" || first.Owners == nil {
			t.Errorf("%+v", first)
		}
		for _, sort := range []string{"name", "-name", "key", "criticality", "-criticality", "status", "-vendor", "unit", "updated", "-updated"} {
			whole := keys(get[page](t, s, "/applications?sort="+sort).Items)
			var parts []catalog.Item
			cursor := ""
			for {
				p := get[page](t, s, "/applications?limit=1&sort="+sort+"&cursor="+cursor)
				parts = append(parts, p.Items...)
				if cursor = p.Next; cursor == "" {
					break
				}
			}
			if keys(parts) != whole {
				t.Errorf("%s: paged %s, whole %s", sort, keys(parts), whole)
			}
		}
		p := get[page](t, s, "/applications?limit=1&sort=key")
		want(t, s.Do(t, "GET", "/applications?limit=1&sort=name&cursor="+p.Next, nil), 400, "bad_cursor")
		want(t, s.Do(t, "GET", "/applications?cursor=rubbish", nil), 400, "bad_cursor")
		want(t, s.Do(t, "GET", "/applications?sort=colour", nil), 422, "validation_failed")
	})
}

func TestAccess(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		shop, ops := w.AddUnit("Shop", ""), w.AddUnit("Ops", "")
		w.AddApplication("web", shop.ID)
		dark := w.AddApplication("dark", ops.ID)
		w.Depend("web", "dark")
		dep := w.Depend("dark", "web")
		lists := []string{"/applications", "/dependencies", "/applications/export?format=json"}
		reads := append([]string{"/dependency-map", "/applications/web", "/applications/web/components", "/dependencies/x"}, lists...)
		s.As(nil)
		for _, path := range reads {
			want(t, s.Do(t, "GET", path, nil), 401, "sign_in_required")
		}
		s.As(catalogtest.Holder(shop, "other.permission"))
		for _, path := range reads {
			want(t, s.Do(t, "GET", path, nil), 403, "permission_missing")
		}
		s.As(catalogtest.Holder(w.AddUnit("Empty", ""), catalog.PermView))
		for _, path := range lists {
			if got := get[page](t, s, path); got.Items == nil || len(got.Items) != 0 {
				t.Errorf("%s shows %v", path, got.Items)
			}
		}
		if m := get[catalog.MapView](t, s, "/dependency-map"); len(m.Nodes) != 0 || m.Hidden != 0 {
			t.Errorf("the map shows %+v", m)
		}
		s.As(catalogtest.Viewer(shop))
		want(t, s.Do(t, "GET", "/applications/dark", nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/applications/"+string(dark.ID), nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/dependencies/"+dep.ID, nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/dependency-map?application=dark", nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/dependency-map?unit="+string(ops.ID), nil), 404, "not_found")
		want(t, s.Do(t, "PATCH", "/applications/web", body{"name": "x"}, "If-Match", `"1"`), 403, "permission_missing")
		if v := get[catalog.View](t, s, "/applications/web"); len(v.AllowedActs) != 0 {
			t.Errorf("a viewer may %v", v.AllowedActs)
		}
		deps := get[catalog.DependencyPage](t, s, "/dependencies?application=web")
		if len(deps.Items) != 0 || deps.Hidden != 2 {
			t.Errorf("%+v", deps)
		}
		if m := get[catalog.MapView](t, s, "/dependency-map?application=web"); len(m.Nodes) != 1 || m.Hidden != 1 || len(m.Edges) != 0 || len(m.Cycles) != 0 {
			t.Errorf("%+v", m)
		}
		// May edit the shop and only look at operations.
		both := catalogtest.Manager(shop)
		both.Grants = append(both.Grants, catalogtest.Viewer(ops).Grants...)
		s.As(both)
		want(t, s.Do(t, "PATCH", "/applications/dark", body{"name": "x"}, "If-Match", `"1"`), 403, "permission_missing")
		want(t, s.Do(t, "DELETE", "/applications/dark", nil, "If-Match", `"1"`), 403, "permission_missing")
		want(t, s.Do(t, "PUT", "/applications/dark/aliases", body{"aliases": []string{}}, "If-Match", `"1"`), 403, "permission_missing")
		want(t, s.Do(t, "POST", "/applications/dark/repositories", body{"url": "github.com/a/b"}), 403, "permission_missing")
		want(t, s.Do(t, "POST", "/applications/dark/components", body{"name": "x"}), 403, "permission_missing")
		want(t, s.Do(t, "POST", "/applications", body{"key": "x", "name": "x", "unitId": ops.ID}), 403, "permission_missing")
		want(t, s.Do(t, "PATCH", "/applications/web", body{"unitId": ops.ID}, "If-Match", `"1"`), 403, "permission_missing")
		want(t, s.Do(t, "DELETE", "/dependencies/"+dep.ID, nil), 403, "permission_missing")
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "dark", "to": "web", "type": "DATA"}), 403, "permission_missing")
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "web", "to": "dark", "type": "DATA"}), 201, "")
		s.As(catalogtest.Manager(shop))
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "web", "to": "dark", "type": "BUILD"}), 422, "application_unknown")
		want(t, s.Do(t, "PATCH", "/applications/web", body{"unitId": ops.ID}, "If-Match", `"1"`), 422, "unit_unknown")
	})
}

func TestBulkCreateAndBulkEdit(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		shop, ops := w.AddUnit("Shop", ""), w.AddUnit("Ops", "")
		a := s.Do(t, "POST", "/applications/bulk", []body{{"key": "a", "name": "A", "unitId": shop.ID}, {"key": "a", "name": "B", "unitId": shop.ID}, {"key": "c", "name": "C", "unitId": ops.ID}})
		var bulk httpapi.Bulk[catalog.View]
		a.Into(t, &bulk)
		if a.Status != 200 || bulk.Succeeded != 2 || bulk.Failed != 1 || bulk.Items[1].Problem.Code != "application_key_taken" {
			t.Fatalf("%s", a.Body)
		}
		edit := func(query string, b body) (out catalog.BulkResult) {
			t.Helper()
			a := s.Do(t, "POST", "/applications/bulk-edit"+query, b)
			want(t, a, 200, "")
			a.Into(t, &out)
			return out
		}
		filter := body{"filter": body{"q": ""}, "set": body{"criticality": "HIGH", "unitId": shop.ID}}
		dry := edit("?dryRun=true", filter)
		if !dry.DryRun || dry.Matched != 2 || dry.Changed != 2 || len(dry.Items[0].Changes) == 0 {
			t.Fatalf("%+v", dry)
		}
		if v := get[catalog.View](t, s, "/applications/a"); v.Criticality != catalog.Medium {
			t.Fatal("a dry run changed something")
		}
		s.As(catalogtest.Manager(shop))
		if got := edit("", filter); got.Matched != 1 || got.Changed != 1 {
			t.Fatalf("%+v", got)
		}
		viewer := catalogtest.Manager(shop)
		viewer.Grants = append(viewer.Grants, catalogtest.Viewer(ops).Grants...)
		s.As(viewer)
		got := edit("", body{"ids": []ref.App{bulk.Items[0].Item.ID, bulk.Items[2].Item.ID, "gone"}, "set": body{"criticality": "HIGH"}})
		codes := map[string]bool{}
		for _, i := range got.Items {
			codes[i.Code] = true
		}
		if got.Matched != 2 || got.Unchanged != 1 || got.Changed != 0 || !codes["not_found"] || !codes["permission_missing"] {
			t.Fatalf("%+v", got)
		}
		want(t, s.Do(t, "POST", "/applications/bulk-edit", body{"set": body{"criticality": "HIGH"}}), 422, "selection_unclear")
		want(t, s.Do(t, "POST", "/applications/bulk-edit", body{"filter": body{}, "set": body{}}), 422, "change_empty")
		want(t, s.Do(t, "POST", "/applications/bulk-edit", body{"filter": body{}, "set": body{"unitId": "x"}}), 422, "unit_unknown")
	})
}
