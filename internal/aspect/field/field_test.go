package field_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"millrace/internal/aspect/field"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/problem"
)

const (
	permView   authz.Permission = "thing.view"
	permManage authz.Permission = "thing.manage"
)

// site is a world with things that carry custom fields: one and two in unit A, far in unit B.
type site struct {
	*world
	*httpapitest.Server
	records map[string]field.Record
}

func newSite(t testing.TB, d *db.DB) *site {
	w := &site{world: newWorld(t, d)}
	w.records = map[string]field.Record{
		"one": {ID: "one", Unit: w.a.ID, Label: "One"}, "two": {ID: "two", Unit: w.a.ID, Label: "Two"}, "far": {ID: "far", Unit: w.b.ID, Label: "Far"},
	}
	w.Server = httpapitest.New(t, d, w.Clock, func(api *httpapi.API) {
		w.fields.Mount(api)
		w.fields.MountSubject(api, field.Subject{Kind: "thing", Title: "Thing", PathPrefix: "/things", TypeList: "thing_status", View: permView, Manage: permManage,
			Resolve: func(_ context.Context, _ db.Tx, id string) (field.Record, error) {
				r, ok := w.records[id]
				if !ok {
					return r, authz.ErrNotFound
				}
				return r, nil
			}})
	})
	return w
}

func eachSite(t *testing.T, fn func(t *testing.T, w *site)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newSite(t, d)) })
}

// define adds a field through the API.
func (w *site) define(t testing.TB, name string, dataType field.DataType, more map[string]any) (f field.FieldView) {
	t.Helper()
	body := map[string]any{"subject": "thing", "name": name, "dataType": dataType}
	for k, v := range more {
		body[k] = v
	}
	want(t, w.Do(t, "POST", "/custom-fields", body), 201, "").Into(t, &f)
	return f
}

// fields reads what a record holds: "size=3 owner=Ada".
func (w *site) held(t testing.TB, id string) (out string, etag string) {
	t.Helper()
	a := want(t, w.Do(t, "GET", "/things/"+id+"/fields", nil), 200, "")
	var l field.FilledListView
	a.Into(t, &l)
	for _, f := range l.Items {
		if f.Value != nil {
			raw, _ := json.Marshal(f.Value)
			out += f.Key + "=" + string(raw) + " "
		}
	}
	return strings.TrimSpace(out), a.Header.Get("ETag")
}

// put sets values at the version the record's fields have.
func (w *site) put(t testing.TB, id string, values map[string]any) httpapitest.Answer {
	t.Helper()
	_, etag := w.held(t, id)
	return w.Do(t, "PUT", "/things/"+id+"/fields", map[string]any{"values": values}, "If-Match", etag)
}

func TestEveryDataTypeThroughHTTP(t *testing.T) {
	eachSite(t, func(t *testing.T, w *site) {
		ada := w.AddPerson("Ada", w.a.ID)
		active := w.value(t, "Active")
		for _, c := range []struct {
			dataType field.DataType
			good     any
			shown    string
			bad      []any
		}{
			{field.Text, "  a\tb ", `"a b"`, []any{3, strings.Repeat("x", 1001), map[string]any{}}},
			{field.Multiline, "a\n b", `"a\n b"`, []any{strings.Repeat("x", 50_001), []string{"a"}}},
			{field.Number, 42, `42`, []any{1.5, "42", 1e300, true}},
			{field.Decimal, -0.125, `-0.125`, []any{"x"}},
			{field.Currency, map[string]any{"amount": 12.5, "currency": "EUR"}, `{"amount":12.5,"currency":"EUR"}`, []any{12.5, map[string]any{"amount": 1, "currency": "euro"}, map[string]any{"currency": "EUR"}}},
			{field.Date, "2024-02-29", `"2024-02-29"`, []any{"2025-02-29", "29.02.2024", 20240229}},
			{field.Time, "09:30", `"09:30"`, []any{"9:30", "24:00"}},
			{field.DateTime, "2025-03-30T02:30:00+02:00", `"2025-03-30T00:30:00Z"`, []any{"2025-03-30", "0001-01-01T00:00:00+23:00"}},
			{field.OneOf, "ACTIVE", fmt.Sprintf(`{"colour":"#2ca02c","id":"%s","name":"Active"}`, active.ID), []any{"nothing", 3}},
			{field.SomeOf, []string{"decommissioned", "active", "Active"}, "", []any{"active", []string{"active", "nothing"}}},
			{field.Person, ada.ID, fmt.Sprintf(`{"id":"%s","name":"Ada"}`, ada.ID), []any{"Ada"}},
			{field.URL, "https://example.com/a?b", `"https://example.com/a?b"`, []any{"javascript:alert(1)", "example.com", "https://"}},
			{field.Boolean, false, `false`, []any{"false", 0}},
		} {
			more := map[string]any{}
			if c.dataType == field.OneOf || c.dataType == field.SomeOf {
				more["list"] = "thing_status"
			}
			f := w.define(t, "F "+string(c.dataType), c.dataType, more)
			a := want(t, w.put(t, "one", map[string]any{f.Key: c.good}), 200, "")
			got, _ := w.held(t, "one")
			if c.shown != "" && got != f.Key+"="+c.shown {
				t.Errorf("%s: %s, want %s", c.dataType, got, c.shown)
			}
			if c.dataType == field.SomeOf && (strings.Count(got, `"name"`) != 2 || strings.Index(got, "Decom") > strings.Index(got, "Active")) {
				t.Errorf("%s: %s", c.dataType, got)
			}
			for _, bad := range c.bad {
				if a := w.put(t, "one", map[string]any{f.Key: bad}); a.Status != 422 || a.Code() != "custom_fields_invalid" || !strings.Contains(string(a.Body), "body.values."+f.Key) {
					t.Errorf("%s took %v: %d %s", c.dataType, bad, a.Status, a.Body)
				}
			}
			if again := want(t, w.put(t, "one", map[string]any{f.Key: c.good}), 200, ""); again.Header.Get("ETag") != a.Header.Get("ETag") {
				t.Errorf("%s: saving the same value again is a new version", c.dataType)
			}
			want(t, w.put(t, "one", map[string]any{f.Key: nil}), 200, "")
			if got, _ := w.held(t, "one"); got != "" {
				t.Errorf("%s was not emptied: %s", c.dataType, got)
			}
		}
		want(t, w.Do(t, "PUT", "/things/one/fields", map[string]any{"values": map[string]any{"f_text": "x"}}), 428, "if_match_required")
		want(t, w.Do(t, "PUT", "/things/one/fields", map[string]any{"values": map[string]any{"f_text": "x"}}, "If-Match", `"1"`), 409, "stale")
		want(t, w.put(t, "one", map[string]any{"nothing": "x"}), 422, "custom_fields_invalid")
		if n := len(w.History("one")); n != 26 {
			t.Fatal(n)
		}
	})
}

func TestDefinitions(t *testing.T) {
	eachSite(t, func(t *testing.T, w *site) {
		f := w.define(t, "Cost centre", field.Text, map[string]any{"group": "Money", "description": "Who pays", "default": "4711"})
		if f.Key != "cost_centre" || f.Order != 1 || f.Access != field.Edit || f.Mandatory != field.Never || string(f.Default) != `"4711"` {
			t.Fatalf("%+v", f)
		}
		post := func(body map[string]any) httpapitest.Answer { return w.Do(t, "POST", "/custom-fields", body) }
		want(t, post(map[string]any{"subject": "thing", "name": "Cost  Centre", "dataType": "text"}), 409, "key_taken")
		for _, bad := range []map[string]any{
			{"subject": "ghost", "name": "x", "dataType": "text"},
			{"subject": "thing", "name": "", "dataType": "text"},
			{"subject": "thing", "name": "…", "dataType": "text"},
			{"subject": "thing", "name": "x", "dataType": "list"},
			{"subject": "thing", "name": "x", "dataType": "list", "list": "nothing"},
			{"subject": "thing", "name": "x", "dataType": "text", "list": "thing_status"},
			{"subject": "thing", "name": "x", "dataType": "number", "default": "many"},
			{"subject": "thing", "name": "x", "dataType": "text", "mandatory": "from_status"},
			{"subject": "thing", "name": "x", "dataType": "text", "fromStatus": "Done"},
			{"subject": "thing", "name": "x", "dataType": "text", "accessRules": []map[string]any{{"kind": "role", "id": "nobody", "access": "edit"}}},
		} {
			want(t, post(bad), 422, "custom_field_invalid")
		}
		want(t, post(map[string]any{"subject": "thing", "name": "x", "dataType": "text", "type": "nothing"}), 422, "unknown_lookup_value")
		want(t, post(map[string]any{"subject": "thing", "name": "x", "dataType": "colour"}), 422, "validation_failed")
		url := "/custom-fields/" + f.ID
		want(t, w.Do(t, "PATCH", url, map[string]any{"name": "Centre"}), 428, "if_match_required")
		want(t, w.Do(t, "PATCH", url, map[string]any{"name": "Centre"}, "If-Match", `"2"`), 409, "stale")
		var changed field.FieldView
		want(t, w.Do(t, "PATCH", url, map[string]any{"name": "Centre", "default": nil, "type": "active", "accessRules": []map[string]any{{"kind": "role", "id": "viewer", "access": "view"}}}, "If-Match", `"1"`), 200, "").Into(t, &changed)
		if changed.Name != "Centre" || changed.Key != "cost_centre" || changed.Default != nil || changed.Type != string(w.value(t, "Active").ID) || len(changed.Rules) != 1 || changed.Rules[0].ID == "viewer" || changed.Version != 2 {
			t.Fatalf("%+v", changed)
		}
		second := w.define(t, "Second", field.Text, nil)
		want(t, w.Do(t, "PUT", "/custom-fields/order", map[string]any{"subject": "thing", "ids": []string{second.ID}}), 422, "order_incomplete")
		want(t, w.Do(t, "PUT", "/custom-fields/order", map[string]any{"subject": "thing", "ids": []string{second.ID, f.ID}}), 200, "")
		var list struct{ Items []field.FieldView }
		want(t, w.Do(t, "GET", "/custom-fields?subject=thing", nil), 200, "").Into(t, &list)
		if len(list.Items) != 2 || list.Items[0].ID != second.ID {
			t.Fatalf("%+v", list)
		}
		want(t, w.Do(t, "GET", "/custom-fields?subject=thing&type="+string(w.value(t, "Decommissioned").ID), nil), 200, "").Into(t, &list)
		if len(list.Items) != 1 {
			t.Fatal("a field of another type is listed")
		}
		want(t, w.put(t, "one", map[string]any{"second": "x"}), 200, "")
		var more field.ConsequencesView
		want(t, w.Do(t, "DELETE", "/custom-fields/"+second.ID+"?dryRun=true", nil, "If-Match", `"1"`), 200, "").Into(t, &more)
		if len(more.Consequences) != 1 || more.Consequences[0].Count != 1 {
			t.Fatalf("%+v", more)
		}
		if got, _ := w.held(t, "one"); got != `second="x"` {
			t.Fatal("the dry run deleted something")
		}
		want(t, w.Do(t, "DELETE", "/custom-fields/"+second.ID, nil, "If-Match", `"1"`), 200, "")
		want(t, w.Do(t, "GET", "/custom-fields/"+second.ID, nil), 404, "not_found")
		if got := w.History(f.ID); !slices.Equal(got, []events.Kind{field.FieldCreated, field.FieldChanged}) {
			t.Fatal(got)
		}
		want(t, w.Do(t, "DELETE", "/lookups/thing_status", nil, "If-Match", `"1"`), 409, "list_built_in")
	})
}

// TestAccessToFields lets people with different roles look at hidden, locked and open fields.
func TestAccessToFields(t *testing.T) {
	eachSite(t, func(t *testing.T, w *site) {
		var role struct{ ID string }
		w.read(t, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("v_role").Column("id").Where("code = 'release_manager'").Scan(ctx, &role)
		})
		ada := w.AddPerson("Ada", w.b.ID)
		team, err := w.CreateTeam(w.Ctx, people.NewTeam{Name: "Core", Unit: w.a.ID})
		must(t, err)
		rule := func(kind, id, access string) map[string]any {
			return map[string]any{"accessRules": []map[string]any{{"kind": kind, "id": id, "access": access}}, "access": "hide"}
		}
		w.define(t, "Open", field.Text, nil)
		w.define(t, "Locked", field.Text, map[string]any{"access": "view"})
		w.define(t, "Secret", field.Text, map[string]any{"access": "hide"})
		w.define(t, "Managers", field.Text, rule("role", "release_manager", "edit"))
		w.define(t, "Members", field.Text, rule("team", string(team.ID), "view"))
		w.define(t, "Mine", field.Text, rule("person", string(ada.ID), "edit"))
		w.define(t, "Home", field.Text, rule("unit", string(w.b.ID), "view"))
		all := map[string]any{}
		for _, k := range []string{"open", "locked", "secret", "managers", "members", "mine", "home"} {
			all[k] = k
		}
		for _, id := range []string{"one", "far"} {
			want(t, w.put(t, id, all), 200, "")
		}
		seen := func(p *authz.Principal, id string) string {
			w.As(p)
			defer w.As(authz.System("test"))
			var l field.FilledListView
			want(t, w.Do(t, "GET", "/things/"+id+"/fields", nil), 200, "").Into(t, &l)
			var out []string
			for _, f := range l.Items {
				text := f.Key
				if f.Locked {
					text += "(locked)"
				}
				out = append(out, text)
			}
			return strings.Join(out, " ")
		}
		plain := peopletest.Principal(w.Root, permView, permManage, field.PermView)
		if got := seen(plain, "one"); got != "open locked(locked)" {
			t.Fatal(got)
		}
		if got := seen(peopletest.Principal(w.Root, permView), "one"); got != "open(locked) locked(locked)" {
			t.Fatal(got)
		}
		who := peopletest.Principal(w.Root, permView, permManage, field.PermView)
		who.Person = ada.ID
		if got := seen(who, "one"); got != "open locked(locked) mine home(locked)" {
			t.Fatal(got)
		}
		must(t, w.SetTeamMember(w.Ctx, team.ID, ada.ID, false))
		_, err = w.CreateGrant(w.Ctx, people.NewGrant{Role: role.ID, Unit: w.a.ID, SubjectKind: "team", SubjectID: string(team.ID)})
		must(t, err)
		if got := seen(who, "one"); got != "open locked(locked) managers members(locked) mine home(locked)" {
			t.Fatal(got)
		}
		// The role is held on unit A alone.
		if got := seen(who, "far"); got != "open locked(locked) members(locked) mine home(locked)" {
			t.Fatal(got)
		}
		w.As(plain)
		a := want(t, w.put(t, "one", map[string]any{"locked": "x", "secret": "x", "open": "y"}), 422, "custom_fields_invalid")
		for _, code := range []string{"custom_field_locked", "custom_field_unknown"} {
			if !strings.Contains(string(a.Body), code) {
				t.Fatalf("%s", a.Body)
			}
		}
		var list struct{ Items []field.FieldView }
		want(t, w.Do(t, "GET", "/custom-fields", nil), 200, "").Into(t, &list)
		if len(list.Items) != 2 || len(list.Items[0].Actions) != 0 {
			t.Fatalf("%+v", list.Items)
		}
		as := authz.With(t.Context(), plain)
		must(t, w.DB.Read(as, func(ctx context.Context, tx db.Tx) error {
			values, err := w.fields.Values(ctx, tx, "thing", []field.Record{w.records["one"], w.records["two"]})
			if fmt.Sprint(values) != "map[one:map[locked:locked open:open] two:map[]]" {
				t.Fatal(values)
			}
			must(t, err)
			_, _, err = w.fields.Filter(ctx, tx, "thing", "id", "secret", field.Equals, "secret")
			wantCode(t, err, "custom_field_unknown")
			_, _, err = w.fields.Sort(ctx, tx, "thing", "id", "secret")
			wantCode(t, err, "custom_field_unknown")
			return nil
		}))
		// What stands in a field that some do not see is not in the history either.
		var changes []string
		w.read(t, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("event").ColumnExpr("CAST(changes AS TEXT)").Where("kind = ? AND subject_id = 'one'", field.ValuesChanged).Scan(ctx, &changes)
		})
		if len(changes) != 1 || strings.Contains(changes[0], `"secret"`) || strings.Contains(changes[0], `"managers"`) || !strings.Contains(changes[0], `"open"`) {
			t.Fatal(changes)
		}
		// Access to the record decides first.
		w.As(peopletest.Principal(w.b, permView, permManage))
		want(t, w.Do(t, "GET", "/things/one/fields", nil), 404, "not_found")
		want(t, w.Do(t, "PUT", "/things/one/fields", map[string]any{"values": map[string]any{}}, "If-Match", `"1"`), 404, "not_found")
		w.As(peopletest.Principal(w.a, permView))
		want(t, w.Do(t, "PUT", "/things/one/fields", map[string]any{"values": map[string]any{}}, "If-Match", `"1"`), 403, "permission_missing")
		for _, c := range [][2]string{{"POST", "/custom-fields"}, {"PATCH", "/custom-fields/x"}, {"DELETE", "/custom-fields/x"}, {"PUT", "/custom-fields/order"}} {
			w.As(peopletest.Principal(w.Root, field.PermView))
			want(t, w.Do(t, c[0], c[1], nil), 403, "permission_missing")
			w.As(nil)
			want(t, w.Do(t, c[0], c[1], nil), 401, "sign_in_required")
			w.As(peopletest.Principal(w.a, field.PermManageCustomField))
			if a := w.Do(t, c[0], c[1], map[string]any{"subject": "thing", "name": "x", "dataType": "text", "ids": []string{}}, "If-Match", `"1"`); a.Status != 403 && a.Status != 422 {
				t.Fatalf("%v: %d %s", c, a.Status, a.Body)
			}
		}
	})
}

// stairs are statuses of which each demands what those below it demand.
type stairs []string

func (s stairs) Reached(_ context.Context, _ db.Tx, _, _, status, mark string) (bool, error) {
	return slices.Index(s, status) >= slices.Index(s, mark), nil
}

func TestMandatoryFields(t *testing.T) {
	eachSite(t, func(t *testing.T, w *site) {
		w.define(t, "Always", field.Text, map[string]any{"mandatory": "always"})
		w.define(t, "Late", field.Boolean, map[string]any{"mandatory": "from_status", "fromStatus": "approved"})
		w.define(t, "Odd", field.Text, map[string]any{"mandatory": "always", "type": "decommissioned"})
		check := func(typ, status string) (out string) {
			w.read(t, func(ctx context.Context, tx db.Tx) error {
				out = ""
				err := w.fields.CheckMandatory(ctx, tx, "thing", typ, status, "one")
				if err != nil {
					wantCode(t, err, "custom_fields_missing")
					for _, f := range problem.Of(err).Fields {
						out += f.Path + " "
					}
				}
				return nil
			})
			return strings.TrimSpace(out)
		}
		typ := string(w.value(t, "Decommissioned").ID)
		if got := check("", "requested"); got != "body.fields.always" {
			t.Fatal(got)
		}
		if got := check(typ, "Approved"); got != "body.fields.always body.fields.late body.fields.odd" {
			t.Fatal(got)
		}
		w.fields.UseStatuses(stairs{"requested", "approved", "done"})
		if got := check("", "done"); got != "body.fields.always body.fields.late" {
			t.Fatal(got)
		}
		want(t, w.put(t, "one", map[string]any{"late": false}), 200, "")
		want(t, w.put(t, "one", map[string]any{"always": "x"}), 200, "")
		if got := check("", "done"); got != "" {
			t.Fatal(got)
		}
		a := want(t, w.put(t, "one", map[string]any{"always": ""}), 422, "custom_fields_missing")
		if !strings.Contains(string(a.Body), "body.values.always") {
			t.Fatalf("%s", a.Body)
		}
	})
}
