package environment

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

const tag = "environment"

var view, manage, manageStack = authz.Need(PermView), authz.Need(PermManage), authz.Need(PermManageStack)

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	s.mountEnvironments(api)
	s.mountGroups(api)
	s.mountConnections(api)
	s.mountMatches(api)
	s.mountExport(api)
	s.mountMore(api)
}

type (
	// FilterIn are the query parameters that narrow a list of environments.
	FilterIn struct {
		Q           string          `query:"q" maxLength:"200" doc:"Part of a key, name, alias, component or application."`
		Unit        ref.Unit        `query:"unit" doc:"A unit and everything below it."`
		Application []string        `query:"application" doc:"Ids, keys or names of applications, separated by commas."`
		Usage       []string        `query:"usage" doc:"Ids or names of usages, separated by commas."`
		Status      []string        `query:"status" doc:"Ids or names of statuses, separated by commas."`
		Group       []string        `query:"group" doc:"Ids or keys of groups, separated by commas."`
		Kind        []Kind          `query:"kind" enum:"physical,virtual,cloud,ephemeral" doc:"One or several, separated by commas."`
		DataClass   []DataClass     `query:"dataClass" enum:"synthetic,masked,production_copy" doc:"One or several, separated by commas."`
		Bookable    string          `query:"bookable" enum:"true,false" doc:"Only those that take bookings now, or only the others."`
		Owner       string          `query:"owner" maxLength:"100" doc:"The id of a person or team that is accountable."`
		Parent      ref.Environment `query:"parent" maxLength:"100" doc:"The id of the environment they belong to."`
		Tech        string          `query:"tech" maxLength:"200"`
		Health      []string        `query:"health" enum:"online,offline,issue,unknown,none" doc:"How they are now, one or several, separated by commas; none are those of which nobody ever said."`
		Sort        string          `query:"sort" enum:"name,-name,key,-key,unit,-unit,application,-application,usage,-usage,status,-status,updated,-updated" default:"name"`
	}
	listIn struct {
		FilterIn
		httpapi.Paging
	}
	// PathIn names an environment in an address.
	PathIn struct {
		ID string `path:"id" maxLength:"200" doc:"The id or the key of the environment."`
	}
	viewOut struct {
		ETag string `header:"ETag"`
		Body View
	}
	createIn struct{ Body NewEnvironment }
	changeIn struct {
		PathIn
		httpapi.IfMatch
		Body EnvironmentChange
	}
	// DeleteIn are the choices of a deletion.
	DeleteIn struct {
		httpapi.IfMatch
		DryRun  bool `query:"dryRun" doc:"Only tell what would go."`
		Confirm bool `query:"confirm" doc:"Delete although other records hang on it."`
	}
	deleteIn struct {
		PathIn
		DeleteIn
	}
	deleteOut struct{ Body Deletion }
)

func (in FilterIn) filter() Filter {
	f := Filter{
		Text: in.Q, Unit: in.Unit, Application: in.Application, Usage: in.Usage, Status: in.Status, Group: in.Group, Kind: in.Kind,
		DataClass: in.DataClass, Owner: in.Owner, Parent: in.Parent, Tech: in.Tech, Health: in.Health,
	}
	if in.Bookable != "" {
		bookable := in.Bookable == "true"
		f.Bookable = &bookable
	}
	return f
}

func answer(d Details, err error) (*viewOut, error) {
	if err != nil {
		return nil, err
	}
	return &viewOut{ETag: httpapi.ETag(d.Version), Body: detailsView(d)}, nil
}

func (s *Service) mountEnvironments(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments", ID: "list-environments", Summary: "List environments", Tag: tag}, authz.SignedIn(),
		func(ctx context.Context, in *listIn) (*httpapi.ListOut[Item], error) {
			page, err := s.ListEnvironments(ctx, in.filter(), in.Sort, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpapi.Page[Item]{Items: make([]Item, len(page.Items)), Next: page.Next, Total: page.Total}
			for i, l := range page.Items {
				out.Items[i] = itemView(l)
			}
			return &httpapi.ListOut[Item]{Body: out}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments", ID: "create-environment", Summary: "Create an environment", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *createIn) (*viewOut, error) {
			return answer(s.CreateEnvironment(ctx, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/bulk", ID: "create-environments", Summary: "Create many environments", Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Each element stands for itself: one that fails does not stop the others."}, manage,
		func(ctx context.Context, in *httpapi.BulkIn[NewEnvironment]) (*httpapi.BulkOut[View], error) {
			return httpapi.RunBulk(ctx, api, in.Body, func(ctx context.Context, n NewEnvironment) (View, error) {
				d, err := s.CreateEnvironment(ctx, n)
				return detailsView(d), err
			}), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}", ID: "get-environment", Summary: "Show an environment", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*viewOut, error) { return answer(s.Environment(ctx, in.ID)) })
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/environments/{id}", ID: "change-environment", Summary: "Change an environment", Tag: tag}, manage,
		func(ctx context.Context, in *changeIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.ChangeEnvironment(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/environments/{id}", ID: "delete-environment", Summary: "Delete an environment", Tag: tag,
		Description: "What was recorded of it keeps its name. Where bookings or other records hang on it, confirm=true says that their consequences are wanted."}, manage,
		func(ctx context.Context, in *deleteIn) (*deleteOut, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			list, err := s.DeleteEnvironment(ctx, in.ID, version, in.Confirm, in.DryRun)
			return deleted(list, in.DryRun, err)
		})
}

// version is the version a deletion is based on; a dry run needs none.
func (in DeleteIn) version() (int64, error) {
	if in.DryRun {
		return 0, nil
	}
	return in.IfMatch.Version()
}

func deleted(list []Consequence, dry bool, err error) (*deleteOut, error) {
	if err != nil {
		return nil, err
	}
	return &deleteOut{Body: Deletion{Deleted: !dry, Consequences: list}}, nil
}
