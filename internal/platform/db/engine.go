package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// Engine names a database engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Options say which database to open.
type Options struct {
	// URL is "postgres://…" (or "postgresql://…") for PostgreSQL; empty or a file path for SQLite.
	URL string
	// Dir is where the SQLite file millrace.db lies when URL is empty.
	Dir string
	// FullSync makes SQLite flush every commit to the disk before it answers. The default (NORMAL) can lose the
	// last commits on power loss and never corrupts.
	FullSync bool
	// MaxConns bounds PostgreSQL's pool; 0 means 20.
	MaxConns int
}

// DB is an open database: one writer and a pool of readers on SQLite, one pool on PostgreSQL.
type DB struct {
	engine Engine
	writer *bun.DB
	reader *bun.DB
	gate   *gate
	folder *folder
	path   string

	statements statements // in the gate
	readers    readers
	unprepared atomic.Bool // PostgreSQL is asked without prepared statements
}

// Open opens the database and checks that it answers. It does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		return openPostgres(ctx, o)
	}
	if strings.Contains(o.URL, "://") && !strings.HasPrefix(o.URL, "sqlite://") {
		return nil, fmt.Errorf("database URL %q: only postgres:// and sqlite:// are understood", redact(o.URL))
	}
	return openSQLite(ctx, o)
}

func openPostgres(ctx context.Context, o Options) (*DB, error) {
	cfg, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("database URL: cannot be read as a PostgreSQL URL")
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.RuntimeParams["timezone"] = "UTC"
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "millrace"
	}
	pool := stdlib.OpenDB(*cfg)
	n := o.MaxConns
	if n <= 0 {
		n = 20
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("PostgreSQL at %s does not answer: %w", cfg.Host, err)
	}
	b := bun.NewDB(pool, pgdialect.New())
	return &DB{engine: Postgres, writer: b, reader: b}, nil
}

func openSQLite(ctx context.Context, o Options) (*DB, error) {
	path := strings.TrimPrefix(o.URL, "sqlite://")
	if path == "" {
		path = filepath.Join(o.Dir, "millrace.db")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	sync := "NORMAL"
	if o.FullSync {
		sync = "FULL"
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(" + sync + ")",
		"cache_size(-16000)", "temp_store(MEMORY)", "journal_size_limit(67108864)", "wal_autocheckpoint(20000)",
	}, "_time_format": {"sqlite"}}
	write := clone(pragmas)
	write.Set("_txlock", "immediate")
	w, err := sql.Open("sqlite", "file:"+path+"?"+write.Encode())
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	if err := w.PingContext(ctx); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("SQLite file %s: %w", path, err)
	}
	read := clone(pragmas)
	read.Add("_pragma", "query_only(1)")
	read.Set("_txlock", "deferred")
	r, err := sql.Open("sqlite", "file:"+path+"?"+read.Encode())
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	r.SetMaxOpenConns(max(4, runtime.NumCPU()))
	// They are never closed for being idle: what they have prepared goes with them.
	r.SetMaxIdleConns(max(4, runtime.NumCPU()))
	return &DB{
		engine: SQLite, path: path, gate: newGate(), folder: startFolder(path),
		writer: bun.NewDB(w, sqlitedialect.New()), reader: bun.NewDB(r, sqlitedialect.New()),
	}, nil
}

func clone(v url.Values) url.Values {
	c := url.Values{}
	for k, s := range v {
		c[k] = append([]string(nil), s...)
	}
	return c
}

func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable)"
	}
	return u.Redacted()
}

// Engine returns which engine is open.
func (d *DB) Engine() Engine { return d.engine }

// Path returns the SQLite file, or "" on PostgreSQL.
func (d *DB) Path() string { return d.path }

// SQL returns the pool that writes, for the libraries that insist on one (migrations, the job engine). Slices do not
// call it: on SQLite it is a single connection.
func (d *DB) SQL() *sql.DB { return d.writer.DB }

// Ping checks that the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.reader.PingContext(ctx) }

// Close closes the database. On SQLite it folds the write-ahead log back into the file first.
func (d *DB) Close() error {
	if d.engine == SQLite {
		d.folder.stop()
		d.releaseStatements()
		d.releaseReaders()
		_, _ = d.writer.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
		return errors.Join(d.reader.Close(), d.writer.Close())
	}
	return d.writer.Close()
}

// releaseStatements closes what is prepared, unless a writer does not come to an end.
func (d *DB) releaseStatements() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if d.gate.enter(ctx, false) != nil {
		return
	}
	defer d.gate.leave()
	if conn, err := d.writer.DB.Conn(ctx); err == nil {
		d.statements.release(conn)
		_ = conn.Close()
	}
}

// releaseReaders closes what the idle reading connections have prepared.
func (d *DB) releaseReaders() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var held []*sql.Conn
	for range d.reader.DB.Stats().Idle {
		conn, err := d.reader.DB.Conn(ctx)
		if err != nil {
			break
		}
		d.readers.release(conn)
		held = append(held, conn)
	}
	for _, conn := range held {
		_ = conn.Close()
	}
}
