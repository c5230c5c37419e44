package audit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

func TestARecordsHistoryMovesWithIt(t *testing.T) {
	each(t, func(t *testing.T, h *history) {
		h.add(t, "thing.created", "a", "t1", "Lathe")
		h.add(t, "thing.changed", "b", "t1", "Lathe") // moved from a to b
		h.add(t, "thing.created", "a", "t2", "Drill")
		created := h.list(t, "subjectId=t1&action=added").Items[0].ID
		for _, c := range []struct {
			path, query string
			want        int
		}{
			{"/r/b/", "subjectKind=thing&subjectId=t1", 2}, // sees where it is now, so sees it whole
			{"/r/b/", "subjectId=t1", 2},
			{"/r/b/", "subjectId=t1&action=added", 1},
			{"/r/b/", "subjectId=t2", 0},
			{"/r/b/", "subjectId=none", 0},
			{"/r/b/", "", 1},
			{"/r/a/", "subjectKind=thing&subjectId=t1", 1}, // only what happened while it was here
			{"/r/a/", "action=added,modified", 2},
			{"/r/", "action=added,modified", 3},
		} {
			h.As(person(c.path))
			if got := h.list(t, c.query).Items; len(got) != c.want {
				t.Errorf("%s, %q: %d events, want %d", c.path, c.query, len(got), c.want)
			}
		}
		h.As(person("/r/b/"))
		if a := h.Do(t, "GET", "/events/"+string(created), nil); a.Status != 200 {
			t.Errorf("an event of a record in sight: %d", a.Status)
		}
		a := h.Do(t, "GET", "/events/export?format=jsonl&subjectId=t1", nil)
		if n := strings.Count(string(a.Body), "\n"); n != 2 {
			t.Errorf("%d lines", n)
		}
	})
}

func TestAddressesAreForThoseWhoSeeEverything(t *testing.T) {
	each(t, func(t *testing.T, h *history) {
		ctx := events.WithOrigin(authz.With(t.Context(), person("/r/")), events.Origin{RequestID: "request-1", Address: "192.0.2.7"})
		err := h.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			return h.log.Append(ctx, tx, events.Event{Kind: "thing.created", SubjectID: "t1", SubjectLabel: "x", Unit: "a"})
		})
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{"/r/": "192.0.2.7", "/r/a/": ""} {
			h.As(person(path))
			e := h.list(t, "").Items[0]
			one := h.Do(t, "GET", "/events/"+string(e.ID), nil)
			if e.Address != want || strings.Contains(string(one.Body), "192.0.2.7") != (want != "") {
				t.Errorf("%s sees the address %q, %s", path, e.Address, one.Body)
			}
		}
	})
}

// TestHistoryIsReadByIndex looks at the plans: no filter may read the whole table and sort it.
func TestHistoryIsReadByIndex(t *testing.T) {
	each(t, func(t *testing.T, h *history) {
		const n = 20_000
		ctx := authz.With(t.Context(), person("/r/"))
		err := h.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			rows := make([][]any, n)
			for i := range rows {
				rows[i] = []any{fmt.Sprintf("id%08d", i), h.clock.Advance(1e9), "person", fmt.Sprintf("p%d", i%500), "Ada", "thing.changed", "modified", "thing",
					fmt.Sprintf("t%d", i%2000), "x", []string{"a", "b"}[i%2], "Ada changed x", "{}", "{}"}
			}
			return tx.BulkInsert(ctx, "event", []string{"id", "at", "actor_kind", "actor_id", "actor_name", "kind", "action", "subject_kind", "subject_id", "subject_label", "unit_id", "sentence", "changes", "data"}, rows)
		})
		if err != nil {
			t.Fatal(err)
		}
		if h.db.Engine() == db.Postgres {
			if _, err := h.db.SQL().ExecContext(ctx, "ANALYZE"); err != nil {
				t.Fatal(err)
			}
		}
		for _, cond := range []string{
			"1 = 1",
			"(e.at, e.id) < ('2026-01-01 03:00:00+00:00', 'id00005000')",
			"e.subject_kind = 'thing' AND e.subject_id = 't7'",
			"e.actor_id = 'p7'",
			"e.unit_id IN (SELECT id FROM v_unit WHERE path >= '/r/a/' AND path < '/r/a/~')",
			"e.kind LIKE 'thing%'",
		} {
			explain := "EXPLAIN "
			if h.db.Engine() == db.SQLite {
				explain = "EXPLAIN QUERY PLAN "
			}
			rows, err := h.db.SQL().QueryContext(ctx, explain+"SELECT e.* FROM event AS e WHERE "+cond+" ORDER BY e.at DESC, e.id DESC LIMIT 50")
			if err != nil {
				t.Fatal(err)
			}
			plan := ""
			for rows.Next() {
				columns, _ := rows.Columns()
				values := make([]any, len(columns))
				pointers := make([]any, len(columns))
				for i := range values {
					pointers[i] = &values[i]
				}
				if err := rows.Scan(pointers...); err != nil {
					t.Fatal(err)
				}
				plan += fmt.Sprintln(values...)
			}
			_ = rows.Close()
			if strings.Contains(plan, "Seq Scan on event") || !strings.Contains(strings.ToUpper(plan), "INDEX") {
				t.Errorf("%s:\n%s", cond, plan)
			}
		}
	})
}
