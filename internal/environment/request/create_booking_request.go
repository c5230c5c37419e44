package request

import (
	"context"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewBookingRequest is what CreateBookingRequest takes.
type NewBookingRequest struct {
	NewCore
	Lines   []NewLine         `json:"lines,omitempty" maxItems:"200" doc:"What to book: environments, a group or a capability each."`
	Answers map[string]string `json:"answers,omitempty" doc:"Answers by the ids of the questions."`
	Submit  bool              `json:"submit,omitempty" doc:"Leave the draft at once, so that the bookings are made."`
}

// CreateBookingRequest makes a booking request; with Submit it is submitted in the same transaction. With dry set nothing
// is saved.
func (s *Service) CreateBookingRequest(ctx context.Context, in NewBookingRequest, dry bool) (out BookingView, err error) {
	err = s.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		r, err := s.createBooking(ctx, tx, in)
		if err != nil {
			return err
		}
		var more []Consequence
		if in.Submit {
			if more, err = s.submit(ctx, tx, r.ID); err != nil {
				return err
			}
		}
		out, err = s.bookingView(ctx, tx, r.ID)
		out.Consequences = append(out.Consequences, more...)
		return err
	})
	return out, s.WithWaysOut(ctx, err)
}

func (s *Service) createBooking(ctx context.Context, tx db.Tx, in NewBookingRequest) (BookingRequest, error) {
	var r BookingRequest
	lines, err := s.readLines(ctx, tx, "", in.Lines, nil)
	if err != nil {
		return r, err
	}
	unit, err := s.unitOfLines(ctx, tx, lines)
	if err != nil {
		return r, err
	}
	core, err := s.MakeCore(ctx, tx, bookingKind, in.NewCore, unit)
	if err != nil {
		return r, err
	}
	r = BookingRequest{Core: core, Answers: map[string]string{}, lines: lines}
	for i := range r.lines {
		r.lines[i].Request = r.ID
	}
	if err := s.checkBooking(ctx, tx, &r, in.Answers); err != nil {
		return r, err
	}
	policy, err := LoadPolicy(ctx, tx)
	if err != nil {
		return r, err
	}
	var faults problem.Fields
	checkPastStart(&faults, policy.Settings, r.From, s.Clock.Now())
	if err := faults.Err("booking_request_invalid", "The booking request cannot be made like this."); err != nil {
		return r, err
	}
	return r, s.insertBooking(ctx, tx, &r, func(ctx context.Context) error {
		return s.Fields.SetNew(ctx, tx, BookingSubject, r.FieldRecord(bookingKind), in.Fields, "body.fields")
	})
}

// insertBooking writes a new booking request, puts it on its first status and tells of it.
func (s *Service) insertBooking(ctx context.Context, tx db.Tx, r *BookingRequest, fields func(ctx context.Context) error) (err error) {
	if r.Number, err = TakeNumber(ctx, tx, bookingKind); err != nil {
		return err
	}
	r.TitleKey = ref.NameKey(r.Title)
	if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
		return err
	}
	if err := saveLines(ctx, tx, r.ID, r.lines); err != nil {
		return err
	}
	if _, err := s.Workflow.Start(ctx, tx, r.Record(bookingKind)); err != nil {
		return err
	}
	if err := fields(ctx); err != nil {
		return err
	}
	v, err := s.bookingView(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	return s.Say(ctx, tx, bookingKind, EventRequestCreated, r.Core, events.Diff(nil, v.told()), nil)
}

// checkBooking checks a booking request as it shall be kept, and takes new answers in.
func (s *Service) checkBooking(ctx context.Context, tx db.Tx, r *BookingRequest, answers map[string]string) error {
	var faults problem.Fields
	CheckCore(&faults, &r.Core)
	for i := range r.lines {
		CheckText(&faults, "body.lines", r.lines[i].Title, false, MaxTitle)
	}
	if err := faults.Err("booking_request_invalid", "The booking request cannot be kept like this."); err != nil {
		return err
	}
	questions, err := loadQuestions(ctx, tx)
	if err != nil {
		return err
	}
	r.Answers, err = answered(questions, r.Answers, answers)
	return err
}

// unitOfLines is the unit of the first environment or group that lines name.
func (s *Service) unitOfLines(ctx context.Context, tx db.Tx, lines []Line) (unit ref.Unit, err error) {
	for _, l := range lines {
		switch {
		case len(l.environments) > 0:
			err = tx.NewSelect().Table("v_environment").Column("unit_id").Where("id = ?", l.environments[0]).Scan(ctx, &unit)
		case l.Group != "":
			err = tx.NewSelect().Table("v_environment_group").Column("unit_id").Where("id = ?", l.Group).Scan(ctx, &unit)
		}
		if err != nil || unit != "" {
			return unit, err
		}
	}
	return "", nil
}

// BookingRequest returns a booking request.
func (s *Service) BookingRequest(ctx context.Context, id string) (out BookingView, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := ToView(ctx, tx, bookingKind, id)
		if err != nil {
			return err
		}
		out, err = s.bookingView(ctx, tx, c.ID)
		return err
	})
	return out, err
}

// Say appends an event about a request.
func (s *Service) Say(ctx context.Context, tx db.Tx, k Kind, event events.Kind, c Core, changes map[string]events.Change, more map[string]any) error {
	data := map[string]any{"number": k.Reference(c.Number), "requesterId": c.Requester, "assigneeId": c.AssigneePerson, "teamId": c.AssigneeTeam}
	for name, v := range more {
		data[name] = v
	}
	return s.Events.Append(ctx, tx, events.Event{Kind: event, SubjectID: string(c.ID), SubjectLabel: c.Label(k), Unit: c.Unit, Changes: changes, Data: data})
}

// newBooking is the booking a line asks for; holder is who shall hold it.
func (r BookingRequest) newBooking(l Line, holder ref.Person, override string) booking.NewBooking {
	span := l.span(r.Core)
	title := r.Title
	if l.Title != "" {
		title = l.Title
	}
	return booking.NewBooking{
		Targets: l.targets(), From: span.From, To: span.To, Intent: l.Intent, Title: title, Description: r.Description, Release: r.Release, Holder: holder,
		OnClash: l.OnClash, OverrideReason: override, Request: r.ID,
	}
}
