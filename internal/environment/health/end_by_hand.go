package health

import (
	"context"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// goesOnWithin is how long after an outage was ended by hand a monitor that sees the environment offline continues that
// outage; later, another one begins.
const goesOnWithin = 15 * time.Minute

// End says when an outage ended and how the environment is since then.
type End struct {
	At     *time.Time `json:"at,omitempty" doc:"When it ended; now when left out."`
	Health Health     `json:"health,omitempty" enum:"online,issue,unknown" doc:"How the environment is since then. When left out it is online, unless it is in another outage."`
}

// EndOutage ends an outage by hand. Who ends it says that the environment is online, or what they choose: that is kept as
// a health event and is the last word until a monitor says something new. A monitor that sees it offline soon after
// continues the outage.
func (s *Service) EndOutage(ctx context.Context, id ref.Outage, version int64, in End) (View, error) {
	now := s.clock.Now()
	end := now
	if in.At != nil {
		end = in.At.UTC()
	}
	switch {
	case in.Health != "" && in.Health != Online && in.Health != Issue && in.Health != Unknown:
		return View{}, problem.New(problem.Invalid, "health_after_outage", "After an outage an environment is online, has an issue, or nobody knows.")
	case in.Health != "" && end.After(now.Add(fromTheFuture)):
		return View{}, problem.New(problem.Invalid, "health_ahead", "Nobody can say how the environment will be. Leave its health out when the end lies ahead.")
	}
	return s.edit(ctx, id, version, OutageEnded, in.Health, func(o *Outage) map[string]any {
		o.EndedAt = &end
		return map[string]any{"lasted": words(end.Sub(o.StartedAt))}
	})
}

// sayByHand keeps what a person says of an environment by ending its outage or opening it again.
func (s *Service) sayByHand(ctx context.Context, tx db.Tx, env environment.Environment, before *outageFields, o Outage, chosen Health) error {
	now := s.clock.Now()
	wasOver := before.EndedAt != nil && !before.EndedAt.After(now)
	isOver := o.EndedAt != nil && !o.EndedAt.After(now.Add(fromTheFuture))
	if o.StartedAt.After(now) || wasOver == isOver {
		return nil
	}
	e := Event{
		ID: s.facts.Next(), Environment: env.ID, Health: chosen, At: now, ReceivedAt: now, Source: authz.From(ctx).Name, Message: o.Title,
	}
	known, err := touch(ctx, tx, env.ID)
	if err != nil {
		return err
	}
	if isOver {
		e.At, e.EndedOutage = *o.EndedAt, o.ID
		if known.Health == Offline {
			// The person knows better than a monitor that went on saying so until now.
			e.At = later(e.At, known.At)
		}
		if e.Health == "" {
			other, err := inOutage(ctx, tx, o, now)
			if err != nil || other {
				return err
			}
			e.Health = Online
		}
	} else {
		e.Health, e.At, e.byHand = Offline, later(now, known.At), true
	}
	_, err = s.take(ctx, tx, env, known, e)
	return err
}

// inOutage reports whether the environment of an outage is in another one too.
func inOutage(ctx context.Context, tx db.Tx, o Outage, now time.Time) (bool, error) {
	n, err := tx.NewSelect().Model((*Outage)(nil)).Where("o.environment_id = ? AND o.id <> ? AND o.started_at <= ? AND (o.ended_at IS NULL OR o.ended_at > ?)",
		o.Environment, o.ID, now, now).Count(ctx)
	return n > 0, err
}

// unfinished returns the outage of a monitor that was ended by hand, where that was the last word, just before an event; or
// nil.
func (s *Service) unfinished(ctx context.Context, tx db.Tx, before last, e Event) (*Outage, error) {
	if before.Event == 0 || e.At.Sub(before.At) > goesOnWithin {
		return nil, nil
	}
	var o Outage
	err := tx.NewSelect().Model(&o).Where("o.id = (SELECT h.ended_outage_id FROM health_event AS h WHERE h.id = ?)", before.Event).
		Where("o.source = ? AND o.ended_at IS NOT NULL", fromMonitor).Scan(ctx)
	if db.IsNoRows(err) {
		return nil, nil
	}
	o = o.utc()
	return &o, err
}

// goOn opens an outage again that a monitor says is not over.
func (s *Service) goOn(ctx context.Context, tx db.Tx, env environment.Environment, o Outage, e Event) (*Item, error) {
	before := snapshot(o)
	o.EndedAt = nil
	if err := s.update(ctx, tx, env, &o, before, OutageContinued, map[string]any{"source": e.sayer(), "environment": env.Name}); err != nil {
		return nil, err
	}
	return s.item(ctx, tx, o.ID)
}
