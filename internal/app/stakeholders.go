package app

import (
	"context"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// owners keeps who is accountable for an application among its stakeholders.
type owners struct{ *stakeholder.Service }

func (o owners) Owners(ctx context.Context, tx db.Tx, apps []ref.App) (map[ref.App][]catalog.Owner, error) {
	ids := make([]string, len(apps))
	for i, a := range apps {
		ids[i] = string(a)
	}
	found, err := o.Service.Owners(ctx, tx, catalog.Subject, ids)
	out := make(map[ref.App][]catalog.Owner, len(found))
	for id, one := range found {
		out[ref.App(id)] = []catalog.Owner{{Kind: one.Kind, ID: one.ID, Name: one.Name, Email: one.Email}}
	}
	return out, err
}

func (o owners) OwnedBy(column, owner string) (string, []any) {
	return o.Service.OwnedBy(catalog.Subject, column, owner)
}

func (o owners) SetOwner(ctx context.Context, tx db.Tx, app catalog.Application, person ref.Person) error {
	return o.SetAccountable(ctx, tx, catalog.Subject, stakeholder.Record{ID: string(app.ID), Unit: app.Unit, Label: app.Name}, person)
}

func (o owners) Move(ctx context.Context, tx db.Tx, app ref.App, unit ref.Unit) error {
	return o.MoveRecord(ctx, tx, catalog.Subject, string(app), unit)
}

func (o owners) Forget(ctx context.Context, tx db.Tx, app ref.App) error {
	return o.ForgetRecord(ctx, tx, catalog.Subject, string(app))
}

// applicationSubject makes applications carry stakeholders.
func (a *App) applicationSubject() stakeholder.Subject {
	return stakeholder.Subject{
		Kind: catalog.Subject, PathPrefix: "/applications", Tag: "catalog", View: catalog.PermView, Manage: catalog.PermManage,
		Resolve: func(ctx context.Context, tx db.Tx, id string) (stakeholder.Record, error) {
			app, err := a.Catalog.Resolve(ctx, tx, id)
			return stakeholder.Record{ID: string(app.ID), Unit: app.Unit, Label: app.Name}, err
		},
	}
}

// own makes a person accountable and a team responsible for an application.
func (a *App) own(ctx context.Context, app ref.App, _ ref.Unit, person ref.Person, team ref.Team) error {
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
