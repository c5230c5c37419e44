package identity

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Opened is a fresh session; Secret goes into the cookie and is nowhere kept.
type Opened struct {
	Secret    string
	ExpiresAt time.Time
	Account   ref.Account
	// Principal is who the session acts as.
	Principal *authz.Principal
}

// Browser is what a sign-in tells about where it comes from.
type Browser struct {
	UserAgent string
	// OldSecret is the session cookie the browser showed; that session ends, so that nobody keeps one they planted.
	OldSecret string
}

// errSignIn is the one answer to everything that keeps a sign-in with a password from succeeding: an unknown email, a
// wrong password, no password, an inactive account or person. It says nothing about which.
var errSignIn = problem.New(problem.Unauthenticated, "sign_in_failed",
	"The email or the password is wrong, or this account may not sign in. Check both, or ask an administrator.")

// SignIn opens a session for the person with the email and the password.
func (s *Service) SignIn(ctx context.Context, email, password string, b Browser) (*Opened, error) {
	email = normaliseEmail(email)
	var a *Account
	var failures int
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if a, err = s.accountByEmail(ctx, tx, email); err != nil {
			return err
		}
		if failures, err = s.countTry(ctx, tx, email); err != nil {
			return err
		}
		if now := s.clock.Now(); a != nil && a.locked(now) {
			if a.LockedUntil == nil {
				return throttled(adminLockWait)
			}
			return throttled(a.LockedUntil.Sub(now))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	stored := ""
	if a != nil {
		stored = a.PasswordHash
	}
	if len(password) > maxPassword {
		password = password[:maxPassword+1] // hashing has a price; no stored password is that long
	}
	right, outdated := s.hasher.check(password, stored)
	if !right || !a.mayAct(s.clock.Now()) {
		if err := s.lockAfter(ctx, a, failures); err != nil {
			return nil, err
		}
		return nil, errSignIn
	}
	rehashed := ""
	if outdated {
		rehashed = s.hasher.hash(password)
	}
	var opened *Opened
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := touchAccount(ctx, tx, a.ID); err != nil {
			return err
		}
		fresh, err := accountWhere(ctx, tx, "a.id = ?", a.ID)
		if err != nil {
			return err
		}
		if fresh == nil || fresh.PasswordHash != stored || !fresh.mayAct(s.clock.Now()) {
			return errSignIn // changed while the password was being checked
		}
		if rehashed != "" {
			fresh.PasswordHash = rehashed
		}
		if err := s.forgetTry(ctx, tx, email); err != nil {
			return err
		}
		opened, err = s.openSession(ctx, tx, fresh, "password", b)
		return err
	})
	return opened, err
}

// lockAfter locks an account that failed too often. The unknown email is throttled for as long, so that the difference
// does not show.
func (s *Service) lockAfter(ctx context.Context, a *Account, failures int) error {
	if a == nil || failures < s.config.LockAfter || a.State != Active {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := touchAccount(ctx, tx, a.ID); err != nil {
			return err
		}
		fresh, err := accountWhere(ctx, tx, "a.id = ?", a.ID)
		now := s.clock.Now()
		if err != nil || fresh == nil || fresh.locked(now) {
			return err
		}
		fresh.LockedAt, fresh.LockedUntil = &now, nil
		if s.config.LockFor > 0 {
			until := now.Add(s.config.LockFor)
			fresh.LockedUntil = &until
		}
		if err := saveAccount(ctx, tx, fresh, now); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: AccountLocked, SubjectID: string(fresh.ID), SubjectLabel: fresh.label(), Unit: fresh.unit(),
			Data: map[string]any{"failures": failures},
		})
	})
}

func (s *Service) accountByEmail(ctx context.Context, tx db.Tx, email string) (*Account, error) {
	person, err := s.people.PersonByEmail(ctx, tx, email)
	if problem.KindOf(err) == problem.NotFound {
		return nil, nil
	}
	if err != nil || person == "" {
		return nil, err
	}
	return accountWhere(ctx, tx, "a.person_id = ?", person)
}

// openSession begins a session under a secret that never existed before, ends the one the browser came with, and notes
// the sign-in on the account.
func (s *Service) openSession(ctx context.Context, tx db.Tx, a *Account, method string, b Browser) (*Opened, error) {
	now := s.clock.Now()
	if b.OldSecret != "" {
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE token_hash = ?`, hashSecret(b.OldSecret)); err != nil {
			return nil, err
		}
	}
	secret := newSecret()
	row := sessionRow{
		ID: ref.New[string](), Account: a.ID, TokenHash: hashSecret(secret), Method: method,
		Address: events.OriginOf(ctx).Address, UserAgent: shorten(b.UserAgent, 300),
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(s.config.SessionLifetime),
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return nil, err
	}
	// The version stays: a sign-in is no edit that could stale somebody's open form.
	_, err := tx.ExecContext(ctx, `UPDATE account SET last_sign_in_at = ?, locked_at = NULL, locked_until = NULL, password_hash = ? WHERE id = ?`,
		now, a.PasswordHash, a.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.principal(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	err = s.events.Append(authz.With(ctx, p), tx, events.Event{
		Kind: SignedIn, SubjectID: string(a.ID), SubjectLabel: a.label(), Unit: a.unit(), Data: map[string]any{"method": method},
	})
	return &Opened{Secret: secret, ExpiresAt: row.ExpiresAt, Account: a.ID, Principal: p}, err
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
