package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"millrace/internal/platform/clock"
)

// Batch is statements that are run together: on PostgreSQL they go to the server and come back in one journey, each with
// a snapshot of its own as by itself. Their texts are prepared once for each connection, so they must be few and fixed:
// what differs from call to call belongs into the arguments.
type Batch struct {
	steps []step
}

type step struct {
	query string
	args  []any
	fn    func(r *Row) error
}

// Ask adds a query with the placeholder ?; each of its rows is handed to fn, which must not use the transaction.
func (b *Batch) Ask(fn func(r *Row) error, query string, args ...any) {
	b.steps = append(b.steps, step{query, args, fn})
}

// Exec adds a statement that returns no rows.
func (b *Batch) Exec(query string, args ...any) {
	b.steps = append(b.steps, step{query: query, args: args})
}

// Texts is a list of texts as one argument, for the condition of [Tx.Among].
type Texts []string

// TextsOf returns ids as one argument.
func TextsOf[T ~string](ids []T) Texts {
	out := make(Texts, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// Among returns the condition that a column is one of the [Texts] of an argument.
func (t Tx) Among(column string) string {
	if t.engine == Postgres {
		return column + " = ANY(?)"
	}
	return column + " IN (SELECT value FROM json_each(?))"
}

// Ask runs one prepared query; see [Batch.Ask].
func (t Tx) Ask(ctx context.Context, fn func(r *Row) error, query string, args ...any) error {
	return t.Run(ctx, &Batch{steps: []step{{query, args, fn}}})
}

// Run runs the statements of a batch in their order and stops at the first fault.
func (t Tx) Run(ctx context.Context, b *Batch) error {
	if len(b.steps) == 0 {
		return nil
	}
	var failed error // of fn, which must not look like one of the driver
	err := t.conn.Raw(func(dc any) error {
		if c, ok := dc.(*stdlib.Conn); ok {
			failed = t.runPostgres(ctx, c, b)
		} else {
			failed = t.runSQLite(ctx, dc, b)
		}
		return nil
	})
	return errors.Join(failed, err)
}

func (t Tx) runPostgres(ctx context.Context, c *stdlib.Conn, b *Batch) error {
	var batch pgconn.Batch
	binary := []int16{1}
	for _, s := range b.steps {
		values := make([][]byte, len(s.args))
		for i, a := range s.args {
			v, err := postgresText(a)
			if err != nil {
				return err
			}
			values[i] = v
		}
		q := numbered(s.query)
		if t.shared.unprepared.Load() {
			batch.ExecParams(q.text, values, nil, nil, binary)
			continue
		}
		if _, err := c.Conn().Prepare(ctx, q.name, q.text); err != nil {
			return t.noteUnprepared(err)
		}
		batch.ExecPrepared(q.name, values, nil, binary)
	}
	results := c.Conn().PgConn().ExecBatch(ctx, &batch)
	row := Row{binary: true}
	for i := 0; i < len(b.steps) && results.NextResult(); i++ {
		reader := results.ResultReader()
		for reader.NextRow() {
			if b.steps[i].fn == nil {
				continue
			}
			row.fields = reader.Values()
			if err := b.steps[i].fn(&row); err != nil {
				_ = results.Close()
				return err
			}
		}
		if _, err := reader.Close(); err != nil {
			_ = results.Close()
			return t.noteUnprepared(err)
		}
	}
	return t.noteUnprepared(results.Close())
}

// noteUnprepared gives prepared statements up where something between here and the server loses them, as some poolers
// do, or the schema changed under them. Writers try again then.
func (t Tx) noteUnprepared(err error) error {
	if losesStatements(err) {
		t.shared.unprepared.Store(true)
	}
	return err
}

func losesStatements(err error) bool {
	pg := pgError(err)
	return pg != nil && (pg.Code == "26000" || pg.Code == "42P05" || pg.Code == "0A000" && strings.Contains(pg.Message, "cached plan"))
}

type numberedQuery struct{ text, name string }

var numberedQueries sync.Map // the query as written → numberedQuery

// numbered gives the placeholders of a query the numbers PostgreSQL wants, and the query a name.
func numbered(query string) numberedQuery {
	if q, ok := numberedQueries.Load(query); ok {
		return q.(numberedQuery)
	}
	var b strings.Builder
	n := 0
	for _, c := range query {
		if c == '?' {
			n++
			b.WriteString("$" + strconv.Itoa(n))
		} else {
			b.WriteRune(c)
		}
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(query))
	q := numberedQuery{b.String(), fmt.Sprintf("millrace_%x_%d", h.Sum64(), len(query))}
	numberedQueries.Store(query, q)
	return q
}

// postgresText is an argument as PostgreSQL reads it from text.
func postgresText(a any) ([]byte, error) {
	if list, ok := a.(Texts); ok {
		var b strings.Builder
		b.WriteByte('{')
		for i, s := range list {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('"')
			b.WriteString(arrayEscapes.Replace(s))
			b.WriteByte('"')
		}
		b.WriteByte('}')
		return []byte(b.String()), nil
	}
	v, err := plainArgument(a)
	if err != nil {
		return nil, err
	}
	switch x := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(x), nil
	case int64:
		return strconv.AppendInt(nil, x, 10), nil
	case float64:
		return strconv.AppendFloat(nil, x, 'g', -1, 64), nil
	case bool:
		return strconv.AppendBool(nil, x), nil
	case time.Time:
		return x.AppendFormat(nil, "2006-01-02 15:04:05.999999"), nil
	case []byte:
		return x, nil
	}
	return nil, fmt.Errorf("a statement cannot take %T", a)
}

var arrayEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// plainArgument turns an argument into a plain value; times are normalised.
func plainArgument(a any) (driver.Value, error) {
	switch x := a.(type) {
	case time.Time:
		return clock.Normalise(x), nil
	case *time.Time:
		if x == nil {
			return nil, nil
		}
		return clock.Normalise(*x), nil
	case []byte:
		return string(x), nil
	}
	return plainValue(a)
}

func (t Tx) runSQLite(ctx context.Context, dc any, b *Batch) error {
	var args []driver.NamedValue
	for _, s := range b.steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		stmt, err := t.statements.on(dc, s.query)
		if err != nil {
			return err
		}
		args = args[:0]
		for _, a := range s.args {
			var v driver.Value
			if list, ok := a.(Texts); ok {
				v = jsonTexts(list)
			} else if v, err = plainArgument(a); err != nil {
				return err
			}
			args = append(args, driver.NamedValue{Ordinal: len(args) + 1, Value: v})
		}
		// One such statement is over in a moment, and a watch over each costs as much.
		if s.fn == nil {
			_, err = stmt.(driver.StmtExecContext).ExecContext(context.WithoutCancel(ctx), args)
		} else {
			err = askSQLite(context.WithoutCancel(ctx), stmt, args, s.fn)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func askSQLite(ctx context.Context, stmt driver.Stmt, args []driver.NamedValue, fn func(r *Row) error) (err error) {
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := Row{values: make([]driver.Value, len(rows.Columns()))}
	for {
		if err := rows.Next(row.values); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := fn(&row); err != nil {
			return err
		}
	}
}

// jsonTexts is a list as SQLite's json_each reads it.
func jsonTexts(list Texts) string {
	b := []byte{'['}
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONText(b, s)
	}
	return string(append(b, ']'))
}

func appendJSONText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
