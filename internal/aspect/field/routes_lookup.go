package field

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

const tag = "fields"

// ListPath is the part of an address that names a list.
type ListPath struct {
	List string `path:"list"`
}

// ValuePath is the part of an address that names a value of a list.
type ValuePath struct {
	ListPath
	ID ref.Lookup `path:"id"`
}

type listOut struct {
	ETag string `header:"ETag"`
	Body ListWithValuesView
}

func showList(l Listing, err error) (*listOut, error) {
	if err != nil {
		return nil, err
	}
	if l.Values == nil {
		l.Values = []Value{}
	}
	return &listOut{ETag: httpapi.ETag(l.Version), Body: ListWithValuesView{ListView: viewList(l), Values: l.Values}}, nil
}

type valueOut struct {
	ETag string `header:"ETag"`
	Body Value
}

func showValue(v Value, err error) (*valueOut, error) {
	if err != nil {
		return nil, err
	}
	return &valueOut{ETag: httpapi.ETag(v.Version), Body: v}, nil
}

type consequencesOut struct {
	Body ConsequencesView
}

func (s *Lookups) mount(api *httpapi.API) {
	view, manage := authz.Need(PermView), authz.Need(PermManageLookup)
	op := func(method, path, id, summary string, status int) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: "/lookups" + path, ID: id, Summary: summary, Tag: tag, Status: status}
	}
	httpapi.Handle(api, op(http.MethodGet, "", "list-lookups", "List the lists that records draw on", 0), view,
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[ListView], error) {
			lists, err := s.Lists(ctx)
			if err != nil {
				return nil, err
			}
			return &httpapi.ListOut[ListView]{Body: httpapi.Page[ListView]{Items: viewLists(lists)}}, nil
		})
	httpapi.Handle(api, op(http.MethodPost, "", "create-lookup-list", "Create a list of the organisation's own", http.StatusCreated), manage,
		func(ctx context.Context, in *struct{ Body NewList }) (*listOut, error) {
			return showList(s.CreateList(ctx, in.Body))
		})
	httpapi.Handle(api, op(http.MethodGet, "/{list}", "get-lookup-list", "Read a list with its values in their order", 0), view,
		func(ctx context.Context, in *struct {
			ListPath
			All bool `query:"all" doc:"Deleted values too, after the others."`
		}) (*listOut, error) {
			return showList(s.List(ctx, in.List, in.All))
		})
	httpapi.Handle(api, op(http.MethodPatch, "/{list}", "change-lookup-list", "Rename a list of the organisation's own", 0), manage,
		func(ctx context.Context, in *struct {
			ListPath
			httpapi.IfMatch
			Body struct {
				Title string `json:"title"`
			}
		}) (*listOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return showList(s.RenameList(ctx, in.List, version, in.Body.Title))
		})
	httpapi.Handle(api, op(http.MethodDelete, "/{list}", "delete-lookup-list", "Delete a list of the organisation's own that nothing draws on", http.StatusNoContent), manage,
		func(ctx context.Context, in *struct {
			ListPath
			httpapi.IfMatch
		}) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.DeleteList(ctx, in.List, version)
		})
	httpapi.Handle(api, op(http.MethodPut, "/{list}/order", "order-lookups", "Put the values of a list in another order", 0), manage,
		func(ctx context.Context, in *struct {
			ListPath
			httpapi.IfMatch
			Body struct {
				IDs []ref.Lookup `json:"ids" nullable:"false" maxItems:"5000"`
			}
		}) (*listOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return showList(s.Order(ctx, in.List, version, in.Body.IDs))
		})
	s.mountValues(api, op)
}

func (s *Lookups) mountValues(api *httpapi.API, op func(method, path, id, summary string, status int) httpapi.Operation) {
	manage := authz.Need(PermManageLookup)
	httpapi.Handle(api, op(http.MethodPost, "/{list}/values", "create-lookup", "Add a value to a list, or bring a deleted one of that name back", http.StatusCreated), manage,
		func(ctx context.Context, in *struct {
			ListPath
			Body NewValue
		}) (*valueOut, error) {
			return showValue(s.Create(ctx, in.List, in.Body))
		})
	httpapi.Handle(api, op(http.MethodPatch, "/{list}/values/{id}", "change-lookup", "Edit a value of a list", 0), manage,
		func(ctx context.Context, in *struct {
			ValuePath
			httpapi.IfMatch
			Body ValueChange
		}) (*valueOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return showValue(s.Change(ctx, in.List, in.ID, version, in.Body))
		})
	httpapi.Handle(api, op(http.MethodDelete, "/{list}/values/{id}", "delete-lookup", "Delete a value of a list, giving its records another one or leaving them its name", http.StatusOK), manage,
		func(ctx context.Context, in *struct {
			ValuePath
			httpapi.IfMatch
			ReplaceWith string `query:"replaceWith" maxLength:"200" doc:"Another value of the list, by id or name."`
			DryRun      bool   `query:"dryRun" doc:"Delete nothing; answer with what would happen."`
		}) (*consequencesOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			more, err := s.Delete(ctx, in.List, in.ID, version, in.ReplaceWith, in.DryRun)
			if err != nil {
				return nil, err
			}
			return &consequencesOut{Body: ConsequencesView{DryRun: in.DryRun, Consequences: more}}, nil
		})
}
