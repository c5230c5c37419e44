package environment_test

import (
	"slices"
	"testing"

	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/platform/httpapi/httpapitest"
)

func members(g environment.GroupView) (out []string) {
	for _, m := range g.Members {
		out = append(out, m.Key)
	}
	return out
}

func TestGroupsThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		shop := w.AddUnit("Shop", "")
		w.AddEnvironment("A", func(e *environment.Environment) { e.Unit = shop.ID })
		w.AddEnvironment("B")
		w.AddEnvironment("C")
		a := s.Do(t, "POST", "/environment-groups", body{"key": "lane-1", "name": "Lane 1", "usage": "UAT", "autoApprove": true, "alert": "Ask first", "members": []string{"b", "A", "b"}})
		want(t, a, 201, "")
		g := into[environment.GroupView](t, a)
		if g.Group.Unit != w.Root.ID || g.Usage.Name != "UAT" || !g.AutoApprove || g.MemberCount != 2 || !slices.Equal(members(g), []string{"B", "A"}) || len(g.AllowedActs) == 0 {
			t.Fatalf("%s", a.Body)
		}
		want(t, s.Do(t, "POST", "/environment-groups", body{"key": "LANE-1", "unitId": shop.ID}), 409, "group_key_taken")
		want(t, s.Do(t, "POST", "/environment-groups", body{"key": "x"}), 422, "group_invalid")
		want(t, s.Do(t, "POST", "/environment-groups", body{"key": "x", "members": []string{"nothing"}}), 422, "environment_unknown")
		want(t, s.Do(t, "PATCH", "/environment-groups/lane-1", body{"name": "x"}), 428, "if_match_required")
		g = into[environment.GroupView](t, s.Do(t, "PATCH", "/environment-groups/lane-1", body{"colour": "#FF0000", "usage": nil, "unitId": shop.ID}, "If-Match", `"1"`))
		if g.Version != 2 || g.Colour != "#ff0000" || g.Usage != nil || g.UnitName != "Shop" {
			t.Fatalf("%+v", g)
		}
		want(t, s.Do(t, "PATCH", "/environment-groups/lane-1", body{"name": "x"}, "If-Match", `"1"`), 409, "stale")

		a = s.Do(t, "POST", "/environment-connections", body{"group": "lane-1", "items": []body{{"source": "A", "target": "B"}, {"source": "B", "target": "A", "type": "File", "direction": "both"}}})
		want(t, a, 201, "")
		list := into[struct{ Items []environment.Connected }](t, a).Items
		if len(list) != 2 || list[0].TypeName != "HTTPS" || list[0].Direction != environment.Out || list[1].TypeName != "File" {
			t.Fatalf("%s", a.Body)
		}
		for code, item := range map[string]body{
			"connection_invalid":   {"source": "A", "target": "C"},
			"environment_unknown":  {"source": "A", "target": "nothing"},
			"unknown_lookup_value": {"source": "A", "target": "B", "type": "nothing"},
		} {
			want(t, s.Do(t, "POST", "/environment-connections", body{"group": "lane-1", "items": []body{{"source": "B", "target": "A", "type": "Message queue"}, item}}), 422, code)
		}
		want(t, s.Do(t, "POST", "/environment-connections", body{"group": "lane-1", "items": []body{{"source": "A", "target": "A"}}}), 422, "connection_invalid")
		want(t, s.Do(t, "POST", "/environment-connections", body{"group": "lane-1", "items": []body{{"source": "A", "target": "B"}}}), 409, "connection_exists")
		all := get[struct{ Items []environment.Connected }](t, s, "/environment-connections?group=lane-1").Items
		if len(all) != 2 {
			t.Fatalf("all or none: %d", len(all))
		}
		path := "/environment-connections/" + list[0].ID
		c := into[environment.Connected](t, s.Do(t, "PATCH", path, body{"direction": "in", "note": "nightly"}, "If-Match", `"1"`))
		if c.Version != 2 || c.Direction != environment.In || c.Note != "nightly" {
			t.Fatalf("%+v", c)
		}
		want(t, s.Do(t, "PATCH", path, body{"note": "x"}, "If-Match", `"1"`), 409, "stale")
		into[environment.GroupView](t, s.Do(t, "POST", "/environment-groups", body{"key": "lane-2", "members": []string{"A", "B"}}))
		into[environment.GroupView](t, s.Do(t, "POST", "/environment-groups", body{"key": "lane-3", "members": []string{"C"}}))
		if c = into[environment.Connected](t, s.Do(t, "PATCH", path, body{"group": "lane-2"}, "If-Match", `"2"`)); c.GroupKey != "lane-2" {
			t.Fatalf("%+v", c)
		}
		want(t, s.Do(t, "PATCH", path, body{"group": "lane-3"}, "If-Match", `"3"`), 422, "connection_invalid")
		want(t, s.Do(t, "DELETE", path, nil, "If-Match", `"3"`), 204, "")

		// Whoever leaves a group loses its connections there.
		g = into[environment.GroupView](t, s.Do(t, "PUT", "/environment-groups/lane-1/members", body{"members": []string{"C", "A"}}, "If-Match", `"2"`))
		if !slices.Equal(members(g), []string{"C", "A"}) || g.Version != 3 {
			t.Fatalf("%+v", g)
		}
		if left := get[struct{ Items []environment.Connected }](t, s, "/environment-connections?environment=A").Items; len(left) != 0 {
			t.Fatalf("%+v", left)
		}
		if got := get[struct{ Items []environment.GroupItem }](t, s, "/environment-groups?environment=c&limit=1"); len(got.Items) != 1 || got.Items[0].Key != "lane-1" {
			t.Fatalf("%+v", got)
		}
		s.As(environmenttest.Viewer(shop))
		g = get[environment.GroupView](t, s, "/environment-groups/lane-1")
		if !slices.Equal(members(g), []string{"A"}) || g.Hidden != 1 || len(g.AllowedActs) != 0 {
			t.Fatalf("%+v", g)
		}
		s.As(environmenttest.Manager(w.Root))
		d := into[environment.Deletion](t, s.Do(t, "DELETE", "/environment-groups/lane-1?dryRun=true", nil))
		if d.Deleted || len(d.Consequences) != 1 {
			t.Fatalf("%+v", d)
		}
		into[environment.Deletion](t, s.Do(t, "DELETE", "/environment-groups/lane-1", nil, "If-Match", `"3"`))
		want(t, s.Do(t, "GET", "/environment-groups/lane-1", nil), 404, "not_found")
		if kinds := w.History(string(g.ID)); !slices.Contains(kinds, environment.MembersChanged) || !slices.Contains(kinds, environment.ConnectionsChanged) || kinds[len(kinds)-1] != environment.GroupDeleted {
			t.Fatalf("%v", kinds)
		}
	})
}
