package identity

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// CreateProvider sets up an identity provider. secret is the client secret, or "" for a public client.
func (s *Service) CreateProvider(ctx context.Context, p Provider, secret string) (*Provider, error) {
	if err := s.mustRunProviders(ctx); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	p.ID, p.Kind, p.Version, p.CreatedAt, p.UpdatedAt = ref.New[string](), "oidc", 1, now, now
	if err := p.check(); err != nil {
		return nil, err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := p.checkUnits(ctx, tx); err != nil {
			return err
		}
		if secret != "" {
			p.SecretRef = secretName(p.ID)
			if err := s.vault.Put(ctx, tx, p.SecretRef, secret); err != nil {
				return err
			}
		}
		if _, err := tx.NewInsert().Model(&p).Exec(ctx); err != nil {
			return providerNameTaken(err, p.Name)
		}
		return s.events.Append(ctx, tx, events.Event{Kind: ProviderCreated, SubjectID: p.ID, SubjectLabel: p.Name, Changes: events.Diff(nil, p)})
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

func providerNameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "provider_name_taken", "There is an identity provider named %q already.", name).Because(err)
	}
	return err
}

// check tidies a provider and reports everything that is wrong with it.
func (p *Provider) check() error {
	p.Name, p.Issuer, p.ClientID = strings.TrimSpace(p.Name), strings.TrimSpace(p.Issuer), strings.TrimSpace(p.ClientID)
	p.GroupsClaim = strings.TrimSpace(p.GroupsClaim)
	if p.Scopes == nil {
		p.Scopes = []string{"profile", "email"}
	}
	if p.GroupRoles == nil {
		p.GroupRoles = []GroupRole{}
	}
	domains := []string{}
	for _, d := range p.AllowedDomains {
		domains = append(domains, strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@")))
	}
	p.AllowedDomains = slices.Compact(slices.Sorted(slices.Values(domains)))
	if p.AllowedDomains == nil {
		p.AllowedDomains = []string{}
	}
	var f problem.Fields
	if p.Name == "" || len(p.Name) > 100 {
		f.Add("body.name", "name_required", "Enter the name people see on the sign-in page, at most 100 characters.")
	}
	if p.ClientID == "" {
		f.Add("body.clientId", "client_id_required", "Enter the client id the provider gave you.")
	}
	if !goodIssuer(p.Issuer) {
		f.Add("body.issuer", "issuer_malformed", "Enter the issuer's https address, without query; http works on this machine alone.")
	}
	if slices.ContainsFunc(p.AllowedDomains, func(d string) bool { return !strings.Contains(d, ".") || strings.ContainsAny(d, "@ /") }) {
		f.Add("body.allowedDomains", "domain_malformed", "One of these is not a domain such as example.org.")
	}
	if slices.ContainsFunc(p.Scopes, func(sc string) bool { return sc == "" || strings.ContainsAny(sc, " \t\r\n\"\\") }) {
		f.Add("body.scopes", "scope_malformed", "A scope is one word.")
	}
	if len(p.GroupRoles) > 0 && p.GroupsClaim == "" {
		f.Add("body.groupsClaim", "groups_claim_required", "Say in which claim the provider lists the groups.")
	}
	return f.Err("provider_invalid", "The identity provider was not saved.")
}

func goodIssuer(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return false
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	return u.Scheme == "https" || (u.Scheme == "http" && local)
}

// checkUnits makes sure that the units a provider names exist. Roles are checked when they are granted.
func (p *Provider) checkUnits(ctx context.Context, tx db.Tx) error {
	var f problem.Fields
	look := func(path string, unit ref.Unit) error {
		found, err := tx.NewSelect().TableExpr("v_unit").Where("id = ?", unit).Exists(ctx)
		if err == nil && !found {
			f = append(f, problem.Field{Path: path, Code: "unit_unknown", Message: "There is no such unit.", Value: string(unit)})
		}
		return err
	}
	if p.DefaultUnit != nil {
		if err := look("body.defaultUnitId", *p.DefaultUnit); err != nil {
			return err
		}
	}
	for _, g := range p.GroupRoles {
		if err := look("body.groupRoles", g.Unit); err != nil {
			return err
		}
	}
	return f.Err("unit_unknown", "The identity provider names a unit that does not exist.")
}

// Providers lists the identity providers by name; there are never many.
func (s *Service) Providers(ctx context.Context) (list []Provider, err error) {
	if p := authz.From(ctx); p == nil || !p.Everywhere(PermManageProvider) {
		return nil, nil
	}
	return s.providers(ctx, false)
}

// SignInProviders lists what the sign-in page offers, to anybody.
func (s *Service) SignInProviders(ctx context.Context) ([]Provider, error) {
	return s.providers(ctx, true)
}

func (s *Service) providers(ctx context.Context, enabledOnly bool) (list []Provider, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().Model(&list).OrderExpr("ip.name, ip.id")
		if enabledOnly {
			q = q.Where("ip.enabled")
		}
		return q.Scan(ctx)
	})
	return list, err
}
