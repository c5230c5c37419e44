package change

import (
	"context"
	"fmt"
	"slices"
	"time"

	"millrace/internal/aspect/workflow"
	"millrace/internal/environment/request"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// CardMove is what takes a card to another status.
type CardMove struct {
	Status CardStatus `json:"status" enum:"planned,in_progress,done,failed,skipped"`
	Note   *string    `json:"note,omitempty" maxLength:"2000"`
	At     *time.Time `json:"at,omitempty" doc:"When it happened; now when left out."`
}

// MoveCard takes a card of a progression path to another status. A card that is done brings its versions to the stacks of
// its environments. With dry set nothing is saved.
func (s *Service) MoveCard(ctx context.Context, id, card string, version int64, in CardMove, dry bool) (out View, err error) {
	err = s.Requests.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := s.Requests.ToEdit(ctx, tx, kind, id, version)
		if err != nil {
			return err
		}
		r, err := load(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		more, err := s.moveCard(ctx, tx, &r, card, in)
		if err != nil {
			return err
		}
		out, err = s.view(ctx, tx, r.ID)
		out.Consequences = append(out.Consequences, more...)
		return err
	})
	return out, err
}

func (s *Service) moveCard(ctx context.Context, tx db.Tx, r *Request, card string, in CardMove) ([]request.Consequence, error) {
	index := slices.IndexFunc(r.cards, func(c Card) bool { return c.ID == card })
	if index < 0 {
		return nil, authz.ErrNotFound
	}
	mode, err := s.Requests.ModeOf(ctx, tx, kind, r.ID)
	if err != nil {
		return nil, err
	}
	if mode == workflow.Cancelled || mode == workflow.Completed {
		return nil, problem.New(problem.Conflict, "request_ended", "The request is over; its cards stay as they are.")
	}
	statuses := make([]CardStatus, len(r.cards))
	for i, c := range r.cards {
		statuses[i] = c.Status
	}
	if err := checkCardStep(statuses, index, in.Status, r.InOrder); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	when := now
	if in.At != nil {
		if when = normal(*in.At); when.After(now.Add(5*time.Minute)) || when.Year() < 1970 {
			return nil, fault("body.at", "time_invalid", "A card gets its status once it has happened.")
		}
	}
	c := &r.cards[index]
	from := c.Status
	c.Status = in.Status
	if in.Note != nil {
		c.Note = *in.Note
	}
	if p := authz.From(ctx); p != nil {
		c.ActorName = p.Name
	}
	switch in.Status {
	case CardPlanned, CardSkipped:
		c.StartedAt, c.EndedAt = nil, nil
	case CardInProgress:
		c.StartedAt, c.EndedAt = &when, nil
	case CardDone, CardFailed:
		if c.StartedAt == nil {
			c.StartedAt = &when
		}
		c.EndedAt = &when
	}
	if _, err := tx.NewUpdate().Model(c).WherePK().Exec(ctx); err != nil {
		return nil, err
	}
	installed := 0
	if in.Status == CardDone {
		if installed, err = s.install(ctx, tx, *r, *c, when); err != nil {
			return nil, err
		}
	}
	if err := s.save(ctx, tx, r); err != nil {
		return nil, err
	}
	known, err := request.NameTargets(ctx, tx, []ref.Environment{c.Environment}, []ref.EnvironmentGroup{c.Group})
	if err != nil {
		return nil, err
	}
	name := viewCard(*c, known).name()
	data := map[string]any{"card": name, "cardId": c.ID, "status": words(c.Status)}
	if err := s.Requests.Say(ctx, tx, kind, request.EventCardMoved, r.Core, map[string]events.Change{name: {words(from), words(c.Status)}}, data); err != nil || installed == 0 {
		return nil, err
	}
	what := fmt.Sprintf("%d components take their new versions.", installed)
	if installed == 1 {
		what = "1 component takes its new version."
	}
	return []request.Consequence{{Kind: "versions_installed", Count: installed, Message: what}}, nil
}

// install brings the versions of a card to the stacks of its environments.
func (s *Service) install(ctx context.Context, tx db.Tx, r Request, c Card, when time.Time) (int, error) {
	envs, err := s.cardEnvironments(ctx, tx, c)
	if err != nil {
		return 0, err
	}
	slices.Sort(envs)
	source, reference, n := kind.Reference(r.Number), string(r.ID)+"/"+c.ID, 0
	for _, env := range envs {
		for _, t := range c.Targets {
			switch {
			case t.Version == "":
			case t.Application != "":
				if err := s.Stacks.RecordVersion(ctx, tx, env, ref.App(t.Application), t.Version, when, source); err != nil {
					return n, err
				}
				n++
			default:
				took, err := s.Stacks.InstallVersion(ctx, tx, env, t.Component, t.Version, when, source, reference)
				if err != nil {
					return n, err
				}
				n += took
			}
		}
	}
	return n, nil
}
