package identity

import (
	"context"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

func (s *Service) handleServiceAccounts(ctx context.Context, in *accountsIn) (*httpapi.ListOut[ServiceAccountView], error) {
	page, err := s.ServiceAccounts(ctx, in.filter())
	return listOf(page, err, (*Account).serviceView)
}

type serviceAccountOut struct {
	ETag string `header:"ETag"`
	Body ServiceAccountView
}

func serviceAnswer(a *Account, err error) (*serviceAccountOut, error) {
	if err != nil {
		return nil, err
	}
	return &serviceAccountOut{ETag: httpapi.ETag(a.Version), Body: a.serviceView()}, nil
}

type createServiceIn struct {
	Body struct {
		Name        string   `json:"name" minLength:"1" maxLength:"100"`
		Description string   `json:"description,omitempty" maxLength:"2000"`
		UnitID      ref.Unit `json:"unitId" minLength:"1" maxLength:"100"`
	}
}

func (s *Service) handleCreateService(ctx context.Context, in *createServiceIn) (*serviceAccountOut, error) {
	return serviceAnswer(s.CreateServiceAccount(ctx, in.Body.Name, in.Body.Description, in.Body.UnitID))
}

func (s *Service) handleServiceAccount(ctx context.Context, in *accountIn) (*serviceAccountOut, error) {
	return serviceAnswer(s.ServiceAccount(ctx, in.ID))
}

type changeServiceIn struct {
	httpapi.IfMatch
	ID   ref.Account `path:"id"`
	Body struct {
		Name        *string   `json:"name,omitempty" maxLength:"100"`
		Description *string   `json:"description,omitempty" maxLength:"2000"`
		UnitID      *ref.Unit `json:"unitId,omitempty" maxLength:"100"`
	}
}

func (s *Service) handleChangeService(ctx context.Context, in *changeServiceIn) (*serviceAccountOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return serviceAnswer(s.ChangeServiceAccount(ctx, in.ID, version, ServiceAccountChange{
		Name: in.Body.Name, Description: in.Body.Description, Unit: in.Body.UnitID,
	}))
}

type deleteServiceIn struct {
	httpapi.IfMatch
	ID ref.Account `path:"id"`
}

func (s *Service) handleDeleteService(ctx context.Context, in *deleteServiceIn) (*struct{}, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, s.DeleteServiceAccount(ctx, in.ID, version)
}

type serviceTokensIn struct {
	httpapi.Paging
	ID ref.Account `path:"id"`
}

func (s *Service) handleServiceTokens(ctx context.Context, in *serviceTokensIn) (*httpapi.ListOut[TokenView], error) {
	page, err := s.ServiceTokens(ctx, in.ID, in.Paging)
	return listOf(page, err, (*Token).view)
}

type createServiceTokenIn struct {
	ID   ref.Account `path:"id"`
	Body NewTokenBody
}

func (s *Service) handleCreateServiceToken(ctx context.Context, in *createServiceTokenIn) (*createdTokenOut, error) {
	return tokenAnswer(s.CreateServiceToken(ctx, in.ID, in.Body.input()))
}

type serviceTokenIn struct {
	ID    ref.Account `path:"id"`
	Token ref.Token   `path:"token"`
}

func (s *Service) handleRevokeServiceToken(ctx context.Context, in *serviceTokenIn) (*struct{}, error) {
	return nil, s.RevokeServiceToken(ctx, in.ID, in.Token)
}

// handleService makes the handler of an act on a service account; the accounts of persons are not found here.
func (s *Service) handleService(act accountAct) func(context.Context, *accountIn) (*serviceAccountOut, error) {
	return func(ctx context.Context, in *accountIn) (*serviceAccountOut, error) {
		if _, err := s.ServiceAccount(ctx, in.ID); err != nil {
			return nil, err
		}
		return serviceAnswer(act(ctx, in.ID))
	}
}
