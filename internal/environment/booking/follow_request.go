package booking

import (
	"context"
	"errors"
	"strings"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The methods of this file change bookings inside the caller's transaction, for requests that take their bookings along;
// [Service.CreateIn] makes them. The caller decided that the request may be changed.

// CancelForRequest gives a booking up; one that runs keeps its record of the time it took.
func (s *Service) CancelForRequest(ctx context.Context, tx db.Tx, id ref.Booking, reason string) (Revised, error) {
	return s.followIn(ctx, tx, id, revision{act: ActCancel,
		apply: func(_ context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			if d.Status == Approved && d.phase(st.now).begun {
				end(d, st.now)
				d.Status = Ended
			} else {
				d.Status = Cancelled
			}
			d.Reason = strings.TrimSpace(reason)
			return EventCancelled, map[string]any{"reason": d.Reason}, nil
		}})
}

// MoveForRequest gives a booking other times. More time than before sends it back to its approvers, unless nobody has to approve.
func (s *Service) MoveForRequest(ctx context.Context, tx db.Tx, id ref.Booking, from, to time.Time, overrideReason string) (Revised, error) {
	return s.followIn(ctx, tx, id, revision{act: ActChange, overrideReason: overrideReason,
		apply: func(_ context.Context, _ *stage, d *draft) (events.Kind, map[string]any, error) {
			if d.From.Equal(from) && d.To.Equal(to) {
				return "", nil, nil
			}
			d.From, d.To = normal(from), normal(to)
			var faults problem.Fields
			checkSpan(&faults, d.Span())
			return EventChanged, nil, faults.Err("booking_times_invalid", "The booking cannot be moved like this.")
		}})
}

func (s *Service) followIn(ctx context.Context, tx db.Tx, id ref.Booking, r revision) (Revised, error) {
	r.allowed = func(context.Context, *stage, *draft) error { return nil }
	out, err := s.reviseIn(ctx, tx, string(id), r)
	var clash *clashError
	switch {
	case errors.As(err, &clash):
		list, err := s.tellClashes(ctx, tx, clash.held)
		if err != nil {
			return out, err
		}
		return out, overlapProblem(list, nil)
	case errors.Is(err, errChanged):
		return out, problem.New(problem.Stale, "stale", "Somebody changes a booking of the request at this moment; try once more.")
	}
	return out, err
}
