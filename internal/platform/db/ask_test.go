package db_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

func TestBatchReadsAndWritesTheSameOnBothEngines(t *testing.T) {
	dbtest.Each(t, streamSets, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 1, 31, 12, 0, 0, 123_456_000, time.FixedZone("", 3600))
		odd := "it's \"{a,b}\" \\ \x1f ü"
		var got []streamed
		note := func(r *db.Row) error {
			got = append(got, streamed{r.Int(0), r.Int(1), r.Bool(2), r.Micros(3), r.Text(4), r.Null(4), string(r.Bytes(5))})
			return nil
		}
		const all = "SELECT id, small, ok, at, kind, name FROM thing "
		must(t, d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			var b db.Batch
			for i, name := range []any{odd, nil, "plain"} {
				b.Exec("INSERT INTO thing (id, small, ok, at, kind, name) VALUES (?, ?, ?, ?, ?, ?)", i, int64(-i), i != 1, at.Add(time.Duration(i)*time.Hour), nil, name)
			}
			b.Ask(note, all+"WHERE "+tx.Among("name")+" AND at <= ? ORDER BY id", db.TextsOf([]string{"none", odd, "plain"}), at.Add(time.Hour))
			b.Ask(note, all+"WHERE name IS NULL")
			return tx.Run(ctx, &b)
		}))
		want := []streamed{
			{0, 0, true, at.UnixMicro(), "", true, odd},
			{1, -1, false, at.Add(time.Hour).UnixMicro(), "", true, ""},
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		// Readers prepare once, and go on after a fault, a stop and a cancellation.
		boom := errors.New("boom")
		for round := range 3 {
			got = nil
			must(t, d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error { return tx.Ask(ctx, note, all+"ORDER BY id") }))
			if len(got) != 3 || got[2].Name != "plain" {
				t.Fatalf("round %d: %+v", round, got)
			}
			err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
				return tx.Ask(ctx, func(*db.Row) error { return boom }, all+"ORDER BY id")
			})
			if !errors.Is(err, boom) {
				t.Fatal(err)
			}
			if err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error { return tx.Ask(ctx, note, "SELECT 1 FROM nowhere") }); err == nil {
				t.Fatal("a table that is not there was read")
			}
			ctx, cancel := context.WithCancel(t.Context())
			err = d.Read(ctx, func(ctx context.Context, tx db.Tx) error {
				cancel()
				return tx.Ask(ctx, note, all+"ORDER BY id")
			})
			if err == nil {
				t.Fatal("a cancelled question was answered")
			}
		}
		// Nothing of a batch that fails is kept.
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			var b db.Batch
			b.Exec("INSERT INTO thing (id) VALUES (?)", 9)
			b.Exec("INSERT INTO thing (id) VALUES (?)", 1)
			return tx.Run(ctx, &b)
		})
		if !db.IsUnique(err) {
			t.Fatal(err)
		}
		got = nil
		must(t, d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error { return tx.Ask(ctx, note, all+"WHERE id = ?", 9) }))
		if len(got) != 0 {
			t.Fatal(got)
		}
		// Readers cannot write.
		if err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
			var b db.Batch
			b.Exec("DELETE FROM thing")
			return tx.Run(ctx, &b)
		}); err == nil {
			t.Fatal("a reader wrote")
		}
	})
}

func TestLostStatementsAreGivenUp(t *testing.T) {
	d := dbtest.Postgres(t, streamSets...)
	ask := func() error {
		return d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			n := int64(0)
			err := tx.Ask(ctx, func(r *db.Row) error { n = r.Int(0); return nil }, "SELECT COUNT(*) FROM thing WHERE id > ?", -1)
			if err == nil && n != 0 {
				t.Errorf("%d rows", n)
			}
			return err
		})
	}
	must(t, ask())
	must(t, d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, "DEALLOCATE ALL")
		return err
	}))
	must(t, ask())
	must(t, ask())
}
