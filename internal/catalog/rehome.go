package catalog

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Rehome moves every application of a unit that is deleted to another, in the caller's transaction. People calls it; the
// permission was checked there.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	var list []Application
	if err := tx.NewSelect().Model(&list).Where("a.unit_id = ?", from).OrderExpr("a.id").Scan(ctx); err != nil || len(list) == 0 {
		return err
	}
	name, err := unitName(ctx, tx, to)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE application SET unit_id = ?, version = version + 1, updated_at = ? WHERE unit_id = ?`, to, s.clock.Now(), from)
	if err != nil {
		return err
	}
	for _, a := range list {
		before := snapshot(a)
		a.Unit = to
		if err := s.owners.Move(ctx, tx, a.ID, to); err != nil {
			return err
		}
		if err := s.append(ctx, tx, ApplicationMoved, a, before, snapshot(a), map[string]any{"unit": name}); err != nil {
			return err
		}
	}
	return nil
}

// RehomePreview says what Rehome would move.
func (s *Service) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	n, err := tx.NewSelect().Table("application").Where("unit_id = ?", from).Count(ctx)
	if err != nil || n == 0 {
		return nil, err
	}
	return []string{quantity(n, "application", "applications")}, nil
}
