package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"millrace/internal/platform/clock"
)

// BulkInsert adds rows to a table by the fastest way of the engine: COPY on PostgreSQL, prepared many-row statements on
// SQLite. Each row holds one value per column; times are normalised. A row that violates a constraint fails the whole
// call; use [Tx.BulkUpsert] where rows may exist.
func (t Tx) BulkInsert(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	normaliseRows(rows)
	if t.engine == Postgres {
		return t.conn.Raw(func(dc any) error {
			c := dc.(*stdlib.Conn).Conn()
			_, err := c.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
			if err != nil {
				return fmt.Errorf("copy into %s: %w", table, err)
			}
			return nil
		})
	}
	return t.insertChunks(ctx, table, columns, rows, "")
}

// BulkUpsert adds rows and, where the conflict columns already hold such a row, sets the update columns to the new
// values. guard, when not empty, is a condition on the stored row (alias of the table name) and "excluded" under which
// the update happens. Two rows of one call must not meet in the conflict columns.
func (t Tx) BulkUpsert(ctx context.Context, table string, columns, conflict, update []string, guard string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	normaliseRows(rows)
	var b strings.Builder
	b.WriteString(" ON CONFLICT (" + strings.Join(conflict, ", ") + ") DO ")
	if len(update) == 0 {
		b.WriteString("NOTHING")
	} else {
		b.WriteString("UPDATE SET ")
		for i, c := range update {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(c + " = excluded." + c)
		}
		if guard != "" {
			b.WriteString(" WHERE " + guard)
		}
	}
	return t.insertChunks(ctx, table, columns, rows, b.String())
}

// sqliteChunk is how many rows one statement of SQLite inserts; more gain nothing.
const sqliteChunk = 64

func (t Tx) insertChunks(ctx context.Context, table string, columns []string, rows [][]any, suffix string) error {
	if t.engine == SQLite {
		return t.insertSQLite(ctx, table, columns, rows, suffix)
	}
	for _, part := range Chunks(rows, max(1, min(1000, 60000/len(columns)))) {
		args := make([]any, 0, len(part)*len(columns))
		for _, r := range part {
			args = append(args, r...)
		}
		if _, err := t.Tx.Tx.ExecContext(ctx, t.insertSQL(table, columns, len(part), suffix), args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
	}
	return nil
}

// insertSQLite inserts rows in statements of many, whose numbers are powers of two, so that few have to be prepared.
func (t Tx) insertSQLite(ctx context.Context, table string, columns []string, rows [][]any, suffix string) error {
	err := t.conn.Raw(func(dc any) error {
		var args []driver.NamedValue
		for n := sqliteChunk; len(rows) > 0; {
			for n > 1 && (n > len(rows) || n*len(columns) > 30000) {
				n /= 2
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if args, err = t.run(ctx, dc, t.insertSQL(table, columns, n, suffix), rows[:n], args); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

func (t Tx) insertSQL(table string, columns []string, n int, suffix string) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ")
	arg := 0
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range columns {
			if j > 0 {
				b.WriteByte(',')
			}
			if t.engine == Postgres {
				arg++
				fmt.Fprintf(&b, "$%d", arg)
			} else {
				b.WriteByte('?')
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(suffix)
	return b.String()
}

func normaliseRows(rows [][]any) {
	for _, r := range rows {
		for i, v := range r {
			switch x := v.(type) {
			case time.Time:
				r[i] = clock.Normalise(x)
			case *time.Time:
				if x == nil {
					r[i] = nil
				} else {
					r[i] = clock.Normalise(*x)
				}
			}
		}
	}
}
