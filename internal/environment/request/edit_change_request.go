package request

import (
	"context"
	"slices"

	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// ChangeChangeRequest edits a change request that the caller read in the given version; 0 takes any. Its announced outage
// follows. With dry set nothing is saved.
func (s *Service) ChangeChangeRequest(ctx context.Context, id string, version int64, in ChangeRequestChange, dry bool) (out ChangeView, err error) {
	err = s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		out, _, err = s.changeChange(ctx, tx, id, version, in)
		return err
	})
	return out, err
}

func (s *Service) changeChange(ctx context.Context, tx db.Tx, id string, version int64, in ChangeRequestChange) (ChangeView, map[string]events.Change, error) {
	c, err := s.toEdit(ctx, tx, changeKind, id, version)
	if err != nil {
		return ChangeView{}, nil, err
	}
	before, err := loadChange(ctx, tx, c.ID)
	if err != nil {
		return ChangeView{}, nil, err
	}
	old, err := s.changeView(ctx, tx, c.ID)
	if err != nil {
		return old, nil, err
	}
	if old.mode().Ended() {
		return old, nil, ended(old.Position)
	}
	r := before
	r.cards = slices.Clone(before.cards)
	if err := s.changeCore(ctx, tx, changeKind, &r.Core, in.CoreChange); err != nil {
		return old, nil, err
	}
	set(&r.Colour, in.Colour)
	set(&r.OnSchedule, in.OnSchedule)
	set(&r.InOrder, in.InOrder)
	if in.Outage.Set {
		r.OutageFrom, r.OutageTo = nil, nil
		if !in.Outage.Null {
			r.OutageFrom, r.OutageTo = at(normal(in.Outage.Value.From)), at(normal(in.Outage.Value.To))
		}
	}
	if in.Cards.Set {
		if r.cards, err = s.readCards(ctx, tx, r.ID, in.Cards.Value, before.cards); err != nil {
			return old, nil, err
		}
	}
	if err := s.checkChange(ctx, tx, &r); err != nil {
		return old, nil, err
	}
	if in.Cards.Set {
		if err := saveCards(ctx, tx, r.ID, r.cards); err != nil {
			return old, nil, err
		}
	}
	if err := s.saveChange(ctx, tx, &r); err != nil {
		return old, nil, err
	}
	if err := s.changed(ctx, tx, changeKind, before.Core, r.Core, in.CoreChange); err != nil {
		return old, nil, err
	}
	more, err := s.announce(ctx, tx, &r)
	if err != nil {
		return old, nil, err
	}
	out, err := s.changeView(ctx, tx, r.ID)
	if err != nil {
		return out, nil, err
	}
	diff := events.Diff(old.told(), out.told())
	if len(diff) == 0 && len(in.Fields) == 0 {
		_, err := tx.ExecContext(ctx, `UPDATE environment_change_request SET version = ?, updated_at = ? WHERE id = ?`, before.Version, before.UpdatedAt, r.ID)
		out.Version, out.UpdatedAt = before.Version, before.UpdatedAt
		return out, diff, err
	}
	out.Consequences = append(out.Consequences, more...)
	if len(diff) == 0 {
		return out, diff, nil
	}
	return out, diff, s.say(ctx, tx, changeKind, EventChangeChanged, r.Core, diff, nil)
}

// MoveChangeRequest takes a change request to another status. Giving it up takes its outage and its bookings away. With
// dry set nothing is saved.
func (s *Service) MoveChangeRequest(ctx context.Context, id string, version int64, in Move, dry bool) (out ChangeView, err error) {
	return s.moveChange(ctx, id, version, dry, func(context.Context, db.Tx, ChangeRequest) (Move, error) { return in, nil })
}

// CancelChangeRequest takes a change request to the status that gives it up.
func (s *Service) CancelChangeRequest(ctx context.Context, id string, version int64, note string, dry bool) (out ChangeView, err error) {
	return s.moveChange(ctx, id, version, dry, func(ctx context.Context, tx db.Tx, r ChangeRequest) (Move, error) {
		to, err := s.choose(ctx, tx, r.record(changeKind), "cancelled", workflow.Cancelled)
		return Move{To: to, Note: note}, err
	})
}

func (s *Service) moveChange(ctx context.Context, id string, version int64, dry bool, where func(context.Context, db.Tx, ChangeRequest) (Move, error)) (out ChangeView, err error) {
	err = s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := s.toEdit(ctx, tx, changeKind, id, version)
		if err != nil {
			return err
		}
		r, err := loadChange(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		in, err := where(ctx, tx, r)
		if err != nil {
			return err
		}
		to, err := s.Workflow.Move(ctx, tx, r.record(changeKind), in.step())
		if err != nil {
			return err
		}
		more, err := s.changeMoved(ctx, tx, &r, to, in.Note)
		if err != nil {
			return err
		}
		out, err = s.changeView(ctx, tx, c.ID)
		out.Consequences = append(out.Consequences, more...)
		return err
	})
	return out, err
}

// changeMoved does what the new status of a change request asks for, and keeps the request.
func (s *Service) changeMoved(ctx context.Context, tx db.Tx, r *ChangeRequest, to workflow.Status, note string) (more []Consequence, err error) {
	now := s.Clock.Now()
	r.CompletedAt = nil
	switch to.Mode {
	case workflow.Implementation:
		if r.StartedAt == nil {
			r.StartedAt = &now
		}
	case workflow.Completed:
		if r.StartedAt == nil {
			r.StartedAt = &now
		}
		r.CompletedAt = &now
	case workflow.Planning, workflow.Execution:
		r.StartedAt = nil
	case workflow.Cancelled:
		found, err := s.liveOf(ctx, tx, r.Core)
		if err != nil {
			return nil, err
		}
		reason := r.label(changeKind) + " is " + to.Name + "."
		if note != "" {
			reason += " " + note
		}
		if more, err = s.cancelBookings(ctx, tx, changeKind, r.Core, found, reason); err != nil {
			return nil, err
		}
	}
	if err := s.saveChange(ctx, tx, r); err != nil {
		return nil, err
	}
	announced, err := s.announce(ctx, tx, r)
	return append(announced, more...), err
}
