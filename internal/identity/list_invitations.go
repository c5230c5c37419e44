package identity

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
)

func invitationQuery(tx db.Tx, model any) *bun.SelectQuery {
	return tx.NewSelect().Model(model).
		ColumnExpr("i.*, vp.name AS person_name, vp.unit_id AS person_unit").
		Join("JOIN v_person AS vp ON vp.id = i.person_id").Where("i.purpose = ?", purposeInvitation)
}

// Invitations lists the invitations of the units on which the caller may invite, newest first.
func (s *Service) Invitations(ctx context.Context, state InvitationState, paging httpapi.Paging) (page httpapi.Page[Invitation], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []invitationRow
		now := s.clock.Now()
		q := invitationQuery(tx, &rows).Apply(authz.Filter(ctx, PermInvitePerson, "vp.unit_id")).OrderExpr("i.id DESC").Limit(int64(paging.Limit + 1))
		switch state {
		case InvitationOpen:
			q = q.Where("i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ?", now)
		case InvitationUsed:
			q = q.Where("i.accepted_at IS NOT NULL")
		case InvitationEnded:
			q = q.Where("i.accepted_at IS NULL AND i.revoked_at IS NOT NULL")
		case InvitationExpired:
			q = q.Where("i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at <= ?", now)
		}
		var after string
		if more, err := httpapi.DecodeCursor(paging.Cursor, &after); err != nil {
			return err
		} else if more {
			q = q.Where("i.id < ?", after)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		list := make([]Invitation, len(rows))
		for i := range rows {
			list[i] = rows[i].invitation(now)
		}
		page = httpapi.NewPage(list, paging.Limit, func(i Invitation) []any { return []any{i.ID} })
		return nil
	})
	return page, err
}
