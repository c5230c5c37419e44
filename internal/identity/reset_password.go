package identity

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

var errNoAccount = problem.New(problem.NotFound, "account_not_found", "Nobody with this email address has an account.")

// ResetPassword sets a new password for the email from the command line, unlocks and activates the account and ends its
// sessions.
func (s *Service) ResetPassword(ctx context.Context, email, password string) error {
	ctx = asItself(ctx, CommandLine)
	if err := checkOperatorPassword(password, email); err != nil {
		return err
	}
	hash := s.hasher.hash(password)
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.accountByEmail(ctx, tx, email)
		if err != nil {
			return err
		}
		if a == nil {
			return errNoAccount
		}
		if err := s.people.SetPersonState(ctx, tx, a.Person, Active); err != nil {
			return err
		}
		a.State = Active
		if err := s.setPassword(ctx, tx, a, hash); err != nil {
			return err
		}
		if err := clearThrottle(ctx, tx, a.Email); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: PasswordReset, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit(), Data: map[string]any{"way": "the command line"},
		})
	})
}
