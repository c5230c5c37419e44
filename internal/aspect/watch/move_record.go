package watch

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The methods of this file are what owners and people call in their own transactions; they decided about access.

// MoveRecord keeps the unit of a record's watchers up to date when the record changes hands.
func (s *Service) MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE watcher SET unit_id = ? WHERE subject_kind = ? AND subject_id = ?`, unit, kind, id)
	return err
}

// ForgetRecord drops the watchers of a record that is deleted; the deletion itself is the event.
func (s *Service) ForgetRecord(ctx context.Context, tx db.Tx, kind, id string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM watcher WHERE subject_kind = ? AND subject_id = ?`, kind, id)
	return err
}

// Rehome follows the records of a unit that is deleted.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE watcher SET unit_id = ? WHERE unit_id = ?`, to, from)
	return err
}

// Reassign makes the successor follow what the other followed. What either of them muted stays with them alone.
func (s *Service) Reassign(ctx context.Context, tx db.Tx, from, to ref.Person, scope string) ([]string, error) {
	if scope == "future" {
		return nil, nil
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM watcher WHERE person_id = ? AND (muted OR EXISTS (SELECT 1 FROM watcher o
WHERE o.subject_kind = watcher.subject_kind AND o.subject_id = watcher.subject_id AND o.person_id = ?))`, from, to)
	if err != nil {
		return nil, err
	}
	res, err := tx.ExecContext(ctx, `UPDATE watcher SET person_id = ? WHERE person_id = ?`, to, from)
	return said(res, err, "The place among the watchers of %d records.")
}

// Forget drops a person who is deleted from everything they follow.
func (s *Service) Forget(ctx context.Context, tx db.Tx, person ref.Person) ([]string, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM watcher WHERE person_id = ?`, person)
	return said(res, err, "They no longer follow %d records.")
}

// ForgetTeam drops a team that is deleted from everything it follows.
func (s *Service) ForgetTeam(ctx context.Context, tx db.Tx, team ref.Team) ([]string, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM watcher WHERE team_id = ?`, team)
	return said(res, err, "It no longer follows %d records.")
}

func said(res interface{ RowsAffected() (int64, error) }, err error, sentence string) ([]string, error) {
	if err != nil {
		return nil, err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf(sentence, n)}, nil
}
