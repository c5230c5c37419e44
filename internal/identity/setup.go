package identity

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

const setupLifetime = 7 * 24 * time.Hour

var errSetup = problem.New(problem.Forbidden, "setup_token_invalid",
	"This set-up link was used or has expired. Start the server again to get a new one, or sign in.")

// SetupLink returns the address with which the first administrator sets Millrace up, and "" once there is one. Each
// start makes a link of its own; the first one that is used ends them all.
func (s *Service) SetupLink(ctx context.Context) (string, error) {
	secret := ""
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		secret = ""
		exists, err := s.grants.AdministratorExists(ctx, tx)
		if err != nil || exists {
			return err
		}
		now := s.clock.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM setup_token WHERE expires_at <= ?`, now); err != nil {
			return err
		}
		secret = newSecret()
		_, err = tx.ExecContext(ctx, `INSERT INTO setup_token (token_hash, created_at, expires_at) VALUES (?, ?, ?)`,
			hashSecret(secret), now, now.Add(setupLifetime))
		return err
	})
	if err != nil || secret == "" {
		return "", err
	}
	return s.config.PublicURL + "/setup?token=" + secret, nil
}

// SetupNeeded reports whether there is no administrator yet.
func (s *Service) SetupNeeded(ctx context.Context) (needed bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		exists, err := s.grants.AdministratorExists(ctx, tx)
		needed = !exists
		return err
	})
	return needed, err
}

// Setup creates the first administrator with a set-up token and signs them in.
func (s *Service) Setup(ctx context.Context, token, email, name, password string, b Browser) (*Opened, error) {
	if err := s.throttleLink(ctx); err != nil {
		return nil, err
	}
	// A look before the costly hashing; the transaction decides.
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.NewSelect().TableExpr("setup_token").Where("token_hash = ? AND expires_at > ?", hashSecret(token), s.clock.Now()).Count(ctx)
		if err == nil && n == 0 {
			err = errSetup
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	account, err := s.createAdministrator(asItself(ctx, "Set-up"), email, name, password, "the set-up link", func(ctx context.Context, tx db.Tx) error {
		return s.spendSetupTokens(ctx, tx, token)
	})
	if err != nil {
		return nil, err
	}
	var opened *Opened
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := accountWhere(ctx, tx, "a.id = ?", account)
		if err != nil {
			return err
		}
		opened, err = s.openSession(ctx, tx, a, "set-up link", b)
		return err
	})
	return opened, err
}

// spendSetupTokens deletes all set-up tokens, which also makes two set-ups at once take turns, and fails when the shown
// one was not among them.
func (s *Service) spendSetupTokens(ctx context.Context, tx db.Tx, token string) error {
	var rows []struct {
		Hash      string    `bun:"token_hash"`
		ExpiresAt time.Time `bun:"expires_at"`
	}
	if err := tx.NewRaw(`DELETE FROM setup_token RETURNING token_hash, expires_at`).Scan(ctx, &rows); err != nil {
		return err
	}
	hash, now := hashSecret(token), s.clock.Now()
	for _, r := range rows {
		if r.Hash != hash || !now.Before(r.ExpiresAt) {
			continue
		}
		exists, err := s.grants.AdministratorExists(ctx, tx)
		if err == nil && exists {
			err = problem.New(problem.Conflict, "setup_done", "Millrace is set up already. Sign in.")
		}
		return err
	}
	return errSetup
}

// throttleLink slows down guessing at set-up, invitation and password links by address, as sign-ins are. The try is
// counted for good: nobody opens many such links.
func (s *Service) throttleLink(ctx context.Context) error {
	if events.OriginOf(ctx).Address == "" {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := s.countTries(ctx, tx, addressThrottleKey(events.OriginOf(ctx).Address))
		return err
	})
}
