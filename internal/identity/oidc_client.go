package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

const (
	// issuerKeep is how long a discovery document is trusted; signing keys are fetched anew whenever an unknown one is used.
	issuerKeep = time.Hour
	// issuerWait bounds everything one step of a sign-in asks of the provider.
	issuerWait = 10 * time.Second
)

// issuer is a discovery document that was read.
type issuer struct {
	provider *oidc.Provider
	until    time.Time
}

// discover reads the discovery document of an issuer, or remembers it.
func (s *Service) discover(ctx context.Context, url string) (*oidc.Provider, error) {
	now := s.clock.Now()
	s.issuersMu.Lock()
	known := s.issuers[url]
	s.issuersMu.Unlock()
	if known != nil && now.Before(known.until) {
		return known.provider, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, s.http), url)
	if err != nil {
		return nil, problem.New(problem.Unavailable, "provider_unreachable",
			"The identity provider did not answer as one. Try again; if it stays so, an administrator should test the provider.").Because(err)
	}
	s.issuersMu.Lock()
	s.issuers[url] = &issuer{provider: p, until: now.Add(issuerKeep)}
	s.issuersMu.Unlock()
	return p, nil
}

// oauthConfig returns how to talk to a provider.
func (s *Service) oauthConfig(ctx context.Context, p *Provider, endpoint oauth2.Endpoint) (*oauth2.Config, error) {
	c := &oauth2.Config{
		ClientID: p.ClientID, Endpoint: endpoint, Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...),
		RedirectURL: s.config.PublicURL + oidcPath + "/" + p.ID + "/callback",
	}
	if p.SecretRef == "" {
		return c, nil
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		c.ClientSecret, err = s.vault.Get(ctx, tx, p.SecretRef)
		return err
	})
	return c, err
}

// ProviderTest is what a look at an identity provider found.
type ProviderTest struct {
	OK                    bool   `json:"ok"`
	Message               string `json:"message"`
	AuthorizationEndpoint string `json:"authorizationEndpoint,omitempty"`
	TokenEndpoint         string `json:"tokenEndpoint,omitempty"`
	RedirectURL           string `json:"redirectUrl" doc:"Enter it at the provider."`
}

// TestProvider reads the provider's discovery document afresh and says what is wrong in words an administrator can use.
func (s *Service) TestProvider(ctx context.Context, id string) (*ProviderTest, error) {
	if err := s.mustRunProviders(ctx); err != nil {
		return nil, err
	}
	var p *Provider
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		p, err = providerByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.issuersMu.Lock()
	delete(s.issuers, p.Issuer)
	s.issuersMu.Unlock()
	if s.config.PublicURL == "" {
		return &ProviderTest{Message: errNoPublicURL.Message}, nil
	}
	out := &ProviderTest{RedirectURL: s.config.PublicURL + oidcPath + "/" + p.ID + "/callback"}
	ctx, cancel := context.WithTimeout(ctx, issuerWait)
	defer cancel()
	found, err := s.discover(ctx, p.Issuer)
	if err != nil {
		out.Message = "The discovery document could not be read: " + shorten(errors.Unwrap(err).Error(), 300)
		return out, nil
	}
	var doc struct {
		JWKS    string   `json:"jwks_uri"`
		Methods []string `json:"code_challenge_methods_supported"`
	}
	out.AuthorizationEndpoint, out.TokenEndpoint = found.Endpoint().AuthURL, found.Endpoint().TokenURL
	switch err := found.Claims(&doc); {
	case err != nil || doc.JWKS == "" || out.AuthorizationEndpoint == "" || out.TokenEndpoint == "":
		out.Message = "The discovery document lacks an address: authorization, token and jwks are needed."
	case len(doc.Methods) > 0 && !slices.Contains(doc.Methods, "S256"):
		out.Message = "The provider does not support PKCE with S256, which Millrace needs."
	default:
		out.OK, out.Message = true, "The provider answers. Enter the redirect address there, if you have not yet."
	}
	return out, nil
}
