package identity

import (
	"context"
	"time"

	"millrace/internal/platform/db"
)

// tokenKeep is how long a revoked or expired token stays in the list, so that people can see what happened to it.
const tokenKeep = 90 * 24 * time.Hour

// Purge forgets what has run its course: ended sessions, unfinished sign-ins, old throttles, spent links and tokens. An
// hourly job calls it; nothing depends on when.
func (s *Service) Purge(ctx context.Context) error {
	now := s.clock.Now()
	old := now.Add(-tokenKeep)
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, d := range []struct {
			statement string
			args      []any
		}{
			{`DELETE FROM session WHERE expires_at <= ? OR last_seen_at <= ?`, []any{now, now.Add(-s.config.SessionIdle)}},
			{`DELETE FROM oidc_login WHERE expires_at <= ?`, []any{now}},
			{`DELETE FROM sign_in_throttle WHERE last_failed_at <= ? AND blocked_until <= ?`, []any{now.Add(-throttleForget), now}},
			{`DELETE FROM setup_token WHERE expires_at <= ?`, []any{now}},
			{`DELETE FROM access_token WHERE revoked_at <= ? OR expires_at <= ?`, []any{old, old}},
			{`DELETE FROM invitation WHERE expires_at <= ?`, []any{old}},
		} {
			if _, err := tx.ExecContext(ctx, d.statement, d.args...); err != nil {
				return err
			}
		}
		return nil
	})
}
