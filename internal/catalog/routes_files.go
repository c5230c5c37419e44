package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

func (s *Service) mountFiles(api *httpapi.API) {
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodPost, Path: "/applications/imports", ID: "import-applications", Summary: "Import applications from a table", Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Send CSV, tab-separated text or XLSX as the body, or as multipart/form-data with the file under 'file' or the pasted text under 'text'. " +
			"Query or form: dryRun=true tells what would happen, with each error by row and column; skipInvalid=true leaves rows with errors out, otherwise one error keeps everything from being saved; " +
			"unitId is where new applications without a unit go; sheet names a sheet; mapping is a JSON object of column to header. " +
			"Columns: Key, Name, Unit (name or path), Description, Criticality, Status, Vendor, Aliases, Repositories (address#folder), Owner email, Depends on (key or key:TYPE); several values are separated by semicolons. " +
			"The key tells known applications apart. Empty cells leave things as they are; lists are added to, never taken from."}, manage,
		func(w http.ResponseWriter, r *http.Request) {
			file, o, err := readUpload(r)
			if err != nil {
				api.WriteError(w, r, err)
				return
			}
			report, err := s.ImportApplications(r.Context(), bytes.NewReader(file), o)
			if err != nil {
				api.WriteError(w, r, err)
				return
			}
			httpapi.WriteJSON(w, http.StatusOK, report)
		})
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: "/applications/imports/template", ID: "get-application-import-template", Summary: "Download a table to fill in", Tag: tag,
		Description: "format is csv or xlsx."}, manage,
		func(w http.ResponseWriter, r *http.Request) {
			s.sendFile(api, w, r, "applications-template", func(write func([]Exported) error) error { return write(nil) })
		})
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: "/applications/export", ID: "export-applications", Summary: "Download applications", Tag: tag,
		Description: "Takes the filters and the sort of the list and sends everything they keep. format is csv, xlsx or json. CSV and XLSX can be imported again."}, view,
		func(w http.ResponseWriter, r *http.Request) {
			in, err := filterFrom(r.URL.Query())
			if err != nil {
				api.WriteError(w, r, err)
				return
			}
			s.sendFile(api, w, r, "applications", func(write func([]Exported) error) error {
				return s.ExportApplications(r.Context(), in.filter(), in.Sort, write)
			})
		})
}

// readUpload returns the file of a request and the options beside it.
func readUpload(r *http.Request) ([]byte, ImportOptions, error) {
	values := r.URL.Query()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var file []byte
	var err error
	if kind == "multipart/form-data" {
		file, err = readForm(r, values)
	} else {
		file, err = io.ReadAll(r.Body)
	}
	if err != nil {
		var tooLarge *http.MaxBytesError
		if !errors.As(err, &tooLarge) && problem.Of(err) == nil {
			err = problem.New(problem.BadRequest, "upload_unreadable", "The upload could not be read to its end. Send it again.").Because(err)
		}
		return nil, ImportOptions{}, err
	}
	o := ImportOptions{
		DryRun: values.Get("dryRun") == "true", SkipInvalid: values.Get("skipInvalid") == "true",
		Unit: ref.Unit(values.Get("unitId")), Sheet: values.Get("sheet"),
	}
	if m := values.Get("mapping"); m != "" {
		if json.Unmarshal([]byte(m), &o.Mapping) != nil {
			return nil, o, problem.New(problem.BadRequest, "mapping_malformed", `The mapping must be a JSON object of column to header, such as {"Key":"System ID"}.`)
		}
		for column := range o.Mapping {
			if !slices.ContainsFunc(Columns, func(c tabular.Column) bool { return c.Name == column }) {
				return nil, o, problem.Newf(problem.BadRequest, "mapping_malformed", "An import of applications has no column %q.", column)
			}
		}
	}
	return file, o, nil
}

// readForm reads a form into values, all but the file.
func readForm(r *http.Request, values url.Values) (file []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	found := false
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		raw, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		switch name := part.FormName(); name {
		case "file", "text":
			if len(raw) > 0 || !found {
				file, found = raw, true
			}
		case "":
		default:
			values.Set(name, string(raw))
		}
	}
	if !found {
		return nil, problem.New(problem.BadRequest, "file_missing", "Put the table into the form as 'file', or its text as 'text'.")
	}
	return file, nil
}

// filterFrom reads the parameters of the list from an address.
func filterFrom(v url.Values) (FilterIn, error) {
	in := FilterIn{Q: v.Get("q"), Unit: ref.Unit(v.Get("unit")), Owner: v.Get("owner"), Vendor: v.Get("vendor"), Repository: v.Get("repository"), Sort: v.Get("sort")}
	var faults problem.Fields
	for _, s := range several(v, "criticality") {
		if in.Criticality = append(in.Criticality, Criticality(s)); !slices.Contains(criticalities, Criticality(s)) {
			faults.Add("query.criticality", "criticality_unknown", "A criticality is MISSION_CRITICAL, HIGH, MEDIUM or LOW.")
		}
	}
	for _, s := range several(v, "status") {
		if in.Status = append(in.Status, Status(s)); s != string(Active) && s != string(Inactive) {
			faults.Add("query.status", "status_unknown", "A status is ACTIVE or INACTIVE.")
		}
	}
	return in, faults.Err("validation_failed", "The filter cannot be read.")
}

func several(v url.Values, name string) (out []string) {
	for _, s := range v[name] {
		for part := range strings.SplitSeq(s, ",") {
			if part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

var fileTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"json": "application/json",
}

// sendFile streams what produce writes in the format the request asks for. What fails before the first byte is answered
// as a problem; what fails later breaks the connection, so that nobody takes half a file for a whole one.
func (s *Service) sendFile(api *httpapi.API, w http.ResponseWriter, r *http.Request, name string, produce func(func([]Exported) error) error) {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "csv"
	}
	if fileTypes[format] == "" {
		api.WriteError(w, r, problem.New(problem.BadRequest, "format_unknown", "The format is csv, xlsx or json."))
		return
	}
	var file interface {
		write([]Exported) error
		close() error
	}
	err := produce(func(page []Exported) (err error) {
		if file == nil {
			w.Header().Set("Content-Type", fileTypes[format])
			w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.`+format+`"`)
			if format == "json" {
				file = &jsonFile{out: w}
			} else if file, err = newTableFile(w, format); err != nil {
				return err
			}
		}
		return file.write(page)
	})
	if err == nil {
		err = file.close()
	}
	switch {
	case err == nil:
	case file == nil:
		api.WriteError(w, r, err)
	default:
		s.logger.WarnContext(r.Context(), "export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}
