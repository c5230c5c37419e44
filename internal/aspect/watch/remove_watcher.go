package watch

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// Remove makes somebody stop following a record.
func (s *Service) Remove(ctx context.Context, kind, id, watcherID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToManage(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		var rows []listed
		err = listedQuery(tx).Where("w.id = ? AND w.subject_kind = ? AND w.subject_id = ? AND NOT w.muted", watcherID, kind, r.ID).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return authz.ErrNotFound
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM watcher WHERE id = ?`, watcherID); err != nil {
			return err
		}
		return s.append(ctx, tx, Removed, kind, r, rows[0].Name)
	})
}
