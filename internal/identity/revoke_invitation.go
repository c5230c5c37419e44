package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

// RevokeInvitation withdraws an invitation that was not accepted yet. The person stays, pending.
func (s *Service) RevokeInvitation(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var row invitationRow
		err := invitationQuery(tx, &row).Where("i.id = ?", id).Scan(ctx)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := authz.CheckUnit(ctx, tx, PermInvitePerson, value(row.Unit)); err != nil {
			return err
		}
		now := s.clock.Now()
		res, err := tx.ExecContext(ctx, `UPDATE invitation SET revoked_at = ? WHERE id = ? AND accepted_at IS NULL AND revoked_at IS NULL`, now, id)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return problem.New(problem.Conflict, "invitation_closed", "The invitation was accepted or withdrawn already.").
				WithData("state", string(row.invitation(now).State))
		}
		return s.events.Append(ctx, tx, events.Event{Kind: InvitationRevoked, SubjectID: id, SubjectLabel: row.Email, Unit: value(row.Unit)})
	})
}
