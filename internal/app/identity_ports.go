package app

import (
	"context"

	"millrace/internal/identity"
	"millrace/internal/people"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// persons gives identity the persons and grants people keeps.
type persons struct{ *people.Service }

func (p persons) EnsurePerson(ctx context.Context, tx db.Tx, n identity.NewPerson) (ref.Person, error) {
	ensure := p.Service.EnsurePerson
	if n.FromDirectory {
		ensure = p.EnsureDirectoryPerson
	}
	id, _, err := ensure(ctx, tx, n.Email, n.Name, n.Unit)
	return id, err
}

func (p persons) SetPersonState(ctx context.Context, tx db.Tx, id ref.Person, state identity.State) error {
	return p.Service.SetPersonState(ctx, tx, id, string(state))
}

func (p persons) UpdateProfile(ctx context.Context, tx db.Tx, id ref.Person, profile identity.Profile) error {
	return p.Service.UpdateProfile(ctx, tx, id, profile.Name, profile.TimeZone)
}

func (p persons) GrantsOf(ctx context.Context, tx db.Tx, s identity.Subject) ([]identity.Grant, error) {
	held, err := p.HoldingsOf(ctx, tx, people.GrantSubject{Person: s.Person, Account: s.Account})
	out := make([]identity.Grant, len(held))
	for i, h := range held {
		out[i] = identity.Grant{Grant: h.Grant, ID: h.ID, Role: h.Role, RoleName: h.RoleName, UnitName: h.UnitName, Team: h.Team, ExpiresAt: h.ExpiresAt}
	}
	return out, err
}

// holder names the subject of a grant as people does.
func holder(s identity.Subject) (kind, id string) {
	if s.Person != "" {
		return string(people.PersonSubject), string(s.Person)
	}
	return string(people.ServiceSubject), string(s.Account)
}

func (p persons) GrantRole(ctx context.Context, tx db.Tx, s identity.Subject, role ref.Role, unit ref.Unit) (bool, error) {
	kind, subject := holder(s)
	return p.Service.GrantRole(ctx, tx, kind, subject, string(role), unit, nil)
}

func (p persons) WithdrawRole(ctx context.Context, tx db.Tx, s identity.Subject, role ref.Role, unit ref.Unit) error {
	kind, subject := holder(s)
	return p.Service.WithdrawRole(ctx, tx, kind, subject, string(role), unit)
}

func (p persons) WithdrawAll(ctx context.Context, tx db.Tx, s identity.Subject) error {
	kind, subject := holder(s)
	return p.Service.WithdrawAll(ctx, tx, kind, subject)
}

// GrantAdministrator gives a person the administrator role on the root.
func (p persons) GrantAdministrator(ctx context.Context, tx db.Tx, id ref.Person) error {
	_, err := p.Service.GrantRole(ctx, tx, string(people.PersonSubject), string(id), "administrator", "", nil)
	return err
}

// serviceAccounts names service accounts for people; identity, which keeps them, is made after people.
type serviceAccounts struct{ a *App }

func (s serviceAccounts) ServiceAccountName(ctx context.Context, tx db.Tx, id ref.Account) (string, error) {
	return s.a.Identity.ServiceAccountName(ctx, tx, id)
}
