package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// OwnSessions lists where the caller is signed in, newest first. There are never many: they expire.
func (s *Service) OwnSessions(ctx context.Context) (out []Session, err error) {
	p := authz.From(ctx)
	if p == nil || p.Account == "" {
		return nil, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []sessionRow
		now := s.clock.Now()
		err := tx.NewSelect().Model(&rows).Where("s.account_id = ?", p.Account).
			Where("s.expires_at > ? AND s.last_seen_at > ?", now, now.Add(-s.config.SessionIdle)).OrderExpr("s.id DESC").Scan(ctx)
		out = make([]Session, len(rows))
		for i := range rows {
			out[i] = rows[i].session()
		}
		return err
	})
	return out, err
}

// CurrentSession returns the id of the session a cookie opens, or "".
func (s *Service) CurrentSession(ctx context.Context, secret string) (id string, err error) {
	if secret == "" {
		return "", nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		row, _, err := sessionByHash(ctx, tx, hashSecret(secret))
		if row != nil {
			id = row.ID
		}
		return err
	})
	return id, err
}
