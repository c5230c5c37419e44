package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// RevokeOwnSession ends one of the caller's sessions.
func (s *Service) RevokeOwnSession(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.ownAccount(ctx, tx)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM session WHERE id = ? AND account_id = ?`, id, a.ID)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return authz.ErrNotFound
		}
		return s.events.Append(ctx, tx, events.Event{Kind: SessionRevoked, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit()})
	})
}

// RevokeOtherSessions ends the caller's sessions except the one the cookie opens.
func (s *Service) RevokeOtherSessions(ctx context.Context, secret string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.ownAccount(ctx, tx)
		if err != nil {
			return err
		}
		keep := ""
		if row, _, err := sessionByHash(ctx, tx, hashSecret(secret)); err != nil {
			return err
		} else if row != nil {
			keep = row.ID
		}
		if err := endSessions(ctx, tx, a.ID, keep); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: SessionRevoked, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit()})
	})
}
