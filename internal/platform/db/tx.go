package db

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

// Tx is a running transaction. It is a bun.IDB, so query builders start from it.
type Tx struct {
	bun.Tx
	engine Engine
	conn   *sql.Conn // the connection below, for what only its driver can do: COPY, streams, statements used again
	after  *[]func()
	// statements are those SQLite's connection has prepared; nil elsewhere.
	statements *statements
	writes     bool
	shared     *DB
}

// Engine returns the engine the transaction runs on.
func (t Tx) Engine() Engine { return t.engine }

// Using names the index a table of a query is read by, behind the table and its alias. SQLite, which gathers no
// statistics here, sometimes reads a far longer one and is told; PostgreSQL knows by itself. SQLite refuses the statement
// when the index cannot answer it.
func (t Tx) Using(index string) string {
	if t.engine == SQLite {
		return " INDEXED BY " + index
	}
	return ""
}

// AfterCommit registers fn to run once the transaction is kept, in the order of registration. It is dropped when the
// transaction is rolled back or retried. fn must not block and must not fail.
func (t Tx) AfterCommit(fn func()) {
	if t.after != nil {
		*t.after = append(*t.after, fn)
	}
}

// Write runs fn in a transaction and commits it when fn returns nil. It runs fn again, up to eight times, when the
// engine reports a serialisation failure, a deadlock or a busy file. On SQLite interactive writers are served before
// those of [DB.WriteBulk].
func (d *DB) Write(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	return d.write(ctx, false, fn)
}

// WriteBulk is Write for batches of an ingestion or derivation: it steps back for interactive writers between
// transactions. Keep one such transaction under about ten milliseconds.
func (d *DB) WriteBulk(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	return d.write(ctx, true, fn)
}

const writeTries = 8

func (d *DB) write(ctx context.Context, bulk bool, fn func(ctx context.Context, tx Tx) error) error {
	var err error
	for try := range writeTries {
		if err = d.writeOnce(ctx, bulk, fn); err == nil || !retriable(err) || ctx.Err() != nil {
			return explain(err)
		}
		pause := time.Duration(1<<try) * time.Millisecond
		pause += rand.N(pause)
		select {
		case <-ctx.Done():
			return explain(err)
		case <-time.After(pause):
		}
	}
	return explain(err)
}

func (d *DB) writeOnce(ctx context.Context, bulk bool, fn func(ctx context.Context, tx Tx) error) (err error) {
	if d.gate != nil {
		if err := d.gate.enter(ctx, bulk); err != nil {
			return err
		}
		defer d.gate.leave()
	}
	conn, err := d.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	btx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var after []func()
	tx := Tx{Tx: btx, engine: d.engine, conn: conn.Conn, after: &after, writes: true, shared: d}
	if d.engine == SQLite {
		tx.statements = &d.statements
		defer func() {
			if ctx.Err() != nil { // the driver may have given the connection up
				d.statements.release(conn.Conn)
			}
		}()
	}
	defer func() {
		if p := recover(); p != nil {
			_ = btx.Rollback()
			panic(p)
		}
	}()
	if err := fn(ctx, tx); err != nil {
		_ = btx.Rollback()
		return err
	}
	if err := btx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, hook := range after {
		hook()
	}
	return nil
}

// Read runs fn in a read-only transaction over one snapshot.
func (d *DB) Read(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	conn, err := d.reader.Conn(ctx)
	if err != nil {
		return explain(err)
	}
	defer conn.Close()
	btx, err := conn.BeginTx(ctx, opts)
	if err != nil {
		return explain(err)
	}
	defer func() { _ = btx.Rollback() }()
	tx := Tx{Tx: btx, engine: d.engine, conn: conn.Conn, shared: d}
	if d.engine == SQLite {
		tx.statements = d.readers.of(conn.Conn)
		defer func() {
			if ctx.Err() != nil { // the driver may have given the connection up
				d.readers.release(conn.Conn)
			}
		}()
	}
	return explain(fn(ctx, tx))
}
