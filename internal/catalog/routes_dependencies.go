package catalog

import (
	"context"
	"net/http"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type (
	dependenciesIn struct {
		httpapi.Paging
		Application string           `query:"application" maxLength:"200" doc:"The id or key of an application."`
		Direction   Direction        `query:"direction" enum:"upstream,downstream,both" default:"both" doc:"Seen from the application: what it needs, what needs it, or both."`
		Unit        ref.Unit         `query:"unit" doc:"Dependencies of which either end lies in the unit or below it."`
		Type        []DependencyType `query:"type" enum:"RUNTIME,BUILD,DATA,OTHER" doc:"One or several, separated by commas."`
	}
	dependenciesOut struct {
		Body DependencyPage
	}
	newDependencyIn struct {
		DryRun bool `query:"dryRun" doc:"Only tell what would be, for instance whether it closes a circle."`
		Body   NewDependency
	}
	// DependencyPath names a dependency in an address.
	DependencyPath struct {
		ID string `path:"id" maxLength:"100"`
	}
	changeDependencyIn struct {
		DependencyPath
		httpapi.IfMatch
		Body DependencyChange
	}
	dependencyOut struct {
		ETag string `header:"ETag"`
		Body DependencyView
	}
	mapIn struct {
		Application string    `query:"application" maxLength:"200" doc:"Start at one application, by id or key."`
		Unit        ref.Unit  `query:"unit" doc:"Start at the applications of a unit and everything below it."`
		Direction   Direction `query:"direction" enum:"upstream,downstream,both" default:"both"`
		Depth       int       `query:"depth" minimum:"-1" maximum:"100" default:"-1" doc:"How many steps to walk; -1 walks to the end from an application and one step from a unit."`
		Limit       int       `query:"limit" minimum:"1" maximum:"5000" default:"2000" doc:"How many applications at most; truncated tells when there are more."`
	}
	mapOut struct {
		Body MapView
	}
)

func dependencyAnswer(l Linked, err error) (*dependencyOut, error) {
	if err != nil {
		return nil, err
	}
	return &dependencyOut{ETag: httpapi.ETag(l.Version), Body: linkedView(l)}, nil
}

func (s *Service) mountDependencies(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/dependencies", ID: "list-dependencies", Summary: "List dependencies between applications", Tag: tag}, view,
		func(ctx context.Context, in *dependenciesIn) (*dependenciesOut, error) {
			page, hidden, err := s.ListDependencies(ctx, DependencyFilter{Application: in.Application, Direction: in.Direction, Unit: in.Unit, Type: in.Type}, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := DependencyPage{Page: httpapi.Page[DependencyView]{Items: make([]DependencyView, len(page.Items)), Next: page.Next}, Hidden: hidden}
			for i, l := range page.Items {
				out.Items[i] = linkedView(l)
			}
			return &dependenciesOut{Body: out}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/dependencies", ID: "create-dependency", Summary: "Record that an application needs another", Tag: tag, Status: http.StatusCreated}, manage,
		func(ctx context.Context, in *newDependencyIn) (*dependencyOut, error) {
			return dependencyAnswer(s.CreateDependency(ctx, in.Body, in.DryRun))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/dependencies/bulk", ID: "create-dependencies", Summary: "Record many dependencies", Tag: tag, MaxBody: httpapi.MaxBulkBody}, manage,
		func(ctx context.Context, in *httpapi.BulkIn[NewDependency]) (*httpapi.BulkOut[DependencyView], error) {
			return httpapi.RunBulk(ctx, api, in.Body, func(ctx context.Context, n NewDependency) (DependencyView, error) {
				l, err := s.CreateDependency(ctx, n, false)
				return linkedView(l), err
			}), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/dependencies/{id}", ID: "get-dependency", Summary: "Show a dependency", Tag: tag}, view,
		func(ctx context.Context, in *DependencyPath) (*dependencyOut, error) {
			return dependencyAnswer(s.Dependency(ctx, in.ID))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/dependencies/{id}", ID: "change-dependency", Summary: "Change a dependency", Tag: tag}, manage,
		func(ctx context.Context, in *changeDependencyIn) (*dependencyOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return dependencyAnswer(s.ChangeDependency(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/dependencies/{id}", ID: "delete-dependency", Summary: "Remove a dependency", Tag: tag}, manage,
		func(ctx context.Context, in *DependencyPath) (*struct{}, error) {
			return nil, s.DeleteDependency(ctx, in.ID)
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/dependency-map", ID: "get-dependency-map", Summary: "Show the dependency map", Tag: tag,
		Description: "Applications as nodes, dependencies as edges that point from what needs to what is needed. Circles are marked. The map never walks through an application you may not see."}, view,
		func(ctx context.Context, in *mapIn) (*mapOut, error) {
			q := MapQuery{Application: in.Application, Unit: in.Unit, Direction: in.Direction, Depth: in.Depth, Limit: in.Limit}
			if q.Depth < 0 && q.Application == "" {
				q.Depth = 1
			}
			m, err := s.DependencyMap(ctx, q)
			if err != nil {
				return nil, err
			}
			return &mapOut{Body: mapView(m)}, nil
		})
}
