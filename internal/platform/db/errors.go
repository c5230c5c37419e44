package db

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"millrace/internal/platform/problem"
)

// ErrNoRows is returned when a query that wants one row finds none.
var ErrNoRows = sql.ErrNoRows

// IsNoRows reports whether err says that a row was not found.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// IsUnique reports whether err is the violation of a unique index or primary key.
func IsUnique(err error) bool {
	if pg := pgError(err); pg != nil {
		return pg.Code == "23505"
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return true
	}
	return false
}

// IsForeignKey reports whether err is the violation of a reference to another row.
func IsForeignKey(err error) bool {
	if pg := pgError(err); pg != nil {
		return pg.Code == "23503"
	}
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

func pgError(err error) *pgconn.PgError {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg
	}
	return nil
}

func sqliteCode(err error) int {
	var se *sqlite.Error
	if errors.As(err, &se) {
		return se.Code()
	}
	return 0
}

func retriable(err error) bool {
	if pg := pgError(err); pg != nil {
		return pg.Code == "40001" || pg.Code == "40P01" || losesStatements(err)
	}
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return true
	}
	return false
}

// explain turns the failures a person can do something about into problems and leaves the rest alone.
func explain(err error) error {
	if err == nil || problem.Of(err) != nil {
		return err
	}
	full := sqliteCode(err)&0xff == sqlite3.SQLITE_FULL || strings.Contains(err.Error(), "no space left on device")
	if pg := pgError(err); pg != nil {
		full = full || pg.Code == "53100"
	}
	if full {
		return problem.New(problem.Unavailable, "disk_full",
			"The disk of the database is full; nothing was saved. Free some space and send it again.").Because(err)
	}
	if retriable(err) {
		return problem.New(problem.Unavailable, "database_busy",
			"The database is too busy to save this now; nothing was saved. Send it again.").Because(err)
	}
	return err
}

// IsNotNull reports whether err is the violation of a NOT NULL column.
func IsNotNull(err error) bool {
	if pg := pgError(err); pg != nil {
		return pg.Code == "23502"
	}
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_NOTNULL
}
