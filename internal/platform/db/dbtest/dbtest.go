// Package dbtest gives tests a fresh, migrated database of each engine.
//
// SQLite databases are copies of a template file migrated once per process. PostgreSQL databases are copies of a
// template database on a server named by MILLRACE_TEST_POSTGRES or, when that is not set, one this package starts on
// a free port from the installed binaries.
package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
)

// Each runs fn once per engine as a subtest, with a database of its own migrated by the given sets.
func Each(t *testing.T, sets []migrate.Set, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t, sets...)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t, sets...)) })
}

var (
	templateMu  sync.Mutex
	templates   = map[string]string{}
	templateDir string
	counter     atomic.Int64
)

// SQLite returns a fresh SQLite database in the test's temporary directory; it is closed when the test ends.
func SQLite(t testing.TB, sets ...migrate.Set) *db.DB {
	t.Helper()
	ctx := context.Background()
	src, err := sqliteTemplate(ctx, sets)
	if err != nil {
		t.Fatalf("migrating the SQLite template: %v", err)
	}
	dst := filepath.Join(t.TempDir(), "test.db")
	if err := copyFile(src, dst); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(ctx, db.Options{URL: dst})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func sqliteTemplate(ctx context.Context, sets []migrate.Set) (string, error) {
	templateMu.Lock()
	defer templateMu.Unlock()
	key := "sqlite/" + names(sets)
	if path := templates[key]; path != "" {
		return path, nil
	}
	if templateDir == "" {
		dir, err := os.MkdirTemp("", "millrace-dbtest-")
		if err != nil {
			return "", err
		}
		templateDir = dir
	}
	path := filepath.Join(templateDir, fmt.Sprintf("t%d.db", len(templates)))
	d, err := db.Open(ctx, db.Options{URL: path})
	if err != nil {
		return "", err
	}
	if _, err := migrate.Up(ctx, d, sets...); err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	templates[key] = path
	return path, nil
}

// Postgres returns a fresh PostgreSQL database; it is dropped when the test ends. Without a server the test is skipped,
// unless MILLRACE_REQUIRE_POSTGRES is set, as `make test` does.
func Postgres(t testing.TB, sets ...migrate.Set) *db.DB {
	t.Helper()
	ctx := context.Background()
	admin, err := server()
	if err != nil {
		if os.Getenv("MILLRACE_REQUIRE_POSTGRES") != "" {
			t.Fatalf("PostgreSQL is required and missing: %v", err)
		}
		t.Skipf("no PostgreSQL: %v", err)
	}
	template, err := postgresTemplate(ctx, admin, sets)
	if err != nil {
		t.Fatalf("migrating the PostgreSQL template: %v", err)
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), counter.Add(1))
	if err := exec(ctx, admin, "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY file_copy"); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(ctx, db.Options{URL: withDatabase(admin, name), MaxConns: 12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.Close()
		_ = exec(ctx, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	return d
}

func postgresTemplate(ctx context.Context, admin string, sets []migrate.Set) (string, error) {
	templateMu.Lock()
	defer templateMu.Unlock()
	key := "postgres/" + names(sets)
	if name := templates[key]; name != "" {
		return name, nil
	}
	sum := sha256.Sum256([]byte(key))
	name := fmt.Sprintf("template_%d_%s", os.Getpid(), hex.EncodeToString(sum[:6]))
	if err := exec(ctx, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return "", err
	}
	if err := exec(ctx, admin, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Options{URL: withDatabase(admin, name)})
	if err != nil {
		return "", err
	}
	if _, err := migrate.Up(ctx, d, sets...); err != nil {
		_ = d.Close()
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	templates[key] = name
	return name, nil
}

func names(sets []migrate.Set) string {
	var b strings.Builder
	for _, s := range sets {
		b.WriteString(s.Name + ",")
	}
	return b.String()
}

func withDatabase(admin, name string) string {
	u, err := url.Parse(admin)
	if err != nil {
		panic(err)
	}
	u.Path = "/" + name
	return u.String()
}

func exec(ctx context.Context, dsn, statement string) error {
	c, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func copyFile(src, dst string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(dst)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// PostgresURL returns the address of a fresh, empty PostgreSQL database for a process that migrates it itself; it is
// dropped when the test ends. Like [Postgres] it skips, or fails, without a server.
func PostgresURL(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	admin, err := server()
	if err != nil {
		if os.Getenv("MILLRACE_REQUIRE_POSTGRES") != "" {
			t.Fatalf("PostgreSQL is required and missing: %v", err)
		}
		t.Skipf("no PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), counter.Add(1))
	if err := exec(ctx, admin, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec(ctx, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return withDatabase(admin, name)
}
