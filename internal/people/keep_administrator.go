package people

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// keepAdministrator runs a change and refuses it when it would leave nobody who holds everything on the root. An
// installation that has no such person yet (a test, the first start) is left alone.
func (s *Service) keepAdministrator(ctx context.Context, tx db.Tx, change func() error) error {
	before, err := s.administrators(ctx, tx)
	if err != nil {
		return err
	}
	if err := change(); err != nil || before == 0 {
		return err
	}
	after, err := s.administrators(ctx, tx)
	if err == nil && after == 0 {
		err = problem.New(problem.Conflict, "last_administrator",
			"This would leave nobody who administers the whole organisation. Make somebody else an administrator first.")
	}
	return err
}

// administrators is countAdministrators behind a touch that makes two changes, which each take one of the last two away,
// take turns.
func (s *Service) administrators(ctx context.Context, tx db.Tx) (int64, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE role SET version = version WHERE all_permissions`); err != nil {
		return 0, err
	}
	return countAdministrators(ctx, tx, s.clock.Now())
}

// countAdministrators counts the persons who are not inactive and hold a role with every permission on the root, by
// themselves or through a team.
func countAdministrators(ctx context.Context, tx db.Tx, now time.Time) (int64, error) {
	var n int64
	err := tx.NewRaw(`SELECT COUNT(*) FROM person p WHERE p.state <> ? AND EXISTS (
		SELECT 1 FROM role_grant g
		JOIN role r ON r.id = g.role_id AND r.all_permissions
		JOIN unit u ON u.id = g.unit_id AND u.parent_id IS NULL
		WHERE (g.expires_at IS NULL OR g.expires_at > ?)
		AND (g.subject_kind = 'person' AND g.subject_id = p.id OR g.subject_kind = 'team' AND g.subject_id IN (
			SELECT m.team_id FROM team_member m WHERE m.person_id = p.id)))`, Inactive, now).Scan(ctx, &n)
	return n, err
}
