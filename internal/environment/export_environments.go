package environment

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// exportPage is how many environments are read at once; the file as a whole is never in memory.
const exportPage = 500

// exportColumns are the columns of a file of environments, with what stands in them.
var exportColumns = []struct {
	name string
	cell func(Listed) string
}{
	{"Key", func(l Listed) string { return l.Key }},
	{"Name", func(l Listed) string { return l.Name }},
	{"Application", func(l Listed) string { return l.ApplicationKey }},
	{"Unit", func(l Listed) string { return l.UnitName }},
	{"Usage", func(l Listed) string { return l.UsageName }},
	{"Status", func(l Listed) string { return l.StatusName }},
	{"Kind", func(l Listed) string { return string(l.Kind) }},
	{"Expires", func(l Listed) string { return shownTime(l.ExpiresAt) }},
	{"Capacity", func(l Listed) string { return strconv.Itoa(l.Capacity) }},
	{"Auto approve", func(l Listed) string { return strconv.FormatBool(l.AutoApprove) }},
	{"Data class", func(l Listed) string { return string(l.DataClass) }},
	{"Data refreshed", func(l Listed) string { return shownTime(l.DataRefreshedAt) }},
	{"Version", func(l Listed) string { return l.Installed }},
	{"Techs", func(l Listed) string { return strings.Join(l.Techs, "; ") }},
	{"URL", func(l Listed) string { return l.URL }},
	{"Vendor", func(l Listed) string { return l.Vendor }},
	{"Colour", func(l Listed) string { return l.Colour }},
	{"Cost per hour in the smallest unit", func(l Listed) string { return strconv.FormatInt(l.CostPerHour, 10) }},
	{"Alert", func(l Listed) string { return l.Alert }},
	{"Parent", func(l Listed) string { return l.ParentKey }},
	{"Aliases", func(l Listed) string { return strings.Join(l.Aliases, "; ") }},
	{"Groups", func(l Listed) string {
		var keys []string
		for _, g := range l.Groups {
			keys = append(keys, g.Key)
		}
		return strings.Join(keys, "; ")
	}},
	{"Owner", func(l Listed) string {
		if l.Owner == nil {
			return ""
		}
		return l.Owner.Name
	}},
	{"Description", func(l Listed) string { return l.Description }},
}

func shownTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ExportEnvironments hands every environment a listing with the filter would show to write, page by page.
func (s *Service) ExportEnvironments(ctx context.Context, f Filter, sort string, write func([]Listed) error) error {
	if sort == "" {
		sort = "name"
	}
	for cursor := ""; ; {
		var page httpapi.Page[Listed]
		err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			list, err := s.readPage(ctx, tx, f, sort, cursor, exportPage+1)
			if err != nil {
				return err
			}
			by := orders[strings.TrimPrefix(sort, "-")]
			page = httpapi.NewPage(list, exportPage, func(l Listed) []any { return []any{sort, by.value(l), l.ID} })
			return s.decorate(ctx, tx, page.Items)
		})
		if err != nil {
			return err
		}
		if err := write(page.Items); err != nil || page.Next == "" {
			return err
		}
		cursor = page.Next
	}
}

var fileTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (s *Service) mountExport(api *httpapi.API) {
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/export", ID: "export-environments", Summary: "Download environments", Tag: tag,
		Description: "Takes the filters and the sort of the list and sends everything they keep. format is csv or xlsx."}, view,
		func(w http.ResponseWriter, r *http.Request) {
			f, err := filterFrom(r.URL.Query())
			if err != nil {
				api.WriteError(w, r, err)
				return
			}
			s.sendFile(api, w, r, f)
		})
}

// sendFile streams environments in the format the request asks for. What fails before the first byte is answered as a
// problem; what fails later breaks the connection, so that nobody takes half a file for a whole one.
func (s *Service) sendFile(api *httpapi.API, w http.ResponseWriter, r *http.Request, f Filter) {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "csv"
	}
	if fileTypes[format] == "" {
		api.WriteError(w, r, problem.New(problem.BadRequest, "format_unknown", "The format is csv or xlsx."))
		return
	}
	var out tabular.Writer
	err := s.ExportEnvironments(r.Context(), f, r.URL.Query().Get("sort"), func(page []Listed) (err error) {
		if out == nil {
			w.Header().Set("Content-Type", fileTypes[format])
			w.Header().Set("Content-Disposition", `attachment; filename="environments.`+format+`"`)
			if out, err = newWriter(w, format); err != nil {
				return err
			}
		}
		for _, l := range page {
			cells := make([]string, len(exportColumns))
			for i, c := range exportColumns {
				cells[i] = c.cell(l)
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = out.Close()
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

func newWriter(w io.Writer, format string) (tabular.Writer, error) {
	header := make([]string, len(exportColumns))
	for i, c := range exportColumns {
		header[i] = c.name
	}
	if format == "csv" {
		out := tabular.NewCSVWriter(w)
		return out, out.Write(header)
	}
	out, err := tabular.NewXLSXWriter(w, "Environments")
	if err != nil {
		return nil, err
	}
	return out, out.Write(header)
}

// filterFrom reads the parameters of the list from an address.
func filterFrom(v url.Values) (Filter, error) {
	in := FilterIn{
		Q: v.Get("q"), Unit: ref.Unit(v.Get("unit")), Application: several(v, "application"), Usage: several(v, "usage"), Status: several(v, "status"),
		Group: several(v, "group"), Bookable: v.Get("bookable"), Owner: v.Get("owner"), Parent: ref.Environment(v.Get("parent")), Tech: v.Get("tech"),
	}
	var faults problem.Fields
	for _, k := range several(v, "kind") {
		if in.Kind = append(in.Kind, Kind(k)); !slices.Contains(kinds, Kind(k)) {
			faults.Add("query.kind", "kind_unknown", "A kind is physical, virtual, cloud or ephemeral.")
		}
	}
	for _, c := range several(v, "dataClass") {
		if in.DataClass = append(in.DataClass, DataClass(c)); !slices.Contains(dataClasses, DataClass(c)) {
			faults.Add("query.dataClass", "data_class_unknown", "A data class is synthetic, masked or production_copy.")
		}
	}
	if in.Bookable != "" && in.Bookable != "true" && in.Bookable != "false" {
		faults.Add("query.bookable", "validation_failed", "This is true or false.")
	}
	return in.filter(), faults.Err("validation_failed", "The filter cannot be read.")
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
