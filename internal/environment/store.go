package environment

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// permViewApplication is the catalog's permission to see applications.
const permViewApplication authz.Permission = "catalog.view_application"

// touchNames makes changes of keys and aliases take turns, touchTree those of parents.
func touchNames(ctx context.Context, tx db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE environment_revision SET names = names + 1 WHERE id = 1`)
	return err
}

func touchTree(ctx context.Context, tx db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE environment_revision SET tree = tree + 1 WHERE id = 1`)
	return err
}

func touchGroup(ctx context.Context, tx db.Tx, id ref.EnvironmentGroup) error {
	_, err := tx.ExecContext(ctx, `UPDATE environment_group SET version = version WHERE id = ?`, id)
	return err
}

func fault(place, code, message string) error {
	var faults problem.Fields
	faults.Add(place, code, message)
	return faults.Err(code, message)
}

// bodyUnit checks perm on a unit that a request body names.
func bodyUnit(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Unit, place string) error {
	err := authz.CheckUnit(ctx, tx, perm, id)
	if problem.KindOf(err) == problem.NotFound {
		return fault(place, "unit_unknown", "There is no such unit, or you may not see it.")
	}
	return err
}

// application is what the slice knows of an application.
type application struct {
	ID   ref.App  `bun:"id"`
	Key  string   `bun:"key"`
	Name string   `bun:"name"`
	Unit ref.Unit `bun:"unit_id"`
}

// bodyApplication finds an application that a request body names by id, key, alias or unmistakable name.
func bodyApplication(ctx context.Context, tx db.Tx, text, place string) (application, error) {
	var list []application
	folded := ref.NameKey(text)
	q := tx.NewSelect().TableExpr("v_application_name AS n").Join("JOIN v_application AS a ON a.id = n.application_id").
		ColumnExpr("a.id, a.key, a.name, a.unit_id").Where("n.name_key = ?", folded).OrderExpr("n.precedence, a.id").Limit(2)
	if cond, args := authz.Condition(ctx, permViewApplication, "a.unit_id"); cond != "" {
		q = q.Where(cond, args...)
	}
	if err := q.Scan(ctx, &list); err != nil {
		return application{}, err
	}
	if len(list) == 0 {
		return application{}, fault(place, "application_unknown", "There is no such application, or you may not see it.")
	}
	if len(list) == 2 && list[0].ID != list[1].ID && ref.NameKey(list[0].Key) != folded && string(list[0].ID) != text {
		return application{}, fault(place, "application_ambiguous", "Several applications have this name. Use the key.")
	}
	return list[0], nil
}

// bodyEnvironment finds an environment that a request body names.
func bodyEnvironment(ctx context.Context, tx db.Tx, perm authz.Permission, text, place string) (Environment, error) {
	e, err := mayEnvironment(ctx, tx, perm, text)
	if problem.KindOf(err) == problem.NotFound {
		return e, fault(place, "environment_unknown", "There is no such environment, or you may not see it.")
	}
	return e, err
}

func keyTaken(err error, key string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "environment_key_taken", "There is already an environment with the key %q. Choose another key.", key).
			WithData("value", key).Because(err)
	}
	return err
}

func insertEnvironment(ctx context.Context, tx db.Tx, e Environment) error {
	_, err := tx.NewInsert().Model(&e).Exec(ctx)
	return keyTaken(err, e.Key)
}

// updateEnvironment writes an environment one version on; stale is true when somebody was faster.
func updateEnvironment(ctx context.Context, tx db.Tx, e *Environment) (stale bool, err error) {
	res, err := tx.NewUpdate().Model(e).ExcludeColumn("id", "version", "schedule_rev", "created_at", "state").
		Set("version = version + 1").Where("id = ? AND version = ?", e.ID, e.Version).Exec(ctx)
	if err != nil {
		return false, keyTaken(err, e.Key)
	}
	n, err := res.RowsAffected()
	e.Version++
	return n == 0, err
}

// checkKeyFree refuses a key that is another environment's alias or key.
func checkKeyFree(ctx context.Context, tx db.Tx, e Environment) error {
	n, err := tx.NewSelect().Table("environment").Where("key_folded = ? AND id <> ? AND state = ?", e.KeyFolded, e.ID, Active).Count(ctx)
	if err != nil || n == 0 {
		return err
	}
	return problem.Newf(problem.Conflict, "environment_key_taken", "There is already an environment with the key %q. Choose another key.", e.Key).WithData("value", e.Key)
}

type aliasRow struct {
	bun.BaseModel `bun:"table:environment_alias,alias:al"`

	Environment ref.Environment `bun:"environment_id,pk"`
	Folded      string          `bun:"alias_folded,pk"`
	Alias       string          `bun:"alias"`
}

// saveAliases replaces the aliases of an environment.
func saveAliases(ctx context.Context, tx db.Tx, e Environment, aliases []string) error {
	if _, err := tx.NewDelete().Model((*aliasRow)(nil)).Where("environment_id = ?", e.ID).Exec(ctx); err != nil {
		return err
	}
	var rows []aliasRow
	for _, a := range tidyList(aliases) {
		if folded := ref.NameKey(a); folded != e.KeyFolded && folded != e.NameFolded {
			rows = append(rows, aliasRow{Environment: e.ID, Folded: folded, Alias: a})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// append records that something happened to an environment.
func (s *Service) append(ctx context.Context, tx db.Tx, kind events.Kind, e Environment, changes map[string]events.Change, data map[string]any) error {
	if e.Application != "" {
		if data == nil {
			data = map[string]any{}
		}
		data["applicationId"] = e.Application
	}
	return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: string(e.ID), SubjectLabel: e.Name, Unit: e.Unit, Changes: changes, Data: data})
}

func unitName(ctx context.Context, tx db.Tx, id ref.Unit) (string, error) {
	var name string
	err := tx.NewSelect().Table("v_unit").Column("name").Where("id = ?", id).Scan(ctx, &name)
	if db.IsNoRows(err) {
		return "", nil
	}
	return name, err
}

// bodyPart finds a component of an application that a request body names.
func bodyPart(ctx context.Context, tx db.Tx, app ref.App, text string) (ref.Component, string, error) {
	var row struct {
		ID   ref.Component `bun:"id"`
		Name string        `bun:"name"`
	}
	err := tx.NewSelect().Table("v_component").Column("id", "name").Where("application_id = ? AND (id = ? OR name_key = ?)", app, text, ref.NameKey(text)).Limit(1).Scan(ctx, &row)
	if db.IsNoRows(err) {
		return "", "", fault("body.component", "component_unknown", "The application has no such component.")
	}
	return row.ID, row.Name, err
}
