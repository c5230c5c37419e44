package booking

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Forget drops a person who is deleted: their bookings are held by nobody, their calendar feeds and the views of the schedule
// that are theirs alone go. Who asked for a booking stays by name.
func (s *Service) Forget(ctx context.Context, tx db.Tx, person ref.Person) ([]string, error) {
	now := s.Clock.Now()
	ahead, err := tx.NewSelect().TableExpr("booking AS b").Where("b.holder_id = ? AND b.status IN ('requested', 'approved', 'waiting') AND b.to_at > ?", person, now).Count(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{
		`UPDATE booking_environment SET holder_id = '', booking_version = booking_version + 1 WHERE booking_id IN (SELECT id FROM booking WHERE holder_id = ?)`,
		`UPDATE booking SET holder_id = NULL, version = version + 1 WHERE holder_id = ?`,
		`DELETE FROM calendar_feed WHERE owner_id = ?`,
		`DELETE FROM schedule_view WHERE owner_id = ? AND unit_id IS NULL`,
	} {
		if _, err := tx.ExecContext(ctx, statement, person); err != nil {
			return nil, err
		}
	}
	if ahead == 0 {
		return nil, nil
	}
	return []string{count(int(ahead), "booking") + " held by nobody now."}, nil
}
