package catalog

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

const tag = "catalog"

var view, manage = authz.Need(PermView), authz.Need(PermManage)

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	s.mountApplications(api)
	s.mountParts(api)
	s.mountDependencies(api)
	s.mountFiles(api)
}

type (
	// FilterIn are the query parameters that narrow a list of applications.
	FilterIn struct {
		Q           string        `query:"q" maxLength:"200" doc:"Part of a key, name, alias or component."`
		Unit        ref.Unit      `query:"unit" doc:"A unit and everything below it."`
		Criticality []Criticality `query:"criticality" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW" doc:"One or several, separated by commas."`
		Status      []Status      `query:"status" enum:"ACTIVE,INACTIVE" doc:"One or several, separated by commas."`
		Owner       string        `query:"owner" maxLength:"100" doc:"The id of a person or team that is accountable."`
		Vendor      string        `query:"vendor" maxLength:"200"`
		Repository  string        `query:"repository" maxLength:"1000" doc:"An address of a repository, or a part of its name."`
		Sort        string        `query:"sort" enum:"name,-name,key,-key,criticality,-criticality,status,-status,vendor,-vendor,unit,-unit,updated,-updated" default:"name"`
	}
	listIn struct {
		FilterIn
		httpapi.Paging
	}
	// PathIn names an application in an address.
	PathIn struct {
		ID string `path:"id" maxLength:"200" doc:"The id or the key of the application."`
	}
	viewOut struct {
		ETag string `header:"ETag"`
		Body View
	}
	createIn struct {
		Body NewApplication
	}
	changeIn struct {
		PathIn
		httpapi.IfMatch
		Body ApplicationChange
	}
	deleteIn struct {
		PathIn
		httpapi.IfMatch
		DryRun bool `query:"dryRun" doc:"Only tell what would go."`
	}
	deleteOut struct {
		Body Deletion
	}
	bulkEditIn struct {
		DryRun bool `query:"dryRun" doc:"Only tell what would change."`
		Body   struct {
			IDs    []ref.App  `json:"ids,omitempty" maxItems:"10000"`
			Filter *Filter    `json:"filter,omitempty" doc:"The same as the parameters of the list; {} chooses everything."`
			Set    BulkChange `json:"set"`
		}
	}
	bulkEditOut struct {
		Body BulkResult
	}
)

func (in FilterIn) filter() Filter {
	return Filter{Text: in.Q, Unit: in.Unit, Criticality: in.Criticality, Status: in.Status, Owner: in.Owner, Vendor: in.Vendor, Repository: in.Repository}
}

func answer(d Details, err error) (*viewOut, error) {
	if err != nil {
		return nil, err
	}
	return &viewOut{ETag: httpapi.ETag(d.Version), Body: detailsView(d)}, nil
}

func (s *Service) mountApplications(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/applications", ID: "list-applications", Summary: "List applications", Tag: tag}, view,
		func(ctx context.Context, in *listIn) (*httpapi.ListOut[Item], error) {
			page, err := s.ListApplications(ctx, in.filter(), in.Sort, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpapi.Page[Item]{Items: make([]Item, len(page.Items)), Next: page.Next, Total: page.Total}
			for i, l := range page.Items {
				out.Items[i] = itemView(l)
			}
			return &httpapi.ListOut[Item]{Body: out}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/applications", ID: "create-application", Summary: "Create an application", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *createIn) (*viewOut, error) {
			return answer(s.CreateApplication(ctx, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/applications/bulk", ID: "create-applications", Summary: "Create many applications", Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Each element stands for itself: one that fails does not stop the others."}, manage,
		func(ctx context.Context, in *httpapi.BulkIn[NewApplication]) (*httpapi.BulkOut[View], error) {
			return httpapi.RunBulk(ctx, api, in.Body, func(ctx context.Context, n NewApplication) (View, error) {
				d, err := s.CreateApplication(ctx, n)
				return detailsView(d), err
			}), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/applications/{id}", ID: "get-application", Summary: "Show an application", Tag: tag}, view,
		func(ctx context.Context, in *PathIn) (*viewOut, error) { return answer(s.Application(ctx, in.ID)) })
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/applications/{id}", ID: "change-application", Summary: "Change an application", Tag: tag}, manage,
		func(ctx context.Context, in *changeIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.ChangeApplication(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/applications/{id}", ID: "delete-application", Summary: "Delete an application", Tag: tag,
		Description: "An application that recorded facts name is kept; set its status to INACTIVE instead. With dryRun the answer tells what would go."}, manage,
		func(ctx context.Context, in *deleteIn) (*deleteOut, error) {
			var version int64
			if !in.DryRun {
				var err error
				if version, err = in.Version(); err != nil {
					return nil, err
				}
			}
			list, err := s.DeleteApplication(ctx, in.ID, version, in.DryRun)
			if err != nil {
				return nil, err
			}
			return &deleteOut{Body: Deletion{Deleted: !in.DryRun, Consequences: list}}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/applications/bulk-edit", ID: "edit-applications", Summary: "Change many applications alike", Tag: tag, MaxBody: httpapi.MaxBulkBody}, manage,
		func(ctx context.Context, in *bulkEditIn) (*bulkEditOut, error) {
			out, err := s.BulkEdit(ctx, in.Body.IDs, in.Body.Filter, in.Body.Set, in.DryRun)
			if err != nil {
				return nil, err
			}
			return &bulkEditOut{Body: out}, nil
		})
}
