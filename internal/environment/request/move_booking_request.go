package request

import (
	"context"
	"slices"

	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Move is what takes a request to another status.
type Move struct {
	To   string `json:"to" minLength:"1" maxLength:"200" doc:"The id or name of a status."`
	From string `json:"from,omitempty" maxLength:"200" doc:"The status the caller saw; a request that stands elsewhere is not moved."`
	Note string `json:"note,omitempty" maxLength:"2000"`
	// OverrideReason is for the bookings that the move makes.
	OverrideReason string `json:"overrideReason,omitempty" maxLength:"2000" doc:"Why a freeze may be passed, by a holder of the permission."`
}

// Step is the move in the words of the workflow.
func (m Move) Step() workflow.Step { return workflow.Step{To: m.To, From: m.From, Note: m.Note} }

// active reports whether a request in a mode has its bookings.
func active(m workflow.Mode) bool {
	return m == workflow.Execution || m == workflow.Implementation || m == workflow.Completed
}

// MoveBookingRequest takes a booking request to another status. Leaving the draft books its lines, giving it up cancels
// its bookings. With dry set nothing is saved.
func (s *Service) MoveBookingRequest(ctx context.Context, id string, version int64, in Move, dry bool) (out BookingView, err error) {
	err = s.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := s.ToEdit(ctx, tx, bookingKind, id, version)
		if err != nil {
			return err
		}
		more, err := s.moveBooking(ctx, tx, c.ID, in)
		if err != nil {
			return err
		}
		out, err = s.bookingView(ctx, tx, c.ID)
		out.Consequences = append(out.Consequences, more...)
		return err
	})
	return out, s.WithWaysOut(ctx, err)
}

// CancelBookingRequest takes a booking request to the status that gives it up, and cancels its bookings.
func (s *Service) CancelBookingRequest(ctx context.Context, id string, version int64, note string, dry bool) (out BookingView, err error) {
	err = s.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := s.ToEdit(ctx, tx, bookingKind, id, version)
		if err != nil {
			return err
		}
		to, err := s.Choose(ctx, tx, c.Record(bookingKind), "cancelled", workflow.Cancelled)
		if err != nil {
			return err
		}
		more, err := s.moveBooking(ctx, tx, c.ID, Move{To: to, Note: note})
		if err != nil {
			return err
		}
		out, err = s.bookingView(ctx, tx, c.ID)
		out.Consequences = append(out.Consequences, more...)
		return err
	})
	return out, err
}

// submit takes a request that was just made out of its draft.
func (s *Service) submit(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) ([]Consequence, error) {
	c, err := FindCore(ctx, tx, bookingKind, string(id))
	if err != nil {
		return nil, err
	}
	to, err := s.Choose(ctx, tx, c.Record(bookingKind), "submitted", workflow.Execution, workflow.Implementation)
	if err != nil {
		return nil, err
	}
	return s.moveBooking(ctx, tx, id, Move{To: to})
}

// Choose returns the status of the first mode to which the caller may take a record now, one with the given name before
// others.
func (s *Service) Choose(ctx context.Context, tx db.Tx, r workflow.Record, name string, modes ...workflow.Mode) (string, error) {
	choices, err := s.Workflow.Allowed(ctx, tx, r)
	if err != nil {
		return "", err
	}
	for _, m := range modes {
		open := slices.DeleteFunc(slices.Clone(choices), func(c workflow.Choice) bool { return !c.Allowed || c.Mode != m })
		if at := slices.IndexFunc(open, func(c workflow.Choice) bool { return ref.NameKey(c.Name) == name }); at >= 0 {
			return open[at].ID, nil
		}
		if len(open) > 0 {
			return open[0].ID, nil
		}
	}
	return "", problem.Newf(problem.Conflict, "transition_not_allowed", "The workflow has no way from here to a status that is %s, or you may not go it.", name)
}

// ModeOf is the mode of the status on which a record stands.
func (s *Service) ModeOf(ctx context.Context, tx db.Tx, k Kind, id ref.EnvironmentRequest) (workflow.Mode, error) {
	positions, err := s.Workflow.Positions(ctx, tx, k.subject, []string{string(id)})
	if p, ok := positions[string(id)]; ok {
		return p.Mode, err
	}
	return workflow.Planning, err
}

// moveBooking takes a booking request that the caller may edit to another status, and its bookings along.
func (s *Service) moveBooking(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest, in Move) ([]Consequence, error) {
	r, err := loadBooking(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	from, err := s.ModeOf(ctx, tx, bookingKind, id)
	if err != nil {
		return nil, err
	}
	to, err := s.Workflow.Move(ctx, tx, r.Record(bookingKind), in.Step())
	if err != nil {
		return nil, err
	}
	return s.bookingMoved(ctx, tx, &r, from, to, in.Note, in.OverrideReason)
}

// bookingMoved does what the new status of a booking request asks for, and keeps the request.
func (s *Service) bookingMoved(ctx context.Context, tx db.Tx, r *BookingRequest, from workflow.Mode, to workflow.Status, note, override string) ([]Consequence, error) {
	found, err := BookingsOf(ctx, tx, []ref.EnvironmentRequest{r.ID})
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	var more []Consequence
	switch {
	case !active(to.Mode):
		reason := r.Label(bookingKind) + " is " + to.Name + "."
		if note != "" {
			reason += " " + note
		}
		more, err = s.CancelBookings(ctx, tx, bookingKind, r.Core, found[r.ID], reason)
		r.SubmittedAt = nil
	case !active(from) && to.Mode != workflow.Completed:
		if err := s.checkSubmission(ctx, tx, r, true); err != nil {
			return nil, err
		}
		r.SubmittedAt = &now
		more, err = s.bookLines(ctx, tx, r, withoutBookings(r.lines, found[r.ID]), override)
	}
	if err != nil {
		return nil, err
	}
	r.CompletedAt = nil
	if to.Mode == workflow.Completed {
		r.CompletedAt = &now
	}
	if err := saveLines(ctx, tx, r.ID, r.lines); err != nil {
		return nil, err
	}
	return more, s.saveBooking(ctx, tx, r)
}

// checkSubmission refuses what a submitted request may not be. begins says whether its start is new.
func (s *Service) checkSubmission(ctx context.Context, tx db.Tx, r *BookingRequest, begins bool) error {
	policy, err := LoadPolicy(ctx, tx)
	if err != nil {
		return err
	}
	if !begins {
		policy.NoPastStart = false
	}
	facts := make([]lineFacts, len(r.lines))
	for i, l := range r.lines {
		facts[i] = lineFacts{Span: l.span(r.Core), Slot: l.Slot != ""}
	}
	var faults problem.Fields
	checkSubmission(&faults, policy.Settings, r.Core, facts, s.Clock.Now())
	questions, err := loadQuestions(ctx, tx)
	if err != nil {
		return err
	}
	places, err := s.placesOf(ctx, tx, r.lines)
	if err != nil {
		return err
	}
	checkAnswers(&faults, questions, places, r.Answers)
	return faults.Err("request_incomplete", "The request cannot be submitted like this.")
}
