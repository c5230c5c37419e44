package calendar

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// Rehome moves what belongs to a unit that is deleted to another, in the caller's transaction. People calls it; the permission
// was checked there. Windows meant for the unit become meant for the other; working time of the unit goes with it.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	var list []Window
	err := tx.NewSelect().Model(&list).Where("w.unit_id = ?0 OR w.id IN (SELECT s.window_id FROM calendar_window_scope AS s WHERE s.unit_id = ?0)", from).
		OrderExpr("w.id").Scan(ctx)
	if err != nil {
		return err
	}
	units, err := unitsOf(ctx, tx, []ref.Unit{from, to})
	if err != nil {
		return err
	}
	if err := touch(ctx, tx); err != nil {
		return err
	}
	for _, w := range list {
		w.utc()
		if err := loadScopes(ctx, tx, []*Window{&w}); err != nil {
			return err
		}
		before := w
		w.Scope = rehomed(before.Scope, from, units[to])
		if w.Unit == from {
			w.Unit = to
		}
		if len(events.Diff(fieldsOf(before), fieldsOf(w))) > 0 {
			if err := s.save(ctx, tx, changed, before, &w, nil); err != nil {
				return err
			}
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE calendar_window_scope SET unit_id = ? WHERE window_id = ? AND unit_id = ?`, to, w.ID, from); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM working_time WHERE unit_id = ?`, from)
	return err
}

// rehomed returns a scope in which one unit stands for another, each once.
func rehomed(scope []Target, from ref.Unit, to unitRow) []Target {
	var out []Target
	seen := map[string]bool{}
	for _, t := range scope {
		if t.Unit == from {
			t.Unit = to.ID
		}
		if t.Kind == ForUnit && t.ID == string(from) {
			t.ID, t.Label = string(to.ID), to.Name
		}
		if key := string(t.Kind) + t.ID; !seen[key] {
			seen[key] = true
			out = append(out, t)
		}
	}
	return out
}

// RehomePreview says what Rehome would move.
func (s *Service) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	n, err := tx.NewSelect().TableExpr("calendar_window AS w").
		Where("w.unit_id = ?0 OR w.id IN (SELECT s.window_id FROM calendar_window_scope AS s WHERE s.unit_id = ?0)", from).Count(ctx)
	if err != nil || n == 0 {
		return nil, err
	}
	if n == 1 {
		return []string{"1 freeze, holiday or maintenance window"}, nil
	}
	return []string{fmt.Sprintf("%d freezes, holidays and maintenance windows", n)}, nil
}

// Forget takes something that is deleted, an environment, a group or an application, out of all scopes. A window that was meant
// for nothing else closes nothing any more; it stays for the record.
func (s *Service) Forget(ctx context.Context, tx db.Tx, kind ScopeKind, id string) error {
	var list []Window
	err := tx.NewSelect().Model(&list).Where("w.id IN (SELECT s.window_id FROM calendar_window_scope AS s WHERE s.kind = ? AND s.target_id = ?)", kind, id).
		OrderExpr("w.id").Scan(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := touch(ctx, tx); err != nil {
		return err
	}
	for _, w := range list {
		w.utc()
		if err := loadScopes(ctx, tx, []*Window{&w}); err != nil {
			return err
		}
		before := w
		w.Scope = nil
		for _, t := range before.Scope {
			if t.Kind != kind || t.ID != id {
				w.Scope = append(w.Scope, t)
			}
		}
		if err := s.save(ctx, tx, changed, before, &w, nil); err != nil {
			return err
		}
	}
	return nil
}
