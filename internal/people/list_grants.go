package people

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// GrantFilter narrows ListGrants.
type GrantFilter struct {
	// Unit keeps grants on a unit and below it; InForceOn keeps those that reach a unit from itself or above.
	Unit, InForceOn ref.Unit
	Role            ref.Role
	SubjectKind     SubjectKind
	SubjectID       string
	Cursor          string
	Limit           int
}

// ListedGrant is a grant with the names that a person wants to see.
type ListedGrant grantRow

// ListGrants returns a page of the grants on visible units, in the order they were given.
func (s *Service) ListGrants(ctx context.Context, f GrantFilter) (page httpapi.Page[ListedGrant], err error) {
	var rows []ListedGrant
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().TableExpr(grantTables).ColumnExpr(grantColumns).Join(grantJoins).Apply(authz.Filter(ctx, PermViewGrant, "g.unit_id"))
		var after ref.Grant
		if continued, err := httpapi.DecodeCursor(f.Cursor, &after); err != nil {
			return err
		} else if continued {
			q = q.Where("g.id > ?", after)
		}
		if q, err = f.narrow(ctx, tx, q); err != nil {
			return err
		}
		return q.OrderExpr("g.id").Limit(int64(f.Limit)+1).Scan(ctx, &rows)
	})
	for i := range rows {
		rows[i].Grant = rows[i].utc()
	}
	return httpapi.NewPage(rows, f.Limit, func(g ListedGrant) []any { return []any{g.ID} }), err
}

func (f GrantFilter) narrow(ctx context.Context, tx db.Tx, q *bun.SelectQuery) (*bun.SelectQuery, error) {
	if f.Role != "" {
		q = q.Where("g.role_id = ?", f.Role)
	}
	if f.SubjectKind != "" {
		q = q.Where("g.subject_kind = ?", f.SubjectKind)
	}
	if f.SubjectID != "" {
		q = q.Where("g.subject_id = ?", f.SubjectID)
	}
	for _, id := range []ref.Unit{f.Unit, f.InForceOn} {
		if id == "" {
			continue
		}
		u, err := mayUnit(ctx, tx, PermViewUnit, id)
		if problem.KindOf(err) == problem.NotFound {
			return q.Where("1 = 0"), nil
		}
		if err != nil {
			return q, err
		}
		if id == f.Unit {
			lo, hi := authz.PathRange(u.Path)
			q = q.Where("u.path >= ? AND u.path < ?", lo, hi)
			continue
		}
		q = q.Where("g.unit_id IN (?)", bun.In(strings.Split(strings.Trim(u.Path, "/"), "/")))
	}
	return q, nil
}
