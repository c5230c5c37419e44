package identity

import (
	"context"
	"net/http"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

// seenEvery is how often the use of a session or token is written down at most.
const seenEvery = time.Minute

var errBadToken = problem.New(problem.Unauthenticated, "token_invalid",
	"The access token is unknown, expired or revoked, or its account is not active. Create a new token.")

// Authenticate tells who sends a request: the owner of the bearer token, else of the session cookie, else nobody. A bad
// token is an error. A bad cookie is nobody, so that a browser with an old one can still sign in. A request with an
// Authorization header never falls back to its cookie: transport exempts such requests from the check for cross-site
// forgery.
func (s *Service) Authenticate(r *http.Request) (*authz.Principal, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, secret, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, problem.New(problem.Unauthenticated, "authorization_unsupported", "Only \"Authorization: Bearer TOKEN\" is understood.")
		}
		return s.byToken(r.Context(), strings.TrimSpace(secret))
	}
	if c, err := r.Cookie(SessionCookie); err == nil && c.Value != "" {
		return s.bySession(r.Context(), c.Value)
	}
	return nil, nil
}

func (s *Service) bySession(ctx context.Context, secret string) (*authz.Principal, error) {
	now, hash := s.clock.Now(), hashSecret(secret)
	cached, generation := s.cache.get("s:"+hash, now)
	if cached != nil {
		return cached, nil
	}
	var p *authz.Principal
	var row *sessionRow
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var a *Account
		var err error
		row, a, err = sessionByHash(ctx, tx, hash)
		if err != nil || row == nil || a == nil || !a.mayAct(now) || !now.Before(s.sessionEnds(row)) {
			return err
		}
		p, err = s.principal(ctx, tx, a)
		return err
	})
	if err != nil || p == nil {
		return nil, err
	}
	if now.Sub(row.LastSeenAt) >= seenEvery {
		s.noteUse(ctx, `UPDATE session SET last_seen_at = ?, address = ? WHERE id = ? AND last_seen_at < ?`,
			now, events.OriginOf(ctx).Address, row.ID, now)
	}
	s.cache.put("s:"+hash, p, earlier(now.Add(principalTTL), s.sessionEnds(row)), generation)
	return p, nil
}

// sessionEnds returns when a session ends if it is not used again.
func (s *Service) sessionEnds(r *sessionRow) time.Time {
	return earlier(r.ExpiresAt, r.LastSeenAt.Add(s.config.SessionIdle))
}

func (s *Service) byToken(ctx context.Context, secret string) (*authz.Principal, error) {
	if !strings.HasPrefix(secret, TokenPrefix) {
		return nil, errBadToken
	}
	now, hash := s.clock.Now(), hashSecret(secret)
	cached, generation := s.cache.get("t:"+hash, now)
	if cached != nil {
		return cached, nil
	}
	var p *authz.Principal
	var row *tokenRow
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var a *Account
		var err error
		row, a, err = tokenByHash(ctx, tx, hash)
		if err != nil {
			return err
		}
		if row == nil || a == nil || row.RevokedAt != nil || expired(row.ExpiresAt, now) || !a.mayAct(now) {
			return errBadToken
		}
		p, err = s.principal(ctx, tx, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Token = row.ID
	if len(row.Scopes) > 0 {
		p.Limit = row.Scopes
	}
	if row.LastUsedAt == nil || now.Sub(*row.LastUsedAt) >= seenEvery {
		s.noteUse(ctx, `UPDATE access_token SET last_used_at = ?, last_used_address = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)`,
			now, events.OriginOf(ctx).Address, row.ID, now)
	}
	until := now.Add(principalTTL)
	if row.ExpiresAt != nil {
		until = earlier(until, *row.ExpiresAt)
	}
	s.cache.put("t:"+hash, p, until, generation)
	return p, nil
}

// principal expands an account into who acts, with everything they hold.
func (s *Service) principal(ctx context.Context, tx db.Tx, a *Account) (*authz.Principal, error) {
	held, err := s.grants.GrantsOf(ctx, tx, a.subject())
	if err != nil {
		return nil, err
	}
	p := &authz.Principal{Kind: authz.PersonPrincipal, Account: a.ID, Person: a.Person, Name: a.label(), Grants: make([]authz.Grant, len(held))}
	if a.Kind == ServiceAccount {
		p.Kind = authz.ServicePrincipal
	}
	for i := range held {
		p.Grants[i] = held[i].Grant
	}
	return p, nil
}

// noteUse writes down that a credential was used. The request goes on when that fails: a full disk must not lock
// everybody out.
func (s *Service) noteUse(ctx context.Context, statement string, args ...any) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
	if err != nil {
		s.logger.WarnContext(ctx, "the use of a credential could not be written down", "error", err)
	}
}

func expired(t *time.Time, now time.Time) bool { return t != nil && !now.Before(*t) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
