package sheet

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

const tag = "environment-import"

type (
	viewOut struct {
		ETag string `header:"ETag"`
		Body View
	}
	changeIn struct {
		IDIn
		httpapi.IfMatch
		Body ImportChange
	}
	actIn struct {
		IDIn
		httpapi.IfMatch
	}
	// IDIn names an import in an address.
	IDIn struct {
		ID string `path:"id" maxLength:"100" doc:"The id of the import."`
	}
	undoIn struct {
		IDIn
		httpapi.IfMatch
		DryRun bool `query:"dryRun" doc:"Only tell what would be taken back."`
	}
	undoOut struct {
		ETag string `header:"ETag"`
		Body Undo
	}
)

// Undo is the answer to taking an import back.
type Undo struct {
	DryRun       bool          `json:"dryRun"`
	Consequences []Consequence `json:"consequences" nullable:"false"`
	Import       *View         `json:"import,omitempty"`
}

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	need := authz.Need(PermImport)
	op := func(method, path, id, summary string, status int) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: "/environment-imports" + path, ID: id, Summary: summary, Tag: tag, Status: status}
	}
	upload := op(http.MethodPost, "", "upload-environment-import", "Upload a spreadsheet of environments, stacks, groups or bookings", http.StatusCreated)
	upload.MaxBody = httpapi.MaxBulkBody
	upload.Description = "Takes a form with the part file, a text/csv or XLSX body, or JSON {\"text\": \"pasted table\"}. Query: fileName, unitId (where new records go), kind (environments, components, " +
		"groups or bookings; guessed when left out), mapping (the id or name of a saved mapping), zone. Answers 201 with the import: its sheets with their first rows, and what was guessed of the columns."
	httpapi.HandleRaw(api, upload, need, func(w http.ResponseWriter, r *http.Request) {
		i, err := s.handleUpload(r)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		w.Header().Set("Location", httpapi.Prefix+"/environment-imports/"+i.ID)
		w.Header().Set("ETag", httpapi.ETag(i.Version))
		httpapi.WriteJSON(w, http.StatusCreated, s.view(i))
	})
	httpapi.Handle(api, op(http.MethodGet, "", "list-environment-imports", "List imports, the newest first", 0), authz.SignedIn(), func(ctx context.Context, in *struct {
		Kind  Kind     `query:"kind" enum:"environments,components,groups,bookings"`
		State []State  `query:"state" enum:"uploaded,checking,checked,running,done,failed,undoing,undone" doc:"One or several, separated by commas."`
		Unit  ref.Unit `query:"unit" maxLength:"100"`
		httpapi.Paging
	}) (*httpapi.ListOut[Summary], error) {
		page, err := s.ListImports(ctx, ImportFilter{Kind: in.Kind, State: in.State, Unit: in.Unit, Cursor: in.Cursor, Limit: in.Limit})
		out := httpapi.Page[Summary]{Items: []Summary{}, Next: page.Next}
		for _, i := range page.Items {
			out.Items = append(out.Items, summary(i))
		}
		return &httpapi.ListOut[Summary]{Body: out}, err
	})
	show := func(i Import, err error) (*viewOut, error) {
		if err != nil {
			return nil, err
		}
		return &viewOut{ETag: httpapi.ETag(i.Version), Body: s.view(i)}, nil
	}
	httpapi.Handle(api, op(http.MethodGet, "/{id}", "get-environment-import", "Show an import", 0), need, func(ctx context.Context, in *IDIn) (*viewOut, error) { return show(s.GetImport(ctx, in.ID)) })
	httpapi.Handle(api, op(http.MethodPatch, "/{id}", "change-environment-import", "Choose sheet, columns and what names mean", 0), need, func(ctx context.Context, in *changeIn) (*viewOut, error) {
		version, err := in.Version()
		if err != nil {
			return nil, err
		}
		return show(s.ChangeImport(ctx, in.ID, version, in.Body))
	})
	for _, a := range []struct {
		path, id, summary string
		do                func(context.Context, string, int64) (Import, error)
	}{
		{"check", "check-environment-import", "Find out what the import would do, in the background", s.CheckImport},
		{"run", "run-environment-import", "Import what was checked, in the background", s.RunImport},
		{"stop", "stop-environment-import", "Stop what is being done with the import", s.StopImport},
	} {
		httpapi.Handle(api, op(http.MethodPost, "/{id}/"+a.path, a.id, a.summary, http.StatusAccepted), need, func(ctx context.Context, in *actIn) (*viewOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return show(a.do(ctx, in.ID, version))
		})
	}
	httpapi.Handle(api, op(http.MethodPost, "/{id}/undo", "undo-environment-import", "Take an import back, in the background", http.StatusAccepted), need, s.handleUndo)
	httpapi.Handle(api, op(http.MethodDelete, "/{id}", "discard-environment-import", "Discard an import with its file; what it imported stays", 0), need, func(ctx context.Context, in *actIn) (*struct{}, error) {
		version, err := in.Version()
		if err == nil {
			err = s.DiscardImport(ctx, in.ID, version)
		}
		return nil, err
	})
	s.mountParts(api, op)
	s.mountMappings(api)
}

func (s *Service) handleUndo(ctx context.Context, in *undoIn) (*undoOut, error) {
	if in.DryRun {
		list, err := s.UndoPreview(ctx, in.ID)
		return &undoOut{Body: Undo{DryRun: true, Consequences: append([]Consequence{}, list...)}}, err
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	i, err := s.UndoImport(ctx, in.ID, version)
	if err != nil {
		return nil, err
	}
	v := s.view(i)
	return &undoOut{ETag: httpapi.ETag(i.Version), Body: Undo{Consequences: []Consequence{}, Import: &v}}, nil
}

// mountParts registers what belongs to one import: its rows, clashes and file, and templates to fill in.
func (s *Service) mountParts(api *httpapi.API, op func(method, path, id, summary string, status int) httpapi.Operation) {
	need := authz.Need(PermImport)
	httpapi.Handle(api, op(http.MethodGet, "/{id}/rows", "list-environment-import-rows", "List what becomes of the rows", 0), need, func(ctx context.Context, in *struct {
		IDIn
		Act      []string `query:"act" enum:"new,changed,unchanged,invalid,skipped" doc:"One or several, separated by commas."`
		Clashing bool     `query:"clashing" doc:"Only rows that do not go together with others."`
		httpapi.Paging
	}) (*httpapi.ListOut[RowView], error) {
		page, err := s.ListRows(ctx, in.ID, RowFilter{Act: in.Act, Clashing: in.Clashing, Cursor: in.Cursor, Limit: in.Limit})
		return &httpapi.ListOut[RowView]{Body: page}, err
	})
	httpapi.Handle(api, op(http.MethodGet, "/{id}/clashes", "list-environment-import-clashes", "List bookings that do not go together", 0), need, func(ctx context.Context, in *struct {
		IDIn
		httpapi.Paging
	}) (*httpapi.ListOut[ClashView], error) {
		page, err := s.ListClashes(ctx, in.ID, in.Cursor, in.Limit)
		return &httpapi.ListOut[ClashView]{Body: page}, err
	})
	httpapi.HandleRaw(api, op(http.MethodGet, "/{id}/file", "get-environment-import-file", "Download the file as it was uploaded", 0), need, func(w http.ResponseWriter, r *http.Request) {
		var i Import
		var raw []byte
		err := s.DB.Read(r.Context(), func(ctx context.Context, tx db.Tx) (err error) {
			if i, err = s.may(ctx, tx, r.PathValue("id")); err == nil {
				raw, err = s.file(ctx, tx, i.ID)
			}
			return err
		})
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": i.FileName}))
		_, _ = w.Write(raw)
	})
	template := op(http.MethodGet, "/template", "get-environment-import-template", "Download a table to fill in", 0)
	template.Description = "Query: kind (environments, components, groups or bookings). Answers with CSV."
	httpapi.HandleRaw(api, template, need, func(w http.ResponseWriter, r *http.Request) {
		list, ok := fields[Kind(r.URL.Query().Get("kind"))]
		if !ok {
			api.WriteError(w, r, fault("query.kind", "unknown", "The kind is environments, components, groups or bookings."))
			return
		}
		var titles []string
		for _, f := range list {
			titles = append(titles, f.Title)
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+r.URL.Query().Get("kind")+`.csv"`)
		out := tabular.NewCSVWriter(w)
		_ = out.Write(titles)
		_ = out.Close()
	})
}

func (s *Service) mountMappings(api *httpapi.API) {
	need := authz.Need(PermImport)
	op := func(method, path, id, summary string, status int) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: tag, Status: status}
	}
	httpapi.Handle(api, op(http.MethodGet, "/environment-import-mappings", "list-environment-import-mappings", "List saved mappings", 0), authz.SignedIn(), func(ctx context.Context, in *struct {
		Kind Kind `query:"kind" enum:"environments,components,groups,bookings"`
		httpapi.Paging
	}) (*httpapi.ListOut[Mapping], error) {
		page, err := s.ListMappings(ctx, in.Kind, in.Cursor, in.Limit)
		return &httpapi.ListOut[Mapping]{Body: page}, err
	})
	type savedOut struct {
		ETag string `header:"ETag"`
		Body Mapping
	}
	httpapi.Handle(api, op(http.MethodPost, "/environment-imports/{id}/mapping", "save-environment-import-mapping", "Save what was chosen under a name", 0), need, func(ctx context.Context, in *struct {
		IDIn
		Body struct {
			Name string `json:"name" minLength:"1" maxLength:"100"`
		}
	}) (*savedOut, error) {
		m, err := s.SaveMapping(ctx, in.ID, in.Body.Name)
		return &savedOut{ETag: httpapi.ETag(m.Version), Body: m}, err
	})
	httpapi.Handle(api, op(http.MethodDelete, "/environment-import-mappings/{id}", "delete-environment-import-mapping", "Delete a saved mapping", 0), need, func(ctx context.Context, in *actIn) (*struct{}, error) {
		version, err := in.Version()
		if err == nil {
			err = s.DeleteMapping(ctx, in.ID, version)
		}
		return nil, err
	})
}

// DiscardImport throws an import away with its file. What it imported stays; the import is no longer shown.
func (s *Service) DiscardImport(ctx context.Context, id string, version int64) error {
	_, err := s.edit(ctx, id, version, ActDiscard, func(ctx context.Context, tx db.Tx, i *Import) error {
		for _, table := range []string{"sheet_file_chunk", "sheet_row", "sheet_clash", "sheet_step"} {
			if _, err := tx.NewDelete().Table(table).Where("import_id = ?", i.ID).Exec(ctx); err != nil {
				return err
			}
		}
		i.State, i.Sheets, i.Questions = Discarded, []SheetInfo{}, []Question{}
		i.Turn++
		return s.tell(ctx, tx, ImportDiscarded, i, nil)
	})
	return err
}

func (s *Service) handleUpload(r *http.Request) (Import, error) {
	query := r.URL.Query()
	in := Upload{FileName: query.Get("fileName"), Unit: ref.Unit(query.Get("unitId")), Kind: Kind(query.Get("kind")), Mapping: query.Get("mapping"), Zone: query.Get("zone")}
	if _, ok := fields[in.Kind]; !ok && in.Kind != "" {
		return Import{}, fault("query.kind", "unknown", "The kind is environments, components, groups or bookings.")
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "multipart/form-data":
		form, err := r.MultipartReader()
		if err != nil {
			return Import{}, unreadable(err)
		}
		for {
			part, err := form.NextPart()
			if errors.Is(err, io.EOF) {
				return Import{}, problem.New(problem.BadRequest, "file_missing", "The form has no part called \"file\".")
			}
			if err != nil {
				return Import{}, unreadable(err)
			}
			if part.FormName() == "file" {
				if in.FileName == "" {
					in.FileName = part.FileName()
				}
				return s.UploadImport(r.Context(), in, part)
			}
		}
	case "application/json":
		var body struct {
			Text string `json:"text"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return Import{}, unreadable(err)
		}
		if in.FileName == "" {
			in.FileName = "pasted"
		}
		return s.UploadImport(r.Context(), in, strings.NewReader(body.Text))
	case "text/csv", "text/plain", "text/tab-separated-values", "application/octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return s.UploadImport(r.Context(), in, r.Body)
	}
	return Import{}, problem.New(problem.Unsupported, "unsupported_media_type", "Send the table as a form with the part \"file\", as text/csv, as XLSX, or as JSON with the member \"text\".")
}

func unreadable(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	return problem.New(problem.BadRequest, "malformed_request", "The request could not be read: it is neither a well-formed form nor well-formed JSON.").Because(err)
}
