package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// RevokeOwnToken revokes a token of the caller. Any token may revoke itself, even a narrowed one.
func (s *Service) RevokeOwnToken(ctx context.Context, id ref.Token) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		p := authz.From(ctx)
		if p == nil || p.Account == "" {
			return authz.ErrUnauthenticated
		}
		if p.Limit != nil && p.Token != id {
			if _, err := s.ownAccount(ctx, tx); err != nil {
				return err
			}
		}
		a, err := accountWhere(ctx, tx, "a.id = ?", p.Account)
		if err != nil {
			return err
		}
		if a == nil {
			return authz.ErrNotFound
		}
		return s.revokeToken(ctx, tx, a, id)
	})
}

// revokeToken revokes a token of the account; one that is revoked already stays as it is.
func (s *Service) revokeToken(ctx context.Context, tx db.Tx, a *Account, id ref.Token) error {
	var r tokenRow
	err := tx.NewSelect().Model(&r).Where("t.id = ? AND t.account_id = ?", id, a.ID).Scan(ctx)
	if db.IsNoRows(err) {
		return authz.ErrNotFound
	}
	if err != nil || r.RevokedAt != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE access_token SET revoked_at = ? WHERE id = ?`, s.clock.Now(), id); err != nil {
		return err
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: TokenRevoked, SubjectID: string(id), SubjectLabel: r.Name, Unit: a.unit(), Data: map[string]any{"account": a.label(), "accountId": string(a.ID)},
	})
}
