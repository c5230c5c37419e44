package app

import (
	"context"
	"fmt"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// own makes a person accountable and a team responsible for an application.
func (a *App) own(ctx context.Context, app ref.App, person ref.Person, team ref.Team) error {
	parts := []stakeholder.Part{
		{Person: person, Flags: stakeholder.Flags{Accountable: true}},
		{Team: team, Flags: stakeholder.Flags{Responsible: true}},
	}
	for _, p := range parts {
		if _, _, err := a.Stakeholder.Add(ctx, catalog.Subject, string(app), p, false); err != nil {
			return err
		}
	}
	return nil
}

// facts keeps an application that delivery facts belong to from being deleted: its history would lose its name.
type facts struct{}

// ApplicationUse counts what is recorded of an application.
func (facts) ApplicationUse(ctx context.Context, tx db.Tx, app ref.App) ([]catalog.Consequence, error) {
	var out []catalog.Consequence
	for _, f := range []struct{ table, one, many string }{
		{"deployment", "deployment is recorded", "deployments are recorded"}, {"incident", "incident is recorded", "incidents are recorded"},
	} {
		n, err := tx.NewSelect().Table(f.table).Where("application_id = ?", app).Count(ctx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		words := f.many
		if n == 1 {
			words = f.one
		}
		out = append(out, catalog.Consequence{
			Kind: f.table + "s_recorded", Count: n, Blocking: true, Message: fmt.Sprintf("%d %s of it. Set it to inactive instead.", n, words),
		})
	}
	return out, nil
}
