package environment

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Find returns an environment the caller may see by its id or key, or the not-found problem. Deleted ones are not found.
func (s *Service) Find(ctx context.Context, tx db.Tx, keyOrID string) (Environment, error) {
	return mayEnvironment(ctx, tx, PermView, keyOrID)
}

// FindGroup returns a group the caller may see by its id or key, or the not-found problem.
func (s *Service) FindGroup(ctx context.Context, tx db.Tx, keyOrID string) (Group, error) {
	return mayGroup(ctx, tx, PermView, keyOrID)
}

// Members returns the environments of a group in their order. It decides nothing about access.
func (s *Service) Members(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) ([]ref.Environment, error) {
	ids := []ref.Environment{}
	err := tx.NewSelect().TableExpr("environment_member AS m").Join("JOIN environment AS e ON e.id = m.environment_id").
		ColumnExpr("m.environment_id").Where("m.group_id = ? AND e.state = ?", group, Active).
		OrderExpr("m.position, e.name_folded, e.id").Scan(ctx, &ids)
	return ids, err
}

// Descendants returns the children of an environment, their children and so on, without itself. It decides nothing about
// access.
func (s *Service) Descendants(ctx context.Context, tx db.Tx, env ref.Environment) ([]ref.Environment, error) {
	ids := []ref.Environment{}
	err := tx.NewRaw(`WITH RECURSIVE below (id) AS (
			SELECT id FROM environment WHERE parent_id = ? AND state = 'active'
			UNION SELECT e.id FROM environment AS e JOIN below AS b ON e.parent_id = b.id WHERE e.state = 'active')
		SELECT e.id FROM environment AS e JOIN below AS b ON b.id = e.id ORDER BY e.name_folded, e.id`, env).Scan(ctx, &ids)
	return ids, err
}

// findEnvironment returns an environment by its id or key, or the not-found problem.
func findEnvironment(ctx context.Context, tx db.Tx, keyOrID string) (Environment, error) {
	var e Environment
	q := tx.NewSelect().Model(&e).Where("e.state = ?", Active)
	if ref.Valid(ref.Environment(keyOrID)) {
		q = q.Where("e.id = ?", keyOrID)
	} else {
		q = q.Where("e.key_folded = ?", ref.NameKey(keyOrID))
	}
	err := q.Scan(ctx)
	if db.IsNoRows(err) {
		return e, authz.ErrNotFound
	}
	return e.utc(), err
}

// mayEnvironment returns an environment after checking perm on its unit.
func mayEnvironment(ctx context.Context, tx db.Tx, perm authz.Permission, keyOrID string) (Environment, error) {
	e, err := findEnvironment(ctx, tx, keyOrID)
	if err != nil {
		return e, err
	}
	return e, authz.CheckUnit(ctx, tx, perm, e.Unit)
}

func findGroup(ctx context.Context, tx db.Tx, keyOrID string) (Group, error) {
	var g Group
	q := tx.NewSelect().Model(&g)
	if ref.Valid(ref.EnvironmentGroup(keyOrID)) {
		q = q.Where("g.id = ?", keyOrID)
	} else {
		q = q.Where("g.key_folded = ?", ref.NameKey(keyOrID))
	}
	err := q.Scan(ctx)
	if db.IsNoRows(err) {
		return g, authz.ErrNotFound
	}
	return g.utc(), err
}

func mayGroup(ctx context.Context, tx db.Tx, perm authz.Permission, keyOrID string) (Group, error) {
	g, err := findGroup(ctx, tx, keyOrID)
	if err != nil {
		return g, err
	}
	return g, authz.CheckUnit(ctx, tx, perm, g.Unit)
}

// FindByName finds the environment a tool means by a name, with the application it speaks of. An id or key decides;
// aliases and names count where the environment is for the application, has it installed, or is for none. found is false
// when none or several fit equally well.
func (s *Service) FindByName(ctx context.Context, tx db.Tx, name string, app ref.App) (env ref.Environment, found bool, err error) {
	var rows []struct {
		ID          ref.Environment `bun:"id"`
		Application ref.App         `bun:"application_id"`
		Precedence  int             `bun:"precedence"`
		Installed   int64           `bun:"installed"`
	}
	err = tx.NewSelect().TableExpr("v_environment_name AS n").Join("JOIN environment AS e ON e.id = n.environment_id").
		ColumnExpr("e.id, COALESCE(e.application_id, '') AS application_id, n.precedence").
		ColumnExpr("(SELECT COUNT(*) FROM environment_component AS c WHERE c.environment_id = e.id AND c.application_id = ?) AS installed", app).
		Where("n.name_key = ?", ref.NameKey(name)).OrderExpr("n.precedence, e.id").Scan(ctx, &rows)
	if err != nil {
		return "", false, err
	}
	best, ties := 99, 0
	for _, r := range rows {
		fit := 99
		switch {
		case r.Precedence <= 2:
			fit = r.Precedence
		case app != "" && r.Application == app:
			fit = 10 + r.Precedence
		case r.Installed > 0:
			fit = 20 + r.Precedence
		case r.Application == "" || app == "":
			fit = 30 + r.Precedence
		}
		switch {
		case fit == 99 || env == r.ID:
		case fit < best:
			best, ties, env = fit, 1, r.ID
		case fit == best:
			ties++
		}
	}
	if ties != 1 {
		return "", false, nil
	}
	return env, true, nil
}
