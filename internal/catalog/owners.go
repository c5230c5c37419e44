package catalog

import (
	"context"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// StakeholderSubject tells the aspect of stakeholders how to find applications; give it to the aspect's Mount.
func StakeholderSubject() stakeholder.Subject {
	return stakeholder.Subject{
		Kind: Subject, PathPrefix: "/applications", Tag: tag, View: PermView, Manage: PermManage,
		Resolve: func(ctx context.Context, tx db.Tx, idOrKey string) (stakeholder.Record, error) {
			a, err := findApplication(ctx, tx, idOrKey)
			return record(a), err
		},
	}
}

func record(a Application) stakeholder.Record {
	return stakeholder.Record{ID: string(a.ID), Unit: a.Unit, Label: a.Name}
}

// StakeholderOwners is the owner book kept by the aspect of stakeholders: the owner is the accountable one.
func StakeholderOwners(s *stakeholder.Service) OwnerBook { return stakeholders{s} }

type stakeholders struct{ service *stakeholder.Service }

func (s stakeholders) Owners(ctx context.Context, tx db.Tx, apps []ref.App) (map[ref.App][]Owner, error) {
	ids := make([]string, len(apps))
	for i, a := range apps {
		ids[i] = string(a)
	}
	found, err := s.service.Owners(ctx, tx, Subject, ids)
	out := make(map[ref.App][]Owner, len(found))
	for id, o := range found {
		out[ref.App(id)] = []Owner{{Kind: o.Kind, ID: o.ID, Name: o.Name, Email: o.Email}}
	}
	return out, err
}

func (s stakeholders) OwnedBy(column, owner string) (string, []any) {
	return s.service.OwnedBy(Subject, column, owner)
}

func (s stakeholders) SetOwner(ctx context.Context, tx db.Tx, a Application, person ref.Person) error {
	return s.service.SetAccountable(ctx, tx, Subject, record(a), person)
}

func (s stakeholders) Move(ctx context.Context, tx db.Tx, app ref.App, unit ref.Unit) error {
	return s.service.MoveRecord(ctx, tx, Subject, string(app), unit)
}

func (s stakeholders) Forget(ctx context.Context, tx db.Tx, app ref.App) error {
	return s.service.ForgetRecord(ctx, tx, Subject, string(app))
}
