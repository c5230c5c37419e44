package calendar

import (
	"context"

	"millrace/internal/platform/db"
)

// Use says which windows that are not over mean something that would be deleted.
type Use struct {
	// Also name it beside other things: they lose it. Alone are those that mean nothing else and would close nothing then.
	Also, Alone []string
}

// TargetUse returns the names of the active windows ahead whose scope names an environment, a group or an application.
func (s *Service) TargetUse(ctx context.Context, tx db.Tx, kind ScopeKind, id string) (u Use, err error) {
	var rows []struct {
		Name    string `bun:"name"`
		Targets int64  `bun:"targets"`
	}
	err = tx.NewSelect().TableExpr("calendar_window AS w").ColumnExpr("w.name, (SELECT COUNT(*) FROM calendar_window_scope AS o WHERE o.window_id = w.id) AS targets").
		Where("w.state = ? AND (w.ends_at IS NULL OR w.ends_at > ?)", Active, s.clock.Now()).
		Where("w.id IN (SELECT s.window_id FROM calendar_window_scope AS s WHERE s.kind = ? AND s.target_id = ?)", kind, id).
		OrderExpr("w.from_at, w.id").Scan(ctx, &rows)
	for _, r := range rows {
		if r.Targets > 1 {
			u.Also = append(u.Also, r.Name)
		} else {
			u.Alone = append(u.Alone, r.Name)
		}
	}
	return u, err
}
