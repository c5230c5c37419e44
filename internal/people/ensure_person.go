package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The methods of this file run inside another slice's transaction, for sign-in and provisioning: they decide nothing
// about access, because there the person acts on nobody's behalf but their own. They speak in identifiers and strings, so
// that a slice can declare the interface it needs without importing this one.

// PersonByEmail returns who has the address, whatever its case, or the not-found problem.
func (s *Service) PersonByEmail(ctx context.Context, tx db.Tx, email string) (ref.Person, error) {
	p, err := personByKey(ctx, tx, emailKey(email))
	return p.ID, err
}

// EnsurePerson returns the person with the address and adds them, pending, when there is none; unit "" means the root.
func (s *Service) EnsurePerson(ctx context.Context, tx db.Tx, email, name string, unit ref.Unit) (id ref.Person, created bool, err error) {
	return s.ensurePerson(ctx, tx, email, name, unit, false)
}

// EnsureDirectoryPerson is EnsurePerson for somebody whom a directory or sign-in provider vouches for; who is known
// already is marked so from now on.
func (s *Service) EnsureDirectoryPerson(ctx context.Context, tx db.Tx, email, name string, unit ref.Unit) (id ref.Person, created bool, err error) {
	return s.ensurePerson(ctx, tx, email, name, unit, true)
}

func (s *Service) ensurePerson(ctx context.Context, tx db.Tx, email, name string, unit ref.Unit, directory bool) (ref.Person, bool, error) {
	p, err := personByKey(ctx, tx, emailKey(email))
	if err == nil {
		if directory && !p.FromDirectory {
			before := p
			p.FromDirectory, p.UpdatedAt = true, s.clock.Now()
			if err := updatePerson(ctx, tx, &p); err != nil {
				return p.ID, false, err
			}
			err = s.appendPerson(ctx, tx, PersonChanged, p, &before, &p, nil)
		}
		return p.ID, false, err
	}
	if problem.KindOf(err) != problem.NotFound {
		return "", false, err
	}
	if unit == "" {
		root, found, err := loadRoot(ctx, tx)
		if err != nil || !found {
			return "", false, err
		}
		unit = root.ID
	}
	if name == "" {
		name = email
	}
	p, err = s.addPerson(ctx, tx, NewPerson{Name: name, Email: email, Unit: unit}, Pending, directory)
	return p.ID, err == nil, err
}

// SetPersonState moves a person to "ACTIVE" or "INACTIVE" by the lifecycle; it does nothing when they are there already.
func (s *Service) SetPersonState(ctx context.Context, tx db.Tx, id ref.Person, state string) error {
	p, err := loadPerson(ctx, tx, id)
	if err != nil || string(p.State) == state {
		return err
	}
	act := Activate
	switch {
	case State(state) == Inactive:
		act = Deactivate
	case State(state) == Active && p.State == Inactive:
		act = Reactivate
	case State(state) != Active:
		return problem.Newf(problem.Invalid, "person_state", "A person cannot be set to %q.", state)
	}
	return s.keepAdministrator(ctx, tx, func() error { return s.transit(ctx, tx, &p, act, nil) })
}

// UpdateProfile changes what persons may change about themselves; nil members stay as they are.
func (s *Service) UpdateProfile(ctx context.Context, tx db.Tx, id ref.Person, name, timeZone *string) error {
	p, err := loadPerson(ctx, tx, id)
	if err != nil {
		return err
	}
	before := p
	var change PersonChange
	if name != nil {
		change.Name = httpapi.Some(*name)
	}
	if timeZone != nil {
		change.TimeZone = httpapi.Some(*timeZone)
	}
	if err := change.apply(&p, s.clock.Now()); err != nil {
		return err
	}
	if len(events.Diff(before, p)) == 0 {
		return nil
	}
	p.UpdatedAt = s.clock.Now()
	if err := updatePerson(ctx, tx, &p); err != nil {
		return err
	}
	return s.appendPerson(ctx, tx, PersonChanged, p, &before, &p, nil)
}
