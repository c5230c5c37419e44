// Package identitytest holds what tests of identity, and of what stands on it, need: an organisation that stands in for
// people, a vault and a mail box in memory, and an OpenID Connect provider.
package identitytest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"millrace/internal/identity"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/ref"
)

// Migrations creates the stand-in's tables and the views identity reads.
var Migrations = migrate.Set{Name: "standin", FS: fstest.MapFS{"00001_standin.sql": {Data: []byte(`-- +goose Up
CREATE TABLE standin_unit (id TEXT PRIMARY KEY, name TEXT NOT NULL, parent_id TEXT, path TEXT NOT NULL, depth BIGINT NOT NULL);
CREATE TABLE standin_person (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, unit_id TEXT NOT NULL,
    state TEXT NOT NULL, valid_until TIMESTAMP, time_zone TEXT NOT NULL DEFAULT '', from_directory BOOLEAN NOT NULL DEFAULT FALSE);
CREATE TABLE standin_role (id TEXT PRIMARY KEY, name TEXT NOT NULL, all_permissions BOOLEAN NOT NULL, permissions JSONB NOT NULL);
CREATE TABLE standin_grant (id TEXT PRIMARY KEY, subject TEXT NOT NULL, role_id TEXT NOT NULL, unit_id TEXT NOT NULL, UNIQUE (subject, role_id, unit_id));
CREATE VIEW v_unit AS SELECT id, name, parent_id, path, depth, 'ACTIVE' AS state FROM standin_unit;
CREATE VIEW v_person AS SELECT id, name, email, unit_id, state, valid_until, time_zone FROM standin_person;
`)}}}

// The units and roles every stand-in organisation has.
const (
	Root  ref.Unit = "root"
	Left  ref.Unit = "left"
	Right ref.Unit = "right"

	Administrator ref.Role = "administrator"
	Viewer        ref.Role = "viewer"
	Manager       ref.Role = "manager"
)

// The permissions of the stand-in's own slice.
const (
	ViewThing   authz.Permission = "thing.view"
	ChangeThing authz.Permission = "thing.change"
)

// Declarations are the stand-in's permissions together with those of identity.
var Declarations = append([]authz.Declaration{{Permission: ViewThing, Title: "See things", View: true}, {Permission: ChangeThing, Title: "Change things"}},
	identity.Permissions...)

// Organisation implements the ports that people implements in the product.
type Organisation struct{ db *db.DB }

// NewOrganisation fills the stand-in's tables: the root with two units below, an administrator role, a viewer role with
// ViewThing and a manager role with ViewThing and ChangeThing.
func NewOrganisation(t testing.TB, d *db.DB) *Organisation {
	t.Helper()
	o := &Organisation{db: d}
	o.write(t, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO standin_unit (id, name, parent_id, path, depth) VALUES
			('root', 'Acme', NULL, '/root/', 0), ('left', 'Left', 'root', '/root/left/', 1), ('right', 'Right', 'root', '/root/right/', 1)`)
		return err
	})
	o.AddRole(t, Administrator, true)
	o.AddRole(t, Viewer, false, ViewThing)
	o.AddRole(t, Manager, false, ViewThing, ChangeThing)
	return o
}

func (o *Organisation) write(t testing.TB, fn func(context.Context, db.Tx) error) {
	t.Helper()
	if err := o.db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// AddRole adds a role.
func (o *Organisation) AddRole(t testing.TB, id ref.Role, all bool, permissions ...authz.Permission) {
	t.Helper()
	raw, err := json.Marshal(permissions)
	if err != nil {
		t.Fatal(err)
	}
	o.write(t, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO standin_role (id, name, all_permissions, permissions) VALUES (?, ?, ?, ?)`, id, string(id), all, string(raw))
		return err
	})
}

// AddPerson adds an active person to a unit.
func (o *Organisation) AddPerson(t testing.TB, email, name string, unit ref.Unit) (id ref.Person) {
	t.Helper()
	o.write(t, func(ctx context.Context, tx db.Tx) (err error) {
		id, err = o.EnsurePerson(ctx, tx, identity.NewPerson{Email: email, Name: name, Unit: unit})
		if err != nil {
			return err
		}
		return o.SetPersonState(ctx, tx, id, identity.Active)
	})
	return id
}

// Grant gives a role.
func (o *Organisation) Grant(t testing.TB, s identity.Subject, role ref.Role, unit ref.Unit) {
	t.Helper()
	o.write(t, func(ctx context.Context, tx db.Tx) error {
		_, err := o.GrantRole(ctx, tx, s, role, unit)
		return err
	})
}

// Leave makes a person inactive, as people does when somebody leaves.
func (o *Organisation) Leave(t testing.TB, id ref.Person) {
	t.Helper()
	o.write(t, func(ctx context.Context, tx db.Tx) error { return o.SetPersonState(ctx, tx, id, identity.Inactive) })
}

// ValidUntil sets when a person leaves by themselves.
func (o *Organisation) ValidUntil(t testing.TB, id ref.Person, at time.Time) {
	t.Helper()
	o.write(t, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE standin_person SET valid_until = ? WHERE id = ?`, at, id)
		return err
	})
}

// PersonByEmail implements [identity.People].
func (o *Organisation) PersonByEmail(ctx context.Context, tx db.Tx, email string) (ref.Person, error) {
	var id ref.Person
	err := tx.NewSelect().TableExpr("standin_person").Column("id").Where("email_key = ?", strings.ToLower(email)).Scan(ctx, &id)
	if db.IsNoRows(err) {
		return "", nil
	}
	return id, err
}

// EnsurePerson implements [identity.People].
func (o *Organisation) EnsurePerson(ctx context.Context, tx db.Tx, p identity.NewPerson) (ref.Person, error) {
	if p.Unit == "" {
		p.Unit = Root
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO standin_person (id, name, email, email_key, unit_id, state, from_directory) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (email_key) DO NOTHING`, ref.New[ref.Person](), p.Name, p.Email, strings.ToLower(p.Email), p.Unit, identity.Pending, p.FromDirectory)
	if err != nil {
		return "", err
	}
	return o.PersonByEmail(ctx, tx, p.Email)
}

// SetPersonState implements [identity.People].
func (o *Organisation) SetPersonState(ctx context.Context, tx db.Tx, id ref.Person, state identity.State) error {
	_, err := tx.ExecContext(ctx, `UPDATE standin_person SET state = ? WHERE id = ?`, state, id)
	return err
}

// UpdateProfile implements [identity.People].
func (o *Organisation) UpdateProfile(ctx context.Context, tx db.Tx, id ref.Person, p identity.Profile) error {
	if p.Name != nil {
		if _, err := tx.ExecContext(ctx, `UPDATE standin_person SET name = ? WHERE id = ?`, *p.Name, id); err != nil {
			return err
		}
	}
	if p.TimeZone != nil {
		if _, err := tx.ExecContext(ctx, `UPDATE standin_person SET time_zone = ? WHERE id = ?`, *p.TimeZone, id); err != nil {
			return err
		}
	}
	return nil
}

func key(s identity.Subject) string {
	if s.Account != "" {
		return "service:" + string(s.Account)
	}
	return "person:" + string(s.Person)
}

// GrantsOf implements [identity.Grants].
func (o *Organisation) GrantsOf(ctx context.Context, tx db.Tx, s identity.Subject) ([]identity.Grant, error) {
	var rows []struct {
		ID          ref.Grant `bun:"id"`
		Role        ref.Role  `bun:"role_id"`
		Unit        ref.Unit  `bun:"unit_id"`
		Path        string    `bun:"path"`
		UnitName    string    `bun:"unit_name"`
		RoleName    string    `bun:"role_name"`
		All         bool      `bun:"all_permissions"`
		Permissions string    `bun:"permissions"`
	}
	err := tx.NewRaw(`SELECT g.id, g.role_id, g.unit_id, u.path, u.name AS unit_name, r.name AS role_name, r.all_permissions, r.permissions
		FROM standin_grant g JOIN standin_unit u ON u.id = g.unit_id JOIN standin_role r ON r.id = g.role_id WHERE g.subject = ? ORDER BY u.path, r.id`, key(s)).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	out := make([]identity.Grant, len(rows))
	for i, r := range rows {
		var perms []authz.Permission
		if err := json.Unmarshal([]byte(r.Permissions), &perms); err != nil {
			return nil, err
		}
		set := map[authz.Permission]struct{}{}
		for _, p := range perms {
			set[p] = struct{}{}
		}
		out[i] = identity.Grant{
			Grant: authz.Grant{Unit: r.Unit, Path: r.Path, All: r.All, Permissions: set},
			ID:    r.ID, Role: r.Role, RoleName: r.RoleName, UnitName: r.UnitName,
		}
	}
	return out, nil
}

// GrantRole implements [identity.Grants].
func (o *Organisation) GrantRole(ctx context.Context, tx db.Tx, s identity.Subject, role ref.Role, unit ref.Unit) (bool, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO standin_grant (id, subject, role_id, unit_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		ref.New[ref.Grant](), key(s), role, unit)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// WithdrawRole implements [identity.Grants].
func (o *Organisation) WithdrawRole(ctx context.Context, tx db.Tx, s identity.Subject, role ref.Role, unit ref.Unit) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM standin_grant WHERE subject = ? AND role_id = ? AND unit_id = ?`, key(s), role, unit)
	return err
}

// WithdrawAll implements [identity.Grants].
func (o *Organisation) WithdrawAll(ctx context.Context, tx db.Tx, s identity.Subject) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM standin_grant WHERE subject = ?`, key(s))
	return err
}

// AdministratorExists implements [identity.Grants].
func (o *Organisation) AdministratorExists(ctx context.Context, tx db.Tx) (bool, error) {
	n, err := tx.NewSelect().TableExpr("standin_grant AS g").Join("JOIN standin_person AS p ON g.subject = 'person:' || p.id").
		Where("g.role_id = ? AND g.unit_id = ? AND p.state = 'ACTIVE'", Administrator, Root).Count(ctx)
	return n > 0, err
}

// GrantAdministrator implements [identity.Grants].
func (o *Organisation) GrantAdministrator(ctx context.Context, tx db.Tx, id ref.Person) error {
	_, err := o.GrantRole(ctx, tx, identity.Subject{Person: id}, Administrator, Root)
	return err
}
