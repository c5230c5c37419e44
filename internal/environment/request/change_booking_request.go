package request

import (
	"context"
	"slices"

	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// BookingRequestChange is what ChangeBookingRequest takes; members that were not sent stay as they are, null clears.
type BookingRequestChange struct {
	CoreChange
	Lines          httpapi.Optional[[]NewLine] `json:"lines,omitzero" doc:"All lines there shall be; those with an id are kept, with their bookings where they still ask for the same."`
	Answers        map[string]string           `json:"answers,omitempty" doc:"Answers by the ids of the questions; an empty one takes an answer away."`
	OverrideReason string                      `json:"overrideReason,omitempty" maxLength:"2000" doc:"Why a freeze may be passed, by a holder of the permission."`
}

// ChangeBookingRequest edits a booking request that the caller read in the given version; 0 takes any. The bookings of a
// submitted one follow: they move, are given up, or made. With dry set nothing is saved.
func (s *Service) ChangeBookingRequest(ctx context.Context, id string, version int64, in BookingRequestChange, dry bool) (out BookingView, err error) {
	err = s.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		out, _, err = s.changeBooking(ctx, tx, id, version, in)
		return err
	})
	return out, s.WithWaysOut(ctx, err)
}

func (s *Service) changeBooking(ctx context.Context, tx db.Tx, id string, version int64, in BookingRequestChange) (BookingView, map[string]events.Change, error) {
	c, err := s.ToEdit(ctx, tx, bookingKind, id, version)
	if err != nil {
		return BookingView{}, nil, err
	}
	before, err := loadBooking(ctx, tx, c.ID)
	if err != nil {
		return BookingView{}, nil, err
	}
	old, err := s.bookingView(ctx, tx, c.ID)
	if err != nil {
		return old, nil, err
	}
	mode := old.Mode()
	if mode.Ended() {
		return old, nil, Ended(old.Position)
	}
	r := before
	r.lines = slices.Clone(before.lines)
	if err := s.ChangeCore(ctx, tx, bookingKind, &r.Core, in.CoreChange); err != nil {
		return old, nil, err
	}
	if in.Lines.Set {
		if r.lines, err = s.readLines(ctx, tx, r.ID, in.Lines.Value, before.lines); err != nil {
			return old, nil, err
		}
	}
	if err := s.checkBooking(ctx, tx, &r, in.Answers); err != nil {
		return old, nil, err
	}
	begins := !r.From.Equal(before.From)
	var more []Consequence
	if active(mode) {
		if err := s.checkSubmission(ctx, tx, &r, begins); err != nil {
			return old, nil, err
		}
		if more, err = s.follow(ctx, tx, &before, &r, in.OverrideReason); err != nil {
			return old, nil, err
		}
	} else if begins {
		policy, err := LoadPolicy(ctx, tx)
		if err != nil {
			return old, nil, err
		}
		var faults problem.Fields
		if checkPastStart(&faults, policy.Settings, r.From, s.Clock.Now()); len(faults) > 0 {
			return old, nil, faults.Err("booking_request_invalid", "The booking request cannot be kept like this.")
		}
	}
	if err := saveLines(ctx, tx, r.ID, r.lines); err != nil {
		return old, nil, err
	}
	kept := r
	if err := s.saveBooking(ctx, tx, &r); err != nil {
		return old, nil, err
	}
	if err := s.AfterChange(ctx, tx, bookingKind, before.Core, r.Core, in.CoreChange); err != nil {
		return old, nil, err
	}
	out, err := s.bookingView(ctx, tx, r.ID)
	if err != nil {
		return out, nil, err
	}
	diff := events.Diff(old.told(), out.told())
	if len(diff) == 0 && len(more) == 0 && len(in.Fields) == 0 {
		// Nothing differs: take the version back, so that nobody's open edit goes stale for nothing.
		_, err := tx.ExecContext(ctx, `UPDATE booking_request SET version = ?, updated_at = ? WHERE id = ?`, before.Version, before.UpdatedAt, kept.ID)
		out.Version, out.UpdatedAt = before.Version, before.UpdatedAt
		return out, diff, err
	}
	out.Consequences = append(out.Consequences, more...)
	if len(diff) == 0 {
		return out, diff, nil
	}
	return out, diff, s.Say(ctx, tx, bookingKind, EventRequestChanged, r.Core, diff, nil)
}

// AfterChange does what follows a change of the common part: the workflow of another type, aspects in another unit, and
// custom fields.
func (s *Service) AfterChange(ctx context.Context, tx db.Tx, k Kind, before, after Core, in CoreChange) error {
	if after.Unit != before.Unit {
		for _, m := range s.Movers {
			if err := m.MoveRecord(ctx, tx, k.subject, string(after.ID), after.Unit); err != nil {
				return err
			}
		}
	}
	if after.Type != before.Type {
		from, err := s.ModeOf(ctx, tx, k, after.ID)
		if err != nil {
			return err
		}
		to, err := s.Workflow.Retype(ctx, tx, after.Record(k))
		if err != nil {
			return err
		}
		if err := s.retyped(ctx, tx, k, after, from, to); err != nil {
			return err
		}
	}
	return s.Fields.Set(ctx, tx, k.subject, after.FieldRecord(k), in.Fields, "body.fields")
}

// retyped does what follows when the workflow of another type begins anew.
func (s *Service) retyped(ctx context.Context, tx db.Tx, k Kind, c Core, from workflow.Mode, to workflow.Status) error {
	if from == to.Mode {
		return nil
	}
	if k == bookingKind {
		r, err := loadBooking(ctx, tx, c.ID)
		if err == nil {
			_, err = s.bookingMoved(ctx, tx, &r, from, to, "", "")
		}
		return err
	}
	return s.changes.Moved(ctx, tx, c.ID, to)
}

// Ended is the problem of editing a request that is over.
func Ended(p *workflow.Position) error {
	return problem.Newf(problem.Conflict, "request_ended", "The request is %s; move it to another status before you change it.", p.Status).WithData("status", p.Status)
}
