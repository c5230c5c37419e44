package booking

import (
	"context"
	"slices"
	"time"

	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// BulkEdit is one change of many bookings.
type BulkEdit struct {
	Bookings []ref.Booking `json:"bookings" minItems:"1" maxItems:"1000" nullable:"false"`
	// Shift moves both ends by whole days on the clocks of a zone, ShiftEnd only the end.
	ShiftDays    int        `json:"shiftDays,omitempty" minimum:"-3660" maximum:"3660" doc:"Move both ends by this many days."`
	ShiftEndDays int        `json:"shiftEndDays,omitempty" minimum:"-3660" maximum:"3660" doc:"Move the end alone by this many days."`
	Zone         string     `json:"zone,omitempty" maxLength:"64" doc:"The IANA name of the zone whose days are counted; UTC when left out."`
	From         *time.Time `json:"from,omitempty"`
	To           *time.Time `json:"to,omitempty"`
	Status       Status     `json:"status,omitempty" enum:"approved,rejected,cancelled"`
	Reason       string     `json:"reason,omitempty" maxLength:"2000"`
}

// BulkEditOne applies a bulk edit to one of its bookings; each stands for itself.
func (s *Service) BulkEditOne(ctx context.Context, id ref.Booking, in BulkEdit, dry bool) (Revised, error) {
	switch in.Status {
	case Approved:
		return s.Approve(ctx, string(id), 0, in.Reason, dry)
	case Rejected:
		r := s.rejection(0, in.Reason)
		r.dry = dry
		return s.revise(ctx, string(id), r)
	case Cancelled:
		return s.Cancel(ctx, string(id), 0, in.Reason, dry)
	}
	zone, err := zoneOf(in.Zone)
	if err != nil {
		return Revised{}, err
	}
	if in.ShiftDays == 0 && in.ShiftEndDays == 0 && in.From == nil && in.To == nil {
		return Revised{}, problem.New(problem.Invalid, "bulk_edit_empty", "Say what to change: shiftDays, shiftEndDays, from, to or status.")
	}
	return s.revise(ctx, string(id), revision{act: ActChange, dry: dry,
		apply: func(_ context.Context, _ *stage, d *draft) (events.Kind, map[string]any, error) {
			if in.From != nil {
				d.From = normal(*in.From)
			}
			if in.To != nil {
				d.To = normal(*in.To)
			}
			d.From = shiftDays(d.From, in.ShiftDays, zone)
			d.To = shiftDays(d.To, in.ShiftDays+in.ShiftEndDays, zone)
			var faults problem.Fields
			checkSpan(&faults, d.Span())
			return EventChanged, nil, faults.Err("booking_times_invalid", "The booking cannot be moved like this.")
		}})
}

// inOrder puts the bookings of a shift into the order in which none is in the way of the next: the last first when they move
// to later, the first first otherwise.
func (s *Service) inOrder(ctx context.Context, in BulkEdit) ([]ref.Booking, error) {
	if in.ShiftDays == 0 && in.ShiftEndDays == 0 {
		return in.Bookings, nil
	}
	refs, err := s.refs(ctx, in.Bookings)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(in.Bookings)
	slices.SortStableFunc(out, func(a, b ref.Booking) int {
		order := refs[a].From.Compare(refs[b].From)
		if in.ShiftDays+in.ShiftEndDays > 0 {
			return -order
		}
		return order
	})
	return out, nil
}
