package stakeholder

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

// RecordPath is the part of an address that names the record.
type RecordPath struct {
	ID string `path:"id"`
}

// DryRunQuery asks for the consequences of a change instead of the change.
type DryRunQuery struct {
	DryRun bool `query:"dryRun" doc:"Save nothing; answer with the list as it would be and what else would happen."`
}

type listOut struct {
	ETag string `header:"ETag"`
	Body ListView
}

func answer(l Listing, more []Consequence, err error) (*listOut, error) {
	if err != nil {
		return nil, err
	}
	return &listOut{ETag: httpapi.ETag(l.Version), Body: viewList(l, more)}, nil
}

// Mount registers a kind of record and the routes of its stakeholders below the record's own address.
func (s *Service) Mount(api *httpapi.API, subject Subject) {
	s.Register(subject)
	kind, path, tag := subject.Kind, subject.PathPrefix+"/{id}/stakeholders", subject.Tag
	if tag == "" {
		tag = kind
	}
	view, manage := authz.Need(subject.View), authz.Need(subject.Manage)
	op := func(method, below, id, summary string) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path + below, ID: id, Summary: summary, Tag: tag, Status: http.StatusOK}
	}
	httpapi.Handle(api, op(http.MethodGet, "", "list-"+kind+"-stakeholders", "List the stakeholders, the accountable one first"), view,
		func(ctx context.Context, in *RecordPath) (*listOut, error) {
			l, err := s.List(ctx, kind, in.ID)
			return answer(l, nil, err)
		})
	httpapi.Handle(api, op(http.MethodPut, "", "replace-"+kind+"-stakeholders", "Set the whole list of stakeholders"), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			httpapi.IfMatch
			DryRunQuery
			Body struct {
				Items []Part `json:"items" nullable:"false" maxItems:"500"`
			}
		}) (*listOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.Replace(ctx, kind, in.ID, version, in.Body.Items, in.DryRun))
		})
	httpapi.Handle(api, op(http.MethodPost, "", "add-"+kind+"-stakeholder", "Add a stakeholder, or merge more flags and roles into one"), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			DryRunQuery
			Body Part
		}) (*listOut, error) {
			return answer(s.Add(ctx, kind, in.ID, in.Body, in.DryRun))
		})
	httpapi.Handle(api, op(http.MethodPost, "/imports", "import-"+kind+"-stakeholders", "Add the stakeholders of another record"), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			DryRunQuery
			Body Source
		}) (*listOut, error) {
			return answer(s.Import(ctx, kind, in.ID, in.Body, in.DryRun))
		})
	httpapi.Handle(api, op(http.MethodPatch, "/{stakeholderId}", "change-"+kind+"-stakeholder", "Change a stakeholder's flags and roles"), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			httpapi.IfMatch
			DryRunQuery
			Stakeholder string `path:"stakeholderId"`
			Body        PartChange
		}) (*listOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.Change(ctx, kind, in.ID, version, in.Stakeholder, in.Body, in.DryRun))
		})
	httpapi.Handle(api, op(http.MethodDelete, "/{stakeholderId}", "remove-"+kind+"-stakeholder", "Remove a stakeholder"), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			httpapi.IfMatch
			Stakeholder string `path:"stakeholderId"`
		}) (*listOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			l, err := s.Remove(ctx, kind, in.ID, version, in.Stakeholder)
			return answer(l, nil, err)
		})
}
