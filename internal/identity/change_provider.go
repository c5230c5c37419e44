package identity

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// ProviderChange is what to change about an identity provider; nil members stay as they are.
type ProviderChange struct {
	Name, Issuer, ClientID, GroupsClaim *string
	// Secret replaces the client secret; "" removes it.
	Secret                 *string
	Scopes, AllowedDomains *[]string
	GroupRoles             *[]GroupRole
	// DefaultUnit is "" for the root.
	DefaultUnit                                 *ref.Unit
	AutoProvision, TrustUnmarkedEmails, Enabled *bool
}

// ChangeProvider changes an identity provider based on the version the caller read. Roles that groups bring follow at
// each person's next sign-in.
func (s *Service) ChangeProvider(ctx context.Context, id string, version int64, in ProviderChange) (*Provider, error) {
	var p *Provider
	err := s.onProvider(ctx, id, version, func(ctx context.Context, tx db.Tx, found *Provider) error {
		p = found
		before := *p
		set(&p.Name, in.Name)
		set(&p.Issuer, in.Issuer)
		set(&p.ClientID, in.ClientID)
		set(&p.GroupsClaim, in.GroupsClaim)
		set(&p.Scopes, in.Scopes)
		set(&p.AllowedDomains, in.AllowedDomains)
		set(&p.GroupRoles, in.GroupRoles)
		set(&p.AutoProvision, in.AutoProvision)
		set(&p.TrustUnmarkedEmails, in.TrustUnmarkedEmails)
		set(&p.Enabled, in.Enabled)
		if in.DefaultUnit != nil {
			p.DefaultUnit = pointer(*in.DefaultUnit)
		}
		if err := p.check(); err != nil {
			return err
		}
		if err := p.checkUnits(ctx, tx); err != nil {
			return err
		}
		changes := events.Diff(before, p)
		if in.Secret != nil {
			changes["clientSecret"] = events.Change{"(hidden)", "(hidden)"}
			if err := s.keepClientSecret(ctx, tx, p, *in.Secret); err != nil {
				return err
			}
		}
		if len(changes) == 0 {
			return nil
		}
		p.Version++
		p.UpdatedAt = s.clock.Now()
		if _, err := tx.NewUpdate().Model(p).WherePK().Exec(ctx); err != nil {
			return providerNameTaken(err, p.Name)
		}
		return s.events.Append(ctx, tx, events.Event{Kind: ProviderChanged, SubjectID: p.ID, SubjectLabel: p.Name, Changes: changes})
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (s *Service) keepClientSecret(ctx context.Context, tx db.Tx, p *Provider, secret string) error {
	if secret != "" {
		p.SecretRef = secretName(p.ID)
		return s.vault.Put(ctx, tx, p.SecretRef, secret)
	}
	if p.SecretRef == "" {
		return nil
	}
	ref := p.SecretRef
	p.SecretRef = ""
	return s.vault.Delete(ctx, tx, ref)
}

// DeleteProvider removes an identity provider, its secret, and the roles its groups brought. People keep their accounts.
func (s *Service) DeleteProvider(ctx context.Context, id string, version int64) error {
	return s.onProvider(ctx, id, version, func(ctx context.Context, tx db.Tx, p *Provider) error {
		if err := s.withdrawProviderGrants(ctx, tx, p); err != nil {
			return err
		}
		if err := s.keepClientSecret(ctx, tx, p, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM identity_provider WHERE id = ?`, p.ID); err != nil {
			return err
		}
		return s.events.Append(ctx, tx, events.Event{Kind: ProviderDeleted, SubjectID: p.ID, SubjectLabel: p.Name, Changes: events.Diff(p, nil)})
	})
}

// onProvider runs fn on a provider at the version the caller read, held against other writers.
func (s *Service) onProvider(ctx context.Context, id string, version int64, fn func(context.Context, db.Tx, *Provider) error) error {
	if err := s.mustRunProviders(ctx); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE identity_provider SET version = version WHERE id = ?`, id); err != nil {
			return err
		}
		p, err := providerByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Version != version {
			return httpapi.Stale(p.Version, p.view())
		}
		return fn(ctx, tx, p)
	})
}
