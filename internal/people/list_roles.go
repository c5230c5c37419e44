package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// ListedRole is a role with how many grants name it.
type ListedRole struct {
	Role
	Grants int64 `bun:"grants"`
}

// ListRoles returns every role, the built-in ones first. Who may see no roles anywhere gets none.
func (s *Service) ListRoles(ctx context.Context) (list []ListedRole, err error) {
	if !authz.From(ctx).CanSomewhere(PermViewRole) {
		return nil, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var roles []Role
		if err := tx.NewSelect().Model(&roles).OrderExpr("CASE WHEN r.code IS NULL THEN 1 ELSE 0 END, r.name_key").Scan(ctx); err != nil {
			return err
		}
		if err := addPermissions(ctx, tx, roles); err != nil {
			return err
		}
		var counts []struct {
			Role ref.Role `bun:"role_id"`
			N    int64    `bun:"n"`
		}
		err := tx.NewSelect().TableExpr("role_grant AS g").ColumnExpr("g.role_id, COUNT(*) AS n").
			Apply(authz.Filter(ctx, PermViewGrant, "g.unit_id")).GroupExpr("g.role_id").Scan(ctx, &counts)
		if err != nil {
			return err
		}
		granted := make(map[ref.Role]int64, len(counts))
		for _, c := range counts {
			granted[c.Role] = c.N
		}
		list = make([]ListedRole, len(roles))
		for i, r := range roles {
			list[i] = ListedRole{Role: r, Grants: granted[r.ID]}
		}
		return nil
	})
	return list, err
}

// Role returns one role by its id, or by its code when it is built in.
func (s *Service) Role(ctx context.Context, idOrCode string) (r Role, err error) {
	if !authz.From(ctx).CanSomewhere(PermViewRole) {
		return r, authz.ErrNotFound
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err = loadRole(ctx, tx, idOrCode)
		return err
	})
	return r, err
}

// DeclaredPermissions returns every permission there is, for the role editor.
func (s *Service) DeclaredPermissions(ctx context.Context) []authz.Declaration {
	if !authz.From(ctx).CanSomewhere(PermViewRole) {
		return []authz.Declaration{}
	}
	return append([]authz.Declaration{}, s.permissions...)
}
