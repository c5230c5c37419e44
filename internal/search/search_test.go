package search

import (
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
CREATE TABLE v_person (id TEXT, name TEXT, email TEXT, unit_id TEXT);
CREATE TABLE v_team (id TEXT, name TEXT, unit_id TEXT);
CREATE TABLE v_connection (id TEXT, name TEXT, kind TEXT, unit_id TEXT, state TEXT);
INSERT INTO v_unit VALUES ('r', 'Company', NULL, '/r/'), ('a', 'Payments', 'r', '/r/a/'), ('b', 'Lending', 'r', '/r/b/');
INSERT INTO v_application VALUES ('1', 'PAY', 'Gateway', 'a', 'ACTIVE'), ('2', 'LIM', 'Payment limits', 'a', 'ACTIVE'), ('3', 'LOAN', 'Repay_ment 100%', 'b', 'ACTIVE');
INSERT INTO v_application_name VALUES ('old-gate', '1', 3), ('gw-01', '1', 3);
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
