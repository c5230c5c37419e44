package valuestream

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Scope says whose deliveries a question is about. At most one of its members is set; none means everything the caller
// may see.
type Scope struct {
	Unit ref.Unit // and everything below it
	// Application is an id, key, alias or name.
	Application string
	Team        ref.Team // the applications it is responsible or accountable for
}

// scopeApps resolves a scope to the applications in it that the caller may see metrics of, in the depth-first order of
// the organisation tree.
func scopeApps(ctx context.Context, tx db.Tx, in Scope) ([]ref.App, error) {
	set := 0
	for _, s := range []string{string(in.Unit), in.Application, string(in.Team)} {
		if s != "" {
			set++
		}
	}
	if set > 1 {
		return nil, problem.New(problem.Invalid, "scope_ambiguous", "Give only one of unit, application and team.")
	}
	var where []string
	var args []any
	switch {
	case in.Unit != "":
		var path string
		err := tx.NewRaw(`SELECT path FROM v_unit WHERE id = ?`, in.Unit).Scan(ctx, &path)
		if db.IsNoRows(err) {
			return nil, authz.ErrNotFound
		}
		if err == nil {
			err = authz.Check(ctx, PermViewMetrics, path)
		}
		if err != nil {
			return nil, err
		}
		low, high := authz.PathRange(path)
		where, args = append(where, "u.path >= ? AND u.path < ?"), append(args, low, high)
	case in.Application != "":
		app, err := visibleApplication(ctx, tx, in.Application)
		if err != nil {
			return nil, err
		}
		return []ref.App{app}, nil
	case in.Team != "":
		var unit ref.Unit
		err := tx.NewRaw(`SELECT unit_id FROM v_team WHERE id = ?`, in.Team).Scan(ctx, &unit)
		if db.IsNoRows(err) {
			return nil, authz.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		where = append(where, `a.id IN (SELECT subject_id FROM stakeholder WHERE subject_kind = 'application' AND team_id = ? AND (responsible OR accountable))`)
		args = append(args, in.Team)
	}
	if cond, more := authz.Condition(ctx, PermViewMetrics, "a.unit_id"); cond != "" {
		where, args = append(where, cond), append(args, more...)
	}
	query := `SELECT a.id FROM v_application a JOIN v_unit u ON u.id = a.unit_id`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	var apps []ref.App
	return apps, tx.NewRaw(query+` ORDER BY u.path, a.id`, args...).Scan(ctx, &apps)
}

// visibleApplication finds an application by any of its names and checks that the caller may see its metrics.
func visibleApplication(ctx context.Context, tx db.Tx, name string) (ref.App, error) {
	var found struct {
		ID   ref.App
		Unit ref.Unit
	}
	err := tx.NewRaw(`SELECT a.id, a.unit_id AS unit FROM v_application_name n JOIN v_application a ON a.id = n.application_id
WHERE n.name_key IN (?, ?) ORDER BY n.precedence, a.id LIMIT 1`, name, strings.ToLower(strings.TrimSpace(name))).Scan(ctx, &found)
	if db.IsNoRows(err) {
		return "", authz.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	return found.ID, authz.CheckUnit(ctx, tx, PermViewMetrics, found.Unit)
}
