package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
	"time"
)

// statements keeps what SQLite's writing connection has prepared, so that it is prepared once and not in every
// transaction. Whoever is in the writer's gate may use it.
type statements struct {
	of   any // the driver's connection they belong to
	kept map[string]driver.Stmt
}

// statementsKept bounds the prepared statements; those of an ingestion are about fifty.
const statementsKept = 150

// on returns the statement of a connection, which it prepares where it is not known yet.
func (s *statements) on(dc any, query string) (driver.Stmt, error) {
	if s.of != dc || len(s.kept) >= statementsKept {
		s.drop(dc)
	}
	if stmt := s.kept[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := dc.(driver.Conn).Prepare(query)
	if err != nil {
		return nil, err
	}
	s.kept[query] = stmt
	return stmt, nil
}

// drop forgets all statements, for use by a connection from now on. Those of another connection went with it.
func (s *statements) drop(dc any) {
	if s.of == dc {
		for _, stmt := range s.kept {
			_ = stmt.Close()
		}
	}
	s.of, s.kept = dc, map[string]driver.Stmt{}
}

// release closes the statements before their connection may be closed.
func (s *statements) release(conn *sql.Conn) {
	_ = conn.Raw(func(dc any) error {
		s.drop(dc)
		return nil
	})
}

// readers keeps what SQLite's reading connections have prepared, each its own.
type readers struct {
	mu sync.Mutex
	by map[any]*statements
}

// of returns the statements of a connection.
func (r *readers) of(conn *sql.Conn) (s *statements) {
	_ = conn.Raw(func(dc any) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if s = r.by[dc]; s == nil {
			s = &statements{}
			if r.by == nil {
				r.by = map[any]*statements{}
			}
			r.by[dc] = s
		}
		return nil
	})
	if s == nil {
		s = &statements{}
	}
	return s
}

// release closes the statements of a connection that may be closed.
func (r *readers) release(conn *sql.Conn) {
	_ = conn.Raw(func(dc any) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if s := r.by[dc]; s != nil {
			s.drop(dc)
			delete(r.by, dc)
		}
		return nil
	})
}

// ExecRows runs a statement, which holds one parameter for each value of a row, once for every row. On SQLite it goes to
// the driver without a stop in database/sql and is prepared once for all transactions; the context is looked at between
// two rows, since one is over in a moment and a watch over each costs as much.
func (t Tx) ExecRows(ctx context.Context, query string, rows [][]any) error {
	if t.engine == Postgres {
		for _, r := range rows {
			if _, err := t.Tx.Tx.ExecContext(ctx, query, r...); err != nil {
				return err
			}
		}
		return nil
	}
	normaliseRows(rows)
	return t.conn.Raw(func(dc any) error {
		var args []driver.NamedValue
		for i := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if args, err = t.run(ctx, dc, query, rows[i:i+1], args); err != nil {
				return err
			}
		}
		return nil
	})
}

// run executes a statement for some rows together and returns the buffer of its arguments for the next time.
func (t Tx) run(ctx context.Context, dc any, query string, rows [][]any, args []driver.NamedValue) ([]driver.NamedValue, error) {
	if !t.writes {
		return args, fmt.Errorf("%q changes rows outside of a writing transaction", query)
	}
	stmt, err := t.statements.on(dc, query)
	if err != nil {
		return args, err
	}
	args = args[:0]
	for _, r := range rows {
		for _, v := range r {
			plain, err := plainValue(v)
			if err != nil {
				return args, err
			}
			args = append(args, driver.NamedValue{Ordinal: len(args) + 1, Value: plain})
		}
	}
	_, err = stmt.(driver.StmtExecContext).ExecContext(context.WithoutCancel(ctx), args)
	return args, err
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
