package stack

import (
	"context"
	"net/http"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

const tag = "environment"

var (
	view        = authz.Need(environment.PermView)
	manage      = authz.Need(environment.PermManage)
	manageStack = authz.Need(environment.PermManageStack)
)

// Mount registers the routes of the package.
func (s *Service) Mount(api *httpapi.API) {
	s.mountStack(api)
	s.mountVersions(api)
	s.mountComparison(api)
}

type (
	// PathIn names an environment in an address.
	PathIn struct {
		ID string `path:"id" maxLength:"200" doc:"The id or the key of the environment."`
	}
	compareIn struct {
		A string `query:"a" required:"true" minLength:"1" maxLength:"200" doc:"The id or key of an environment."`
		B string `query:"b" required:"true" minLength:"1" maxLength:"200" doc:"The id or key of the one it is held against, such as production."`
	}
	compareOut  struct{ Body Compared }
	duplicateIn struct {
		PathIn
		Body Duplicate
	}
	viewOut struct {
		ETag string `header:"ETag"`
		Body environment.View
	}
	stackOut struct{ Body Stack }
	// HostPathIn names a host of an environment in an address.
	HostPathIn struct {
		PathIn
		Host string `path:"host" maxLength:"200" doc:"The id of the host."`
		httpapi.IfMatch
	}
	hostCreateIn struct {
		PathIn
		Body NewHost
	}
	hostChangeIn struct {
		HostPathIn
		Body HostChange
	}
	hostOut struct {
		ETag string `header:"ETag"`
		Body Host
	}
	// ComponentPathIn names a component of an environment in an address.
	ComponentPathIn struct {
		PathIn
		Component string `path:"component" maxLength:"200" doc:"The id of the component in the stack."`
		httpapi.IfMatch
	}
	componentCreateIn struct {
		PathIn
		Body NewComponent
	}
	componentChangeIn struct {
		ComponentPathIn
		Body ComponentChange
	}
	componentOut struct {
		ETag string `header:"ETag"`
		Body Component
	}
	copyStackIn struct {
		PathIn
		Body CopyStackIn
	}
	versionIn struct {
		PathIn
		Body NewVersion
	}
	versionHistoryIn struct {
		PathIn
		Component string `query:"component" maxLength:"200" doc:"The id of a component in the stack."`
		httpapi.Paging
	}
	configurationOut struct {
		Body struct {
			Items []ConfigurationItem `json:"items" nullable:"false"`
		}
	}
	configurationIn struct {
		PathIn
		Body ConfigurationChange
	}
	refreshesIn struct {
		PathIn
		httpapi.Paging
	}
	refreshIn struct {
		PathIn
		Body NewDataRefresh
	}
	refreshOut struct{ Body DataRefresh }
)

func (s *Service) mountStack(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}/stack", ID: "get-environment-stack", Summary: "Show what runs in an environment", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*stackOut, error) {
			stack, err := s.Stack(ctx, in.ID)
			return &stackOut{Body: stack}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/{id}/stack/copy", ID: "copy-environment-stack", Summary: "Copy the stack of another environment", Tag: tag}, manageStack,
		func(ctx context.Context, in *copyStackIn) (*stackOut, error) {
			stack, err := s.CopyStack(ctx, in.ID, in.Body)
			return &stackOut{Body: stack}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/{id}/hosts", ID: "create-environment-host", Summary: "Add a host", Tag: tag, Status: http.StatusCreated}, manageStack,
		func(ctx context.Context, in *hostCreateIn) (*hostOut, error) {
			h, err := s.CreateHost(ctx, in.ID, in.Body)
			return &hostOut{ETag: httpapi.ETag(h.Version), Body: h}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/environments/{id}/hosts/{host}", ID: "change-environment-host", Summary: "Change a host", Tag: tag}, manageStack,
		func(ctx context.Context, in *hostChangeIn) (*hostOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			h, err := s.ChangeHost(ctx, in.ID, in.Host, version, in.Body)
			return &hostOut{ETag: httpapi.ETag(h.Version), Body: h}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/environments/{id}/hosts/{host}", ID: "delete-environment-host", Summary: "Remove a host with what is installed on it", Tag: tag, Status: http.StatusNoContent}, manageStack,
		func(ctx context.Context, in *HostPathIn) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.DeleteHost(ctx, in.ID, in.Host, version)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/{id}/components", ID: "create-environment-component", Summary: "Add a component to the stack", Tag: tag, Status: http.StatusCreated}, manageStack,
		func(ctx context.Context, in *componentCreateIn) (*componentOut, error) {
			c, err := s.CreateComponent(ctx, in.ID, in.Body)
			return &componentOut{ETag: httpapi.ETag(c.Version), Body: c}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/environments/{id}/components/{component}", ID: "change-environment-component", Summary: "Change a component or its version", Tag: tag}, manageStack,
		func(ctx context.Context, in *componentChangeIn) (*componentOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			c, err := s.ChangeComponent(ctx, in.ID, in.Component, version, in.Body)
			return &componentOut{ETag: httpapi.ETag(c.Version), Body: c}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/environments/{id}/components/{component}", ID: "delete-environment-component", Summary: "Remove a component", Tag: tag, Status: http.StatusNoContent}, manageStack,
		func(ctx context.Context, in *ComponentPathIn) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.DeleteComponent(ctx, in.ID, in.Component, version)
		})
}

func (s *Service) mountVersions(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/{id}/versions", ID: "set-environment-version", Summary: "Record the version of an application in an environment", Tag: tag}, manageStack,
		func(ctx context.Context, in *versionIn) (*stackOut, error) {
			stack, err := s.SetVersion(ctx, in.ID, in.Body)
			return &stackOut{Body: stack}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}/version-history", ID: "list-environment-versions", Summary: "List the versions that came to an environment", Tag: tag}, view,
		func(ctx context.Context, in *versionHistoryIn) (*httpapi.ListOut[VersionChange], error) {
			page, err := s.VersionHistory(ctx, in.ID, in.Component, in.Cursor, in.Limit)
			return &httpapi.ListOut[VersionChange]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}/configuration", ID: "get-environment-configuration", Summary: "Show the configuration of an environment", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*configurationOut, error) {
			out := &configurationOut{}
			var err error
			out.Body.Items, err = s.Configuration(ctx, in.ID)
			return out, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/environments/{id}/configuration", ID: "change-environment-configuration", Summary: "Set and remove configuration items", Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Of secret items only a hash is kept; it is never shown."}, manageStack,
		func(ctx context.Context, in *configurationIn) (*configurationOut, error) {
			out := &configurationOut{}
			var err error
			out.Body.Items, err = s.ChangeConfiguration(ctx, in.ID, in.Body)
			return out, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}/data-refreshes", ID: "list-environment-data-refreshes", Summary: "List the data refreshes of an environment", Tag: tag}, view,
		func(ctx context.Context, in *refreshesIn) (*httpapi.ListOut[DataRefresh], error) {
			page, err := s.DataRefreshes(ctx, in.ID, in.Cursor, in.Limit)
			return &httpapi.ListOut[DataRefresh]{Body: page}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/{id}/data-refreshes", ID: "record-environment-data-refresh", Summary: "Record that the data was refreshed", Tag: tag, Status: http.StatusCreated}, manageStack,
		func(ctx context.Context, in *refreshIn) (*refreshOut, error) {
			r, err := s.RecordDataRefresh(ctx, in.ID, in.Body)
			return &refreshOut{Body: r}, err
		})
}

func (s *Service) mountComparison(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/compare", ID: "compare-environments", Summary: "Compare two environments", Tag: tag,
		Description: "Tells how A differs from B over versions, configuration and data, and how much A is like B."}, view,
		func(ctx context.Context, in *compareIn) (*compareOut, error) {
			c, err := s.Compare(ctx, in.A, in.B)
			return &compareOut{Body: c}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/{id}/duplicate", ID: "duplicate-environment", Summary: "Create an environment like another", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *duplicateIn) (*viewOut, error) {
			v, err := s.DuplicateEnvironment(ctx, in.ID, in.Body)
			return &viewOut{ETag: httpapi.ETag(v.Version), Body: v}, err
		})
}
