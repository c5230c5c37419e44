package field

import (
	"context"
	"encoding/json"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

// FieldPath is the part of an address that names a custom field.
type FieldPath struct {
	ID string `path:"id"`
}

// RecordPath is the part of an address that names a record.
type RecordPath struct {
	ID string `path:"id"`
}

type fieldOut struct {
	ETag string `header:"ETag"`
	Body FieldView
}

func showField(ctx context.Context, f CustomField, err error) (*fieldOut, error) {
	if err != nil {
		return nil, err
	}
	return &fieldOut{ETag: httpapi.ETag(f.Version), Body: viewField(ctx, f)}, nil
}

func showFields(ctx context.Context, fields []CustomField, err error) (*httpapi.ListOut[FieldView], error) {
	if err != nil {
		return nil, err
	}
	items := make([]FieldView, len(fields))
	for i, f := range fields {
		items[i] = viewField(ctx, f)
	}
	return &httpapi.ListOut[FieldView]{Body: httpapi.Page[FieldView]{Items: items}}, nil
}

func (s *Service) mountFields(api *httpapi.API) {
	view, manage := authz.Need(PermView), authz.Need(PermManageCustomField)
	op := func(method, path, id, summary string, status int) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: tag, Status: status}
	}
	httpapi.Handle(api, op(http.MethodGet, "/custom-field-subjects", "list-custom-field-subjects", "List the kinds of records that can have custom fields", 0), view,
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[SubjectView], error) {
			subjects, err := s.Subjects(ctx)
			if err != nil {
				return nil, err
			}
			items := make([]SubjectView, len(subjects))
			for i, subject := range subjects {
				items[i] = SubjectView{Kind: subject.Kind, Title: subject.Title, TypeList: subject.TypeList}
			}
			return &httpapi.ListOut[SubjectView]{Body: httpapi.Page[SubjectView]{Items: items}}, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/custom-fields", "list-custom-fields", "List custom fields in their order", 0), view,
		func(ctx context.Context, in *struct {
			Subject string `query:"subject" doc:"A kind of record; all where it is absent."`
			Type    string `query:"type" doc:"The id of a type: only the fields its records carry."`
		}) (*httpapi.ListOut[FieldView], error) {
			fields, err := s.Definitions(ctx, in.Subject, in.Type)
			return showFields(ctx, fields, err)
		})
	httpapi.Handle(api, op(http.MethodPost, "/custom-fields", "create-custom-field", "Define a custom field", http.StatusCreated), manage,
		func(ctx context.Context, in *struct{ Body NewField }) (*fieldOut, error) {
			f, err := s.Define(ctx, in.Body)
			return showField(ctx, f, err)
		})
	httpapi.Handle(api, op(http.MethodPut, "/custom-fields/order", "order-custom-fields", "Put the custom fields of a kind of record in another order", 0), manage,
		func(ctx context.Context, in *struct {
			Body struct {
				Subject string   `json:"subject"`
				IDs     []string `json:"ids" nullable:"false" maxItems:"500"`
			}
		}) (*httpapi.ListOut[FieldView], error) {
			fields, err := s.Arrange(ctx, in.Body.Subject, in.Body.IDs)
			return showFields(ctx, fields, err)
		})
	httpapi.Handle(api, op(http.MethodGet, "/custom-fields/{id}", "get-custom-field", "Read a custom field", 0), view,
		func(ctx context.Context, in *FieldPath) (*fieldOut, error) {
			f, err := s.Definition(ctx, in.ID)
			return showField(ctx, f, err)
		})
	httpapi.Handle(api, op(http.MethodPatch, "/custom-fields/{id}", "change-custom-field", "Edit a custom field", 0), manage,
		func(ctx context.Context, in *struct {
			FieldPath
			httpapi.IfMatch
			Body FieldChange
		}) (*fieldOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			f, err := s.Redefine(ctx, in.ID, version, in.Body)
			return showField(ctx, f, err)
		})
	httpapi.Handle(api, op(http.MethodDelete, "/custom-fields/{id}", "delete-custom-field", "Delete a custom field with everything it holds", http.StatusOK), manage,
		func(ctx context.Context, in *struct {
			FieldPath
			httpapi.IfMatch
			DryRun bool `query:"dryRun" doc:"Delete nothing; answer with what would be lost."`
		}) (*consequencesOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			more, err := s.Undefine(ctx, in.ID, version, in.DryRun)
			if err != nil {
				return nil, err
			}
			return &consequencesOut{Body: ConsequencesView{DryRun: in.DryRun, Consequences: more}}, nil
		})
}

type filledOut struct {
	ETag string `header:"ETag"`
	Body FilledListView
}

func showFilled(l FilledListing, err error) (*filledOut, error) {
	if err != nil {
		return nil, err
	}
	return &filledOut{ETag: httpapi.ETag(l.Version), Body: viewFilled(l)}, nil
}

// MountSubject registers a kind of record and the routes of its custom fields below the record's own address.
func (s *Service) MountSubject(api *httpapi.API, subject Subject) {
	s.Register(subject)
	kind, path, group := subject.Kind, subject.PathPrefix+"/{id}/fields", subject.Tag
	if group == "" {
		group = kind
	}
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path, ID: "list-" + kind + "-fields", Tag: group,
		Summary: "List the custom fields of the record with what they hold"}, authz.Need(subject.View),
		func(ctx context.Context, in *RecordPath) (*filledOut, error) {
			return showFilled(s.Fields(ctx, kind, in.ID))
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPut, Path: path, ID: "set-" + kind + "-fields", Tag: group,
		Summary: "Give custom fields new values; those that are not named stay, and null empties one"}, authz.Need(subject.Manage),
		func(ctx context.Context, in *struct {
			RecordPath
			httpapi.IfMatch
			Body struct {
				Values map[string]json.RawMessage `json:"values" nullable:"false" doc:"By the keys of the fields."`
			}
		}) (*filledOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return showFilled(s.SetFields(ctx, kind, in.ID, version, in.Body.Values))
		})
}
