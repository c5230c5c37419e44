package identity

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:session,alias:s"`

	ID         string      `bun:"id,pk"`
	Account    ref.Account `bun:"account_id"`
	TokenHash  string      `bun:"token_hash"`
	Method     string      `bun:"method"`
	Address    string      `bun:"address"`
	UserAgent  string      `bun:"user_agent"`
	CreatedAt  time.Time   `bun:"created_at"`
	LastSeenAt time.Time   `bun:"last_seen_at"`
	ExpiresAt  time.Time   `bun:"expires_at"`
}

func (r *sessionRow) session() Session {
	return Session{
		ID: r.ID, Account: r.Account, Method: r.Method, Address: r.Address, UserAgent: r.UserAgent,
		CreatedAt: r.CreatedAt.UTC(), LastSeenAt: r.LastSeenAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
	}
}

type tokenRow struct {
	bun.BaseModel `bun:"table:access_token,alias:t"`

	ID              ref.Token          `bun:"id,pk"`
	Account         ref.Account        `bun:"account_id"`
	Name            string             `bun:"name"`
	Prefix          string             `bun:"prefix"`
	SecretHash      string             `bun:"secret_hash"`
	Scopes          []authz.Permission `bun:"scopes,type:jsonb"`
	CreatedBy       string             `bun:"created_by"`
	CreatedAt       time.Time          `bun:"created_at"`
	ExpiresAt       *time.Time         `bun:"expires_at"`
	LastUsedAt      *time.Time         `bun:"last_used_at"`
	LastUsedAddress string             `bun:"last_used_address"`
	RevokedAt       *time.Time         `bun:"revoked_at"`
}

func (r *tokenRow) token() Token {
	return Token{
		ID: r.ID, Account: r.Account, Name: r.Name, Prefix: r.Prefix, Scopes: r.Scopes, CreatedBy: r.CreatedBy,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: utc(r.ExpiresAt), LastUsedAt: utc(r.LastUsedAt),
		LastUsedAddress: r.LastUsedAddress, RevokedAt: utc(r.RevokedAt),
	}
}

// sessionByHash returns a session and its account, or nil.
func sessionByHash(ctx context.Context, tx db.Tx, hash string) (*sessionRow, *Account, error) {
	var r sessionRow
	err := tx.NewSelect().Model(&r).Where("s.token_hash = ?", hash).Scan(ctx)
	if db.IsNoRows(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	a, err := accountWhere(ctx, tx, "a.id = ?", r.Account)
	return &r, a, err
}

// tokenByHash returns a token and its account, or nil.
func tokenByHash(ctx context.Context, tx db.Tx, hash string) (*tokenRow, *Account, error) {
	var r tokenRow
	err := tx.NewSelect().Model(&r).Where("t.secret_hash = ?", hash).Scan(ctx)
	if db.IsNoRows(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	a, err := accountWhere(ctx, tx, "a.id = ?", r.Account)
	return &r, a, err
}

// endSessions ends the sessions of an account, except the one with the given id.
func endSessions(ctx context.Context, tx db.Tx, account ref.Account, except string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE account_id = ? AND id <> ?`, account, except)
	return err
}

// revokeTokens revokes every token of an account.
func revokeTokens(ctx context.Context, tx db.Tx, account ref.Account, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE access_token SET revoked_at = ? WHERE account_id = ? AND revoked_at IS NULL`, now, account)
	return err
}
