package search

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

// views stands in for the published views of the slices that are searched.
var views = migrate.Set{Name: "views", FS: fstest.MapFS{"00001_views.sql": {Data: []byte(`-- +goose Up
CREATE TABLE v_unit (id TEXT, name TEXT, parent_id TEXT, path TEXT);
CREATE TABLE v_application (id TEXT, key TEXT, name TEXT, unit_id TEXT, state TEXT);
CREATE TABLE v_application_name (name_key TEXT, application_id TEXT, precedence INTEGER);
CREATE TABLE v_component (id TEXT, application_id TEXT, name TEXT, name_key TEXT);
CREATE TABLE v_person (id TEXT, name TEXT, email TEXT, unit_id TEXT);
CREATE TABLE v_team (id TEXT, name TEXT, unit_id TEXT);
CREATE TABLE v_connection (id TEXT, name TEXT, kind TEXT, unit_id TEXT, state TEXT);
INSERT INTO v_unit VALUES ('r', 'Company', NULL, '/r/'), ('a', 'Payments', 'r', '/r/a/'), ('b', 'Lending', 'r', '/r/b/');
INSERT INTO v_application VALUES ('1', 'PAY', 'Gateway', 'a', 'ACTIVE'), ('2', 'LIM', 'Payment limits', 'a', 'ACTIVE'), ('3', 'LOAN', 'Repay_ment 100%', 'b', 'ACTIVE');
INSERT INTO v_application_name VALUES ('old-gate', '1', 3), ('gw-01', '1', 3), ('1', '1', 1), ('pay', '1', 2), ('gateway', '1', 4),
	('lim', '2', 2), ('payment limits', '2', 4), ('loan', '3', 2), ('repay_ment 100%', '3', 4);
INSERT INTO v_component VALUES ('k1', '2', 'Ödland Checker', 'ödland checker');
INSERT INTO v_person VALUES ('p1', 'Pay Singh', 'pay.singh@example.test', 'b');
INSERT INTO v_team VALUES ('t1', 'Payables', 'a');
INSERT INTO v_connection VALUES ('c1', 'Acme pay GitHub', 'github', 'a', 'ACTIVE');
`)}}}

func everything(path string) *authz.Principal {
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: "me", Grants: []authz.Grant{{Path: path, All: true}}}
}

func TestRank(t *testing.T) {
	for _, c := range []struct {
		text, query string
		want        int
	}{
		{"Pay", "pay", rankExact}, {"Payments", "pay", rankPrefix}, {"Acme Pay", "pay", rankWord}, {"repay then pay", "pay", rankWord},
		{"repay", "pay", rankInside}, {"x", "pay", rankOther}, {"old-gate", "gate", rankWord},
	} {
		if got := rank(c.text, c.query); got != c.want {
			t.Errorf("rank(%q, %q) = %d, want %d", c.text, c.query, got, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	dbtest.Each(t, []migrate.Set{views, httpapi.Migrations}, func(t *testing.T, d *db.DB) {
		s := httpapitest.New(t, d, clock.NewFake(time.Unix(0, 0)), New(d).Mount)
		find := func(query string) []Hit {
			t.Helper()
			a := s.Do(t, "GET", "/search?q="+query, nil)
			if a.Status != 200 {
				t.Fatalf("%s: %d %s", query, a.Status, a.Body)
			}
			var out struct{ Items []Hit }
			a.Into(t, &out)
			return out.Items
		}
		s.As(everything("/r/"))
		all := find("pay")
		if len(all) != 7 || all[0].ID != "1" {
			t.Fatalf("%+v", all)
		}
		if hits := find("gw-01"); len(hits) != 1 || hits[0].URL != "/applications/1" {
			t.Errorf("alias: %+v", hits)
		}
		if all[0].Subtitle != "PAY" {
			t.Errorf("%+v", all[0])
		}
		if hits := find("%C3%96DLAND"); len(hits) != 1 || hits[0].ID != "2" || hits[0].Subtitle != "LIM · ödland checker" {
			t.Errorf("component: %+v", hits)
		}
		if hits := find("1"); len(hits) != 2 {
			t.Errorf("an id is not a name: %+v", hits)
		}
		if hits := find("pay&limit=1"); len(hits) != 1 || hits[0].ID != "1" {
			t.Errorf("the limit cuts the best: %+v", hits)
		}
		if hits := find("pay&kinds=team,person"); len(hits) != 2 {
			t.Errorf("kinds: %+v", hits)
		}
		if hits := find("%20%20"); len(hits) != 0 {
			t.Errorf("blanks: %+v", hits)
		}
		if hits := find("100%25"); len(hits) != 1 || hits[0].ID != "3" {
			t.Errorf("a percent sign is a letter like others: %+v", hits)
		}
		if hits := find("pay&kind=team&kind=person"); len(hits) != 2 {
			t.Errorf("kinds: %+v", hits)
		}
		if a := s.Do(t, "GET", "/search?q=x&kind=spaceship", nil); a.Code() != "search_kind_unknown" {
			t.Error(a.Code())
		}
		s.As(everything("/r/b/"))
		for _, h := range find("pay") {
			if h.ID != "p1" && h.ID != "3" {
				t.Errorf("a hit of another unit: %+v", h)
			}
		}
		s.As(&authz.Principal{Kind: authz.PersonPrincipal, Person: "x"})
		if hits := find("pay"); len(hits) != 0 {
			t.Errorf("hits without grants: %+v", hits)
		}
	})
}

func TestProvidersOfOtherSlices(t *testing.T) {
	dbtest.Each(t, []migrate.Set{views, httpapi.Migrations}, func(t *testing.T, d *db.DB) {
		asked := 0
		incidents := Provider{Kind: "incident", Permission: "delivery.view_incident", Query: func(_ context.Context, _ db.Tx, text string, limit int) ([]Hit, error) {
			asked++
			return []Hit{{ID: "9", Title: "Payments are slow", URL: "/incidents/9", Names: []string{"PAY-1"}}}[:min(1, limit)], nil
		}}
		s := New(d, incidents)
		ctx := authz.With(t.Context(), everything("/r/"))
		hits, err := s.Find(ctx, "pay-1", nil, 10)
		if err != nil || len(hits) != 1 || hits[0].Kind != "incident" || hits[0].rank != rankExact {
			t.Fatalf("%+v %v", hits, err)
		}
		nobody := authz.With(t.Context(), &authz.Principal{Kind: authz.PersonPrincipal, Person: "x"})
		if hits, err := s.Find(nobody, "pay", []string{"incident"}, 10); err != nil || len(hits) != 0 || asked != 1 {
			t.Fatalf("%+v %v, asked %d times", hits, err, asked)
		}
	})
}

// TestManyLikeNamesDoNotHideTheExactOne fills a view with names that hold the text.
func TestManyLikeNamesDoNotHideTheExactOne(t *testing.T) {
	dbtest.Each(t, []migrate.Set{views, httpapi.Migrations}, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			var people, apps, names [][]any
			for i := range 500 {
				people = append(people, []any{fmt.Sprint("x", i), "Zeta", fmt.Sprintf("a%d@zeta-long-name.test", i), "a"})
				apps = append(apps, []any{fmt.Sprint("n", i), fmt.Sprint("K", i), "Ezeta", "a", "ACTIVE"})
				names = append(names, []any{"ezeta", fmt.Sprint("n", i), 4})
			}
			people = append(people, []any{"exact", "Somebody With A Long Name", "zeta", "a"})
			apps = append(apps, []any{"app", "ZETA", "Something With A Long Name", "a", "ACTIVE"})
			names = append(names, []any{"zeta", "app", 2})
			return errors.Join(
				tx.BulkInsert(ctx, "v_person", []string{"id", "name", "email", "unit_id"}, people),
				tx.BulkInsert(ctx, "v_application", []string{"id", "key", "name", "unit_id", "state"}, apps),
				tx.BulkInsert(ctx, "v_application_name", []string{"name_key", "application_id", "precedence"}, names))
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx := authz.With(t.Context(), everything("/r/"))
		hits, err := New(d).Find(ctx, "ZETA", []string{"application"}, 3)
		if err != nil || hits[0].ID != "app" {
			t.Fatalf("%+v %v", hits, err)
		}
		if hits, err = New(d).Find(ctx, "somebody", []string{"person"}, 3); err != nil || len(hits) != 1 {
			t.Fatalf("%+v %v", hits, err)
		}
	})
}
