package db

import (
	"context"
	"database/sql"
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
	if t.engine == Postgres && t.conn != nil {
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

func (t Tx) insertChunks(ctx context.Context, table string, columns []string, rows [][]any, suffix string) error {
	per := 64
	if t.engine == Postgres {
		per = min(1000, 60000/len(columns))
	}
	per = max(1, min(per, 30000/len(columns)))
	var stmt *sql.Stmt
	for len(rows) > 0 {
		n := min(per, len(rows))
		args := make([]any, 0, n*len(columns))
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		rows = rows[n:]
		query := t.insertSQL(table, columns, n, suffix)
		if n == per && t.engine == SQLite {
			if stmt == nil {
				var err error
				if stmt, err = t.Tx.Tx.PrepareContext(ctx, query); err != nil {
					return fmt.Errorf("insert into %s: %w", table, err)
				}
				defer stmt.Close()
			}
			if _, err := stmt.ExecContext(ctx, args...); err != nil {
				return fmt.Errorf("insert into %s: %w", table, err)
			}
			continue
		}
		if _, err := t.Tx.Tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
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
