package people

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

func (s *Service) mountImports(api *httpapi.API) {
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodPost, Path: "/persons/imports", ID: "import-persons", Tag: "people",
		Summary: "Import persons from CSV or XLSX", MaxBody: httpapi.MaxBulkBody,
		Description: "Takes a form with the part file (and mapping, a JSON object of column to header), a text/csv or XLSX body, or JSON " +
			`{"text": "pasted table", "mapping": {}}` + ". With dryRun=true nothing is saved and the answer shows each row with its errors by row and " +
			"column. Otherwise everything is saved or, when a row is faulty, nothing (422 import_invalid), unless skipInvalid=true. unit names the unit of " +
			"new persons whose row names none. Columns: Name or First name and Last name, Email, Notification email, Phone, Location, Unit (a name, or " +
			"the way down to it: Division / Unit), Teams (separated by semicolons), Role, Valid until, Time zone.",
	}, authz.Need(PermManagePerson), func(w http.ResponseWriter, r *http.Request) {
		report, err := s.handleImport(r)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		httpapi.WriteJSON(w, http.StatusOK, report)
	})
}

func (s *Service) handleImport(r *http.Request) (ImportReport, error) {
	query := r.URL.Query()
	o := ImportOptions{Apply: query.Get("dryRun") != "true", SkipInvalid: query.Get("skipInvalid") == "true", Unit: ref.Unit(query.Get("unit"))}
	body, err := importBody(r, &o)
	if err != nil {
		return ImportReport{}, err
	}
	defer func() { _ = body.Close() }()
	table, err := tabular.Read(body, tabular.Options{})
	if err != nil {
		return ImportReport{}, err
	}
	return s.ImportPersons(r.Context(), table, o)
}

// importBody finds the table in a request.
func importBody(r *http.Request, o *ImportOptions) (io.ReadCloser, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	switch {
	case kind == "multipart/form-data":
		return formFile(r, o)
	case kind == "application/json":
		var in struct {
			Text    string            `json:"text"`
			Mapping map[string]string `json:"mapping"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return nil, unreadableImport(err)
		}
		o.Mapping = in.Mapping
		return io.NopCloser(strings.NewReader(in.Text)), nil
	case kind == "text/csv", kind == "text/plain", kind == "text/tab-separated-values", kind == "application/octet-stream",
		kind == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return r.Body, nil
	}
	return nil, problem.New(problem.Unsupported, "unsupported_media_type", "Send the table as a form with the part \"file\", as text/csv, as XLSX, or as JSON with the member \"text\".")
}

func formFile(r *http.Request, o *ImportOptions) (io.ReadCloser, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, unreadableImport(err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, problem.New(problem.BadRequest, "file_missing", "The form has no part called \"file\". Put the mapping, if any, before the file.")
		}
		if err != nil {
			return nil, unreadableImport(err)
		}
		switch part.FormName() {
		case "mapping":
			if err := json.NewDecoder(io.LimitReader(part, 1<<16)).Decode(&o.Mapping); err != nil {
				return nil, unreadableImport(err)
			}
		case "file":
			return part, nil
		}
	}
}

func unreadableImport(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	return problem.New(problem.BadRequest, "malformed_request", "The request could not be read: it is neither a well-formed form nor well-formed JSON.").Because(err)
}
