package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewToken describes a token to create.
type NewToken struct {
	Name string
	// Scopes narrow the token to some permissions; none means everything its account may do, also later.
	Scopes []authz.Permission
	// ExpiresAt is nil on a token that never expires.
	ExpiresAt *time.Time
}

// CreatedToken is a token with its secret, which is shown this once.
type CreatedToken struct {
	Token
	Secret string
}

// CreateOwnToken creates a token of the caller's own account.
func (s *Service) CreateOwnToken(ctx context.Context, in NewToken) (*CreatedToken, error) {
	var out *CreatedToken
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := s.ownAccount(ctx, tx)
		if err != nil {
			return err
		}
		if in, err = s.boundByParent(ctx, tx, in); err != nil {
			return err
		}
		out, err = s.addToken(ctx, tx, a, in)
		return err
	})
	return out, err
}

// ownAccount returns the account the caller acts as. A token that is narrowed may not change how its account signs in:
// it could widen itself.
func (s *Service) ownAccount(ctx context.Context, tx db.Tx) (*Account, error) {
	p := authz.From(ctx)
	if p == nil || p.Account == "" {
		return nil, authz.ErrUnauthenticated
	}
	if p.Limit != nil {
		return nil, problem.New(problem.Forbidden, "token_is_narrowed",
			"A token that is narrowed to some permissions cannot manage the account it belongs to. Sign in to do this.")
	}
	a, err := accountWhere(ctx, tx, "a.id = ?", p.Account)
	if err == nil && a == nil {
		err = authz.ErrUnauthenticated
	}
	return a, err
}

// boundByParent keeps a token made with the help of another from outliving it.
func (s *Service) boundByParent(ctx context.Context, tx db.Tx, in NewToken) (NewToken, error) {
	parent := authz.From(ctx).Token
	if parent == "" {
		return in, nil
	}
	var r tokenRow
	if err := tx.NewSelect().Model(&r).Where("t.id = ?", parent).Scan(ctx); err != nil {
		return in, err
	}
	if r.ExpiresAt == nil {
		return in, nil
	}
	if in.ExpiresAt == nil {
		in.ExpiresAt = utc(r.ExpiresAt)
	}
	if in.ExpiresAt.After(*r.ExpiresAt) {
		return in, problem.New(problem.Invalid, "token_outlives_parent",
			"A token made with another token cannot be valid for longer than that one. Sign in to create one that is.")
	}
	return in, nil
}

// addToken validates and stores a token; the caller has decided that it may be made.
func (s *Service) addToken(ctx context.Context, tx db.Tx, a *Account, in NewToken) (*CreatedToken, error) {
	now := s.clock.Now()
	in.Name = strings.TrimSpace(in.Name)
	if in.Name == "" || len(in.Name) > 100 {
		return nil, problem.New(problem.Invalid, "token_name_required", "Give the token a name of at most 100 characters that says what uses it.")
	}
	if in.ExpiresAt != nil && !in.ExpiresAt.After(now) {
		return nil, problem.New(problem.Invalid, "token_expiry_past", "The expiry of the token lies in the past.")
	}
	holder, err := s.principal(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	scopes := slices.Compact(slices.Sorted(slices.Values(in.Scopes)))
	if scopes == nil {
		scopes = []authz.Permission{}
	}
	if err := s.knownScopes(scopes); err != nil {
		return nil, err
	}
	if err := checkScopes(scopes, holder); err != nil {
		return nil, err
	}
	secret := TokenPrefix + newSecret()
	row := tokenRow{
		ID: ref.New[ref.Token](), Account: a.ID, Name: in.Name, Prefix: secret[:len(TokenPrefix)+4], SecretHash: hashSecret(secret),
		Scopes: scopes, CreatedBy: authz.From(ctx).ID(), CreatedAt: now, ExpiresAt: in.ExpiresAt,
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return nil, err
	}
	if err := httpapi.SecretMade(ctx, tx, string(row.ID)); err != nil {
		return nil, err
	}
	data := map[string]any{"account": a.label(), "accountId": string(a.ID), "scopes": scopes}
	if in.ExpiresAt != nil {
		data["expiresAt"] = in.ExpiresAt.UTC().Format(time.RFC3339)
	}
	err = s.events.Append(ctx, tx, events.Event{Kind: TokenCreated, SubjectID: string(row.ID), SubjectLabel: row.Name, Unit: a.unit(), Data: data})
	return &CreatedToken{Token: row.token(), Secret: secret}, err
}

// knownScopes refuses permissions that no slice declares, which an administrator would seem to hold.
func (s *Service) knownScopes(scopes []authz.Permission) error {
	var f problem.Fields
	for _, scope := range scopes {
		if !slices.ContainsFunc(s.permissions, func(d authz.Declaration) bool { return d.Permission == scope }) {
			f = append(f, problem.Field{Path: "body.scopes", Code: "scope_unknown", Value: string(scope), Message: "There is no such permission."})
		}
	}
	return f.Err("scope_unknown", "The token asks for permissions that do not exist.")
}
