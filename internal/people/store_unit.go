package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// loadUnit returns a unit or the not-found problem.
func loadUnit(ctx context.Context, tx db.Tx, id ref.Unit) (Unit, error) {
	var u Unit
	err := tx.NewSelect().Model(&u).Where("u.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return u, authz.ErrNotFound
	}
	return u.utc(), err
}

// loadRoot returns the root unit; found is false before EnsureRoot.
func loadRoot(ctx context.Context, tx db.Tx) (u Unit, found bool, err error) {
	err = tx.NewSelect().Model(&u).Where("u.parent_id IS NULL").Scan(ctx)
	if db.IsNoRows(err) {
		return u, false, nil
	}
	return u.utc(), err == nil, err
}

func insertUnit(ctx context.Context, tx db.Tx, u Unit) error {
	_, err := tx.NewInsert().Model(&u).Exec(ctx)
	return unitNameTaken(err, u.Name)
}

// updateUnit writes everything but the path, one version on.
func updateUnit(ctx context.Context, tx db.Tx, u *Unit) error {
	u.Version++
	_, err := tx.NewUpdate().Model(u).Column("name", "name_key", "type", "parent_id", "director_id", "version", "updated_at").WherePK().Exec(ctx)
	return unitNameTaken(err, u.Name)
}

func unitNameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "unit_name_taken",
			"There is already a unit called %q below the same parent. Choose another name.", name).Because(err)
	}
	return err
}

// touchTree makes changes of the tree's shape take turns; it comes before the checks that rely on the shape.
func touchTree(ctx context.Context, tx db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE unit SET tree_rev = tree_rev + 1 WHERE parent_id IS NULL`)
	return err
}

// height returns how many levels lie below the unit.
func height(ctx context.Context, tx db.Tx, u Unit) (int64, error) {
	lo, hi := authz.PathRange(u.Path)
	var deepest int64
	err := tx.NewSelect().Table("unit").ColumnExpr("MAX(depth)").Where("path >= ? AND path < ?", lo, hi).Scan(ctx, &deepest)
	return deepest - u.Depth, err
}

// moveSubtree rewrites the paths of u and everything below it and returns how many units moved. The parent of u itself
// is written with the rest of u.
func moveSubtree(ctx context.Context, tx db.Tx, u, parent Unit) (int64, error) {
	lo, hi := authz.PathRange(u.Path)
	res, err := tx.ExecContext(ctx, `UPDATE unit SET path = ? || substr(path, ?), depth = depth + ? WHERE path >= ? AND path < ?`,
		childPath(parent.Path, u.ID), len(u.Path)+1, parent.Depth+1-u.Depth, lo, hi)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// childrenOf returns the direct children of a unit.
func childrenOf(ctx context.Context, tx db.Tx, id ref.Unit) ([]Unit, error) {
	var list []Unit
	err := tx.NewSelect().Model(&list).Where("u.parent_id = ?", id).OrderExpr("u.path").Scan(ctx)
	return list, err
}

// countIn returns how many rows of a table stand directly in a unit.
func countIn(ctx context.Context, tx db.Tx, table string, unit ref.Unit) (int64, error) {
	var n int64
	err := tx.NewSelect().Table(table).ColumnExpr("COUNT(*)").Where("unit_id = ?", unit).Scan(ctx, &n)
	return n, err
}

func (u Unit) utc() Unit {
	u.CreatedAt, u.UpdatedAt = u.CreatedAt.UTC(), u.UpdatedAt.UTC()
	return u
}

// bodyUnit returns the unit a request body names at the given place, after checking perm on it. A unit the caller cannot
// see is a fault of the body, not a missing page.
func bodyUnit(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Unit, place string) (Unit, error) {
	u, err := loadUnit(ctx, tx, id)
	if err == nil {
		err = authz.Check(ctx, perm, u.Path)
	}
	if problem.KindOf(err) == problem.NotFound {
		var faults problem.Fields
		faults.Add(place, "unit_unknown", "There is no such unit, or you may not see it.")
		return u, faults.Err("unit_unknown", "The unit does not exist, or you may not see it.")
	}
	return u, err
}
