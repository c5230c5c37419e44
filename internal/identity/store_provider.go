package identity

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// GroupRole gives a role on a unit to the members of a group of the identity provider.
type GroupRole struct {
	Group string   `json:"group" minLength:"1" maxLength:"300"`
	Role  ref.Role `json:"roleId" minLength:"1" maxLength:"100"`
	Unit  ref.Unit `json:"unitId" minLength:"1" maxLength:"100"`
}

// Provider is an OpenID Connect provider people may sign in with. Its client secret lies in the vault.
type Provider struct {
	bun.BaseModel `bun:"table:identity_provider,alias:ip" json:"-"`

	ID       string `bun:"id,pk" json:"id"`
	Name     string `bun:"name" json:"name"`
	Kind     string `bun:"kind" json:"kind"`
	Issuer   string `bun:"issuer" json:"issuer"`
	ClientID string `bun:"client_id" json:"clientId"`
	// SecretRef names the client secret in the vault; empty for public clients.
	SecretRef string `bun:"secret_ref" json:"-"`
	// Scopes are asked for beside openid.
	Scopes []string `bun:"scopes,type:jsonb" json:"scopes"`
	// GroupsClaim names the claim that lists the person's groups.
	GroupsClaim string      `bun:"groups_claim" json:"groupsClaim"`
	GroupRoles  []GroupRole `bun:"group_roles,type:jsonb" json:"groupRoles"`
	// AllowedDomains are the email domains that may sign in; none means all.
	AllowedDomains []string `bun:"allowed_domains,type:jsonb" json:"allowedDomains"`
	// AutoProvision lets people in whom nobody invited; they are added to DefaultUnit, or the root.
	AutoProvision bool      `bun:"auto_provision" json:"autoProvision"`
	DefaultUnit   *ref.Unit `bun:"default_unit_id" json:"defaultUnitId,omitempty"`
	// TrustUnmarkedEmails takes an email as verified when the provider says nothing about it; "not verified" never passes.
	TrustUnmarkedEmails bool      `bun:"trust_unmarked_emails" json:"trustUnmarkedEmails"`
	Enabled             bool      `bun:"enabled" json:"enabled"`
	CreatedAt           time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt           time.Time `bun:"updated_at" json:"updatedAt"`
	Version             int64     `bun:"version" json:"version"`
}

func secretName(provider string) string { return "identity_provider/" + provider + "/client_secret" }

// providerByID returns a provider, or the not-found problem.
func providerByID(ctx context.Context, tx db.Tx, id string) (*Provider, error) {
	var p Provider
	err := tx.NewSelect().Model(&p).Where("ip.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return nil, authz.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	p.CreatedAt, p.UpdatedAt = p.CreatedAt.UTC(), p.UpdatedAt.UTC()
	return &p, nil
}
