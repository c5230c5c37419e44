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

// insertSQLite hands the rows to the driver without a stop in database/sql, in statements of many rows that are prepared
// once. The context is looked at between two statements: one is over in a moment, and a watch over each costs as much.
func (t Tx) insertSQLite(ctx context.Context, table string, columns []string, rows [][]any, suffix string) error {
	per := max(1, min(sqliteChunk, 30000/len(columns)))
	err := t.conn.Raw(func(dc any) error {
		args := make([]driver.NamedValue, 0, min(per, len(rows))*len(columns))
		var stmt driver.Stmt
		prepared := 0
		defer func() {
			if stmt != nil {
				_ = stmt.Close()
			}
		}()
		for len(rows) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(per, len(rows))
			if n != prepared {
				if stmt != nil {
					_ = stmt.Close()
				}
				var err error
				if stmt, err = dc.(driver.Conn).Prepare(t.insertSQL(table, columns, n, suffix)); err != nil {
					return err
				}
				prepared = n
			}
			args = args[:0]
			for _, r := range rows[:n] {
				for _, v := range r {
					plain, err := plainValue(v)
					if err != nil {
						return err
					}
					args = append(args, driver.NamedValue{Ordinal: len(args) + 1, Value: plain})
				}
			}
			rows = rows[n:]
			if _, err := stmt.(driver.StmtExecContext).ExecContext(context.WithoutCancel(ctx), args); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// plainValue turns a value into one of the kinds a driver takes, as database/sql does.
func plainValue(v any) (driver.Value, error) {
	switch x := v.(type) {
	case nil, int64, string, bool, float64, []byte, time.Time:
		return x, nil
	case int:
		return int64(x), nil
	}
	return driver.DefaultParameterConverter.ConvertValue(v)
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
