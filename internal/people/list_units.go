package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// UnitFilter narrows ListUnits.
type UnitFilter struct {
	// Below keeps a unit and everything below it.
	Below ref.Unit
	// Text keeps units whose name contains it.
	Text string
	// AfterPath and Limit page through the tree; Limit 0 means the whole tree.
	AfterPath string
	Limit     int
}

// ListedUnit is a unit with how much stands directly in it.
type ListedUnit struct {
	Unit
	Children int64 `bun:"children"`
	Persons  int64 `bun:"persons"`
	Teams    int64 `bun:"teams"`
}

// ListUnits returns the visible units, the root first, depth first. It reads one row more than the limit.
func (s *Service) ListUnits(ctx context.Context, f UnitFilter) (list []ListedUnit, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().TableExpr("unit AS u").
			ColumnExpr("u.id, u.name, u.type, u.parent_id, u.path, u.depth, u.director_id, u.version, u.created_at, u.updated_at").
			ColumnExpr("(SELECT COUNT(*) FROM unit c WHERE c.parent_id = u.id) AS children").
			ColumnExpr("(SELECT COUNT(*) FROM person p WHERE p.unit_id = u.id) AS persons").
			ColumnExpr("(SELECT COUNT(*) FROM team t WHERE t.unit_id = u.id) AS teams").
			Apply(authz.Filter(ctx, PermViewUnit, "u.id")).OrderExpr("u.path")
		if f.Below != "" {
			top, err := mayUnit(ctx, tx, PermViewUnit, f.Below)
			if problem.KindOf(err) == problem.NotFound {
				return nil
			}
			if err != nil {
				return err
			}
			lo, hi := authz.PathRange(top.Path)
			q = q.Where("u.path >= ? AND u.path < ?", lo, hi)
		}
		if f.Text != "" {
			cond, arg := tx.Contains("u.name", f.Text)
			q = q.Where(cond, arg)
		}
		if f.AfterPath != "" {
			q = q.Where("u.path > ?", f.AfterPath)
		}
		if f.Limit > 0 {
			q = q.Limit(int64(f.Limit) + 1)
		}
		return q.Scan(ctx, &list)
	})
	for i := range list {
		list[i].Unit = list[i].utc()
	}
	return list, err
}

// Unit returns one unit.
func (s *Service) Unit(ctx context.Context, id ref.Unit) (u ListedUnit, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if u.Unit, err = mayUnit(ctx, tx, PermViewUnit, id); err != nil {
			return err
		}
		if u.Children, err = tx.NewSelect().Table("unit").Where("parent_id = ?", id).Count(ctx); err != nil {
			return err
		}
		if u.Persons, err = countIn(ctx, tx, "person", id); err != nil {
			return err
		}
		u.Teams, err = countIn(ctx, tx, "team", id)
		return err
	})
	return u, err
}
