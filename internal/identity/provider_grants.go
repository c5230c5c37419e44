package identity

import (
	"context"
	"log/slog"
	"slices"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

type providerGrantRow struct {
	bun.BaseModel `bun:"table:provider_grant,alias:pg"`

	Provider string      `bun:"provider_id,pk"`
	Account  ref.Account `bun:"account_id,pk"`
	Role     ref.Role    `bun:"role_id,pk"`
	Unit     ref.Unit    `bun:"unit_id,pk"`
}

// applyGroups makes the roles an account holds through a provider follow its groups: what a group brings is granted,
// what a group brought and brings no longer is withdrawn. A role that was granted by hand is never touched, even when a
// group would bring the same.
func (s *Service) applyGroups(ctx context.Context, tx db.Tx, p *Provider, a *Account, groups []string) error {
	var had []providerGrantRow
	if err := tx.NewSelect().Model(&had).Where("pg.provider_id = ? AND pg.account_id = ?", p.ID, a.ID).Scan(ctx); err != nil {
		return err
	}
	wanted := map[GroupRole]bool{}
	for _, m := range p.GroupRoles {
		if slices.Contains(groups, m.Group) {
			wanted[GroupRole{Role: m.Role, Unit: m.Unit}] = true
		}
	}
	for _, g := range had {
		if wanted[GroupRole{Role: g.Role, Unit: g.Unit}] {
			continue
		}
		if err := s.withdrawProviderGrant(ctx, tx, g, a.subject()); err != nil {
			return err
		}
	}
	for g := range wanted {
		created, err := s.grants.GrantRole(ctx, tx, a.subject(), g.Role, g.Unit)
		if problem.KindOf(err) == problem.NotFound {
			s.logger.WarnContext(ctx, "a group is mapped to a role or unit that is gone", slog.String("provider", p.Name), slog.String("role", string(g.Role)), slog.String("unit", string(g.Unit)))
			continue
		}
		if err != nil {
			return err
		}
		if !created {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO provider_grant (provider_id, account_id, role_id, unit_id, created_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, p.ID, a.ID, g.Role, g.Unit, s.clock.Now()); err != nil {
			return err
		}
	}
	return nil
}

// withdrawProviderGrants takes back everything a provider's groups brought to anybody.
func (s *Service) withdrawProviderGrants(ctx context.Context, tx db.Tx, p *Provider) error {
	var had []providerGrantRow
	if err := tx.NewSelect().Model(&had).Where("pg.provider_id = ?", p.ID).Scan(ctx); err != nil {
		return err
	}
	for _, g := range had {
		a, err := accountWhere(ctx, tx, "a.id = ?", g.Account)
		if err != nil {
			return err
		}
		if err := s.withdrawProviderGrant(ctx, tx, g, a.subject()); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) withdrawProviderGrant(ctx context.Context, tx db.Tx, g providerGrantRow, subject Subject) error {
	err := s.grants.WithdrawRole(ctx, tx, subject, g.Role, g.Unit)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	_, err = tx.NewDelete().Model(&g).WherePK().Exec(ctx)
	return err
}
