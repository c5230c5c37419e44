package identity

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// Rehome moves what belongs to a unit that is being deleted: service accounts, and the places where identity providers
// name the unit. It runs in the transaction of the deletion.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	var rows []accountWithPerson
	if err := tx.NewSelect().TableExpr("account AS a").ColumnExpr("a.*").Apply(joinPerson).Where("a.unit_id = ?", from).OrderExpr("a.id").Scan(ctx, &rows); err != nil {
		return err
	}
	for i := range rows {
		a := rows[i].account()
		before := a.fields()
		a.Unit = to
		if err := saveAccount(ctx, tx, a, s.clock.Now()); err != nil {
			return err
		}
		err := s.events.Append(ctx, tx, events.Event{
			Kind: ServiceAccountChanged, SubjectID: string(a.ID), SubjectLabel: a.Name, Unit: to, Changes: events.Diff(before, a.fields()),
		})
		if err != nil {
			return err
		}
	}
	var providers []Provider
	if err := tx.NewSelect().Model(&providers).OrderExpr("ip.id").Scan(ctx); err != nil {
		return err
	}
	for i := range providers {
		if err := s.rehomeProvider(ctx, tx, &providers[i], from, to); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) rehomeProvider(ctx context.Context, tx db.Tx, p *Provider, from, to ref.Unit) error {
	before := *p
	before.GroupRoles = append([]GroupRole(nil), p.GroupRoles...)
	for i := range p.GroupRoles {
		if p.GroupRoles[i].Unit == from {
			p.GroupRoles[i].Unit = to
		}
	}
	if value(p.DefaultUnit) == from {
		p.DefaultUnit = &to
	}
	changes := events.Diff(before, p)
	if len(changes) == 0 {
		return nil
	}
	p.Version++
	p.UpdatedAt = s.clock.Now()
	if _, err := tx.NewUpdate().Model(p).WherePK().Exec(ctx); err != nil {
		return err
	}
	return s.events.Append(ctx, tx, events.Event{Kind: ProviderChanged, SubjectID: p.ID, SubjectLabel: p.Name, Changes: changes})
}

// RehomePreview says what Rehome would move.
func (s *Service) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	n, err := tx.NewSelect().TableExpr("account").Where("unit_id = ?", from).Count(ctx)
	switch {
	case err != nil || n == 0:
		return nil, err
	case n == 1:
		return []string{"1 service account"}, nil
	}
	return []string{fmt.Sprintf("%d service accounts", n)}, nil
}
