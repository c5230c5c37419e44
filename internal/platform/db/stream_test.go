package db_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
)

var streamSets = []migrate.Set{{Name: "flow", FS: fstest.MapFS{
	"00001_flow.sql": {Data: []byte(`-- +goose Up
CREATE TABLE thing (id BIGINT PRIMARY KEY, small INTEGER, ok BOOLEAN, at TIMESTAMP, kind TEXT, name TEXT);
`)},
}}}

type streamed struct {
	ID, Small int64
	OK        bool
	At        int64
	Kind      string
	KindNull  bool
	Name      string
}

func stream(ctx context.Context, d *db.DB, fn func(streamed) error, rest string, args ...any) error {
	return d.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.Stream(ctx, func(r *db.Row) error {
			return fn(streamed{r.Int(0), r.Int(1), r.Bool(2), r.Micros(3), r.Text(4), r.Null(4), r.Text(5)})
		}, []string{"id", "small", "ok", "at", "kind", "name"}, rest, args...)
	})
}

func TestStreamReadsTheSameOnBothEngines(t *testing.T) {
	dbtest.Each(t, streamSets, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 1, 31, 12, 0, 0, 123_456_000, time.UTC)
		must(t, d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return tx.BulkInsert(ctx, "thing", []string{"id", "small", "ok", "at", "kind", "name"}, [][]any{
				{int64(-9_000_000_000_000_000_000), -7, true, at, "a", "words, \x1f \"quoted\"\n ü"},
				{int64(1), nil, nil, nil, nil, nil},
				{int64(9_000_000_000_000_000_000), 2_000_000_000, false, at.Truncate(time.Hour).Add(-60 * 365 * 24 * time.Hour), "b", ""},
			})
		}))
		var got []streamed
		must(t, stream(t.Context(), d, func(s streamed) error { got = append(got, s); return nil }, "FROM thing WHERE id IN (?) OR kind = ? ORDER BY id",
			bun.List([]int64{1, 9_000_000_000_000_000_000}), "a"))
		want := []streamed{
			{-9_000_000_000_000_000_000, -7, true, at.UnixMicro(), "a", false, "words, \x1f \"quoted\"\n ü"},
			{1, 0, false, 0, "", true, ""},
			{9_000_000_000_000_000_000, 2_000_000_000, false, at.Truncate(time.Hour).Add(-60 * 365 * 24 * time.Hour).UnixMicro(), "b", false, ""},
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestStreamStops(t *testing.T) {
	dbtest.Each(t, streamSets, func(t *testing.T, d *db.DB) {
		rows := make([][]any, 20_000)
		for i := range rows {
			rows[i] = []any{int64(i), "name"}
		}
		must(t, d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return tx.BulkInsert(ctx, "thing", []string{"id", "name"}, rows)
		}))
		seen := 0
		boom := errors.New("boom")
		err := stream(t.Context(), d, func(streamed) error {
			if seen++; seen == 3 {
				return boom
			}
			return nil
		}, "FROM thing")
		if !errors.Is(err, boom) || seen != 3 {
			t.Fatalf("%d rows, %v", seen, err)
		}
		if err := stream(t.Context(), d, func(streamed) error { return nil }, "FROM nowhere"); err == nil {
			t.Fatal("a table that is not there was read")
		}
		ctx, cancel := context.WithCancel(t.Context())
		seen = 0
		err = stream(ctx, d, func(streamed) error { seen++; cancel(); return nil }, "FROM thing ORDER BY id")
		if err == nil || seen == len(rows) {
			t.Fatalf("a cancelled stream gave %d rows and %v", seen, err)
		}
		// The database goes on after all of them.
		seen = 0
		must(t, stream(t.Context(), d, func(streamed) error { seen++; return nil }, "FROM thing"))
		if seen != len(rows) {
			t.Fatalf("%d rows", seen)
		}
	})
}
