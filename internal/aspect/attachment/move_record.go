package attachment

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The methods of this file are what owners and people call in their own transactions; they decided about access.

// MoveRecord keeps the unit of a record's attachments up to date when the record changes hands.
func (s *Service) MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE attachment SET unit_id = ? WHERE subject_kind = ? AND subject_id = ?`, unit, kind, id)
	return err
}

// ForgetRecord drops the attachments of a record that is deleted; the deletion itself is the event.
func (s *Service) ForgetRecord(ctx context.Context, tx db.Tx, kind, id string) error {
	if err := drop(ctx, tx, "subject_kind = ? AND subject_id = ?", kind, id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM attachment_list WHERE subject_kind = ? AND subject_id = ?`, kind, id)
	return err
}

// Rehome follows the records of a unit that is deleted.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE attachment SET unit_id = ? WHERE unit_id = ?`, to, from)
	return err
}
