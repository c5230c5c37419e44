package field_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"millrace/internal/aspect/field"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/ref"
)

func want(t testing.TB, a httpapitest.Answer, status int, code string) httpapitest.Answer {
	t.Helper()
	if a.Status != status || status >= 400 && a.Code() != code {
		t.Fatalf("%d %q, want %d %q: %s", a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

// things is an owner whose records carry statuses.
type things struct {
	of       map[string]ref.Lookup
	replaced int
}

func (o *things) LookupUse(_ context.Context, _ db.Tx, _ string, id ref.Lookup) (int64, string, error) {
	n := int64(0)
	for _, v := range o.of {
		if v == id {
			n++
		}
	}
	return n, "things", nil
}

func (o *things) ReplaceLookup(_ context.Context, _ db.Tx, _ string, from, to field.Value) error {
	o.replaced++
	return nil
}

func TestLookupsThroughHTTP(t *testing.T) {
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := httpapitest.New(t, d, w.Clock, w.fields.Mount)
		const url = "/lookups/thing_status"
		var list field.ListWithValuesView
		a := want(t, s.Do(t, "GET", url, nil), 200, "")
		a.Into(t, &list)
		if len(list.Values) != 3 || list.Title != "Thing status" || len(list.List.Attributes) != 2 || !slices.Equal(list.Actions, []string{"edit_values"}) {
			t.Fatalf("%s", a.Body)
		}
		want(t, s.Do(t, "POST", url+"/values", map[string]any{"name": " active "}), 409, "name_taken")
		bad := want(t, s.Do(t, "POST", url+"/values", map[string]any{"name": "", "colour": "red", "attributes": map[string]any{"closed": "yes", "odd": 1}}), 422, "lookup_invalid")
		for _, place := range []string{"body.name", "body.colour", "body.attributes.closed", "body.attributes.odd"} {
			if !strings.Contains(string(bad.Body), `"`+place+`"`) {
				t.Fatalf("%s is missing: %s", place, bad.Body)
			}
		}
		var v field.Value
		want(t, s.Do(t, "POST", url+"/values", map[string]any{"name": "Reserved", "default": true, "attributes": map[string]any{"closed": true, "weight": 1.5}}), 201, "").Into(t, &v)
		if !v.Default || v.Version != 2 || v.Attributes["weight"] != 1.5 {
			t.Fatalf("%+v", v)
		}
		if got := w.told(t); got != "Active, Under build, Decommissioned, Reserved*" {
			t.Fatal(got)
		}
		one := url + "/values/" + string(v.ID)
		want(t, s.Do(t, "PATCH", one, map[string]any{"name": "Held"}), 428, "if_match_required")
		want(t, s.Do(t, "PATCH", one, map[string]any{"name": "Held"}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "PATCH", one, map[string]any{"name": "Active"}, "If-Match", `"2"`), 409, "name_taken")
		v = field.Value{}
		want(t, s.Do(t, "PATCH", one, map[string]any{"name": "Held", "colour": "#FF0000", "attributes": map[string]any{"closed": nil}}, "If-Match", `"2"`), 200, "").Into(t, &v)
		if v.Name != "Held" || v.Colour != "#ff0000" || v.Flag("closed") || v.Attributes["weight"] != 1.5 || v.Version != 3 {
			t.Fatalf("%+v", v)
		}

		etag := s.Do(t, "GET", url, nil).Header.Get("ETag")
		ids := map[string]any{"ids": []ref.Lookup{v.ID, list.Values[2].ID, list.Values[1].ID, list.Values[0].ID}}
		want(t, s.Do(t, "PUT", url+"/order", ids, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "PUT", url+"/order", map[string]any{"ids": []ref.Lookup{v.ID, v.ID, v.ID, v.ID}}, "If-Match", etag), 422, "order_incomplete")
		want(t, s.Do(t, "PUT", url+"/order", ids, "If-Match", etag), 200, "")
		if got := w.told(t); got != "Held*, Decommissioned, Under build, Active" {
			t.Fatal(got)
		}

		users := &things{of: map[string]ref.Lookup{"one": v.ID, "two": v.ID}}
		w.fields.Lookups.UsedBy("thing_status", users)
		var more field.ConsequencesView
		want(t, s.Do(t, "DELETE", one+"?replaceWith=active&dryRun=true", nil, "If-Match", `"3"`), 200, "").Into(t, &more)
		if len(more.Consequences) != 1 || more.Consequences[0].Kind != "records_replaced" || more.Consequences[0].Count != 2 || w.told(t) != "Held*, Decommissioned, Under build, Active" {
			t.Fatalf("%+v", more)
		}
		want(t, s.Do(t, "DELETE", one+"?replaceWith=held", nil, "If-Match", `"3"`), 422, "replace_with_itself")
		want(t, s.Do(t, "DELETE", one+"?replaceWith=gone", nil, "If-Match", `"3"`), 422, "unknown_lookup_value")
		want(t, s.Do(t, "DELETE", one+"?replaceWith=active", nil, "If-Match", `"3"`), 200, "")
		if got := w.told(t); got != "Decommissioned, Under build, Active*" || users.replaced != 2 {
			t.Fatal(got, users.replaced)
		}
		want(t, s.Do(t, "DELETE", one, nil, "If-Match", `"3"`), 404, "not_found")
		want(t, s.Do(t, "GET", url+"?all=true", nil), 200, "").Into(t, &list)
		if len(list.Values) != 4 || list.Values[3].Active || list.Values[3].Name != "Held" {
			t.Fatalf("%+v", list)
		}
		if got := w.History(string(v.ID)); !slices.Equal(got, []events.Kind{field.LookupCreated, field.LookupChanged, field.LookupChanged, field.LookupDeleted}) {
			t.Fatal(got)
		}
		// The name of a deleted value brings it back with its old id.
		var again field.Value
		want(t, s.Do(t, "POST", url+"/values", map[string]any{"name": "held"}), 201, "").Into(t, &again)
		if again.ID != v.ID || again.Name != "held" || !again.Active {
			t.Fatalf("%+v", again)
		}
	})
}

func TestEnsureKeepsWhatAnAdministratorDid(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		under, dec := w.value(t, "Under build"), w.value(t, "Decommissioned")
		_, err := w.fields.Lookups.Delete(w.Ctx, "thing_status", under.ID, 1, "", false)
		must(t, err)
		name := field.ValueChange{}
		name.Name.Set, name.Name.Value = true, "Retired"
		_, err = w.fields.Lookups.Change(w.Ctx, "thing_status", dec.ID, 1, name)
		must(t, err)
		must(t, w.fields.Lookups.Ensure(w.Ctx))
		if got := w.told(t); got != "Active*, Retired" {
			t.Fatal(got)
		}
		later := field.New(field.Deps{DB: w.DB, Events: w.Log, Clock: w.Clock})
		l := statuses()
		l.Defaults = append(l.Defaults, field.Value{Name: "Maintenance"})
		later.Lookups.Register(l)
		must(t, later.Lookups.Ensure(w.Ctx))
		if got := w.told(t); got != "Active*, Retired, Maintenance" {
			t.Fatal(got)
		}
	})
}

func TestListsOfTheOrganisationsOwn(t *testing.T) {
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := httpapitest.New(t, d, w.Clock, w.fields.Mount)
		var l field.ListWithValuesView
		want(t, s.Do(t, "POST", "/lookups", map[string]any{"title": "Cost centre (EU)"}), 201, "").Into(t, &l)
		if l.Key != "cost_centre_eu" || !l.Custom || l.Tag != "custom" {
			t.Fatalf("%+v", l)
		}
		want(t, s.Do(t, "POST", "/lookups", map[string]any{"title": "Cost centre EU"}), 409, "key_taken")
		want(t, s.Do(t, "POST", "/lookups", map[string]any{"title": "…"}), 422, "list_invalid")
		want(t, s.Do(t, "POST", "/lookups/cost_centre_eu/values", map[string]any{"name": "4711"}), 201, "")
		want(t, s.Do(t, "PATCH", "/lookups/cost_centre_eu", map[string]any{"title": "Centre"}, "If-Match", `"1"`), 409, "stale")
		want(t, s.Do(t, "PATCH", "/lookups/cost_centre_eu", map[string]any{"title": "Centre"}, "If-Match", `"2"`), 200, "")
		want(t, s.Do(t, "PATCH", "/lookups/thing_status", map[string]any{"title": "Centre"}, "If-Match", `"1"`), 409, "list_built_in")
		var all struct{ Items []field.ListView }
		want(t, s.Do(t, "GET", "/lookups", nil), 200, "").Into(t, &all)
		if len(all.Items) != 2 || all.Items[0].Title != "Centre" {
			t.Fatalf("%+v", all)
		}
		want(t, s.Do(t, "DELETE", "/lookups/cost_centre_eu", nil, "If-Match", `"3"`), 204, "")
		want(t, s.Do(t, "GET", "/lookups/cost_centre_eu", nil), 404, "not_found")
	})
}

func TestWhoMayKeepLists(t *testing.T) {
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := httpapitest.New(t, d, w.Clock, w.fields.Mount)
		one := "/lookups/thing_status/values/" + string(w.value(t, "Active").ID)
		calls := [][3]string{
			{"POST", "/lookups", `{"title":"x"}`}, {"PATCH", "/lookups/thing_status", `{"title":"x"}`}, {"DELETE", "/lookups/thing_status", ""},
			{"PUT", "/lookups/thing_status/order", `{"ids":[]}`}, {"POST", "/lookups/thing_status/values", `{"name":"x"}`},
			{"PATCH", one, `{}`}, {"DELETE", one, ""},
		}
		local := peopletest.Principal(w.a, field.PermView, field.PermManageLookup)
		for _, c := range calls {
			var body any
			if c[2] != "" {
				body = c[2]
			}
			want(t, s.As(nil).Do(t, c[0], c[1], body, "If-Match", `"1"`), http.StatusUnauthorized, "sign_in_required")
			want(t, s.As(peopletest.Principal(w.Root, field.PermView)).Do(t, c[0], c[1], body, "If-Match", `"1"`), 403, "permission_missing")
			want(t, s.As(local).Do(t, c[0], c[1], body, "If-Match", `"1"`), 403, "permission_missing")
		}
		for _, url := range []string{"/lookups", "/lookups/thing_status"} {
			want(t, s.As(local).Do(t, "GET", url, nil), 200, "")
			want(t, s.As(peopletest.Principal(w.a)).Do(t, "GET", url, nil), 403, "permission_missing")
		}
		want(t, s.As(peopletest.Principal(w.Root, field.PermView, field.PermManageLookup)).Do(t, calls[4][0], calls[4][1], calls[4][2]), 201, "")
	})
}

func TestConcurrentDefaultsLeaveOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		errs := make(chan error, 8)
		for i := range 8 {
			go func() {
				_, err := w.fields.Lookups.Create(w.Ctx, "thing_status", field.NewValue{Name: fmt.Sprint("New ", i), Default: true})
				errs <- err
			}()
		}
		for range 8 {
			must(t, <-errs)
		}
		var values []field.Value
		w.read(t, func(ctx context.Context, tx db.Tx) (err error) {
			values, err = w.fields.Lookups.Values(ctx, tx, "thing_status")
			return err
		})
		seen, defaults := map[int64]bool{}, 0
		for _, v := range values {
			seen[v.Order] = true
			if v.Default {
				defaults++
			}
		}
		if defaults != 1 || len(seen) != 11 {
			t.Fatal(w.told(t))
		}
	})
}
