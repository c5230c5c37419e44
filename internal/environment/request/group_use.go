package request

import (
	"context"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// GroupUse tells which open requests name a group that would be deleted.
func (s *Service) GroupUse(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) (out []environment.Consequence, err error) {
	for _, k := range bothKinds {
		q := tx.NewSelect().TableExpr(k.table + " AS r")
		if k == bookingKind {
			q = q.Where("r.id IN (SELECT request_id FROM booking_request_line WHERE group_id = ?)", group)
		} else {
			q = q.Where("r.id IN (SELECT request_id FROM environment_change_card WHERE group_id = ?)", group)
		}
		cond, args := s.Workflow.FilterModes(k.subject, "r.id", ends)
		n, err := q.Where("NOT ("+cond+")", args...).Count(ctx)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, environment.Consequence{Kind: k.subject + "s_open", Count: n, Blocking: true, Message: "It stands in " + plural(n, "open "+k.noun) + "."})
		}
	}
	return out, nil
}
