// Package deliverytest helps others to test against delivery: builders of records and rows, and a small organisation
// that stands in for the slices whose published views delivery reads.
package deliverytest

import (
	"context"
	"testing"
	"testing/fstest"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/ref"
)

// Organisation makes the views of people and catalog as plain tables, so that a test can say what they hold.
var Organisation = migrate.Set{Name: "organisation", FS: fstest.MapFS{"00001_views.sql": {Data: []byte(`-- +goose Up
CREATE TABLE v_unit (id TEXT PRIMARY KEY, name TEXT NOT NULL, parent_id TEXT, path TEXT NOT NULL, depth BIGINT NOT NULL, state TEXT NOT NULL);
CREATE TABLE v_person (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, unit_id TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE v_application (id TEXT PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL, unit_id TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE v_application_name (name_key TEXT NOT NULL, application_id TEXT NOT NULL, precedence BIGINT NOT NULL);
CREATE TABLE v_application_repository (application_id TEXT NOT NULL, repository_key TEXT NOT NULL, path_prefix TEXT NOT NULL DEFAULT '');
`)}}}

// The units of the small organisation: a root with two divisions.
const (
	Root  ref.Unit = "00000000-0000-7000-8000-000000000001"
	North ref.Unit = "00000000-0000-7000-8000-000000000002"
	South ref.Unit = "00000000-0000-7000-8000-000000000003"
)

// RootPath, NorthPath and SouthPath are the paths of the units.
const (
	RootPath  = "/" + string(Root) + "/"
	NorthPath = RootPath + string(North) + "/"
	SouthPath = RootPath + string(South) + "/"
)

// Units adds the three units.
func Units(t testing.TB, d *db.DB) {
	t.Helper()
	Exec(t, d, `INSERT INTO v_unit (id, name, parent_id, path, depth, state) VALUES (?, 'Root', NULL, ?, 0, 'ACTIVE'), (?, 'North', ?, ?, 1, 'ACTIVE'), (?, 'South', ?, ?, 1, 'ACTIVE')`,
		Root, RootPath, North, Root, NorthPath, South, Root, SouthPath)
}

// Application adds an application under a unit with its names, all in lower case, and returns its id.
func Application(t testing.TB, d *db.DB, unit ref.Unit, key string, aliases ...string) ref.App {
	t.Helper()
	id := ref.New[ref.App]()
	Exec(t, d, `INSERT INTO v_application (id, key, name, unit_id, state) VALUES (?, ?, ?, ?, 'ACTIVE')`, id, key, key, unit)
	Exec(t, d, `INSERT INTO v_application_name (name_key, application_id, precedence) VALUES (?, ?, 1), (?, ?, 2)`, id, id, key, id)
	for _, a := range aliases {
		Exec(t, d, `INSERT INTO v_application_name (name_key, application_id, precedence) VALUES (?, ?, 3)`, a, id)
	}
	return id
}

// Repository says in the catalogue that an application lives in a repository, or in a folder of it.
func Repository(t testing.TB, d *db.DB, app ref.App, url, prefix string) {
	t.Helper()
	Exec(t, d, `INSERT INTO v_application_repository (application_id, repository_key, path_prefix) VALUES (?, ?, ?)`, app, ref.RepositoryKey(url), prefix)
}

// Person adds a person.
func Person(t testing.TB, d *db.DB, name, email string) ref.Person {
	t.Helper()
	id := ref.New[ref.Person]()
	Exec(t, d, `INSERT INTO v_person (id, name, email, unit_id, state) VALUES (?, ?, ?, ?, 'ACTIVE')`, id, name, email, Root)
	return id
}

// Principal returns a person who holds permissions on the unit with the given path.
func Principal(path string, permissions ...authz.Permission) *authz.Principal {
	set := map[authz.Permission]struct{}{}
	for _, p := range permissions {
		set[p] = struct{}{}
	}
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: ref.New[ref.Person](), Name: "Ada", Grants: []authz.Grant{{Path: path, Permissions: set}}}
}

// Exec runs a statement in a transaction of its own.
func Exec(t testing.TB, d *db.DB, statement string, args ...any) {
	t.Helper()
	if err := d.Write(context.Background(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Value reads one value.
func Value[T any](t testing.TB, d *db.DB, query string, args ...any) T {
	t.Helper()
	var v T
	if err := d.Read(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return tx.NewRaw(query, args...).Scan(ctx, &v)
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}
