package db_test

import (
	"context"
	"testing"

	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

const upsertThing = "INSERT INTO thing (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name"

func placeholders(d *db.DB, query string) string {
	if d.Engine() == db.SQLite {
		return query
	}
	return "INSERT INTO thing (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
}

func TestRowsOfAnyNumberAreInserted(t *testing.T) {
	dbtest.Each(t, streamSets, func(t *testing.T, d *db.DB) {
		next, want := int64(0), int64(0)
		for _, n := range []int{1, 2, 3, 63, 64, 65, 127, 200} {
			rows := make([][]any, n)
			for i := range rows {
				rows[i] = []any{next, n, true}
				next++
				want += int64(n)
			}
			must(t, d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
				return tx.BulkInsert(ctx, "thing", []string{"id", "small", "ok"}, rows)
			}))
		}
		seen, sum := int64(0), int64(0)
		must(t, stream(t.Context(), d, func(s streamed) error { seen++; sum += s.Small; return nil }, "FROM thing WHERE ok"))
		if seen != next || sum != want {
			t.Fatalf("%d rows, sum %d, want %d and %d", seen, sum, next, want)
		}
	})
}

func TestExecRowsRunsAgainAfterFaults(t *testing.T) {
	dbtest.Each(t, streamSets, func(t *testing.T, d *db.DB) {
		write := func(ctx context.Context, name string) error {
			return d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
				return tx.ExecRows(ctx, placeholders(d, upsertThing), [][]any{{int64(1), name}, {int64(2), name}, {int64(1), name + "!"}})
			})
		}
		must(t, write(t.Context(), "a"))
		if err := d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return tx.BulkInsert(ctx, "thing", []string{"id", "name"}, [][]any{{int64(3), "c"}, {int64(1), "b"}})
		}); !db.IsUnique(err) {
			t.Fatalf("a second row of one key: %v", err)
		}
		// A context that ends takes the connection with it, and the statements prepared on it.
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			if err := tx.ExecRows(ctx, placeholders(d, upsertThing), [][]any{{int64(1), "lost"}}); err != nil {
				return err
			}
			cancel()
			return tx.ExecRows(ctx, placeholders(d, upsertThing), [][]any{{int64(2), "lost"}})
		})
		if err == nil {
			t.Fatal("a cancelled transaction was kept")
		}
		must(t, write(t.Context(), "b"))
		var got []string
		must(t, stream(t.Context(), d, func(s streamed) error { got = append(got, s.Name); return nil }, "FROM thing ORDER BY id"))
		if len(got) != 2 || got[0] != "b!" || got[1] != "b" {
			t.Fatalf("%q", got)
		}
	})
}
