package environment_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

func write(t *testing.T, w *environmenttest.World, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := w.DB.Write(w.Ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// bookings stands in for the slice of bookings.
type bookings struct {
	use      []environment.Consequence
	left     []ref.Environment
	tooSmall bool
}

func (b *bookings) EnvironmentUse(context.Context, db.Tx, ref.Environment) ([]environment.Consequence, error) {
	return b.use, nil
}

func (b *bookings) LeaveEnvironment(_ context.Context, _ db.Tx, env ref.Environment) error {
	b.left = append(b.left, env)
	return nil
}

func (b *bookings) CheckSchedules(context.Context, db.Tx, []ref.Environment) error {
	if b.tooSmall {
		return problem.New(problem.Conflict, "booking_overlaps", "Two bookings would clash.")
	}
	return nil
}

func TestWhatIsBookedIsNotDeletedUnseen(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		b := &bookings{use: []environment.Consequence{{Kind: "bookings_recorded", Count: 2, Blocking: true, Message: "2 bookings."}}}
		w.Environments.Use(b)
		e := w.AddEnvironment("A", func(e *environment.Environment) { e.Capacity = 3 })
		want(t, s.Do(t, "DELETE", "/environments/A", nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", "/environments/A", nil, "If-Match", `"7"`), 409, "stale")
		want(t, s.Do(t, "DELETE", "/environments/A?confirm=true", nil, "If-Match", `"1"`), 409, "environment_in_use")
		b.use[0].Blocking = false
		want(t, s.Do(t, "DELETE", "/environments/A", nil, "If-Match", `"1"`), 409, "confirmation_required")
		d := into[environment.Deletion](t, s.Do(t, "DELETE", "/environments/A?dryRun=true", nil))
		if d.Deleted || len(d.Consequences) != 1 || len(b.left) != 0 {
			t.Fatalf("%+v", d)
		}
		b.tooSmall = true
		want(t, s.Do(t, "PATCH", "/environments/A", body{"capacity": 1}, "If-Match", `"1"`), 409, "booking_overlaps")
		if v := get[environment.View](t, s, "/environments/A"); v.Capacity != 3 || v.Version != 1 {
			t.Fatalf("%+v", v)
		}
		into[environment.View](t, s.Do(t, "PATCH", "/environments/A", body{"capacity": 5}, "If-Match", `"1"`))
		into[environment.Deletion](t, s.Do(t, "DELETE", "/environments/A?confirm=true", nil, "If-Match", `"2"`))
		if !slices.Contains(b.left, e.ID) {
			t.Fatal("nobody was told")
		}
		want(t, s.Do(t, "GET", "/environments/A", nil), 404, "not_found")
		want(t, s.Do(t, "POST", "/environments", body{"key": "a", "unitId": w.Root.ID}), 201, "")
	})
}

func TestBulkEditAndDuplicate(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		shop, ops := w.AddUnit("Shop", ""), w.AddUnit("Ops", "")
		a := w.AddEnvironment("A", func(e *environment.Environment) { e.Unit = shop.ID })
		b := w.AddEnvironment("B", func(e *environment.Environment) { e.Unit = ops.ID })
		edit := func(query string, x body) environment.BulkResult {
			t.Helper()
			return into[environment.BulkResult](t, s.Do(t, "POST", "/environments/bulk-edit"+query, x))
		}
		all := body{"filter": body{}, "set": body{"status": "Decommissioned", "vendor": "ACME"}}
		dry := edit("?dryRun=true", all)
		if !dry.DryRun || dry.Matched != 2 || dry.Changed != 2 || len(dry.Items[0].Changes) != 2 {
			t.Fatalf("%+v", dry)
		}
		if v := get[environment.View](t, s, "/environments/A"); v.Status.Name != "Active" || v.Version != 1 {
			t.Fatal("a dry run changed something")
		}
		p := environmenttest.Manager(shop)
		p.Grants = append(p.Grants, environmenttest.Viewer(ops).Grants...)
		s.As(p)
		got := edit("", body{"ids": []ref.Environment{a.ID, b.ID, "gone"}, "set": body{"vendor": "ACME"}})
		codes := map[string]bool{}
		for _, i := range got.Items {
			codes[i.Code] = true
		}
		if got.Matched != 2 || got.Changed != 1 || !codes["permission_missing"] || !codes["not_found"] {
			t.Fatalf("%+v", got)
		}
		s.As(environmenttest.Manager(w.Root))
		if got := edit("", body{"filter": body{"q": "a"}, "set": body{"vendor": "ACME"}}); got.Unchanged != 1 {
			t.Fatalf("%+v", got)
		}
		want(t, s.Do(t, "POST", "/environments/bulk-edit", body{"set": body{"vendor": "x"}}), 422, "selection_unclear")
		want(t, s.Do(t, "POST", "/environments/bulk-edit", body{"filter": body{}, "set": body{}}), 422, "change_empty")
		bulk := s.Do(t, "POST", "/environments/bulk", []body{{"key": "x1", "unitId": shop.ID}, {"key": "x1", "unitId": shop.ID}})
		if bulk.Status != 200 || !strings.Contains(string(bulk.Body), "environment_key_taken") {
			t.Fatalf("%s", bulk.Body)
		}

		into[any](t, s.Do(t, "POST", "/environments/A/components", body{"host": "h", "name": "Core", "installedVersion": "1"}))
		into[any](t, s.Do(t, "PATCH", "/environments/A/configuration", body{"set": []body{{"key": "k", "value": "v"}}}))
		into[environment.GroupView](t, s.Do(t, "POST", "/environment-groups", body{"key": "lane", "members": []string{"A"}}))
		v := into[environment.View](t, s.Do(t, "POST", "/environments/A/duplicate", body{"key": "A2", "stack": true, "versions": true, "configuration": true, "groups": true}))
		if v.Vendor != "ACME" || v.Name != "A2" || v.Counts.Components != 1 || v.Counts.Settings != 1 || len(v.Groups) != 1 || v.Environment.Unit != shop.ID {
			t.Fatalf("%+v", v)
		}
		want(t, s.Do(t, "POST", "/environments/A/duplicate", body{"key": "A2"}), 409, "environment_key_taken")
	})
}

func TestExport(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		w.AddEnvironments(1200, func(i int, e *environment.Environment) { e.Alert = "=1+1" })
		a := s.Do(t, "GET", "/environments/export?sort=key", nil)
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(a.Body, []byte("\ufeff")))).ReadAll()
		if err != nil || len(rows) != 1201 || rows[1][0] != "E0001" || rows[1200][0] != "E1200" || rows[0][0] != "Key" {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if cell := rows[1][slices.Index(rows[0], "Alert")]; strings.HasPrefix(cell, "=") {
			t.Fatalf("a spreadsheet runs %q", cell)
		}
		a = s.Do(t, "GET", "/environments/export?format=xlsx&q=E0007", nil)
		table, err := tabular.Read(bytes.NewReader(a.Body), tabular.Options{})
		if err != nil || len(table.Rows) != 1 || table.Rows[0][0] != "E0007" {
			t.Fatalf("%+v %v", table, err)
		}
		want(t, s.Do(t, "GET", "/environments/export?format=pdf", nil), 400, "format_unknown")
		want(t, s.Do(t, "GET", "/environments/export?kind=wooden", nil), 422, "validation_failed")
	})
}

func TestMap(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		web, pay := w.AddApplication("web", ""), w.AddApplication("pay", "")
		w.Depend("web", "pay")
		a := w.AddEnvironment("A", func(e *environment.Environment) { e.Application = web.ID })
		b := w.AddEnvironment("B", func(e *environment.Environment) { e.Application = pay.ID })
		c := w.AddEnvironment("C", func(e *environment.Environment) { e.Parent = b.ID })
		d := w.AddEnvironment("D")
		w.AddGroup("lane", a, b)
		w.AddGroup("other", c, d)
		into[any](t, s.Do(t, "POST", "/environment-connections", body{"group": "lane", "items": []body{{"source": "A", "target": "B"}}}))
		into[any](t, s.Do(t, "POST", "/environment-connections", body{"group": "other", "items": []body{{"source": "C", "target": "D"}}}))
		m := get[environment.Map](t, s, "/environment-map?group=lane")
		if len(m.Nodes) != 2 || len(m.Edges) != 2 {
			t.Fatalf("%+v", m)
		}
		kinds := map[string]int{}
		m = get[environment.Map](t, s, "/environment-map?environment=A&depth=3")
		for _, e := range m.Edges {
			kinds[e.Kind]++
		}
		if len(m.Nodes) != 4 || kinds["connection"] != 2 || kinds["parent"] != 1 || kinds["dependency"] != 1 {
			t.Fatalf("%+v %v", m.Nodes, kinds)
		}
		for _, n := range m.Nodes {
			if want := map[string]int{"A": 0, "B": 1, "C": 2, "D": 3}[n.Key]; n.Distance != want {
				t.Errorf("%s at %d", n.Key, n.Distance)
			}
		}
		if m = get[environment.Map](t, s, "/environment-map?environment=A&depth=1"); len(m.Nodes) != 2 {
			t.Fatalf("%+v", m)
		}
		want(t, s.Do(t, "GET", "/environment-map", nil), 422, "selection_unclear")
	})
}

func TestSearch(t *testing.T) {
	worlds(t, func(t *testing.T, w *environmenttest.World) {
		shop := w.AddUnit("Shop", "")
		w.AddEnvironment("SIT1", func(e *environment.Environment) { e.Name = "Ödland system test" })
		w.AddEnvironment("UAT1", func(e *environment.Environment) { e.Name, e.Unit = "Acceptance near ÖDLAND", shop.ID })
		w.AddGroup("lane-ö")
		find := func(ctx context.Context, kind, text string) string {
			t.Helper()
			var out []string
			err := w.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
				list, err := w.Environments.Search(ctx, tx, kind, text, 10)
				for _, f := range list {
					out = append(out, f.Key)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(out, " ")
		}
		if got := find(w.Ctx, environment.Subject, "ödl"); got != "SIT1 UAT1" {
			t.Fatal(got)
		}
		if got := find(w.Ctx, environment.GroupSubject, "Ö"); got != "lane-ö" {
			t.Fatal(got)
		}
		if got := find(authz.With(t.Context(), environmenttest.Viewer(shop)), environment.Subject, "ödl"); got != "UAT1" {
			t.Fatal(got)
		}
	})
}

func TestUnitsApplicationsAndPeople(t *testing.T) {
	worlds(t, func(t *testing.T, w *environmenttest.World) {
		from, to := w.AddUnit("From", ""), w.AddUnit("To", "")
		app, other := w.AddApplication("pay", ""), w.AddApplication("web", "")
		e := w.AddEnvironment("A", func(e *environment.Environment) { e.Unit, e.Application = from.ID, app.ID })
		g := w.AddGroup("lane", e)
		for _, x := range environment.Subjects() {
			w.Stakeholder.Register(x)
		}
		ada, bob := w.AddPerson("Ada", w.Root.ID), w.AddPerson("Bob", w.Root.ID)
		for _, p := range []stakeholder.Part{{Person: ada.ID, Flags: stakeholder.Flags{Accountable: true}}, {Person: bob.ID, Flags: stakeholder.Flags{Informed: true}}} {
			if _, _, err := w.Stakeholder.Add(w.Ctx, environment.Subject, "A", p, false); err != nil {
				t.Fatal(err)
			}
		}
		d, err := w.Environments.Environment(w.Ctx, "A")
		if err != nil || d.Owner == nil || d.Owner.Name != "Ada" {
			t.Fatalf("%+v %v", d.Owner, err)
		}
		write(t, w, func(ctx context.Context, tx db.Tx) error {
			people, err := w.Environments.Audience(ctx, tx, events.Event{SubjectKind: environment.Subject, SubjectID: string(e.ID)})
			if err != nil || len(people) != 2 || people[0].Person != ada.ID || people[0].Reason != "owner" || people[1].Reason != "stakeholder" {
				t.Errorf("%+v %v", people, err)
			}
			for id, n := range map[ref.App]int{app.ID: 1, other.ID: 0} {
				if use, err := w.Environments.ApplicationUse(ctx, tx, id); err != nil || len(use) != n || n == 1 && !use[0].Blocking {
					t.Errorf("%+v %v", use, err)
				}
			}
			if lines, err := w.Environments.RehomePreview(ctx, tx, from.ID); err != nil || !slices.Equal(lines, []string{"1 environment"}) {
				t.Errorf("%v %v", lines, err)
			}
			return w.Environments.Rehome(ctx, tx, from.ID, to.ID)
		})
		if d, err = w.Environments.Environment(w.Ctx, "A"); err != nil || d.Unit != to.ID || d.Version != 2 {
			t.Fatalf("%+v %v", d, err)
		}
		write(t, w, func(ctx context.Context, tx db.Tx) error { return w.Environments.Rehome(ctx, tx, w.Root.ID, to.ID) })
		if d, err := w.Environments.Group(w.Ctx, "lane"); err != nil || d.Unit != to.ID || d.ID != g.ID {
			t.Fatalf("%+v %v", d, err)
		}
	})
}

func TestValuesOfListsAreFollowed(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		e := w.AddEnvironment("A")
		active, closed := w.Lookups.ID(environment.StatusList, "Active"), w.Lookups.ID(environment.StatusList, "Decommissioned")
		write(t, w, func(ctx context.Context, tx db.Tx) error {
			n, what, err := w.Environments.LookupUse(ctx, tx, environment.StatusList, active)
			if err != nil || n != 1 || what != "environments" {
				t.Errorf("%d %s %v", n, what, err)
			}
			values, err := w.Fields.Lookups.ByID(ctx, tx, []ref.Lookup{active, closed})
			if err != nil {
				return err
			}
			return w.Environments.ReplaceLookup(ctx, tx, environment.StatusList, values[active], values[closed])
		})
		v := get[environment.View](t, s, "/environments/A")
		if v.Bookable || v.Status.Name != "Decommissioned" || len(w.History(string(e.ID))) != 1 {
			t.Fatalf("%+v", v)
		}
		write(t, w, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewUpdate().Model(&field.Value{ID: closed, Attributes: field.Attributes{}}).Column("attributes").WherePK().Exec(ctx)
			return err
		})
		if err := w.Environments.FollowLookup(w.Ctx, closed); err != nil {
			t.Fatal(err)
		}
		if got := get[page](t, s, "/environments?bookable=true"); keys(got.Items) != "A" {
			t.Fatalf("%s", keys(got.Items))
		}
	})
}

// deployments stands in for delivery.
type deployments []stack.Deployed

func (d deployments) Deployed(_ context.Context, _ db.Tx, apps []ref.App, since time.Time, after string, limit int) ([]stack.Deployed, error) {
	var out []stack.Deployed
	for _, x := range d {
		if x.ID > after && !x.At.Before(since) && slices.Contains(apps, x.Application) && len(out) < limit {
			out = append(out, x)
		}
	}
	return out, nil
}

func TestDeploymentsBringVersions(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		pay, web := w.AddApplication("pay", ""), w.Add(catalog.NewApplication{Key: "web", Name: "web"})
		for _, b := range []body{
			{"key": "PAY-SIT", "application": "pay", "aliases": []string{"sit"}}, {"key": "WEB-SIT", "application": "web", "aliases": []string{"sit"}},
			{"key": "X1", "name": "shared", "unitId": w.Root.ID}, {"key": "X2", "name": "shared", "unitId": w.Root.ID},
		} {
			want(t, s.Do(t, "POST", "/environments", b), 201, "")
		}
		at := w.Clock.Now()
		d := deployments{
			{ID: "01", Application: pay.ID, Environment: "SIT", Version: "1.0", At: at}, {ID: "02", Application: web.ID, Environment: "sit", Version: "7", At: at}, {ID: "03", Application: pay.ID, Environment: "nowhere", Version: "1", At: at}, {ID: "04", Application: pay.ID, Environment: "shared", Version: "1", At: at},
			{ID: "05", Application: pay.ID, Environment: "web-sit", Version: "1.0", At: at}, {ID: "06", Application: pay.ID, Environment: "sit", Version: "1.1", At: at.Add(time.Minute)},
		}
		for range 2 { // a run may be repeated
			if err := w.Stacks.FollowDeployments(w.Ctx, d, []ref.App{pay.ID, web.ID}, at.Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		for key, version := range map[string]string{"PAY-SIT": "1.1", "WEB-SIT": "7", "X1": "", "X2": ""} {
			if v := get[environment.View](t, s, "/environments/"+key); v.Installed != version {
				t.Errorf("%s has %q", key, v.Installed)
			}
		}
		history := get[struct{ Items []stack.VersionChange }](t, s, "/environments/PAY-SIT/version-history").Items
		if len(history) != 2 || history[0].Reference != "06" || history[0].Previous != "1.0" || history[0].Source != "deployment" {
			t.Fatalf("%+v", history)
		}
		if got := get[stack.Stack](t, s, "/environments/WEB-SIT/stack"); len(got.Loose) != 2 {
			t.Fatalf("a deployment that names the key: %+v", got)
		}
	})
}

func TestSettings(t *testing.T) {
	each(t, func(t *testing.T, w *environmenttest.World, s *httpapitest.Server) {
		if v := get[environment.Settings](t, s, "/environment-settings"); v.Currency != "EUR" {
			t.Fatalf("%+v", v)
		}
		want(t, s.Do(t, "PUT", "/environment-settings", body{"currency": "USD"}), 428, "if_match_required")
		want(t, s.Do(t, "PUT", "/environment-settings", body{"currency": "U5D"}, "If-Match", `"1"`), 422, "currency_invalid")
		if v := into[environment.Settings](t, s.Do(t, "PUT", "/environment-settings", body{"currency": "usd"}, "If-Match", `"1"`)); v.Currency != "USD" || v.Version != 2 {
			t.Fatalf("%+v", v)
		}
		want(t, s.Do(t, "PUT", "/environment-settings", body{"currency": "CHF"}, "If-Match", `"1"`), 409, "stale")
		s.As(environmenttest.Manager(w.AddUnit("Shop", "")))
		want(t, s.Do(t, "PUT", "/environment-settings", body{"currency": "CHF"}, "If-Match", `"2"`), 403, "permission_missing")
	})
}
