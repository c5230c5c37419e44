package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

var errWrongPassword = problem.New(problem.Invalid, "password_wrong", "The current password is not right; nothing was changed.").
	With(problem.Field{Path: "body.currentPassword", Code: "password_wrong", Message: "This is not the current password."})

// ChangePassword replaces the caller's password. Every session of theirs ends; the one that asked goes on under a new
// secret. Tokens stay: they do not rest on the password.
func (s *Service) ChangePassword(ctx context.Context, current, next string, b Browser) (*Opened, error) {
	var a *Account
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if a, err = s.ownAccount(ctx, tx); err != nil {
			return err
		}
		if a.Kind != PersonAccount {
			return authz.ErrNotFound
		}
		if a.PasswordHash == "" {
			return problem.New(problem.Conflict, "account_without_password", "You sign in through an identity provider; there is no password to change here.")
		}
		if err := checkPassword(next, a.Email); err != nil {
			return err
		}
		// A stolen session must not become a place to guess the password at leisure.
		_, err = s.countTry(ctx, tx, a.Email)
		return err
	})
	if err != nil {
		return nil, err
	}
	if right, _ := s.hasher.check(current, a.PasswordHash); !right {
		return nil, errWrongPassword
	}
	hash := s.hasher.hash(next)
	var opened *Opened
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := touchAccount(ctx, tx, a.ID); err != nil {
			return err
		}
		fresh, err := s.ownAccount(ctx, tx)
		if err != nil {
			return err
		}
		if fresh.PasswordHash != a.PasswordHash {
			return errWrongPassword
		}
		if err := s.forgetTry(ctx, tx, a.Email); err != nil {
			return err
		}
		if err := s.setPassword(ctx, tx, fresh, hash); err != nil {
			return err
		}
		if err := s.events.Append(ctx, tx, events.Event{Kind: PasswordChanged, SubjectID: string(fresh.ID), SubjectLabel: fresh.label(), Unit: fresh.unit()}); err != nil {
			return err
		}
		opened, err = s.openSession(ctx, tx, fresh, "password", b)
		return err
	})
	return opened, err
}

// setPassword stores a new password hash and ends every session of the account.
func (s *Service) setPassword(ctx context.Context, tx db.Tx, a *Account, hash string) error {
	now := s.clock.Now()
	a.PasswordHash, a.PasswordChangedAt = hash, &now
	a.LockedAt, a.LockedUntil = nil, nil
	if err := saveAccount(ctx, tx, a, now); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE invitation SET revoked_at = ? WHERE person_id = ? AND accepted_at IS NULL AND revoked_at IS NULL`, now, a.Person); err != nil {
		return err
	}
	return endSessions(ctx, tx, a.ID, "")
}
