package identity

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// CreateServiceToken creates a token of a service account. The caller must hold, on the same units, everything the token
// will carry.
func (s *Service) CreateServiceToken(ctx context.Context, id ref.Account, in NewToken) (*CreatedToken, error) {
	var out *CreatedToken
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := visibleAccount(ctx, tx, PermManageServiceAccount, id, ServiceAccount)
		if err != nil {
			return err
		}
		if err := s.mustCover(ctx, tx, a, in.Scopes); err != nil {
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

// ServiceTokens lists the tokens of a service account, newest first.
func (s *Service) ServiceTokens(ctx context.Context, id ref.Account, paging httpapi.Paging) (httpapi.Page[Token], error) {
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := visibleAccount(ctx, tx, PermViewServiceAccount, id, ServiceAccount)
		return err
	})
	if err != nil {
		return httpapi.Page[Token]{}, err
	}
	return s.tokensOf(ctx, id, paging)
}

// RevokeServiceToken revokes a token of a service account.
func (s *Service) RevokeServiceToken(ctx context.Context, id ref.Account, token ref.Token) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := visibleAccount(ctx, tx, PermManageServiceAccount, id, ServiceAccount)
		if err != nil {
			return err
		}
		return s.revokeToken(ctx, tx, a, token)
	})
}
