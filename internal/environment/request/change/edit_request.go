package change

import (
	"context"
	"slices"

	"millrace/internal/aspect/workflow"
	"millrace/internal/environment/request"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// Change edits a change request that the caller read in the given version; 0 takes any. Its announced outage
// follows. With dry set nothing is saved.
func (s *Service) Change(ctx context.Context, id string, version int64, in RequestChange, dry bool) (out View, err error) {
	err = s.Requests.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		out, _, err = s.edit(ctx, tx, id, version, in)
		return err
	})
	return out, err
}

func (s *Service) edit(ctx context.Context, tx db.Tx, id string, version int64, in RequestChange) (View, map[string]events.Change, error) {
	c, err := s.Requests.ToEdit(ctx, tx, kind, id, version)
	if err != nil {
		return View{}, nil, err
	}
	before, err := load(ctx, tx, c.ID)
	if err != nil {
		return View{}, nil, err
	}
	old, err := s.view(ctx, tx, c.ID)
	if err != nil {
		return old, nil, err
	}
	if old.Mode().Ended() {
		return old, nil, request.Ended(old.Position)
	}
	r := before
	r.cards = slices.Clone(before.cards)
	if err := s.Requests.ChangeCore(ctx, tx, kind, &r.Core, in.CoreChange); err != nil {
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
	if err := s.check(ctx, tx, &r); err != nil {
		return old, nil, err
	}
	if in.Cards.Set {
		if err := saveCards(ctx, tx, r.ID, r.cards); err != nil {
			return old, nil, err
		}
	}
	if err := s.save(ctx, tx, &r); err != nil {
		return old, nil, err
	}
	if err := s.Requests.AfterChange(ctx, tx, kind, before.Core, r.Core, in.CoreChange); err != nil {
		return old, nil, err
	}
	more, err := s.announce(ctx, tx, &r)
	if err != nil {
		return old, nil, err
	}
	out, err := s.view(ctx, tx, r.ID)
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
	return out, diff, s.Requests.Say(ctx, tx, kind, request.EventChangeChanged, r.Core, diff, nil)
}

// Move takes a change request to another status. Giving it up takes its outage and its bookings away. With
// dry set nothing is saved.
func (s *Service) Move(ctx context.Context, id string, version int64, in request.Move, dry bool) (out View, err error) {
	return s.move(ctx, id, version, dry, func(context.Context, db.Tx, Request) (request.Move, error) { return in, nil })
}

// Cancel takes a change request to the status that gives it up.
func (s *Service) Cancel(ctx context.Context, id string, version int64, note string, dry bool) (out View, err error) {
	return s.move(ctx, id, version, dry, func(ctx context.Context, tx db.Tx, r Request) (request.Move, error) {
		to, err := s.Requests.Choose(ctx, tx, r.Record(kind), "cancelled", workflow.Cancelled)
		return request.Move{To: to, Note: note}, err
	})
}

func (s *Service) move(ctx context.Context, id string, version int64, dry bool, where func(context.Context, db.Tx, Request) (request.Move, error)) (out View, err error) {
	err = s.Requests.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := s.Requests.ToEdit(ctx, tx, kind, id, version)
		if err != nil {
			return err
		}
		r, err := load(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		in, err := where(ctx, tx, r)
		if err != nil {
			return err
		}
		to, err := s.Requests.Workflow.Move(ctx, tx, r.Record(kind), in.Step())
		if err != nil {
			return err
		}
		more, err := s.follow(ctx, tx, &r, to, in.Note)
		if err != nil {
			return err
		}
		out, err = s.view(ctx, tx, c.ID)
		out.Consequences = append(out.Consequences, more...)
		return err
	})
	return out, err
}

// follow does what the new status of a change request asks for, and keeps the request.
func (s *Service) follow(ctx context.Context, tx db.Tx, r *Request, to workflow.Status, note string) (more []request.Consequence, err error) {
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
		reason := r.Label(kind) + " is " + to.Name + "."
		if note != "" {
			reason += " " + note
		}
		if more, err = s.Requests.CancelBookings(ctx, tx, kind, r.Core, found, reason); err != nil {
			return nil, err
		}
	}
	if err := s.save(ctx, tx, r); err != nil {
		return nil, err
	}
	announced, err := s.announce(ctx, tx, r)
	return append(announced, more...), err
}
