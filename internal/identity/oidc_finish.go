package identity

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// The ways a sign-in with an identity provider fails. Their codes reach the sign-in page.
var (
	errOIDCState = problem.New(problem.Forbidden, "oidc_state_invalid",
		"This sign-in was not begun in this browser, was finished already, or took too long. Start again.")
	errOIDCRefused = problem.New(problem.Forbidden, "oidc_refused", "The identity provider did not sign you in.")
	errOIDCToken   = problem.New(problem.Forbidden, "oidc_token_invalid", "What the identity provider answered could not be trusted. Start again.")
	errOIDCEmail   = problem.New(problem.Forbidden, "oidc_email_unverified", "The identity provider did not confirm an email address of yours.")
	errOIDCDomain  = problem.New(problem.Forbidden, "oidc_domain_refused", "Your email address belongs to a domain that may not sign in here.")
	errOIDCUnknown = problem.New(problem.Forbidden, "oidc_not_invited", "Nobody invited you to Millrace yet. Ask an administrator.")
	errOIDCLeaver  = problem.New(problem.Forbidden, "oidc_account_inactive", "Your account is not active. Ask an administrator.")
	errOIDCOther   = problem.New(problem.Forbidden, "oidc_linked_to_other", "Your email address belongs to an account of somebody else at the identity provider. Ask an administrator.")
)

// Callback is what the browser brings back from the identity provider.
type Callback struct {
	State, Code string
	// Error is set when the provider refused.
	Error string
	// BrowserSecret is from the cookie that [Started] set.
	BrowserSecret string
}

// claims are what the slice reads of an ID token and the answer of the user-info address.
type claims struct {
	Subject       string
	Nonce         string
	Email         string
	EmailVerified *bool
	Name          string
	Groups        []string
}

type loginRow struct {
	Provider  string    `bun:"provider_id"`
	Browser   string    `bun:"browser_hash"`
	Nonce     string    `bun:"nonce"`
	Verifier  string    `bun:"verifier"`
	ReturnTo  string    `bun:"return_to"`
	ExpiresAt time.Time `bun:"expires_at"`
}

// FinishOIDC ends a sign-in with an identity provider: it spends the state, trades the code for an ID token, checks it,
// and opens a session for the person it names. The second result is where the person wanted to go.
func (s *Service) FinishOIDC(ctx context.Context, id string, back Callback, b Browser) (*Opened, string, error) {
	login, err := s.spendState(ctx, id, back)
	if err != nil {
		return nil, "", err
	}
	if back.Error != "" || back.Code == "" {
		return nil, "", errOIDCRefused
	}
	var p *Provider
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if p, err = providerByID(ctx, tx, id); err == nil && !p.Enabled {
			err = errOIDCState
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	who, err := s.redeem(ctx, p, login, back.Code)
	if err != nil {
		return nil, "", err
	}
	opened, err := s.provision(ctx, p, who, b)
	return opened, login.ReturnTo, err
}

// spendState takes the login out of the database, whatever comes of it, so that a state works once.
func (s *Service) spendState(ctx context.Context, provider string, back Callback) (*loginRow, error) {
	var rows []loginRow
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		rows = nil
		return tx.NewRaw(`DELETE FROM oidc_login WHERE state_hash = ? RETURNING provider_id, browser_hash, nonce, verifier, return_to, expires_at`,
			hashSecret(back.State)).Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || rows[0].Provider != provider || !s.clock.Now().Before(rows[0].ExpiresAt) ||
		subtle.ConstantTimeCompare([]byte(rows[0].Browser), []byte(hashSecret(back.BrowserSecret))) != 1 {
		return nil, errOIDCState
	}
	return &rows[0], nil
}

// redeem trades the code for an ID token and returns what it says, once its signature, issuer, audience, expiry and
// nonce are good.
func (s *Service) redeem(ctx context.Context, p *Provider, login *loginRow, code string) (*claims, error) {
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
	ctx = oidc.ClientContext(ctx, s.http)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(login.Verifier))
	if err != nil {
		return nil, errOIDCRefused.Because(errors.New(shorten(err.Error(), 300)))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: s.clock.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, errOIDCToken.Because(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(login.Nonce)) != 1 {
		return nil, errOIDCToken.Because(errors.New("the nonce is not the one that was sent"))
	}
	var members map[string]json.RawMessage
	if err := id.Claims(&members); err != nil {
		return nil, errOIDCToken.Because(err)
	}
	missing := members["email"] == nil || (p.GroupsClaim != "" && members[p.GroupsClaim] == nil)
	if missing && found.UserInfoEndpoint() != "" {
		if err := s.addUserInfo(ctx, found, token, id.Subject, members); err != nil {
			return nil, err
		}
	}
	return readClaims(id.Subject, p.GroupsClaim, members), nil
}

// addUserInfo completes the claims from the user-info address; what the signed token says is not overwritten.
func (s *Service) addUserInfo(ctx context.Context, found *oidc.Provider, token *oauth2.Token, subject string, members map[string]json.RawMessage) error {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return errOIDCRefused.Because(errors.New(shorten(err.Error(), 300)))
	}
	if info.Subject != subject {
		return errOIDCToken.Because(errors.New("the user info is about somebody else"))
	}
	var more map[string]json.RawMessage
	if err := info.Claims(&more); err != nil {
		return errOIDCToken.Because(err)
	}
	for name, value := range more {
		if members[name] == nil {
			members[name] = value
		}
	}
	return nil
}

// readClaims reads leniently: providers send booleans as text and a single group without a list.
func readClaims(subject, groupsClaim string, members map[string]json.RawMessage) *claims {
	c := &claims{Subject: subject}
	_ = json.Unmarshal(members["email"], &c.Email)
	_ = json.Unmarshal(members["name"], &c.Name)
	var text string
	if raw := members["email_verified"]; raw != nil {
		verified := false
		if json.Unmarshal(raw, &verified) != nil {
			_ = json.Unmarshal(raw, &text)
			verified = text == "true"
		}
		c.EmailVerified = &verified
	}
	if raw := members[groupsClaim]; groupsClaim != "" && raw != nil {
		if json.Unmarshal(raw, &c.Groups) != nil {
			c.Groups = nil
			var one string
			if json.Unmarshal(raw, &one) == nil && one != "" {
				c.Groups = []string{one}
			}
		}
	}
	return c
}
