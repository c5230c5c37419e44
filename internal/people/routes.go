package people

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	s.mountUnits(api)
	s.mountPersons(api)
	s.mountImports(api)
	s.mountTeams(api)
	s.mountAccess(api)
}

// UnitPath is the part of an address that names a unit. It is exported, as its siblings are, because inputs embed it and
// only exported embedded structs are filled.
type UnitPath struct {
	ID ref.Unit `path:"id"`
}

// DryRunQuery asks for the consequences of a change instead of the change.
type DryRunQuery struct {
	DryRun bool `query:"dryRun" doc:"Save nothing; answer with what would happen."`
}

type unitOut struct {
	ETag string `header:"ETag"`
	Body UnitView
}

type changedUnitOut struct {
	ETag string `header:"ETag"`
	Body ChangedUnitView
}

type consequencesOut struct {
	Body Consequences
}

func (s *Service) mountUnits(api *httpapi.API) {
	const tag = "people"
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/units", ID: "list-units", Tag: tag,
		Summary: "List the visible units, the root first, depth first"}, authz.SignedIn(), s.handleListUnits)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/units", ID: "create-unit", Tag: tag,
		Summary: "Create a unit", Status: http.StatusCreated}, authz.Need(PermManageUnit),
		func(ctx context.Context, in *struct{ Body NewUnit }) (*unitOut, error) {
			u, err := s.CreateUnit(ctx, in.Body)
			if err != nil {
				return nil, err
			}
			return &unitOut{ETag: httpapi.ETag(u.Version), Body: viewUnit(ctx, ListedUnit{Unit: u})}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/units/bulk", ID: "create-units", Tag: tag,
		Summary: "Create many units", MaxBody: httpapi.MaxBulkBody}, authz.Need(PermManageUnit),
		func(ctx context.Context, in *httpapi.BulkIn[NewUnit]) (*httpapi.BulkOut[UnitView], error) {
			return httpapi.RunBulk(ctx, api, in.Body, func(ctx context.Context, n NewUnit) (UnitView, error) {
				u, err := s.CreateUnit(ctx, n)
				return viewUnit(ctx, ListedUnit{Unit: u}), err
			}), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/units/{id}", ID: "get-unit", Tag: tag,
		Summary: "Read a unit"}, authz.Need(PermViewUnit),
		func(ctx context.Context, in *UnitPath) (*unitOut, error) {
			u, err := s.Unit(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &unitOut{ETag: httpapi.ETag(u.Version), Body: viewUnit(ctx, u)}, nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/units/{id}", ID: "change-unit", Tag: tag,
		Summary: "Rename a unit, change its type or director, or move it with everything below it"}, authz.Need(PermManageUnit), s.handleChangeUnit)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/units/{id}", ID: "delete-unit", Tag: tag, Status: http.StatusOK,
		Summary: "Delete a unit and move what it holds to another"}, authz.Need(PermManageUnit), s.handleDeleteUnit)
}

type listUnitsIn struct {
	httpapi.Paging
	Unit ref.Unit `query:"unit" doc:"Keep this unit and everything below it."`
	Text string   `query:"q" maxLength:"200" doc:"Keep units whose name contains it."`
}

func (s *Service) handleListUnits(ctx context.Context, in *listUnitsIn) (*httpapi.ListOut[UnitView], error) {
	f := UnitFilter{Below: in.Unit, Text: in.Text, Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.AfterPath); err != nil {
		return nil, err
	}
	list, err := s.ListUnits(ctx, f)
	if err != nil {
		return nil, err
	}
	return &httpapi.ListOut[UnitView]{Body: viewPage(
		httpapi.NewPage(list, in.Limit, func(u ListedUnit) []any { return []any{u.Path} }),
		func(u ListedUnit) UnitView { return viewUnit(ctx, u) })}, nil
}

func (s *Service) handleChangeUnit(ctx context.Context, in *struct {
	UnitPath
	httpapi.IfMatch
	DryRunQuery
	Body UnitChange
}) (*changedUnitOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	u, more, err := s.ChangeUnit(ctx, in.ID, version, in.Body, in.DryRun)
	if err != nil {
		return nil, err
	}
	listed, err := s.Unit(ctx, in.ID)
	if err != nil {
		// Who may manage but not view still gets what was stored.
		listed = ListedUnit{}
	}
	listed.Unit = u
	return &changedUnitOut{ETag: httpapi.ETag(u.Version), Body: ChangedUnitView{UnitView: viewUnit(ctx, listed), Consequences: more}}, nil
}

func (s *Service) handleDeleteUnit(ctx context.Context, in *struct {
	UnitPath
	httpapi.IfMatch
	DryRunQuery
	RehomeTo ref.Unit `query:"rehomeTo" doc:"The unit that takes over what this one holds; required."`
}) (*consequencesOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	more, err := s.DeleteUnit(ctx, in.ID, version, in.RehomeTo, in.DryRun)
	return showConsequences(in.DryRun, more, err)
}

// viewPage turns a page of records into a page of what the API shows.
func viewPage[T, V any](page httpapi.Page[T], view func(T) V) httpapi.Page[V] {
	out := httpapi.Page[V]{Items: make([]V, len(page.Items)), Next: page.Next, Total: page.Total}
	for i, item := range page.Items {
		out.Items[i] = view(item)
	}
	return out
}
