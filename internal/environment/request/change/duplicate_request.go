package change

import (
	"context"
	"time"

	"millrace/internal/environment/request"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Duplicate makes copies of a change request on its first status, with the times moved by weeks or months.
func (s *Service) Duplicate(ctx context.Context, id string, in request.Duplicate, dry bool) (out []Item, err error) {
	err = s.Requests.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		c, err := request.ToView(ctx, tx, kind, id)
		if err == nil {
			err = authz.CheckUnit(ctx, tx, request.PermCreate, c.Unit)
		}
		if err != nil {
			return err
		}
		original, err := load(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		var made []Request
		err = in.Each(func(move func(time.Time) time.Time) error {
			r := original
			if r.Core, err = s.Requests.CopyCore(ctx, tx, kind, c, move); err != nil {
				return err
			}
			r.StartedAt, r.CompletedAt, r.cards = nil, nil, nil
			if o, ok := original.outage(); ok {
				r.OutageFrom, r.OutageTo = at(move(o.From)), at(move(o.To))
			}
			for _, card := range original.cards {
				r.cards = append(r.cards, Card{ID: ref.New[string](), Request: r.ID, Position: card.Position, Environment: card.Environment, Group: card.Group, Hosts: card.Hosts,
					Targets: card.Targets, Status: CardPlanned, Note: card.Note})
			}
			if err := s.check(ctx, tx, &r); err != nil {
				return err
			}
			err := s.insert(ctx, tx, &r, func(ctx context.Context) error {
				return s.Requests.Fields.CopyRecord(ctx, tx, request.ChangeSubject, string(c.ID), string(r.ID))
			})
			if err != nil {
				return err
			}
			made = append(made, r)
			_, err = s.announce(ctx, tx, &r)
			return err
		})
		if err != nil {
			return err
		}
		out, err = s.items(ctx, tx, made)
		return err
	})
	return out, err
}
