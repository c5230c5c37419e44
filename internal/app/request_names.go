package app

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/environment/request"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// requestNames are what requests of both sorts are called, for the schedule that has them as rows.
type requestNames struct{}

// RequestNames leaves out those the caller may not see; one's own are always seen.
func (requestNames) RequestNames(ctx context.Context, tx db.Tx, ids []string) (map[string]string, error) {
	out := map[string]string{}
	cond, args := authz.Condition(ctx, request.PermView, "q.unit_id")
	for _, chunk := range db.Chunks(ids, 500) {
		for _, view := range []string{"v_booking_request", "v_environment_change_request"} {
			var rows []struct{ ID, Reference, Title string }
			q := tx.NewSelect().TableExpr(view+" AS q").ColumnExpr("q.id, q.reference, q.title").Where("q.id IN (?)", bun.In(chunk))
			if cond != "" {
				q = q.Where("("+cond+" OR q.requester_id = ?)", append(args[:len(args):len(args)], authz.From(ctx).ID())...)
			}
			if err := q.Scan(ctx, &rows); err != nil {
				return nil, err
			}
			for _, r := range rows {
				out[r.ID] = r.Reference + " " + r.Title
			}
		}
	}
	return out, nil
}
