package identity

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// asItself lets use cases of other slices that this one calls run although nobody signed in yet, under a name that
// history shows.
func asItself(ctx context.Context, name string) context.Context {
	return authz.With(ctx, authz.System(name))
}

// CommandLine is how history names what was done on the server's own command line.
const CommandLine = "Command line"

// CreateAdministrator creates a person with the email, an account with the password and the administrator role on the
// root unit. It works while the server runs. When the email can sign in already it changes nothing and returns the
// problem administrator_exists; [Service.ResetPassword] then sets a new password.
func (s *Service) CreateAdministrator(ctx context.Context, email, name, password string) (ref.Account, error) {
	return s.createAdministrator(asItself(ctx, CommandLine), email, name, password, "the command line", nil)
}

// createAdministrator runs also inside the first-start set-up, whose token is spent by before in the same transaction.
func (s *Service) createAdministrator(ctx context.Context, email, name, password, way string,
	before func(context.Context, db.Tx) error) (account ref.Account, err error) {
	email, name = strings.TrimSpace(email), strings.TrimSpace(name)
	var f problem.Fields
	checkEmail(&f, "body.email", email)
	if err := f.Err("email_malformed", "The email address cannot be used."); err != nil {
		return "", err
	}
	check := checkPassword
	if before == nil {
		check = checkOperatorPassword
	}
	if err := check(password, email); err != nil {
		return "", err
	}
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	hash := s.hasher.hash(password)
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if before != nil {
			if err := before(ctx, tx); err != nil {
				return err
			}
		}
		person, err := s.people.EnsurePerson(ctx, tx, NewPerson{Email: email, Name: name})
		if err != nil {
			return err
		}
		a, err := s.ensurePersonAccount(ctx, tx, person)
		if err != nil {
			return err
		}
		if a.PasswordHash != "" {
			return problem.Newf(problem.Conflict, "administrator_exists",
				"%s has an account with a password already; nothing was changed. Reset the password to get in again.", email)
		}
		if err := s.people.SetPersonState(ctx, tx, person, Active); err != nil {
			return err
		}
		if err := s.grants.GrantAdministrator(ctx, tx, person); err != nil {
			return err
		}
		a.State = Active
		if err := s.setPassword(ctx, tx, a, hash); err != nil {
			return err
		}
		account = a.ID
		return s.events.Append(ctx, tx, events.Event{
			Kind: AdministratorCreated, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit(), Data: map[string]any{"way": way},
		})
	})
	return account, err
}
