package environment_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/ref"
)

func matchKeys(list []environment.Match) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Key)
	}
	return strings.Join(out, " ")
}

func TestCapabilityMatches(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		w.AddApplication("payments", "")
		w.AddApplication("ledger", "")
		create := func(b body) environment.View {
			t.Helper()
			return into[environment.View](t, s.Do(t, "POST", "/environments", b))
		}
		install := func(env, app, version string) {
			t.Helper()
			into[stack.Stack](t, s.Do(t, "POST", "/environments/"+env+"/versions", body{"application": app, "version": version}))
		}
		create(body{"key": "SIT1", "application": "payments", "usage": "SIT", "dataClass": "masked", "costPerHour": 500})
		create(body{"key": "SIT2", "application": "payments", "usage": "SIT", "dataClass": "masked", "costPerHour": 100})
		create(body{"key": "SIT3", "application": "payments", "usage": "SIT", "dataClass": "synthetic"})
		create(body{"key": "UAT1", "application": "payments", "usage": "UAT", "dataClass": "masked"})
		create(body{"key": "OFF", "application": "payments", "usage": "SIT", "dataClass": "masked", "status": "Decommissioned"})
		create(body{"key": "LED", "application": "ledger", "usage": "SIT", "dataClass": "masked"})
		for env, version := range map[string]string{"SIT1": "4.2.0", "SIT2": "4.10", "SIT3": "4.2", "UAT1": "4.1.9", "OFF": "5"} {
			install(env, "payments", version)
		}
		install("LED", "ledger", "7")
		into[environment.GroupView](t, s.Do(t, "POST", "/environment-groups", body{"key": "lane1", "members": []string{"SIT2", "LED"}}))
		into[environment.GroupView](t, s.Do(t, "POST", "/environment-groups", body{"key": "lane2", "members": []string{"SIT3", "LED"}}))
		into[environment.GroupView](t, s.Do(t, "POST", "/environment-groups", body{"key": "lane3", "members": []string{"UAT1"}}))
		match := func(b body) environment.MatchList {
			t.Helper()
			return into[environment.MatchList](t, s.Do(t, "POST", "/capability-matches?nearMisses=3", b))
		}
		need := body{"versions": []body{{"application": "payments", "version": ">=4.2"}}, "usage": []string{"sit"}, "dataClass": []string{"masked"}}
		m := match(need)
		if matchKeys(m.Items) != "SIT2 SIT1" || len(m.NearMisses) != 3 || m.NotShown != 1 {
			t.Fatalf("%s, near %s, more %d", matchKeys(m.Items), matchKeys(m.NearMisses), m.NotShown)
		}
		for _, miss := range m.NearMisses {
			code := map[string]string{"SIT3": "data_class", "OFF": "not_bookable", "LED": "application_missing"}[miss.Key]
			if len(miss.Unmet) != 1 || miss.Unmet[0].Code != code {
				t.Fatalf("%+v", miss)
			}
		}
		need["versions"], need["lane"] = []body{{"application": "payments", "version": ">=4.2"}, {"application": "ledger"}}, true
		m = match(need)
		if matchKeys(m.Items) != "lane1" || len(m.Items[0].Environments) != 2 || matchKeys(m.NearMisses) != "lane2 lane3" {
			t.Fatalf("%s, near %s", matchKeys(m.Items), matchKeys(m.NearMisses))
		}
		if m = match(body{"group": "lane2"}); matchKeys(m.Items) != "SIT3 LED" && matchKeys(m.Items) != "LED SIT3" {
			t.Fatalf("%s", matchKeys(m.Items))
		}
		for code, b := range map[string]body{
			"application_unknown":           {"application": "nothing"},
			"version_constraint_unreadable": {"versions": []body{{"application": "payments", "version": ">="}}},
			"unknown_lookup_value":          {"usage": []string{"nothing"}},
			"group_unknown":                 {"group": "nothing"},
			"data_class_unknown":            {"dataClass": []string{"real"}},
		} {
			want(t, s.Do(t, "POST", "/capability-matches", b), 422, code)
		}
		sit1 := get[environment.View](t, s, "/environments/SIT1")
		same := read(t, w, func(ctx context.Context, tx db.Tx) ([]ref.Environment, error) {
			return w.Environments.Equivalent(ctx, tx, sit1.ID)
		})
		sit2, sit3 := get[environment.View](t, s, "/environments/SIT2").ID, get[environment.View](t, s, "/environments/SIT3").ID
		if !slices.Equal(same, []ref.Environment{sit2, sit3}) {
			t.Fatalf("%v", same)
		}
		if got := get[page](t, s, "/environments/SIT1/equivalents"); keys(got.Items) != "SIT2 SIT3" {
			t.Fatalf("%s", keys(got.Items))
		}
		s.As(environmenttest.Viewer(w.AddUnit("Empty", "")))
		if m = match(body{}); len(m.Items) != 0 || len(m.NearMisses) != 0 {
			t.Fatalf("%+v", m)
		}
	})
}

func TestCompareThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		w.AddEnvironment("SIT")
		w.AddEnvironment("PROD")
		for env, version := range map[string]string{"SIT": "4.2.1", "PROD": "4.2.0"} {
			into[any](t, s.Do(t, "POST", "/environments/"+env+"/components", body{"host": "h-" + env, "name": "Core", "installedVersion": version}))
			into[any](t, s.Do(t, "PATCH", "/environments/"+env+"/configuration", body{"set": []body{
				{"key": "password", "value": "the same", "secret": true}, {"key": "token", "value": env, "secret": true}, {"key": "limit", "value": env}}}))
		}
		into[any](t, s.Do(t, "POST", "/environments/SIT/components", body{"host": "h-SIT", "name": "Stub", "installedVersion": "1"}))
		want(t, s.Do(t, "POST", "/environments/SIT/data-refreshes", body{"dataClass": "masked"}), 201, "")
		a := s.Do(t, "GET", "/environments/compare?a=SIT&b=prod", nil)
		c := into[stack.Compared](t, a)
		if c.A.Key != "SIT" || len(c.Versions) != 2 || c.Versions[0].Order != 1 || c.Versions[0].Same || c.Versions[1].InB {
			t.Fatalf("%s", a.Body)
		}
		same := 0
		for _, p := range c.Configuration {
			if p.Same {
				same++
			}
		}
		if len(c.Configuration) != 3 || same != 1 || strings.Contains(string(a.Body), "the same") || strings.Contains(string(a.Body), `"PROD","key":"token"`) {
			t.Fatalf("%s", a.Body)
		}
		// versions 0.7 of 40, stack 0.5 of 20, configuration 1/3 of 20, data 0.95 of 20
		if l := c.Likeness; l.Score != 63.67 || len(l.Parts) != 4 || len(l.Causes) != 5 || l.Causes[0].Part != "versions" || l.Causes[0].Points != 12 {
			t.Fatalf("%+v", l)
		}
		want(t, s.Do(t, "GET", "/environments/compare?a=SIT&b=sit", nil), 422, "comparison_with_itself")
		want(t, s.Do(t, "GET", "/environments/compare?a=SIT&b=x", nil), 404, "not_found")
		want(t, s.Do(t, "GET", "/environments/compare?a=SIT", nil), 422, "validation_failed")
	})
}
