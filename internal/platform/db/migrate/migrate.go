// Package migrate brings a database to the newest shape. Every slice keeps its own folder of goose migrations and its
// own version table, so that slices move independently.
package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"millrace/internal/platform/db"
)

// Set is one slice's migrations: SQL files named NNNNN_words.sql for both engines, or a pair NNNNN_words_sqlite.sql and
// NNNNN_words_postgres.sql where one text will not do.
type Set struct {
	Name string
	FS   fs.FS
}

// Result says what one call of [Up] did: how many migrations of which set ran.
type Result struct {
	Set     string
	Applied int
}

// Up applies what is missing, set by set in the given order. Several nodes may call it at once: a row lock makes them
// take turns.
func Up(ctx context.Context, d *db.DB, sets ...Set) ([]Result, error) {
	release, err := lock(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	defer release()
	var out []Result
	for _, s := range sets {
		p, err := provider(d, s)
		if err != nil {
			if errors.Is(err, goose.ErrNoMigrations) {
				continue
			}
			return out, fmt.Errorf("migrations of %s: %w", s.Name, err)
		}
		done, err := p.Up(ctx)
		if err != nil {
			return out, fmt.Errorf("migrations of %s: %w", s.Name, err)
		}
		out = append(out, Result{Set: s.Name, Applied: len(done)})
	}
	return out, nil
}

func provider(d *db.DB, s Set) (*goose.Provider, error) {
	dialect, other := goose.DialectSQLite3, "_postgres.sql"
	if d.Engine() == db.Postgres {
		dialect, other = goose.DialectPostgres, "_sqlite.sql"
	}
	store, err := database.NewStore(dialect, "migration_"+s.Name)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider("", d.SQL(), hide{s.FS, other}, goose.WithStore(store), goose.WithLogger(goose.NopLogger()))
}

// lock makes nodes on PostgreSQL migrate one after the other; SQLite has one process.
func lock(ctx context.Context, d *db.DB) (func(), error) {
	if d.Engine() != db.Postgres {
		return func() {}, nil
	}
	const make = `CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER PRIMARY KEY)`
	if _, err := d.SQL().ExecContext(ctx, make); err != nil {
		// Two nodes creating the table at once: one of them loses in the catalogue, the table is there.
		if _, err2 := d.SQL().ExecContext(ctx, `SELECT 1 FROM migration_lock`); err2 != nil {
			return nil, err
		}
	}
	if _, err := d.SQL().ExecContext(ctx, `INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING`); err != nil {
		return nil, err
	}
	tx, err := d.SQL().BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	var id int
	if err := tx.QueryRowContext(ctx, `SELECT id FROM migration_lock WHERE id = 1 FOR UPDATE`).Scan(&id); err != nil {
		return nil, errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return func() { _ = tx.Rollback() }, nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// hide is a file system without the files of the other engine.
type hide struct {
	fs.FS
	suffix string
}

func (h hide) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, h.suffix) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return h.FS.Open(name)
}

func (h hide) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(h.FS, name)
	kept := all[:0:0]
	for _, e := range all {
		if !strings.HasSuffix(e.Name(), h.suffix) {
			kept = append(kept, e)
		}
	}
	return kept, err
}

func (h hide) Glob(pattern string) ([]string, error) {
	all, err := fs.Glob(h.FS, pattern)
	kept := all[:0:0]
	for _, n := range all {
		if !strings.HasSuffix(n, h.suffix) {
			kept = append(kept, n)
		}
	}
	return kept, err
}

// Dir makes a set from the folder "migrations" of a slice's embedded files.
func Dir(name string, files fs.FS) Set {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // the folder name is a constant; fs.Sub fails only on an invalid one
	}
	return Set{Name: name, FS: sub}
}
