package notify

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The methods of this file are what owners and people call in their own transactions; they decided about access.

// MoveRecord keeps the inboxes up to date when a record changes hands.
func (s *Service) MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE inbox_thread SET unit_id = ? WHERE subject_kind = ? AND subject_id = ?`, unit, kind, id)
	return err
}

// Rehome follows the records of a unit that is deleted.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE inbox_thread SET unit_id = ? WHERE unit_id = ?`, to, from)
	return err
}

// Reassign does nothing: what somebody was told stays with them.
func (s *Service) Reassign(context.Context, db.Tx, ref.Person, ref.Person, string) ([]string, error) {
	return nil, nil
}

// Forget drops what belongs to a person who is deleted.
func (s *Service) Forget(ctx context.Context, tx db.Tx, person ref.Person) ([]string, error) {
	for _, statement := range []string{
		`DELETE FROM notification WHERE person_id = ?`, `DELETE FROM inbox_thread WHERE person_id = ?`, `DELETE FROM mail_delivery WHERE person_id = ?`,
		`DELETE FROM notification_choice WHERE person_id = ?`, `DELETE FROM notification_setting WHERE person_id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, person); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
