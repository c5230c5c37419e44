package app

import (
	"context"
	"strings"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/sheet"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// sheets makes the slice that brings spreadsheets in.
func (a *App) sheets() {
	p := sheetPorts{a}
	a.Sheet = sheet.New(sheet.Deps{
		DB: a.db, Events: a.events, Clock: a.options.Clock, Logger: a.log("sheet"), Jobs: a.jobs, Lookups: a.Field.Lookups, Environments: a.Environment, Stacks: a.Stack,
		Bookings: a.Booking, Principals: p, Applications: p, Persons: p, Owners: p,
	})
}

// sheetPorts lets imports act as whoever asked for them, create what a sheet names, and know who owns environments.
type sheetPorts struct{ a *App }

func (p sheetPorts) PrincipalOf(ctx context.Context, tx db.Tx, person ref.Person, account ref.Account, name string) (*authz.Principal, error) {
	if person != "" {
		return principals{p.a}.PrincipalOf(ctx, tx, person)
	}
	if account == "" {
		return nil, nil
	}
	grants, err := p.a.People.GrantsOfAccount(ctx, tx, account)
	return &authz.Principal{Kind: authz.ServicePrincipal, Account: account, Name: name, Grants: grants}, err
}

func (p sheetPorts) CreateApplication(ctx context.Context, tx db.Tx, name string, unit ref.Unit) (ref.App, error) {
	key := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name), "-._")
	app, err := p.a.Catalog.Create(ctx, tx, catalog.NewApplication{Key: key, Name: name, Unit: unit})
	return app.ID, err
}

func (p sheetPorts) CreatePerson(ctx context.Context, tx db.Tx, email string, unit ref.Unit) (ref.Person, error) {
	id, _, err := p.a.People.EnsurePerson(ctx, tx, email, "", unit)
	return id, err
}

func (p sheetPorts) OwnersOf(ctx context.Context, tx db.Tx, ids []string) (map[string]ref.Person, error) {
	found, err := p.a.Stakeholder.Owners(ctx, tx, environment.Subject, ids)
	out := make(map[string]ref.Person, len(found))
	for id, o := range found {
		out[id] = ref.Person(o.ID)
	}
	return out, err
}

func (p sheetPorts) SetOwner(ctx context.Context, tx db.Tx, e environment.Environment, person ref.Person) error {
	return p.a.Stakeholder.SetAccountable(ctx, tx, environment.Subject, stakeholder.Record{ID: string(e.ID), Unit: e.Unit, Label: e.Name}, person)
}
