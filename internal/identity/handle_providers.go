package identity

import (
	"context"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

func (s *Service) handleSignInProviders(ctx context.Context, _ *struct{}) (*httpapi.ListOut[SignInProvider], error) {
	list, err := s.SignInProviders(ctx)
	return listOf(httpapi.Page[Provider]{Items: list}, err, func(p *Provider) SignInProvider {
		return SignInProvider{ID: p.ID, Name: p.Name, Kind: p.Kind}
	})
}

func (s *Service) handleProviders(ctx context.Context, _ *struct{}) (*httpapi.ListOut[ProviderView], error) {
	list, err := s.Providers(ctx)
	return listOf(httpapi.Page[Provider]{Items: list}, err, (*Provider).view)
}

type providerOut struct {
	ETag string `header:"ETag"`
	Body ProviderView
}

func providerAnswer(p *Provider, err error) (*providerOut, error) {
	if err != nil {
		return nil, err
	}
	return &providerOut{ETag: httpapi.ETag(p.Version), Body: p.view()}, nil
}

type createProviderIn struct {
	Body struct {
		Name                string      `json:"name" minLength:"1" maxLength:"100"`
		Issuer              string      `json:"issuer" minLength:"1" maxLength:"500"`
		ClientID            string      `json:"clientId" minLength:"1" maxLength:"300"`
		ClientSecret        string      `json:"clientSecret,omitempty" maxLength:"2000" doc:"Kept encrypted and never shown."`
		Scopes              []string    `json:"scopes,omitempty" maxItems:"50" doc:"Asked for beside openid; profile and email when absent."`
		GroupsClaim         string      `json:"groupsClaim,omitempty" maxLength:"200"`
		GroupRoles          []GroupRole `json:"groupRoles,omitempty" maxItems:"500"`
		AllowedDomains      []string    `json:"allowedDomains,omitempty" maxItems:"200"`
		AutoProvision       bool        `json:"autoProvision,omitempty" doc:"Let people in whom nobody invited."`
		DefaultUnitID       *ref.Unit   `json:"defaultUnitId,omitempty"`
		TrustUnmarkedEmails bool        `json:"trustUnmarkedEmails,omitempty" doc:"For providers that do not say whether an email is verified."`
		Enabled             bool        `json:"enabled,omitempty"`
	}
}

func (s *Service) handleCreateProvider(ctx context.Context, in *createProviderIn) (*providerOut, error) {
	b := in.Body
	return providerAnswer(s.CreateProvider(ctx, Provider{
		Name: b.Name, Issuer: b.Issuer, ClientID: b.ClientID, Scopes: b.Scopes, GroupsClaim: b.GroupsClaim, GroupRoles: b.GroupRoles,
		AllowedDomains: b.AllowedDomains, AutoProvision: b.AutoProvision, DefaultUnit: b.DefaultUnitID,
		TrustUnmarkedEmails: b.TrustUnmarkedEmails, Enabled: b.Enabled,
	}, b.ClientSecret))
}

type changeProviderIn struct {
	httpapi.IfMatch
	ID   string `path:"id"`
	Body struct {
		Name                *string      `json:"name,omitempty" maxLength:"100"`
		Issuer              *string      `json:"issuer,omitempty" maxLength:"500"`
		ClientID            *string      `json:"clientId,omitempty" maxLength:"300"`
		ClientSecret        *string      `json:"clientSecret,omitempty" maxLength:"2000" doc:"Empty removes it."`
		Scopes              *[]string    `json:"scopes,omitempty" maxItems:"50"`
		GroupsClaim         *string      `json:"groupsClaim,omitempty" maxLength:"200"`
		GroupRoles          *[]GroupRole `json:"groupRoles,omitempty" maxItems:"500"`
		AllowedDomains      *[]string    `json:"allowedDomains,omitempty" maxItems:"200"`
		AutoProvision       *bool        `json:"autoProvision,omitempty"`
		DefaultUnitID       *ref.Unit    `json:"defaultUnitId,omitempty" doc:"Empty means the root."`
		TrustUnmarkedEmails *bool        `json:"trustUnmarkedEmails,omitempty"`
		Enabled             *bool        `json:"enabled,omitempty"`
	}
}

func (s *Service) handleChangeProvider(ctx context.Context, in *changeProviderIn) (*providerOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	return providerAnswer(s.ChangeProvider(ctx, in.ID, version, ProviderChange{
		Name: b.Name, Issuer: b.Issuer, ClientID: b.ClientID, Secret: b.ClientSecret, Scopes: b.Scopes, GroupsClaim: b.GroupsClaim,
		GroupRoles: b.GroupRoles, AllowedDomains: b.AllowedDomains, AutoProvision: b.AutoProvision, DefaultUnit: b.DefaultUnitID,
		TrustUnmarkedEmails: b.TrustUnmarkedEmails, Enabled: b.Enabled,
	}))
}

type deleteProviderIn struct {
	httpapi.IfMatch
	ID string `path:"id"`
}

func (s *Service) handleDeleteProvider(ctx context.Context, in *deleteProviderIn) (*struct{}, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, s.DeleteProvider(ctx, in.ID, version)
}

type providerIn struct {
	ID string `path:"id"`
}

type providerTestOut struct {
	Body ProviderTest
}

func (s *Service) handleTestProvider(ctx context.Context, in *providerIn) (*providerTestOut, error) {
	t, err := s.TestProvider(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &providerTestOut{Body: *t}, nil
}
