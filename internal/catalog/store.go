package catalog

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// findApplication returns an application by its id or its key, or the not-found problem.
func findApplication(ctx context.Context, tx db.Tx, idOrKey string) (Application, error) {
	var a Application
	q := tx.NewSelect().Model(&a)
	if ref.Valid(ref.App(idOrKey)) {
		q = q.Where("a.id = ?", idOrKey)
	} else {
		q = q.Where("a.key_folded = ?", ref.NameKey(idOrKey))
	}
	err := q.Scan(ctx)
	if db.IsNoRows(err) {
		return a, authz.ErrNotFound
	}
	return a.utc(), err
}

// mayApplication returns an application after checking perm on its unit.
func mayApplication(ctx context.Context, tx db.Tx, perm authz.Permission, idOrKey string) (Application, error) {
	a, err := findApplication(ctx, tx, idOrKey)
	if err != nil {
		return a, err
	}
	return a, authz.CheckUnit(ctx, tx, perm, a.Unit)
}

// bodyUnit checks perm on a unit that a request body names. A unit the caller cannot see is a fault of the body, not a
// missing page.
func bodyUnit(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Unit, place string) error {
	err := authz.CheckUnit(ctx, tx, perm, id)
	if problem.KindOf(err) == problem.NotFound {
		var faults problem.Fields
		faults.Add(place, "unit_unknown", "There is no such unit, or you may not see it.")
		return faults.Err("unit_unknown", "The unit does not exist, or you may not see it.")
	}
	return err
}

// touchNames makes changes of keys, names and aliases take turns; it comes before the checks that rely on them.
func touchNames(ctx context.Context, tx db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE catalog_revision SET names = names + 1 WHERE id = 1`)
	return err
}

// touchDependencies tells readers that the graph of dependencies is no longer the one they know.
func touchDependencies(ctx context.Context, tx db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE catalog_revision SET dependencies = dependencies + 1 WHERE id = 1`)
	return err
}

// checkNames refuses a key, a name or aliases that would make it unclear which application a tool means. Names alone may
// repeat.
func checkNames(ctx context.Context, tx db.Tx, a Application, aliases []Alias) error {
	taken := func(code, format, value string) error {
		return problem.Newf(problem.Conflict, code, format, value).WithData("value", value)
	}
	var other int64
	count := func(q *bun.SelectQuery) error { return q.ColumnExpr("COUNT(*)").Scan(ctx, &other) }
	if err := count(tx.NewSelect().Table("application").Where("key_folded = ? AND id <> ?", a.KeyFolded, a.ID)); err != nil {
		return err
	}
	if other == 0 {
		if err := count(tx.NewSelect().Table("application_alias").Where("alias_folded = ? AND application_id <> ?", a.KeyFolded, a.ID)); err != nil {
			return err
		}
	}
	if other > 0 {
		return taken("application_key_taken", "Another application already has the key or alias %q. Choose another key.", a.Key)
	}
	if err := count(tx.NewSelect().Table("application_alias").Where("alias_folded = ? AND application_id <> ?", a.NameFolded, a.ID)); err != nil {
		return err
	}
	if other > 0 {
		return taken("application_name_taken", "Another application already has the alias %q. Choose another name.", a.Name)
	}
	if len(aliases) == 0 {
		return nil
	}
	folded := make([]string, len(aliases))
	shown := make(map[string]string, len(aliases))
	for i, al := range aliases {
		folded[i], shown[al.Folded] = al.Folded, al.Alias
	}
	var hit string
	err := tx.NewSelect().Table("v_application_name").Column("name_key").
		Where("name_key IN (?) AND application_id <> ? AND precedence > 1", bun.In(folded), a.ID).Limit(1).Scan(ctx, &hit)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return taken("application_alias_taken", "Another application already has the key, name or alias %q. Choose another alias.", shown[hit])
}

func insertApplication(ctx context.Context, tx db.Tx, a Application) error {
	_, err := tx.NewInsert().Model(&a).Exec(ctx)
	return keyTaken(err, a.Key)
}

func keyTaken(err error, key string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "application_key_taken",
			"Another application already has the key or alias %q. Choose another key.", key).WithData("value", key).Because(err)
	}
	return err
}

// updateApplication writes an application one version on; stale is true when somebody was faster.
func updateApplication(ctx context.Context, tx db.Tx, a *Application) (stale bool, err error) {
	res, err := tx.NewUpdate().Model(a).
		Column("key", "key_folded", "name", "name_folded", "description", "unit_id", "criticality", "status", "vendor", "updated_at").
		Set("version = version + 1").Where("id = ? AND version = ?", a.ID, a.Version).Exec(ctx)
	if err != nil {
		return false, keyTaken(err, a.Key)
	}
	n, err := res.RowsAffected()
	a.Version++
	return n == 0, err
}

// aliasesOf returns the aliases of some applications, by application, in alphabetical order.
func aliasesOf(ctx context.Context, tx db.Tx, ids []ref.App) (map[ref.App][]string, error) {
	out := map[ref.App][]string{}
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []Alias
		if err := tx.NewSelect().Model(&rows).Where("al.application_id IN (?)", bun.In(chunk)).OrderExpr("al.alias_folded").Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Application] = append(out[r.Application], r.Alias)
		}
	}
	return out, nil
}

// insertRepositories adds repository paths to an application, or to one of its components.
func (s *Service) insertRepositories(ctx context.Context, tx db.Tx, a Application, component *ref.Component, list []Repository) error {
	for i := range list {
		r := &list[i]
		r.ID, r.Application, r.Component, r.CreatedAt = ref.New[string](), a.ID, component, s.clock.Now()
		if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				where := r.Key
				if r.PathPrefix != "" {
					where += ", folder " + r.PathPrefix
				}
				return problem.Newf(problem.Conflict, "repository_taken",
					"The repository %s already belongs to an application. Give each application that shares a repository a folder of its own.", where).
					WithData("value", where).Because(err)
			}
			return err
		}
	}
	return nil
}

func insertAliases(ctx context.Context, tx db.Tx, list []Alias) error {
	if len(list) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&list).Exec(ctx)
	return err
}

func repositoriesOf(ctx context.Context, tx db.Tx, app ref.App) ([]Repository, error) {
	list := []Repository{}
	err := tx.NewSelect().Model(&list).Where("r.application_id = ?", app).OrderExpr("r.repository_key, r.path_prefix").Scan(ctx)
	for i := range list {
		list[i].CreatedAt = list[i].CreatedAt.UTC()
	}
	return list, err
}

func componentsOf(ctx context.Context, tx db.Tx, app ref.App) ([]Component, error) {
	list := []Component{}
	err := tx.NewSelect().Model(&list).Where("c.application_id = ?", app).OrderExpr("c.name_folded").Scan(ctx)
	for i := range list {
		list[i].CreatedAt, list[i].UpdatedAt = list[i].CreatedAt.UTC(), list[i].UpdatedAt.UTC()
	}
	return list, err
}

func (a Application) utc() Application {
	a.CreatedAt, a.UpdatedAt = a.CreatedAt.UTC(), a.UpdatedAt.UTC()
	return a
}
