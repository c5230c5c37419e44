package catalog_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"millrace/internal/catalog"
	"millrace/internal/catalog/catalogtest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/ref"
)

type usage []catalog.Consequence

func (u usage) ApplicationUse(context.Context, db.Tx, ref.App) ([]catalog.Consequence, error) {
	return u, nil
}

func TestDeletingTellsWhatGoes(t *testing.T) {
	use := usage{{Kind: "deployments_recorded", Count: 3, Message: "3 deployments are recorded.", Blocking: true}}
	holders := []catalog.ApplicationUser{nil}
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		w.AddApplication("web", "")
		w.Add(catalog.NewApplication{Key: "pay", Name: "pay", Aliases: []string{"x"}, Components: []catalog.NewComponent{{Name: "c", Repository: &catalog.RepositoryPath{URL: "github.com/a/b"}}}})
		w.Depend("web", "pay")
		holders[0] = use
		a := s.Do(t, "DELETE", "/applications/pay?dryRun=true", nil)
		want(t, a, 200, "")
		var d catalog.Deletion
		a.Into(t, &d)
		if d.Deleted || len(d.Consequences) != 5 {
			t.Fatalf("%s", a.Body)
		}
		want(t, s.Do(t, "DELETE", "/applications/pay", nil), 428, "if_match_required")
		want(t, s.Do(t, "DELETE", "/applications/pay", nil, "If-Match", `"7"`), 409, "stale")
		want(t, s.Do(t, "DELETE", "/applications/pay", nil, "If-Match", `"1"`), 409, "application_in_use")
		holders[0] = usage{}
		want(t, s.Do(t, "DELETE", "/applications/pay", nil, "If-Match", `"1"`), 200, "")
		want(t, s.Do(t, "GET", "/applications/pay", nil), 404, "not_found")
		if m := get[catalog.MapView](t, s, "/dependency-map"); len(m.Nodes) != 1 || len(m.Edges) != 0 {
			t.Fatalf("%+v", m)
		}
		want(t, s.Do(t, "POST", "/applications/web/repositories", body{"url": "github.com/a/b"}), 200, "")
	}, func(d *catalog.Deps) { d.Users = []catalog.ApplicationUser{indirect{holders}} })
}

// indirect lets a test change what a slice says after the service was made.
type indirect struct{ now []catalog.ApplicationUser }

func (i indirect) ApplicationUse(ctx context.Context, tx db.Tx, app ref.App) ([]catalog.Consequence, error) {
	if i.now[0] == nil {
		return nil, nil
	}
	return i.now[0].ApplicationUse(ctx, tx, app)
}

func TestIdempotentCreation(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		send := func() httpapitest.Answer {
			return s.Do(t, http.MethodPost, "/applications", body{"key": "once", "name": "Once", "unitId": w.Root.ID}, "Idempotency-Key", "k")
		}
		first, second := send(), send()
		if first.Status != 201 || second.Status != 201 || string(first.Body) != string(second.Body) {
			t.Fatalf("%s then %s", first.Body, second.Body)
		}
	})
}

func TestHistoryIsWritten(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		ops := w.AddUnit("Ops", "")
		w.AddApplication("web", "")
		w.AddApplication("pay", "")
		s.Do(t, "PATCH", "/applications/web", body{"unitId": ops.ID, "criticality": "HIGH"}, "If-Match", `"1"`)
		s.Do(t, "POST", "/applications/web/aliases", body{"alias": "store"})
		w.Depend("web", "pay")
		var sentences []string
		err := w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("event").Column("sentence").Where("subject_kind = 'application'").OrderExpr("id").Scan(ctx, &sentences)
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"test created the application web", "test created the application pay", "test moved the application web to Ops", "test changed the aliases of web", "test recorded that web depends on pay"}
		if !slices.Equal(sentences, want) {
			t.Fatalf("%q", sentences)
		}
	})
}

func TestRehome(t *testing.T) {
	each(t, func(t *testing.T, w *catalogtest.World, s *httpapitest.Server) {
		from, to := w.AddUnit("From", ""), w.AddUnit("To", "")
		w.AddApplication("a", from.ID)
		w.AddApplication("b", from.ID)
		w.AddApplication("c", to.ID)
		err := w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			lines, err := w.Catalog.RehomePreview(ctx, tx, from.ID)
			if err != nil || !slices.Equal(lines, []string{"2 applications"}) {
				t.Errorf("%v %v", lines, err)
			}
			return w.Catalog.Rehome(ctx, tx, from.ID, to.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := get[page](t, s, "/applications?unit="+string(to.ID)); len(got.Items) != 3 {
			t.Fatalf("%s", keys(got.Items))
		}
	})
}
