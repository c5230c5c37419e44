package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"millrace/internal/catalog"
	"millrace/internal/catalog/catalogtest"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/ref"
)

func TestDependenciesThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		for _, key := range []string{"a", "b", "c", "d"} {
			w.AddApplication(key, "")
		}
		a := s.Do(t, "POST", "/dependencies", body{"from": "a", "to": "B", "note": "orders"})
		want(t, a, 201, "")
		var d catalog.DependencyView
		a.Into(t, &d)
		if d.From.Key != "a" || d.To.Key != "b" || d.Type != catalog.Runtime || d.Criticality != catalog.Medium || d.InCycle {
			t.Fatalf("%s", a.Body)
		}
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "a", "to": "b"}), 409, "dependency_known")
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "a", "to": "b", "type": "DATA"}), 201, "")
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "a", "to": "A"}), 422, "dependency_invalid")
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "a", "to": "nothing"}), 422, "application_unknown")
		want(t, s.Do(t, "POST", "/dependencies", body{"from": "a", "to": "c", "type": "MAGIC"}), 422, "validation_failed")
		w.Depend("b", "c")
		a = s.Do(t, "POST", "/dependencies?dryRun=true", body{"from": "c", "to": "a"})
		want(t, a, 201, "")
		a.Into(t, &d)
		if !d.InCycle {
			t.Fatal("the circle is not marked")
		}
		if list := get[catalog.DependencyPage](t, s, "/dependencies"); len(list.Items) != 3 {
			t.Fatalf("a dry run saved: %+v", list)
		}
		a = s.Do(t, "POST", "/dependencies/bulk", []body{{"from": "c", "to": "a"}, {"from": "c", "to": "c"}, {"from": "d", "to": "a"}})
		want(t, a, 200, "")
		shown := func(query string) string {
			var out []string
			for _, d := range get[catalog.DependencyPage](t, s, "/dependencies?"+query).Items {
				mark := ""
				if d.InCycle {
					mark = "*"
				}
				out = append(out, d.From.Key+d.To.Key+mark)
			}
			slices.Sort(out)
			return strings.Join(out, " ")
		}
		for query, want := range map[string]string{
			"": "ab* ab* bc* ca* da", "application=a&direction=upstream": "ab* ab*", "application=a&direction=downstream": "ca* da",
			"application=a": "ab* ab* ca* da", "type=DATA": "ab*", "application=zzz": "", "unit=zzz": "", "unit=" + string(w.Root.ID): "ab* ab* bc* ca* da",
		} {
			if got := shown(query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		first := get[catalog.DependencyPage](t, s, "/dependencies?limit=2")
		second := get[catalog.DependencyPage](t, s, "/dependencies?limit=3&cursor="+first.Next)
		if len(first.Items) != 2 || len(second.Items) != 3 || second.Next != "" {
			t.Fatalf("%d then %d", len(first.Items), len(second.Items))
		}
		path := "/dependencies/" + first.Items[0].ID
		want(t, s.Do(t, "PATCH", path, body{"note": "x"}), 428, "if_match_required")
		want(t, s.Do(t, "PATCH", path, body{"type": "DATA"}, "If-Match", `"1"`), 409, "dependency_known")
		a = s.Do(t, "PATCH", path, body{"criticality": "HIGH", "type": "BUILD"}, "If-Match", `"1"`)
		want(t, a, 200, "")
		if a.Header.Get("ETag") != `"2"` {
			t.Fatal(a.Header)
		}
		want(t, s.Do(t, "PATCH", path, body{"note": "x"}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "PATCH", path, body{"criticality": "HUGE"}, "If-Match", `"2"`), 422, "dependency_invalid")
		for _, d := range get[catalog.DependencyPage](t, s, "/dependencies?application=c&direction=upstream").Items {
			want(t, s.Do(t, "DELETE", "/dependencies/"+d.ID, nil), 204, "")
			want(t, s.Do(t, "GET", "/dependencies/"+d.ID, nil), 404, "not_found")
		}
		if got := shown(""); got != "ab ab bc da" {
			t.Fatalf("the circle is broken, the marks stay: %s", got)
		}
	})
}

func nodes(m catalog.MapView) string {
	var out []string
	for _, n := range m.Nodes {
		out = append(out, fmt.Sprintf("%s%d", n.Key, n.Distance))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestDependencyMap(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		shop, ops := w.AddUnit("Shop", ""), w.AddUnit("Ops", "")
		for key, unit := range map[string]ref.Unit{"a": shop.ID, "b": shop.ID, "c": ops.ID, "d": ops.ID, "e": ops.ID, "f": ops.ID} {
			w.AddApplication(key, unit)
		}
		for _, pair := range []string{"ab", "bc", "cd", "db", "ea"} { // a needs b, b-c-d is a circle, e needs a
			w.Depend(pair[:1], pair[1:])
		}
		for query, want := range map[string]string{
			"":                                     "a0 b0 c0 d0 e0 f0",
			"application=a":                        "a0 b1 c2 d2 e1",
			"application=a&direction=upstream":     "a0 b1 c2 d3",
			"application=a&direction=downstream":   "a0 e1",
			"application=a&depth=1":                "a0 b1 e1",
			"application=a&depth=0":                "a0",
			"application=f":                        "f0",
			"unit=" + string(shop.ID):              "a0 b0 c1 d1 e1",
			"unit=" + string(shop.ID) + "&depth=0": "a0 b0",
		} {
			m := get[catalog.MapView](t, s, "/dependency-map?"+query)
			if nodes(m) != want {
				t.Errorf("%s: %s, want %s", query, nodes(m), want)
			}
		}
		m := get[catalog.MapView](t, s, "/dependency-map?application=a&direction=upstream")
		if len(m.Edges) != 4 || len(m.Cycles) != 1 || len(m.Cycles[0]) != 3 || m.Truncated || m.Hidden != 0 {
			t.Fatalf("%+v", m)
		}
		for _, e := range m.Edges {
			if e.InCycle == (e.From == m.Nodes[0].ID) {
				t.Errorf("edge %+v", e)
			}
		}
		if m := get[catalog.MapView](t, s, "/dependency-map?limit=2"); len(m.Nodes) != 2 || !m.Truncated {
			t.Fatalf("%+v", m)
		}
		want(t, s.Do(t, "GET", "/dependency-map?application=zzz", nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/dependency-map?unit=zzz", nil), 404, "not_found")
		// What lies behind an application out of sight stays out of sight, even when it could be seen itself.
		viewer := catalogtest.Viewer(shop)
		s.As(viewer)
		m = get[catalog.MapView](t, s, "/dependency-map?application=a")
		if nodes(m) != "a0 b1" || m.Hidden != 3 || len(m.Edges) != 1 || len(m.Cycles) != 0 {
			t.Fatalf("%+v", m)
		}
	})
}

// statements counts what a connection is asked.
type statements struct{ n int }

func (c *statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (c *statements) AfterQuery(context.Context, *bun.QueryEvent)                        { c.n++ }

func TestListsAskAFixedNumberOfQuestions(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, _ *httpapitest.Server) {
		fill := func(from, to int) {
			for i := from; i < to; i++ {
				w.Add(catalog.NewApplication{Key: fmt.Sprintf("a%d", i), Name: "A", Aliases: []string{fmt.Sprintf("alias %d", i)}, Components: []catalog.NewComponent{{Name: "c"}}})
				if i > 0 {
					w.Depend(fmt.Sprintf("a%d", i), fmt.Sprintf("a%d", i-1))
				}
			}
		}
		count := func() (list, deps, graph int) {
			c := &statements{}
			run := func(fn func()) int {
				before := c.n
				fn()
				return c.n - before
			}
			w.DB.Watch(c)
			list = run(func() { _, _ = w.Catalog.ListApplications(w.Ctx, catalog.Filter{Text: "a"}, "name", "", 100) })
			deps = run(func() { _, _, _ = w.Catalog.ListDependencies(w.Ctx, catalog.DependencyFilter{}, "", 100) })
			graph = run(func() { _, _ = w.Catalog.DependencyMap(w.Ctx, catalog.MapQuery{Direction: catalog.Both, Limit: 100}) })
			return list, deps, graph
		}
		fill(0, 3)
		list, deps, graph := count()
		fill(3, 40)
		list2, deps2, graph2 := count()
		if list == 0 || list != list2 || deps != deps2 || graph != graph2 {
			t.Fatalf("3 applications: %d, %d, %d; 40 applications: %d, %d, %d", list, deps, graph, list2, deps2, graph2)
		}
	})
}
