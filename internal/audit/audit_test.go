package audit_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"testing"
	"testing/fstest"
	"time"

	"millrace/internal/audit"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

// units stands in for people's tree.
var units = migrate.Set{Name: "units", FS: fstest.MapFS{"00001_units.sql": {Data: []byte(`-- +goose Up
CREATE TABLE u (id TEXT PRIMARY KEY, path TEXT NOT NULL);
INSERT INTO u VALUES ('r', '/r/'), ('a', '/r/a/'), ('b', '/r/b/');
CREATE VIEW v_unit AS SELECT id, path FROM u;
`)}}}

var kinds = []events.Definition{
	{Kind: "thing.created", Subject: "thing", Action: events.Added, Sentence: "{actor} created {subject}"},
	{Kind: "thing.changed", Subject: "thing", Action: events.Modified, Sentence: "{actor} changed {subject}"},
	{Kind: "thing.deleted", Subject: "thing", Action: events.Deleted, Sentence: "{actor} deleted {subject}"},
}

func person(path string) *authz.Principal {
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: "p", Name: "Ada",
		Grants: []authz.Grant{{Path: path, Permissions: map[authz.Permission]struct{}{audit.PermViewHistory: {}}}}}
}

type history struct {
	*httpapitest.Server
	clock *clock.Fake
	db    *db.DB
	log   *events.Log
}

func each(t *testing.T, fn func(t *testing.T, h *history)) {
	dbtest.Each(t, []migrate.Set{units, events.Migrations, httpapi.Migrations}, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		h := &history{clock: c, db: d, log: events.NewLog(c, nil, kinds)}
		h.Server = httpapitest.New(t, d, c, audit.New(d).Mount)
		fn(t, h)
	})
}

func (h *history) add(t *testing.T, kind events.Kind, unit, id, label string) {
	t.Helper()
	h.clock.Advance(time.Hour)
	err := h.db.Write(authz.With(t.Context(), person("/r/")), func(ctx context.Context, tx db.Tx) error {
		e := events.Event{Kind: kind, SubjectID: id, SubjectLabel: label, Changes: map[string]events.Change{"name": {"=1+1", label}}}
		if unit != "" {
			e.Unit = "a"
			if unit == "b" {
				e.Unit = "b"
			}
		}
		return h.log.Append(ctx, tx, e)
	})
	if err != nil {
		t.Fatal(err)
	}
}

type page struct {
	Items []events.Event `json:"items"`
	Next  string         `json:"next"`
}

func (h *history) list(t *testing.T, query string) page {
	t.Helper()
	a := h.Do(t, "GET", "/events?"+query, nil)
	if a.Status != 200 {
		t.Fatalf("%s: %d %s", query, a.Status, a.Body)
	}
	var p page
	a.Into(t, &p)
	return p
}

func TestFiltersAndOrder(t *testing.T) {
	each(t, func(t *testing.T, h *history) {
		h.add(t, "thing.created", "a", "t1", "Lathe")
		h.add(t, "thing.changed", "a", "t1", "Lathe")
		h.add(t, "thing.created", "b", "t2", "Drill 100%")
		h.add(t, "thing.deleted", "b", "t2", "Drill 100%")
		for query, want := range map[string]int{
			"": 4, "action=added": 2, "action=added&action=deleted": 3, "subjectId=t1": 2, "subjectKind=thing": 4, "subjectKind=other": 0, "unit=a": 2, "unit=r": 4,
			"actor=p": 4, "actor=x": 0, "kind=thing": 4, "kind=thing.deleted": 1, "q=lathe": 2, "q=ada+drill": 2, "q=" + url.QueryEscape("100%"): 2, "q=_": 0,
			"from=2026-01-01T03:00:00Z": 2, "to=2026-01-01T02:00:00Z": 1, "from=2026-01-01&to=2026-01-01": 4, "from=2026-01-02": 0,
		} {
			if got := h.list(t, query); len(got.Items) != want {
				t.Errorf("%q: %d events, want %d", query, len(got.Items), want)
			}
		}
		all := h.list(t, "").Items
		if all[0].Kind != "thing.deleted" || all[3].Kind != "thing.created" || all[0].Changes["name"][1] != "Drill 100%" {
			t.Errorf("order or content: %+v", all)
		}
		for query, code := range map[string]string{"action=burnt": "action_unknown", "from=soon": "time_malformed", "cursor=x": "bad_cursor", "unit=nope": "not_found"} {
			if a := h.Do(t, "GET", "/events?"+query, nil); a.Code() != code {
				t.Errorf("%s: %s, want %s", query, a.Code(), code)
			}
		}
	})
}

func TestPagingMeetsEveryEventOnce(t *testing.T) {
	each(t, func(t *testing.T, h *history) {
		for i := range 25 {
			h.add(t, "thing.changed", "a", fmt.Sprint(i), "x")
		}
		seen := map[string]bool{}
		for cursor, rounds := "", 0; ; rounds++ {
			p := h.list(t, "limit=10&cursor="+cursor)
			for _, e := range p.Items {
				if seen[e.SubjectID] {
					t.Fatalf("%s twice", e.SubjectID)
				}
				seen[e.SubjectID] = true
			}
			if cursor = p.Next; cursor == "" || rounds > 5 {
				break
			}
		}
		if len(seen) != 25 {
			t.Fatalf("%d of 25", len(seen))
		}
	})
}

func TestVisibility(t *testing.T) {
	each(t, func(t *testing.T, h *history) {
		h.add(t, "thing.created", "a", "t1", "A")
		h.add(t, "thing.created", "b", "t2", "B")
		h.add(t, "thing.created", "", "t3", "Nowhere")
		all := h.list(t, "").Items
		if len(all) != 3 {
			t.Fatal(len(all))
		}
		h.As(person("/r/a/"))
		mine := h.list(t, "").Items
		if len(mine) != 1 || mine[0].SubjectID != "t1" {
			t.Fatalf("%+v", mine)
		}
		if a := h.Do(t, "GET", "/events?unit=b", nil); a.Status != 404 {
			t.Errorf("another unit: %d", a.Status)
		}
		for _, e := range all {
			want := 404
			if e.SubjectID == "t1" {
				want = 200
			}
			if a := h.Do(t, "GET", "/events/"+string(e.ID), nil); a.Status != want {
				t.Errorf("%s: %d", e.SubjectID, a.Status)
			}
		}
		h.As(&authz.Principal{Kind: authz.PersonPrincipal, Person: "x"})
		if a := h.Do(t, "GET", "/events", nil); a.Status != 403 {
			t.Errorf("without grants: %d", a.Status)
		}
		h.As(nil)
		if a := h.Do(t, "GET", "/events", nil); a.Status != 401 {
			t.Errorf("nobody: %d", a.Status)
		}
	})
}

func TestExportIsWholeAndHarmless(t *testing.T) {
	each(t, func(t *testing.T, h *history) {
		h.add(t, "thing.created", "a", "t1", "=HYPERLINK(1)")
		h.add(t, "thing.changed", "b", "t2", "B")
		a := h.Do(t, "GET", "/events/export?format=csv&action=added", nil)
		lines, err := csv.NewReader(bytes.NewReader(a.Body)).ReadAll()
		if err != nil || len(lines) != 2 || lines[1][5] != "'=HYPERLINK(1)" {
			t.Fatalf("%v %v", lines, err)
		}
		a = h.Do(t, "GET", "/events/export?format=jsonl", nil)
		n := 0
		for s := bufio.NewScanner(bytes.NewReader(a.Body)); s.Scan(); n++ {
		}
		if n != 2 {
			t.Fatalf("%d lines", n)
		}
		if a := h.Do(t, "GET", "/events/export?format=pdf", nil); a.Code() != "format_unknown" {
			t.Error(a.Code())
		}
	})
}
