package catalog

import (
	"context"
	"net/http"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type (
	aliasesIn struct {
		PathIn
		httpapi.IfMatch
		Body struct {
			Aliases []string `json:"aliases" maxItems:"100"`
		}
	}
	aliasIn struct {
		PathIn
		Body struct {
			Alias string `json:"alias" minLength:"1" maxLength:"200"`
		}
	}
	aliasPathIn struct {
		PathIn
		Alias string `path:"alias" maxLength:"1000"`
	}
	repositoriesIn struct {
		PathIn
		httpapi.IfMatch
		Body struct {
			Repositories []RepositoryPath `json:"repositories" maxItems:"100"`
		}
	}
	repositoryIn struct {
		PathIn
		Body RepositoryPath
	}
	repositoryPathIn struct {
		PathIn
		Repository string `path:"repositoryId" maxLength:"100"`
	}
	componentsOut struct {
		Body httpapi.Page[Component]
	}
	componentOut struct {
		ETag string `header:"ETag"`
		Body Component
	}
	newComponentIn struct {
		PathIn
		Body NewComponent
	}
	// ComponentPath names a component in an address.
	ComponentPath struct {
		PathIn
		httpapi.IfMatch
		Component ref.Component `path:"componentId" maxLength:"100"`
	}
	changeComponentIn struct {
		ComponentPath
		Body ComponentChange
	}
)

// mountParts registers the routes of what belongs to an application.
func (s *Service) mountParts(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/applications/{id}/aliases", ID: "set-application-aliases", Summary: "Replace the aliases of an application", Tag: tag}, manage,
		func(ctx context.Context, in *aliasesIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.SetAliases(ctx, in.ID, version, in.Body.Aliases))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/applications/{id}/aliases", ID: "add-application-alias", Summary: "Give an application an alias", Tag: tag}, manage,
		func(ctx context.Context, in *aliasIn) (*viewOut, error) {
			return answer(s.AddAlias(ctx, in.ID, in.Body.Alias))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/applications/{id}/aliases/{alias}", ID: "remove-application-alias", Summary: "Take an alias away", Tag: tag}, manage,
		func(ctx context.Context, in *aliasPathIn) (*viewOut, error) {
			return answer(s.RemoveAlias(ctx, in.ID, in.Alias))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/applications/{id}/repositories", ID: "set-application-repositories", Summary: "Replace the repositories of an application", Tag: tag,
		Description: "The repositories of its components stay as they are."}, manage,
		func(ctx context.Context, in *repositoriesIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.SetRepositories(ctx, in.ID, version, in.Body.Repositories))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/applications/{id}/repositories", ID: "add-application-repository", Summary: "Give an application a repository", Tag: tag}, manage,
		func(ctx context.Context, in *repositoryIn) (*viewOut, error) {
			return answer(s.AddRepository(ctx, in.ID, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/applications/{id}/repositories/{repositoryId}", ID: "remove-application-repository", Summary: "Take a repository away", Tag: tag}, manage,
		func(ctx context.Context, in *repositoryPathIn) (*viewOut, error) {
			return answer(s.RemoveRepository(ctx, in.ID, in.Repository))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/applications/{id}/components", ID: "list-components", Summary: "List the components of an application", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*componentsOut, error) {
			list, err := s.Components(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &componentsOut{Body: httpapi.Page[Component]{Items: list}}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/applications/{id}/components", ID: "create-component", Summary: "Add a component", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *newComponentIn) (*componentOut, error) {
			return componentAnswer(s.CreateComponent(ctx, in.ID, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/applications/{id}/components/{componentId}", ID: "change-component", Summary: "Change a component", Tag: tag}, manage,
		func(ctx context.Context, in *changeComponentIn) (*componentOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return componentAnswer(s.ChangeComponent(ctx, in.ID, in.Component, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/applications/{id}/components/{componentId}", ID: "delete-component", Summary: "Remove a component", Tag: tag}, manage,
		func(ctx context.Context, in *ComponentPath) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.DeleteComponent(ctx, in.ID, in.Component, version)
		})
}

func componentAnswer(c Component, err error) (*componentOut, error) {
	if err != nil {
		return nil, err
	}
	return &componentOut{ETag: httpapi.ETag(c.Version), Body: c}, nil
}
