package identity

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
)

// AccountFilter narrows a list of accounts; empty members do not.
type AccountFilter struct {
	// Text is looked for in names and email addresses.
	Text   string
	State  State
	Locked bool
	httpapi.Paging
}

// Accounts lists the accounts of persons by name.
func (s *Service) Accounts(ctx context.Context, f AccountFilter) (httpapi.Page[Account], error) {
	return s.accounts(ctx, PersonAccount, PermViewAccount, f)
}

// ServiceAccounts lists the service accounts by name.
func (s *Service) ServiceAccounts(ctx context.Context, f AccountFilter) (httpapi.Page[Account], error) {
	return s.accounts(ctx, ServiceAccount, PermViewServiceAccount, f)
}

func (s *Service) accounts(ctx context.Context, kind Kind, perm authz.Permission, f AccountFilter) (page httpapi.Page[Account], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []accountWithPerson
		const name = "LOWER(COALESCE(vp.name, a.name))"
		q := tx.NewSelect().TableExpr("account AS a").ColumnExpr("a.*").Apply(joinPerson).Where("a.kind = ?", kind).
			Apply(authz.Filter(ctx, perm, "COALESCE(vp.unit_id, a.unit_id)")).OrderExpr(name + ", a.id").Limit(int64(f.Limit + 1))
		if f.Text != "" {
			byName, arg := tx.Contains(name, f.Text)
			byEmail, arg2 := tx.Contains("COALESCE(vp.email, '')", f.Text)
			q = q.Where("("+byName+" OR "+byEmail+")", arg, arg2)
		}
		if f.State != "" {
			q = q.Where("a.state = ?", f.State)
		}
		if f.Locked {
			q = q.Where("a.locked_at IS NOT NULL AND (a.locked_until IS NULL OR a.locked_until > ?)", s.clock.Now())
		}
		var afterName, afterID string
		if more, err := httpapi.DecodeCursor(f.Cursor, &afterName, &afterID); err != nil {
			return err
		} else if more {
			q = q.Where("("+name+", a.id) > (LOWER(?), ?)", afterName, afterID)
		}
		if err := q.Scan(ctx, &rows); err != nil {
			return err
		}
		list := make([]Account, len(rows))
		for i := range rows {
			list[i] = *rows[i].account()
		}
		page = httpapi.NewPage(list, f.Limit, func(a Account) []any { return []any{a.label(), a.ID} })
		return nil
	})
	return page, err
}
