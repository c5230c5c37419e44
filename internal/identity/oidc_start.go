package identity

import (
	"context"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// oidcLifetime is how long somebody may take at the identity provider.
const oidcLifetime = 10 * time.Minute

// oidcPendingMax bounds how many sign-ins wait at once, because anybody may begin one.
const oidcPendingMax = 20_000

// errNoPublicURL is the problem of not knowing where the provider is to send the browser back.
var errNoPublicURL = problem.New(problem.Unavailable, "public_url_missing",
	"Sign-in with an identity provider needs the public address of Millrace; an administrator sets it in the configuration (publicUrl).")

// Started is a sign-in that continues at the identity provider.
type Started struct {
	// URL is where to send the browser.
	URL string
	// BrowserSecret goes into a cookie: only the browser that began may finish, so that nobody can be signed in to an
	// account of somebody else's choosing.
	BrowserSecret string
}

// StartOIDC begins a sign-in with an identity provider. returnTo is where the person wanted to go.
func (s *Service) StartOIDC(ctx context.Context, id, returnTo string) (*Started, error) {
	if s.config.PublicURL == "" {
		return nil, errNoPublicURL
	}
	var p *Provider
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if p, err = providerByID(ctx, tx, id); err == nil && !p.Enabled {
			err = authz.ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, issuerWait)
	defer cancel()
	found, err := s.discover(ctx, p.Issuer)
	if err != nil {
		return nil, err
	}
	config, err := s.oauthConfig(ctx, p, found.Endpoint())
	if err != nil {
		return nil, err
	}
	state, nonce, browser, verifier := newSecret(), newSecret(), newSecret(), oauth2.GenerateVerifier()
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.clock.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM oidc_login WHERE expires_at <= ?`, now); err != nil {
			return err
		}
		waiting, err := tx.NewSelect().TableExpr("oidc_login").Count(ctx)
		if err != nil {
			return err
		}
		if waiting >= oidcPendingMax {
			return problem.New(problem.Limited, "too_many_sign_ins", "Too many sign-ins are under way. Try again in a minute.").WithData("retryAfter", 60)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO oidc_login (state_hash, provider_id, browser_hash, nonce, verifier, return_to, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			hashSecret(state), p.ID, hashSecret(browser), nonce, verifier, safeReturn(returnTo), now, now.Add(oidcLifetime))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Started{URL: config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), BrowserSecret: browser}, nil
}
