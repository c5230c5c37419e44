package booking

import (
	"context"
	"errors"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Rewrite is the whole of what a row of an import says about a booking that is there.
type Rewrite struct {
	NewBooking
	Places []ref.Environment
	Group  ref.EnvironmentGroup
	Wish   Status
	Said   map[string]any
}

// Rewrite changes a booking that is there, between the rows of an import.
func (i *Import) Rewrite(ctx context.Context, id ref.Booking, in Rewrite) (Revised, error) {
	return i.between(ctx, id, func() (Revised, error) { return i.s.RewriteIn(ctx, i.tx, id, in) })
}

// Withdraw gives up a booking that is there, between the rows of an import.
func (i *Import) Withdraw(ctx context.Context, id ref.Booking, reason string) (Revised, error) {
	return i.between(ctx, id, func() (Revised, error) { return i.s.WithdrawIn(ctx, i.tx, id, reason) })
}

// between does something else than taking a row: what was taken is written before, and what is known of the environments
// concerned is read again after, because the waitlist may have been served with what was freed.
func (i *Import) between(ctx context.Context, id ref.Booking, fn func() (Revised, error)) (Revised, error) {
	if err := i.flush(ctx); err != nil {
		return Revised{}, err
	}
	ids := []ref.Booking{id}
	before, err := partsOf(ctx, i.tx, ids...)
	if err != nil {
		return Revised{}, err
	}
	out, err := fn()
	if err != nil {
		return out, err
	}
	for _, p := range out.Promoted {
		ids = append(ids, p.ID)
	}
	after, err := partsOf(ctx, i.tx, ids...)
	if err != nil {
		return out, err
	}
	var envs []ref.Environment
	for _, parts := range []map[ref.Booking][]Part{before, after} {
		for _, list := range parts {
			for _, p := range list {
				if _, known := i.st.envs[p.Environment]; known && !slices.Contains(envs, p.Environment) {
					envs = append(envs, p.Environment)
				}
			}
		}
	}
	return out, i.read(ctx, envs)
}

// RewriteIn changes a booking in the caller's transaction to what a row says, on the path of every change. An approved
// booking in the way is the problem booking_overlaps.
func (s *Service) RewriteIn(ctx context.Context, tx db.Tx, id ref.Booking, in Rewrite) (Revised, error) {
	in.From, in.To = normal(in.From), normal(in.To)
	r := revision{act: ActChange, overrideReason: in.OverrideReason,
		environments: func(context.Context, db.Tx, *draft) ([]ref.Environment, error) { return slices.Clone(in.Places), nil },
		apply: func(ctx context.Context, _ *stage, d *draft) (events.Kind, map[string]any, error) {
			var faults problem.Fields
			d.Title, d.Description, d.Release, d.Priority = strings.TrimSpace(in.Title), in.Description, strings.TrimSpace(in.Release), in.Priority
			d.From, d.To, d.Intent, d.Group = in.From, in.To, in.Intent, in.Group
			if in.Holder != "" {
				d.Holder = in.Holder
			}
			checkSpan(&faults, d.Span())
			if d.Title == "" {
				faults.Add("body.title", "required", "Say what the booking is for.")
			}
			return EventChanged, in.Said, faults.Err("booking_invalid", "The booking cannot be changed like this.")
		}}
	out, err := s.inside(ctx, tx, string(id), r)
	if err != nil || in.Wish != Approved || out.Booking.Status != Requested {
		return out, err
	}
	approved, err := s.inside(ctx, tx, string(id), s.approval(0, "", false))
	if k := problem.KindOf(err); k == problem.Forbidden {
		return out, nil // it stays requested for those who decide
	}
	return approved, err
}

// WithdrawIn gives up a booking that the caller may manage, in the caller's transaction.
func (s *Service) WithdrawIn(ctx context.Context, tx db.Tx, id ref.Booking, reason string) (Revised, error) {
	return s.inside(ctx, tx, string(id), s.cancellation(0, reason, false))
}

// inside is revise in the caller's transaction.
func (s *Service) inside(ctx context.Context, tx db.Tx, id string, r revision) (Revised, error) {
	out, err := s.reviseIn(ctx, tx, id, r)
	var clash *clashError
	switch {
	case errors.As(err, &clash):
		list, err := s.tellClashes(ctx, tx, clash.held)
		if err != nil {
			return out, err
		}
		return out, overlapProblem(list, nil)
	case errors.Is(err, errChanged):
		return out, problem.New(problem.Stale, "stale", "Somebody changes this booking at the same moment; try once more.")
	}
	return out, err
}

// TargetsOf finds what is booked with an environment or a group that the caller may book: descendants and members too.
func (s *Service) TargetsOf(ctx context.Context, tx db.Tx, t Targets) (Candidate, error) {
	if t.Capability != nil {
		return Candidate{}, authz.ErrNotFound
	}
	list, err := s.resolve(ctx, tx, t, PermCreate, nil)
	if err != nil {
		return Candidate{}, err
	}
	return list[0], nil
}
