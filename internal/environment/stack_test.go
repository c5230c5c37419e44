package environment_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi/httpapitest"
)

func TestStackThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		w.Add(catalog.NewApplication{Key: "pay", Name: "Payments", Components: []catalog.NewComponent{{Name: "Ledger"}}})
		w.AddEnvironment("A")
		w.AddEnvironment("B")
		h := into[stack.Host](t, s.Do(t, "POST", "/environments/A/hosts", body{"name": " web  01 "}))
		want(t, s.Do(t, "POST", "/environments/A/hosts", body{"name": "WEB 01"}), 409, "host_name_taken")
		c := into[stack.Component](t, s.Do(t, "POST", "/environments/A/components", body{"host": "web 01", "application": "pay", "installedVersion": "4.2.0", "summary": true}))
		if c.Host != h.ID || c.Name != "Payments" || c.Layer != "Application" || !c.Summary {
			t.Fatalf("%+v", c)
		}
		l := into[stack.Component](t, s.Do(t, "POST", "/environments/A/components", body{"host": "db 01", "layer": "database", "application": "pay", "component": "ledger"}))
		if l.Name != "Ledger" || l.Part == "" || l.Layer != "Database" {
			t.Fatalf("%+v", l)
		}
		want(t, s.Do(t, "POST", "/environments/A/components", body{"host": "web 01", "name": "payments"}), 409, "component_name_taken")
		want(t, s.Do(t, "POST", "/environments/A/components", body{"name": "x", "application": "pay", "component": "nothing"}), 422, "component_unknown")
		want(t, s.Do(t, "POST", "/environments/A/components", body{"host": "web 01"}), 422, "component_invalid")
		path := "/environments/A/components/"
		l = into[stack.Component](t, s.Do(t, "PATCH", path+l.ID, body{"installedVersion": "19c", "summary": true}, "If-Match", `"1"`))
		if v := get[environment.View](t, s, "/environments/A"); v.Installed != "19c" || v.Counts.Hosts != 2 || v.Counts.Components != 2 {
			t.Fatalf("%+v", v)
		}
		want(t, s.Do(t, "PATCH", path+c.ID, body{"name": "x"}, "If-Match", `"1"`), 409, "stale") // it lost the summary
		st := get[stack.Stack](t, s, "/environments/A/stack")
		if len(st.Hosts) != 2 || st.Hosts[0].Name != "db 01" || len(st.Hosts[1].Components) != 1 || len(st.Loose) != 0 || st.Installed != "19c" {
			t.Fatalf("%+v", st)
		}
		copied := into[stack.Stack](t, s.Do(t, "POST", "/environments/B/stack/copy", body{"from": "A", "versions": true}))
		if len(copied.Hosts) != 2 || copied.Installed != "19c" || copied.Hosts[1].Components[0].Installed != "4.2.0" {
			t.Fatalf("%+v", copied)
		}
		into[stack.Component](t, s.Do(t, "POST", "/environments/B/components", body{"host": "extra", "name": "Agent"}))
		into[stack.Component](t, s.Do(t, "PATCH", path+c.ID, body{"installedVersion": "4.3.0"}, "If-Match", `"2"`))
		copied = into[stack.Stack](t, s.Do(t, "POST", "/environments/B/stack/copy", body{"from": "A", "versions": true, "replace": true}))
		if len(copied.Hosts) != 2 || copied.Hosts[1].Components[0].Installed != "4.3.0" {
			t.Fatalf("%+v", copied)
		}
		want(t, s.Do(t, "POST", "/environments/B/stack/copy", body{"from": "B"}), 422, "copy_of_itself")
		history := get[struct{ Items []stack.VersionChange }](t, s, "/environments/B/version-history?component="+copied.Hosts[1].Components[0].ID)
		if len(history.Items) != 2 || history.Items[0].Version != "4.3.0" || history.Items[0].Previous != "4.2.0" || history.Items[0].Source != "copy" {
			t.Fatalf("%+v", history)
		}
		want(t, s.Do(t, "DELETE", "/environments/A/hosts/"+h.ID, nil, "If-Match", `"1"`), 204, "")
		if st := get[stack.Stack](t, s, "/environments/A/stack"); len(st.Hosts) != 1 {
			t.Fatalf("%+v", st)
		}
		want(t, s.Do(t, "DELETE", path+l.ID, nil, "If-Match", `"2"`), 204, "")
		want(t, s.Do(t, "DELETE", path+l.ID, nil, "If-Match", `"2"`), 404, "not_found")
	})
}

func TestRecordVersion(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		app := w.AddApplication("pay", "")
		e := w.AddEnvironment("A", func(e *environment.Environment) { e.Application = app.ID })
		t0 := w.Clock.Now()
		record := func(version string, at time.Time) {
			t.Helper()
			if err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
				return w.Stacks.RecordVersion(ctx, tx, e.ID, app.ID, version, at, "deployment")
			}); err != nil {
				t.Fatal(err)
			}
		}
		record("1.0", t0)
		record("1.1", t0.Add(time.Hour))
		record("1.1", t0.Add(2*time.Hour)) // known: nothing happens
		record("0.9", t0.Add(-time.Hour))  // late news: history alone
		v := get[environment.View](t, s, "/environments/A")
		if v.Installed != "1.1" {
			t.Fatalf("%+v", v)
		}
		var versions []string
		for _, h := range get[struct{ Items []stack.VersionChange }](t, s, "/environments/A/version-history").Items {
			versions = append(versions, h.Version)
		}
		if !slices.Equal(versions, []string{"1.1", "1.0", "0.9"}) {
			t.Fatalf("%v", versions)
		}
		n := 0
		for _, k := range w.History(string(e.ID)) {
			if k == environment.VersionChanged {
				n++
			}
		}
		if n != 2 {
			t.Fatalf("%d events", n)
		}
		st := into[stack.Stack](t, s.Do(t, "POST", "/environments/A/versions", body{"application": "pay", "version": "2.0", "at": t0.Add(time.Minute).Format(time.RFC3339)}))
		if st.Installed != "1.1" { // older than what is installed
			t.Fatalf("%+v", st)
		}
		want(t, s.Do(t, "POST", "/environments/A/versions", body{"application": "pay", "version": "2.0", "at": t0.AddDate(1, 0, 0).Format(time.RFC3339)}), 422, "version_invalid")
	})
}

func TestConfigurationAndDataRefreshes(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		e := w.AddEnvironment("A")
		a := s.Do(t, "PATCH", "/environments/A/configuration", body{"set": []body{{"key": "timeout", "value": "30"}, {"key": "password", "value": "hush-hush", "secret": true}}})
		items := into[struct {
			Items []stack.ConfigurationItem
		}](t, a).Items
		if len(items) != 2 || items[0].Key != "password" || items[0].Value != "" || strings.Contains(string(a.Body), "hush") {
			t.Fatalf("%s", a.Body)
		}
		into[any](t, s.Do(t, "PATCH", "/environments/A/configuration", body{"set": []body{{"key": "password", "value": "hush-hush", "secret": true}}}))
		if n := len(w.History(string(e.ID))); n != 1 {
			t.Fatalf("the same secret again makes %d events", n)
		}
		into[any](t, s.Do(t, "PATCH", "/environments/A/configuration", body{"set": []body{{"key": "password", "value": "other", "secret": true}}, "remove": []string{"timeout"}}))
		var raw []string
		if err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewRaw("SELECT CAST(changes AS TEXT) FROM event WHERE subject_id = ? UNION ALL SELECT value || hash FROM environment_configuration", e.ID).Scan(ctx, &raw)
		}); err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(raw, " "); strings.Contains(all, "hush") || strings.Contains(all, "other") || !strings.Contains(all, "(hidden)") {
			t.Fatalf("%s", all)
		}
		want(t, s.Do(t, "PATCH", "/environments/A/configuration", body{"set": []body{{"key": " ", "value": "x"}}}), 422, "configuration_invalid")

		want(t, s.Do(t, "POST", "/environments/A/data-refreshes", body{"dataClass": "masked", "source": "PROD"}), 201, "")
		want(t, s.Do(t, "POST", "/environments/A/data-refreshes", body{"at": "2020-01-01T00:00:00Z", "dataClass": "synthetic"}), 201, "")
		want(t, s.Do(t, "POST", "/environments/A/data-refreshes", body{"at": "2099-01-01T00:00:00Z"}), 422, "data_refresh_invalid")
		v := get[environment.View](t, s, "/environments/A")
		if v.DataClass != environment.Masked || v.DataRefreshedAt == nil || !v.DataRefreshedAt.Equal(w.Clock.Now()) {
			t.Fatalf("%+v", v)
		}
		list := get[struct{ Items []stack.DataRefresh }](t, s, "/environments/A/data-refreshes").Items
		if len(list) != 2 || list[0].DataClass != environment.Masked || list[0].Source != "PROD" {
			t.Fatalf("%+v", list)
		}
	})
}
