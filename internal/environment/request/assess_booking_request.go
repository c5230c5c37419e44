package request

import (
	"context"
	"slices"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// LineAssessment says whether a line could be booked, and what could be done where it could not.
type LineAssessment struct {
	Line LineView `json:"line"`
	// Booked lines are told by the state of their bookings.
	Booked bool `json:"booked"`
	booking.Availability
	// Fault says why the line cannot even be asked about: it names nothing that the caller may see any more.
	Fault string `json:"fault,omitempty"`
}

// Assessment is the state of a booking request before it is submitted.
type Assessment struct {
	Available   bool             `json:"available" doc:"Whether every line could be booked, or is."`
	Submittable bool             `json:"submittable" doc:"Whether nothing is missing."`
	Missing     []problem.Field  `json:"missing" nullable:"false" doc:"What the policy and the questions still want."`
	Lines       []LineAssessment `json:"lines" nullable:"false"`
}

// Assess tells for every line of a booking request whether it is free, what is in its way, and the ways out.
func (s *Service) Assess(ctx context.Context, id string) (Assessment, error) {
	var r BookingRequest
	var v BookingView
	out := Assessment{Available: true, Submittable: true, Missing: []problem.Field{}, Lines: []LineAssessment{}}
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := ToView(ctx, tx, bookingKind, id)
		if err != nil {
			return err
		}
		if r, err = loadBooking(ctx, tx, c.ID); err != nil {
			return err
		}
		if v, err = s.bookingView(ctx, tx, c.ID); err != nil {
			return err
		}
		err = s.checkSubmission(ctx, tx, &r, !active(v.Mode()))
		if p := problem.Of(err); p != nil && p.Kind == problem.Invalid {
			out.Submittable, out.Missing, err = false, p.Fields, nil
		}
		return err
	})
	if err != nil {
		return out, err
	}
	own := map[ref.Booking]bool{}
	for _, b := range v.Bookings {
		own[b.ID] = true
	}
	for i, l := range r.lines {
		a, err := s.assessLine(ctx, r, l, v.Lines[i], own)
		if err != nil {
			return out, err
		}
		out.Available = out.Available && a.Available
		out.Lines = append(out.Lines, a)
	}
	return out, nil
}

func (s *Service) assessLine(ctx context.Context, r BookingRequest, l Line, v LineView, own map[ref.Booking]bool) (LineAssessment, error) {
	a := LineAssessment{Line: v, Booked: len(LiveBookings(v.Bookings)) > 0}
	span := l.span(r.Core)
	free, err := s.Bookings.Available(ctx, booking.AvailabilityQuestion{Targets: l.targets(), From: span.From, To: span.To, Intent: l.Intent})
	if p := problem.Of(err); p != nil && (p.Kind == problem.Invalid || p.Kind == problem.NotFound || p.Kind == problem.Forbidden) {
		a.Fault = p.Message
		a.Availability = booking.Availability{Environments: []booking.FreeAnswer{}, Conflicts: []booking.ConflictWith{}, Wanted: []booking.ConflictWith{}, Alternatives: []booking.Alternative{}, Alerts: []string{}}
		return a, nil
	}
	if err != nil {
		return a, err
	}
	theirs := func(c booking.ConflictWith) bool { return own[c.Booking.ID] }
	before := len(free.Conflicts)
	free.Conflicts, free.Wanted = slices.DeleteFunc(free.Conflicts, theirs), slices.DeleteFunc(free.Wanted, theirs)
	if a.Booked && before > 0 && len(free.Conflicts) == 0 {
		// The request itself is in the way: that is what was asked for.
		free.Available, free.Alternatives = true, []booking.Alternative{}
	}
	a.Availability = free
	return a, nil
}
