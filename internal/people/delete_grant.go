package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// DeleteGrant withdraws a role.
func (s *Service) DeleteGrant(ctx context.Context, id ref.Grant) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		rows, err := grantsWhere(ctx, tx, "g.id = ?", id)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return authz.ErrNotFound
		}
		if err := authz.Check(ctx, PermManageGrant, rows[0].UnitPath); err != nil {
			return err
		}
		return s.keepAdministrator(ctx, tx, func() error {
			_, err := s.endGrants(ctx, tx, "g.id = ?", id)
			return err
		})
	})
}

// ExpireGrants removes grants whose time has passed, for tidiness: they stop counting at that moment by themselves. A
// daily job calls it.
func (s *Service) ExpireGrants(ctx context.Context) (n int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err = s.endGrants(ctx, tx, "g.expires_at <= ?", s.clock.Now())
		return err
	})
	return n, err
}
