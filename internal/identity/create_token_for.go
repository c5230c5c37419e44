package identity

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// CreateToken creates a token for the person with the email from the command line and returns its secret, which is the
// whole token: "mlr_…". It works while the server runs.
func (s *Service) CreateToken(ctx context.Context, email, name string, scopes []authz.Permission, expires *time.Time) (string, error) {
	ctx = asItself(ctx, CommandLine)
	secret := ""
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.accountByEmail(ctx, tx, email)
		if err != nil {
			return err
		}
		if a == nil {
			return errNoAccount
		}
		created, err := s.addToken(ctx, tx, a, NewToken{Name: name, Scopes: scopes, ExpiresAt: expires})
		if err != nil {
			return err
		}
		secret = created.Secret
		return nil
	})
	return secret, err
}
