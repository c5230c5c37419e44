package change

import (
	"context"
	"fmt"
	"slices"
	"time"

	"millrace/internal/aspect/workflow"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/request"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// announce brings the announced outages of a change request up to what it says now: there where its cards are, at its
// times, gone where it was given up. It is called after every change of a request.
func (s *Service) announce(ctx context.Context, tx db.Tx, r *Request) ([]request.Consequence, error) {
	if s.Outages == nil {
		return nil, nil
	}
	mode, err := s.Requests.ModeOf(ctx, tx, kind, r.ID)
	if err != nil {
		return nil, err
	}
	if mode == workflow.Completed {
		return nil, nil // it is a fact now
	}
	policy, err := request.LoadPolicy(ctx, tx)
	if err != nil {
		return nil, err
	}
	var wanted []ref.Environment
	span, out := r.outage()
	if out && mode != workflow.Cancelled && (policy.AnnounceOutages == request.AnnounceCreated || mode != workflow.Planning) {
		if wanted, err = s.environmentsOf(ctx, tx, r.cards); err != nil {
			return nil, err
		}
	}
	slices.Sort(wanted)
	had, err := s.announced(ctx, tx, r.ID)
	if err != nil {
		return nil, err
	}
	var gone []ref.Environment
	for _, env := range had {
		if !slices.Contains(wanted, env) {
			gone = append(gone, env)
		}
	}
	if err := s.withdraw(ctx, tx, r, gone); err != nil {
		return nil, err
	}
	fresh := 0
	for _, env := range wanted {
		if err := s.plan(ctx, tx, r, env, span.From, span.To); err != nil {
			return nil, err
		}
		if !slices.Contains(had, env) {
			fresh++
			if _, err := tx.ExecContext(ctx, `INSERT INTO environment_change_outage (request_id, environment_id) VALUES (?, ?)`, r.ID, env); err != nil {
				return nil, err
			}
		}
	}
	var list []request.Consequence
	if fresh > 0 {
		list = append(list, request.Consequence{Kind: "outage_announced", Count: fresh, Message: fmt.Sprintf("An outage is announced for %s.", environments(fresh))})
	}
	if len(gone) > 0 {
		list = append(list, request.Consequence{Kind: "outage_withdrawn", Count: len(gone), Message: fmt.Sprintf("The announced outage of %s is taken back.", environments(len(gone)))})
	}
	return list, nil
}

func environments(n int) string {
	if n == 1 {
		return "1 environment"
	}
	return fmt.Sprintf("%d environments", n)
}

// announced are the environments for which a request has announced an outage.
func (s *Service) announced(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) ([]ref.Environment, error) {
	var list []ref.Environment
	err := tx.NewSelect().Table("environment_change_outage").Column("environment_id").Where("request_id = ?", id).OrderExpr("environment_id").Scan(ctx, &list)
	return list, err
}

func (s *Service) withdraw(ctx context.Context, tx db.Tx, r *Request, envs []ref.Environment) error {
	for _, env := range envs {
		if err := s.plan(ctx, tx, r, env, time.Time{}, time.Time{}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM environment_change_outage WHERE request_id = ? AND environment_id = ?`, r.ID, env); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) plan(ctx context.Context, tx db.Tx, r *Request, env ref.Environment, from, until time.Time) error {
	e := environment.Environment{ID: env}
	err := tx.NewSelect().TableExpr("v_environment AS e").ColumnExpr("e.id, e.key, e.name, e.unit_id").Where("e.id = ?", env).Scan(ctx, &e)
	if err != nil {
		if db.IsNoRows(err) {
			return nil
		}
		return err
	}
	return s.Outages.Planned(ctx, tx, e, request.ChangeSubject, string(r.ID), r.Label(kind), from, until)
}

// NewBooking says how the environments of a change request are booked; what is left out comes from the request.
type NewBooking struct {
	From           *time.Time      `json:"from,omitempty"`
	To             *time.Time      `json:"to,omitempty"`
	Intent         booking.Intent  `json:"intent,omitempty" enum:"change_code,change_configuration,touch" doc:"change_configuration when left out."`
	Title          string          `json:"title,omitempty" maxLength:"200"`
	OnClash        booking.OnClash `json:"onClash,omitempty" enum:"refuse,wait"`
	OverrideReason string          `json:"overrideReason,omitempty" maxLength:"2000"`
}

// Book books the environments of a change request in one step.
func (s *Service) Book(ctx context.Context, id string, version int64, in NewBooking, dry bool) (out View, err error) {
	err = s.Requests.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := s.Requests.ToEdit(ctx, tx, kind, id, version)
		if err != nil {
			return err
		}
		r, err := load(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		mode, err := s.Requests.ModeOf(ctx, tx, kind, r.ID)
		if err != nil {
			return err
		}
		if mode.Ended() {
			return problem.New(problem.Conflict, "request_ended", "The request is over; there is nothing to book for it.")
		}
		had, err := s.announced(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		// The outage that the request itself announces closes its environments for everybody else, not for its own work.
		if err := s.withdraw(ctx, tx, &r, had); err != nil {
			return err
		}
		more, err := s.book(ctx, tx, &r, in)
		if err != nil {
			return err
		}
		if _, err := s.announce(ctx, tx, &r); err != nil {
			return err
		}
		if err := s.save(ctx, tx, &r); err != nil {
			return err
		}
		out, err = s.view(ctx, tx, r.ID)
		out.Consequences = append(out.Consequences, more...)
		return err
	})
	return out, s.Requests.WithWaysOut(ctx, err)
}

func (s *Service) book(ctx context.Context, tx db.Tx, r *Request, in NewBooking) ([]request.Consequence, error) {
	envs, err := s.environmentsOf(ctx, tx, r.cards)
	if err != nil {
		return nil, err
	}
	if len(envs) == 0 {
		return nil, fault("body.cards", "required", "The request names no environments that could be booked.")
	}
	holder := r.AssigneePerson
	if holder == "" {
		holder = r.Requester
	}
	if holder, err = s.Requests.HolderOf(ctx, tx, holder); err != nil {
		return nil, err
	}
	span := r.Span()
	if in.From != nil {
		span.From = normal(*in.From)
	}
	if in.To != nil {
		span.To = normal(*in.To)
	}
	b := booking.NewBooking{From: span.From, To: span.To, Intent: in.Intent, Title: line(in.Title), Description: r.Description, Release: r.Release, Holder: holder,
		OnClash: in.OnClash, OverrideReason: in.OverrideReason, Request: r.ID}
	for _, env := range envs {
		b.Environments = append(b.Environments, string(env))
	}
	if b.Intent == "" {
		b.Intent = booking.ChangeConfiguration
	}
	if b.Title == "" {
		b.Title = cut(r.Label(kind), request.MaxTitle)
	}
	created, err := s.Bookings.CreateIn(ctx, tx, b)
	if err != nil {
		return nil, request.RefusedLine(err, 0, booking.AvailabilityQuestion{Targets: b.Targets, From: b.From, To: b.To, Intent: b.Intent})
	}
	var ids []ref.Booking
	for _, l := range created.Bookings {
		ids = append(ids, l.ID)
	}
	return s.Requests.TellBookings(ctx, tx, kind, r.Core, request.EventChangeBooked, "bookings_made", "%s made.", ids)
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// liveOf are the bookings of a request that are not over.
func (s *Service) liveOf(ctx context.Context, tx db.Tx, c request.Core) ([]request.BookingRef, error) {
	found, err := request.BookingsOf(ctx, tx, []ref.EnvironmentRequest{c.ID})
	return request.LiveBookings(found[c.ID]), err
}
