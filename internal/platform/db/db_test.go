package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
)

var sets = []migrate.Set{{Name: "try", FS: fstest.MapFS{
	"00001_try.sql": {Data: []byte(`-- +goose Up
CREATE TABLE parent (id TEXT PRIMARY KEY, rev BIGINT NOT NULL DEFAULT 0);
CREATE TABLE child (id BIGINT PRIMARY KEY, parent_id TEXT NOT NULL REFERENCES parent(id), at TIMESTAMP, doc JSONB, ok BOOLEAN, x DOUBLE PRECISION);
`)},
	"00002_pair_sqlite.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE engine_name (name TEXT);\nINSERT INTO engine_name VALUES ('sqlite');\n")},
	"00002_pair_postgres.sql": {Data: []byte("-- +goose Up\nCREATE TABLE engine_name (name TEXT);\nINSERT INTO engine_name VALUES ('postgres');\n")},
}}}

func TestPairPicksTheEngine(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		var name string
		must(t, d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("engine_name").Column("name").Scan(ctx, &name)
		}))
		if name != string(d.Engine()) {
			t.Fatalf("%s ran the migration of %s", d.Engine(), name)
		}
		again, err := migrate.Up(t.Context(), d, sets...)
		must(t, err)
		if again[0].Applied != 0 {
			t.Fatalf("second run applied %d", again[0].Applied)
		}
	})
}

func TestWriteCommitsRollsBackAndRunsHooks(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		hooks := 0
		boom := errors.New("boom")
		err := d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			tx.AfterCommit(func() { hooks++ })
			_, _ = tx.ExecContext(ctx, "INSERT INTO parent (id) VALUES (?)", "a")
			return boom
		})
		if !errors.Is(err, boom) || hooks != 0 || count(t, d, "parent") != 0 {
			t.Fatalf("rolled back transaction left something: %v %d", err, hooks)
		}
		must(t, d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			tx.AfterCommit(func() { hooks++ })
			_, err := tx.ExecContext(ctx, "INSERT INTO parent (id) VALUES (?)", "a")
			return err
		}))
		if hooks != 1 || count(t, d, "parent") != 1 {
			t.Fatal("committed transaction lost its row or hook")
		}
		err = d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO parent (id) VALUES (?)", "a")
			return err
		})
		if !db.IsUnique(err) || db.IsForeignKey(err) {
			t.Fatalf("duplicate: %v", err)
		}
		err = d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO child (id, parent_id) VALUES (1, 'nobody')")
			return err
		})
		if !db.IsForeignKey(err) || db.IsUnique(err) {
			t.Fatalf("missing parent: %v", err)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO parent (id) VALUES ('x')")
			return err
		})
		if err == nil {
			t.Fatal("a read transaction wrote")
		}
	})
}

func TestTouchSerialisesAnInvariant(t *testing.T) {
	// At most one child per parent, checked after touching the parent; the control without the touch is what makes the
	// test able to fail, and it may only break the invariant on an engine with concurrent writers.
	run := func(t *testing.T, d *db.DB, touch bool) int64 {
		ctx := t.Context()
		must(t, d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM child")
			if err == nil {
				_, err = tx.ExecContext(ctx, "INSERT INTO parent (id) VALUES ('p') ON CONFLICT DO NOTHING")
			}
			return err
		}))
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_ = d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
					if touch {
						if _, err := tx.ExecContext(ctx, "UPDATE parent SET rev = rev + 1 WHERE id = 'p'"); err != nil {
							return err
						}
					}
					n, err := tx.NewSelect().Table("child").Count(ctx)
					if err != nil || n > 0 {
						return err
					}
					if !touch && d.Engine() == db.Postgres {
						time.Sleep(20 * time.Millisecond)
					}
					_, err = tx.ExecContext(ctx, "INSERT INTO child (id, parent_id) VALUES (?, 'p')", i)
					return err
				})
			})
		}
		wg.Wait()
		return count(t, d, "child")
	}
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		for range 5 {
			if n := run(t, d, true); n != 1 {
				t.Fatalf("%d children with the touch", n)
			}
		}
		if d.Engine() == db.Postgres {
			if n := run(t, d, false); n < 2 {
				t.Fatalf("the control without the touch shows %d children; it proves nothing", n)
			}
		}
	})
}

func TestBulkAndTimes(t *testing.T) {
	zone := time.FixedZone("x", 2*3600)
	at := time.Date(2024, 3, 4, 5, 6, 7, 123456789, zone)
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		rows := func(x float64) [][]any {
			var out [][]any
			for i := range 1500 {
				out = append(out, []any{int64(i), "p", at.Add(time.Duration(i) * time.Second), `{"a":1}`, i%2 == 0, x})
			}
			return out
		}
		cols := []string{"id", "parent_id", "at", "doc", "ok", "x"}
		must(t, d.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO parent (id) VALUES ('p')"); err != nil {
				return err
			}
			return tx.BulkInsert(ctx, "child", cols, rows(1.5))
		}))
		must(t, d.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.BulkUpsert(ctx, "child", cols, []string{"id"}, []string{"x"}, "child.id < 1000", rows(2.5))
		}))
		type row struct {
			N  int       `bun:"n"`
			At time.Time `bun:"at"`
		}
		var got row
		must(t, d.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("child").ColumnExpr("count(*) AS n").ColumnExpr("(SELECT at FROM child WHERE id = 0) AS at").
				Where("x = 2.5").Where("at < ?", at.Add(2000*time.Second)).Scan(ctx, &got)
		}))
		if got.N != 1000 {
			t.Fatalf("%d rows were updated, want 1000", got.N)
		}
		if want := at.UTC().Truncate(time.Microsecond); !got.At.Equal(want) {
			t.Fatalf("time came back as %v, want %v", got.At, want)
		}
		var n int64
		must(t, d.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			n, _ = tx.NewSelect().Table("child").Where("at <= ?", at).Count(ctx)
			return nil
		}))
		if n != 1 {
			t.Fatalf("bulk times and builder times compare differently: %d rows up to the first", n)
		}
	})
}

func TestInteractiveWritersGoFirst(t *testing.T) {
	d := dbtest.SQLite(t, sets...)
	ctx := t.Context()
	hold, entered := make(chan struct{}), make(chan struct{})
	var order []string
	var mu sync.Mutex
	note := func(s string) { mu.Lock(); order = append(order, s); mu.Unlock() }
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.WriteBulk(ctx, func(context.Context, db.Tx) error { close(entered); <-hold; return nil })
	})
	<-entered
	waiting := func(want int) {
		for d.Waiting() != want {
			time.Sleep(time.Millisecond)
		}
	}
	for i := range 3 {
		wg.Go(func() {
			_ = d.WriteBulk(ctx, func(context.Context, db.Tx) error { note("bulk"); return nil })
		})
		waiting(i + 1)
	}
	wg.Go(func() {
		_ = d.Write(ctx, func(context.Context, db.Tx) error { note("interactive"); return nil })
	})
	waiting(4)
	close(hold)
	wg.Wait()
	if fmt.Sprint(order) != "[interactive bulk bulk bulk]" {
		t.Fatalf("served in the order %v", order)
	}
}

func count(t *testing.T, d *db.DB, table string) (n int64) {
	t.Helper()
	must(t, d.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.NewSelect().Table(table).Count(ctx)
		return err
	}))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
