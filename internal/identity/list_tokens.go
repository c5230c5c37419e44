package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// OwnTokens lists the caller's tokens, newest first.
func (s *Service) OwnTokens(ctx context.Context, paging httpapi.Paging) (httpapi.Page[Token], error) {
	p := authz.From(ctx)
	if p == nil || p.Account == "" {
		return httpapi.Page[Token]{Items: []Token{}}, nil
	}
	return s.tokensOf(ctx, p.Account, paging)
}

func (s *Service) tokensOf(ctx context.Context, account ref.Account, paging httpapi.Paging) (page httpapi.Page[Token], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var after ref.Token
		q := tx.NewSelect().Model((*tokenRow)(nil)).Where("t.account_id = ?", account).OrderExpr("t.id DESC").Limit(int64(paging.Limit + 1))
		if more, err := httpapi.DecodeCursor(paging.Cursor, &after); err != nil {
			return err
		} else if more {
			q = q.Where("t.id < ?", after)
		}
		var rows []tokenRow
		if err := q.Scan(ctx, &rows); err != nil {
			return err
		}
		tokens := make([]Token, len(rows))
		for i := range rows {
			tokens[i] = rows[i].token()
		}
		page = httpapi.NewPage(tokens, paging.Limit, func(t Token) []any { return []any{t.ID} })
		return nil
	})
	return page, err
}
