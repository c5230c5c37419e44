package environment

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

type (
	bulkEditIn struct {
		DryRun bool `query:"dryRun" doc:"Only tell what would change."`
		Body   struct {
			IDs    []ref.Environment `json:"ids,omitempty" maxItems:"10000"`
			Filter *Filter           `json:"filter,omitempty" doc:"The same as the parameters of the list; {} chooses everything."`
			Set    BulkChange        `json:"set"`
		}
	}
	bulkEditOut struct{ Body BulkResult }
	mapIn       struct {
		Group       string `query:"group" maxLength:"200" doc:"The id or key of a group."`
		Environment string `query:"environment" maxLength:"200" doc:"The id or key of the environment in the middle."`
		Depth       int    `query:"depth" minimum:"1" maximum:"10" default:"2" doc:"How many steps from the environment."`
	}
	mapOut      struct{ Body Map }
	settingsOut struct {
		ETag string `header:"ETag"`
		Body Settings
	}
	settingsIn struct {
		httpapi.IfMatch
		Body struct {
			Currency string `json:"currency" minLength:"3" maxLength:"3" example:"EUR"`
		}
	}
)

func (s *Service) mountMore(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/environments/bulk-edit", ID: "edit-environments", Summary: "Change many environments alike", Tag: tag, MaxBody: httpapi.MaxBulkBody}, manage,
		func(ctx context.Context, in *bulkEditIn) (*bulkEditOut, error) {
			out, err := s.BulkEdit(ctx, in.Body.IDs, in.Body.Filter, in.Body.Set, in.DryRun)
			return &bulkEditOut{Body: out}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environment-map", ID: "get-environment-map", Summary: "Show how environments hang together", Tag: tag,
		Description: "Name a group for its members, or an environment for what is tied to it."}, view,
		func(ctx context.Context, in *mapIn) (*mapOut, error) {
			var m Map
			var err error
			switch {
			case (in.Group == "") == (in.Environment == ""):
				err = problem.New(problem.Invalid, "selection_unclear", "Name a group or an environment, one of the two.")
			case in.Group != "":
				m, err = s.GroupMap(ctx, in.Group)
			default:
				m, err = s.NeighbourhoodMap(ctx, in.Environment, in.Depth)
			}
			return &mapOut{Body: m}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environment-settings", ID: "get-environment-settings", Summary: "Show the settings of all environments", Tag: tag}, authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*settingsOut, error) {
			v, err := s.Settings(ctx)
			return &settingsOut{ETag: httpapi.ETag(v.Version), Body: v}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: "/environment-settings", ID: "change-environment-settings", Summary: "Set the currency of costs", Tag: tag,
		Description: "Amounts are not converted."}, authz.Need(PermSettings),
		func(ctx context.Context, in *settingsIn) (*settingsOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			v, err := s.ChangeSettings(ctx, version, in.Body.Currency)
			return &settingsOut{ETag: httpapi.ETag(v.Version), Body: v}, err
		})
}
