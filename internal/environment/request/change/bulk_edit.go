package change

import (
	"context"
	"time"

	"millrace/internal/environment/request"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// BulkEdit changes many change requests; each stands for itself.
func (s *Service) BulkEdit(ctx context.Context, ids []ref.EnvironmentRequest, change request.BulkChange, dry bool) (request.BulkResult, error) {
	return s.Requests.Bulk(ctx, ids, change, dry, func(ctx context.Context, tx db.Tx, id string, zone *time.Location) (request.Head, map[string]events.Change, []request.Consequence, error) {
		in := RequestChange{CoreChange: change.Core()}
		c, err := request.ToView(ctx, tx, kind, id)
		if err != nil {
			return request.Head{}, nil, nil, err
		}
		if change.ShiftDays != 0 {
			r, err := load(ctx, tx, c.ID)
			if err != nil {
				return request.Head{}, nil, nil, err
			}
			in.From, in.To = httpapi.Some(request.ShiftDays(c.From, change.ShiftDays, zone)), httpapi.Some(request.ShiftDays(c.To, change.ShiftDays, zone))
			if o, ok := r.outage(); ok {
				in.Outage = httpapi.Some(interval.Span{From: request.ShiftDays(o.From, change.ShiftDays, zone), To: request.ShiftDays(o.To, change.ShiftDays, zone)})
			}
		}
		v, diff, err := s.edit(ctx, tx, id, 0, in)
		if err != nil || change.Status == "" {
			return v.Head, diff, v.Consequences, err
		}
		status := v.Position.Status
		r, err := load(ctx, tx, v.ID)
		if err != nil {
			return v.Head, diff, nil, err
		}
		to, err := s.Requests.Workflow.Move(ctx, tx, r.Record(kind), request.Move{To: change.Status, Note: change.Note}.Step())
		if problem.CodeOf(err) == "status_unchanged" {
			return v.Head, diff, v.Consequences, nil
		}
		if err != nil {
			return v.Head, diff, nil, err
		}
		more, err := s.follow(ctx, tx, &r, to, change.Note)
		return v.Head, request.With(diff, "status", status, to.Name), append(v.Consequences, more...), err
	})
}
