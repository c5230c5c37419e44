package workflow

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

const breachBatch = 100

// Breaches tells of every record that by now has stood on its status for longer than agreed, once each, and returns how
// many there were. It is the work of a scheduled job; a run that was cut short is finished by the next one.
func (s *Service) Breaches(ctx context.Context, now time.Time) (int, error) {
	total := 0
	for {
		n, told := 0, 0
		err := s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			n, told = 0, 0
			var list []step
			err := tx.NewSelect().Model(&list).Where("w.left_at IS NULL AND NOT w.breached AND w.due_at <= ?", now).
				OrderExpr("w.due_at, w.id").Limit(breachBatch).Scan(ctx)
			if err != nil {
				return err
			}
			n = len(list)
			for _, w := range list {
				one, err := s.breach(ctx, tx, w)
				if err != nil {
					return err
				}
				if one {
					told++
				}
			}
			return nil
		})
		if total += told; err != nil || n < breachBatch {
			return total, err
		}
	}
}

// breach marks one stay; false means that somebody else did, or that the record has moved or is gone.
func (s *Service) breach(ctx context.Context, tx db.Tx, w step) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE workflow_step SET breached = ? WHERE id = ? AND left_at IS NULL AND NOT breached`, true, w.ID)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	subject, known := s.subjects[w.Kind]
	if !known {
		return false, nil
	}
	r, err := subject.Resolve(ctx, tx, w.Subject)
	if problem.KindOf(err) == problem.NotFound && err != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	st, err := loadStatus(ctx, tx, w.Status)
	if err != nil {
		return false, err
	}
	r.Kind = w.Kind
	return true, s.appendBreach(ctx, tx, r, w, st)
}
