package calendar

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

type bulkEditIn struct {
	DryIn
	Body struct {
		IDs []string   `json:"ids" minItems:"1" maxItems:"10000"`
		Set BulkChange `json:"set"`
	}
}

// mountMany registers what is done with many windows at once.
func (s *Service) mountMany(api *httpapi.API, kind Kind) {
	n := nouns[kind]
	base := "/" + n.path
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: base + "/bulk", ID: "create-" + n.path, Summary: "Create many " + n.many, Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Each element stands for itself: one that fails does not stop the others."}, managing,
		func(ctx context.Context, in *httpapi.BulkIn[NewWindow]) (*httpapi.BulkOut[WindowView], error) {
			return httpapi.RunBulk(ctx, api, in.Body, func(ctx context.Context, w NewWindow) (WindowView, error) {
				d, err := s.CreateWindow(ctx, kind, w, false)
				return view(d), err
			}), nil
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: base + "/bulk-edit", ID: "edit-" + n.path, Summary: "Change many " + n.many, Tag: tag, MaxBody: httpapi.MaxBulkBody,
		Description: "Each element stands for itself: one that fails does not stop the others."}, managing,
		func(ctx context.Context, in *bulkEditIn) (*httpapi.BulkOut[WindowView], error) {
			out := httpapi.RunBulk(ctx, api, in.Body.IDs, func(ctx context.Context, id string) (WindowView, error) {
				d, err := s.EditWindow(ctx, kind, id, in.Body.Set, in.DryRun)
				return view(d), err
			})
			for i := range out.Body.Items {
				if out.Body.Items[i].Item != nil {
					out.Body.Items[i].Status = http.StatusOK
				}
			}
			return out, nil
		})
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: base + "/export", ID: "export-" + n.path, Summary: "Download " + n.many, Tag: tag,
		Description: "Takes the filters of the list and sends everything they keep. format is csv, xlsx or json."}, viewing,
		func(w http.ResponseWriter, r *http.Request) { s.export(api, kind, w, r) })
}

// filterFrom reads the parameters of the list from an address.
func filterFrom(r *http.Request) (Filter, error) {
	v := r.URL.Query()
	in := FilterIn{Q: v.Get("q"), Zone: v.Get("zone"), Type: v.Get("type"), Unit: ref.Unit(v.Get("unit")), Environment: v.Get("environment"), Group: v.Get("group"), Application: v.Get("application")}
	var faults problem.Fields
	if year := v.Get("year"); year != "" {
		var err error
		if in.Year, err = strconv.Atoi(year); err != nil || in.Year < 1970 || in.Year > 2199 {
			faults.Add("query.year", "year_invalid", "A year lies between 1970 and 2199.")
		}
	}
	for name, into := range map[string]*time.Time{"from": &in.From, "to": &in.To} {
		if value := v.Get(name); value != "" {
			var err error
			if *into, err = httpapi.ParseInstant(value); err != nil {
				faults.Add("query."+name, "time_invalid", "A time is written as 2026-01-31T08:00:00Z, or as a date for its midnight in UTC.")
			}
		}
	}
	if state := v.Get("state"); state != "" {
		in.State = []State{State(state)}
	}
	if err := faults.Err("validation_failed", "The filter cannot be read."); err != nil {
		return Filter{}, err
	}
	return in.filter()
}

// table is a file that is written row by row.
type table interface {
	Write(cells []string) error
	Close() error
}

var fileTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"json": "application/json",
}

// export streams a file. What fails before the first byte is answered as a problem; what fails later breaks the connection, so
// that nobody takes half a file for a whole one.
func (s *Service) export(api *httpapi.API, kind Kind, w http.ResponseWriter, r *http.Request) {
	f, err := filterFrom(r)
	if err != nil {
		api.WriteError(w, r, err)
		return
	}
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "csv"
	}
	if fileTypes[format] == "" {
		api.WriteError(w, r, problem.New(problem.BadRequest, "format_unknown", "The format is csv, xlsx or json."))
		return
	}
	var out func([]Details) error
	var finish func() error
	begin := func() (err error) {
		w.Header().Set("Content-Type", fileTypes[format])
		w.Header().Set("Content-Disposition", `attachment; filename="`+nouns[kind].path+`.`+format+`"`)
		out, finish, err = writer(w, format, nouns[kind].many)
		return err
	}
	err = s.ExportWindows(r.Context(), kind, f, func(page []Details) error {
		if out == nil {
			if err := begin(); err != nil {
				return err
			}
		}
		return out(page)
	})
	if err == nil {
		err = finish()
	}
	switch {
	case err == nil:
	case out == nil:
		api.WriteError(w, r, err)
	default:
		s.logger.WarnContext(r.Context(), "export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}

// writer returns how a page is written and how the file is finished.
func writer(w io.Writer, format, name string) (func([]Details) error, func() error, error) {
	if format == "json" {
		return jsonWriter(w)
	}
	var file table
	var err error
	if format == "xlsx" {
		file, err = tabular.NewXLSXWriter(w, name)
	} else {
		file = tabular.NewCSVWriter(w)
	}
	if err != nil {
		return nil, nil, err
	}
	return func(page []Details) error {
		for _, d := range page {
			if err := file.Write(cells(d)); err != nil {
				return err
			}
		}
		return nil
	}, file.Close, file.Write(exportHeader)
}

// jsonWriter writes {"items":[…]} without holding it all.
func jsonWriter(w io.Writer) (func([]Details) error, func() error, error) {
	separator := ""
	_, err := io.WriteString(w, `{"items":[`)
	return func(page []Details) error {
			for _, d := range page {
				raw, err := json.Marshal(view(d))
				if err != nil {
					return err
				}
				if _, err := io.WriteString(w, separator+string(raw)); err != nil {
					return err
				}
				separator = ","
			}
			return nil
		}, func() error {
			_, err := io.WriteString(w, "]}\n")
			return err
		}, err
}
