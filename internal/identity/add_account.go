package identity

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// AddAccount gives a person an active account with a password, in the caller's transaction. The demo organisation and
// tests use it; it asks for no permission, and replaces nothing: a person who has a password keeps it.
func (s *Service) AddAccount(ctx context.Context, tx db.Tx, person ref.Person, password string) error {
	a, err := s.ensurePersonAccount(ctx, tx, person)
	if err != nil {
		return err
	}
	if a.PasswordHash != "" {
		return nil
	}
	if err := checkPassword(password, a.Email); err != nil {
		return err
	}
	a.State = Active
	if err := s.setPassword(ctx, tx, a, s.hasher.hash(password)); err != nil {
		return err
	}
	return s.events.Append(ctx, tx, events.Event{Kind: AccountCreated, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit()})
}
