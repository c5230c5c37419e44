package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// DeleteRole deletes an own role and ends its grants. With dry set nothing is saved.
func (s *Service) DeleteRole(ctx context.Context, id ref.Role, version int64, dry bool) ([]Consequence, error) {
	more := []Consequence{}
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		more = []Consequence{}
		r, err := touchRole(ctx, tx, id, version)
		if err != nil {
			return err
		}
		if r.Code != nil {
			return problem.Newf(problem.Conflict, "role_built_in", "%q is built in and cannot be deleted. Take its permissions away instead.", r.Name)
		}
		ended, err := s.endGrants(ctx, tx, "g.role_id = ?", id)
		if err != nil {
			return err
		}
		if ended > 0 {
			more = append(more, Consequence{Kind: "grants_end", Count: ended, Message: quantity(ended, "grant") + " of it to end."})
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM role_permission WHERE role_id = ?`, id); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&r).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := s.appendRole(ctx, tx, RoleDeleted, r, &r, nil); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	return more, dryRun(err)
}
