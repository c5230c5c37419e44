package field_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

func TestFilterSortAndOwnersMethods(t *testing.T) {
	eachSite(t, func(t *testing.T, w *site) {
		ada := w.AddPerson("Ada", w.a.ID)
		w.define(t, "Size", field.Number, map[string]any{"default": 7})
		w.define(t, "Note", field.Text, nil)
		w.define(t, "State", field.OneOf, map[string]any{"list": "thing_status", "default": "active"})
		w.define(t, "Tags", field.SomeOf, map[string]any{"list": "thing_status"})
		w.define(t, "Owner", field.Person, nil)
		w.define(t, "Due", field.DateTime, nil)
		w.define(t, "Done", field.Boolean, nil)
		w.define(t, "Price", field.Currency, nil)
		raw := func(v any) json.RawMessage { out, _ := json.Marshal(v); return out }
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if err := w.fields.SetNew(ctx, tx, "thing", w.records["one"], map[string]json.RawMessage{"note": raw("Über alles"), "due": raw("2025-03-30T00:30:00Z"), "done": raw(true)}, "body.fields"); err != nil {
				return err
			}
			if err := w.fields.SetNew(ctx, tx, "thing", w.records["two"], map[string]json.RawMessage{"size": raw(12), "state": raw("Decommissioned"),
				"tags": raw([]string{"Active", "Decommissioned"}), "owner": raw(ada.ID), "price": raw(map[string]any{"amount": 9.5, "currency": "EUR"})}, "body.fields"); err != nil {
				return err
			}
			return w.fields.SetNew(ctx, tx, "thing", w.records["far"], map[string]json.RawMessage{"size": raw(nil), "state": raw(nil)}, "body.fields")
		}))
		list := func(filters ...string) (out []string) {
			w.read(t, func(ctx context.Context, tx db.Tx) error {
				apply, err := w.fields.FilterAll(ctx, tx, "thing", "t.id", filters)
				must(t, err)
				out = nil
				return tx.NewSelect().TableExpr("(SELECT 'one' AS id UNION ALL SELECT 'two' UNION ALL SELECT 'far') AS t").Column("t.id").
					Apply(apply).OrderExpr("t.id").Scan(ctx, &out)
			})
			return out
		}
		for text, ids := range map[string][]string{
			"size:7": {"one"}, "size:gt:7": {"two"}, "size:gte:7": {"one", "two"}, "size:lt:8": {"one"}, "size:empty": {"far"},
			"note:contains:alles": {"one"}, "note:Über alles": {"one"}, "state:active": {"one"}, "tags:active": {"two"}, "tags:Decommissioned": {"two"},
			"owner:" + string(ada.ID): {"two"}, "due:lte:2025-03-30T02:30:00+02:00": {"one"}, "due:lt:2025-03-30T00:30:00Z": {}, "done:true": {"one"}, "price:gte:9.5": {"two"},
		} {
			if got := list(text); !slices.Equal(got, ids) && len(got)+len(ids) > 0 {
				t.Errorf("%s: %v, want %v", text, got, ids)
			}
		}
		if got := list("size:gte:7", "state:active"); !slices.Equal(got, []string{"one"}) {
			t.Error(got)
		}
		w.read(t, func(ctx context.Context, tx db.Tx) error {
			for _, bad := range []string{"size:many", "state:nothing", "done:gt:true", "size:contains:1", "owner:lt:x", "ghost:1", "note:", "due:yesterday", "note:\x00"} {
				_, err := w.fields.FilterAll(ctx, tx, "thing", "t.id", []string{bad})
				if code := problem.CodeOf(err); code != "filter_invalid" && code != "custom_field_unknown" {
					t.Errorf("%q: %v", bad, err)
				}
			}
			for _, key := range []string{"size", "state", "owner", "note"} {
				expr, args, err := w.fields.Sort(ctx, tx, "thing", "t.id", key)
				must(t, err)
				var got []string
				must(t, tx.NewSelect().TableExpr("(SELECT 'one' AS id UNION ALL SELECT 'two' UNION ALL SELECT 'far') AS t").Column("t.id").
					OrderExpr("? DESC NULLS LAST, t.id", bun.SafeQuery(expr, args...)).Scan(ctx, &got))
				if first := map[string]string{"size": "two", "state": "two", "owner": "two", "note": "one"}[key]; got[0] != first || len(got) != 3 {
					t.Errorf("by %s: %v", key, got)
				}
			}
			return nil
		})
		bob := w.AddPerson("Bob", w.a.ID)
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if moved, err := w.fields.Reassign(ctx, tx, ada.ID, bob.ID, "future"); err != nil || len(moved) != 0 {
				t.Fatal(moved, err)
			}
			moved, err := w.fields.Reassign(ctx, tx, ada.ID, bob.ID, "open")
			if len(moved) != 1 {
				t.Fatal(moved)
			}
			return err
		}))
		if two, _ := w.held(t, "two"); !strings.Contains(two, `"name":"Bob"`) {
			t.Fatal(two)
		}
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			gone, err := w.fields.Forget(ctx, tx, bob.ID)
			if len(gone) != 1 {
				t.Fatal(gone)
			}
			return err
		}))
		if two, _ := w.held(t, "two"); strings.Contains(two, "owner") {
			t.Fatal(two)
		}
		// Replacing a value reaches custom fields and their defaults, and leaves no value twice.
		active, gone := w.value(t, "Active"), w.value(t, "Decommissioned")
		more, err := w.fields.Lookups.Delete(w.Ctx, "thing_status", active.ID, active.Version, string(gone.ID), false)
		must(t, err)
		if len(more) != 1 || more[0].Count != 2 {
			t.Fatal(more)
		}
		if one, _ := w.held(t, "one"); !strings.Contains(one, `"name":"Decommissioned"`) {
			t.Fatal(one)
		}
		if two, _ := w.held(t, "two"); strings.Count(two, "Decommissioned") != 2 {
			t.Fatal(two)
		}
		must(t, w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if err := w.fields.ForgetRecord(ctx, tx, "thing", "far"); err != nil {
				return err
			}
			if err := w.fields.ForgetRecord(ctx, tx, "thing", "one"); err != nil {
				return err
			}
			if err := w.fields.CopyRecord(ctx, tx, "thing", "two", "one"); err != nil {
				return err
			}
			return w.fields.SetNew(ctx, tx, "thing", w.records["far"], nil, "body.fields")
		}))
		one, _ := w.held(t, "one")
		two, _ := w.held(t, "two")
		if far, _ := w.held(t, "far"); one != two || !strings.Contains(far, "Decommissioned") || !strings.Contains(far, "size=7") {
			t.Fatal(one, two, far)
		}
	})
}
