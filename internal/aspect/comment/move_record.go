package comment

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The methods of this file are what owners and people call in their own transactions; they decided about access.

// MoveRecord keeps the unit of a record's comments up to date when the record changes hands.
func (s *Service) MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE comment SET unit_id = ? WHERE subject_kind = ? AND subject_id = ?`, unit, kind, id)
	return err
}

// ForgetRecord drops the comments on a record that is deleted; the deletion itself is the event.
func (s *Service) ForgetRecord(ctx context.Context, tx db.Tx, kind, id string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM comment_revision WHERE comment_id IN (SELECT id FROM comment WHERE subject_kind = ? AND subject_id = ?)`, kind, id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM comment WHERE subject_kind = ? AND subject_id = ?`, kind, id)
	return err
}

// Rehome follows the records of a unit that is deleted.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE comment SET unit_id = ? WHERE unit_id = ?`, to, from)
	return err
}

// Counts returns how many comments each of the given records has, for lists; records without any are left out.
func (s *Service) Counts(ctx context.Context, tx db.Tx, kind string, ids []string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []struct {
			ID string `bun:"subject_id"`
			N  int64  `bun:"n"`
		}
		err := tx.NewSelect().Table("comment").ColumnExpr("subject_id, count(*) AS n").
			Where("subject_kind = ? AND deleted_at IS NULL AND subject_id IN (?)", kind, bun.In(chunk)).GroupExpr("subject_id").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r.N
		}
	}
	return out, nil
}
