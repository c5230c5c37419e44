package request

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"millrace/internal/aspect/workflow"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// exportPage is how many requests are read at once; the file as a whole is never in memory.
const exportPage = 500

// Column is one column of a file, with what stands in it.
type Column[I any] struct {
	Name string
	Cell func(I) string
}

// HeadColumns are the columns of what both sorts of requests have.
func HeadColumns[I any](head func(I) Head) []Column[I] {
	of := func(name string, cell func(Head) string) Column[I] {
		return Column[I]{name, func(i I) string { return cell(head(i)) }}
	}
	return []Column[I]{
		of("Number", func(h Head) string { return h.Reference }),
		of("Title", func(h Head) string { return h.Title }),
		of("Type", func(h Head) string { return h.TypeRef.Name }),
		of("Status", func(h Head) string {
			if h.Position == nil {
				return ""
			}
			return h.Position.Status
		}),
		of("Overdue", func(h Head) string { return strconv.FormatBool(h.Position != nil && h.Position.Breached) }),
		of("Unit", func(h Head) string { return h.UnitRef.Name }),
		of("Requester", func(h Head) string { return h.RequesterName }),
		of("Assignee", func(h Head) string {
			if h.Assignee == nil {
				return ""
			}
			return h.Assignee.Name
		}),
		of("Raised", func(h Head) string { return Shown(&h.RaisedAt) }),
		of("From", func(h Head) string { return Shown(&h.From) }),
		of("To", func(h Head) string { return Shown(&h.To) }),
		of("Release", func(h Head) string { return h.Release }),
		of("Phase", func(h Head) string { return h.Phase }),
		of("Bookings", func(h Head) string {
			var texts []string
			for _, b := range h.Bookings {
				texts = append(texts, b.Reference+" "+string(b.Status))
			}
			return strings.Join(texts, "; ")
		}),
		of("Description", func(h Head) string { return h.Description }),
	}
}

// Shown is a time as it stands in files.
func Shown(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

var bookingColumns = append(HeadColumns(func(i BookingItem) Head { return i.Head }),
	Column[BookingItem]{"Environments", func(i BookingItem) string {
		var texts []string
		for _, l := range i.Lines {
			for _, e := range l.Environments {
				texts = append(texts, e.Key)
			}
			if l.Group != nil {
				texts = append(texts, l.Group.Key)
			}
			if l.Capability != nil {
				texts = append(texts, mustJSON(l.Capability))
			}
		}
		return strings.Join(distinct(texts), "; ")
	}},
	Column[BookingItem]{"Submitted", func(i BookingItem) string { return Shown(i.SubmittedAt) }},
	Column[BookingItem]{"Completed", func(i BookingItem) string { return Shown(i.CompletedAt) }},
)

var fileTypes = map[string]string{
	"csv":  "text/csv; charset=utf-8",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// MountExport registers the download of a list.
func MountExport[I any](s *Service, api *httpapi.API, k Kind, sheet string, columns []Column[I], read func(context.Context, Filter) (httpapi.Page[I], error)) {
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: k.path + "/export", ID: "export-" + strings.TrimPrefix(k.path, "/"), Summary: "Download " + k.noun + "s", Tag: tag,
		Description: "Takes the filters and the sort of the list and sends everything they keep. format is csv or xlsx."}, authz.Need(PermView),
		func(w http.ResponseWriter, r *http.Request) {
			f, err := filterFrom(r.URL.Query())
			if err == nil && fileTypes[f.format] == "" {
				err = problem.New(problem.BadRequest, "format_unknown", "The format is csv or xlsx.")
			}
			if err != nil {
				api.WriteError(w, r, err)
				return
			}
			send(s, api, w, r, f, sheet, columns, read)
		})
}

// send streams a list. What fails before the first byte is answered as a problem; what fails later breaks the connection,
// so that nobody takes half a file for a whole one.
func send[I any](s *Service, api *httpapi.API, w http.ResponseWriter, r *http.Request, f exportFilter, sheet string, columns []Column[I], read func(context.Context, Filter) (httpapi.Page[I], error)) {
	var out tabular.Writer
	f.Limit = exportPage
	err := func() error {
		for {
			page, err := read(r.Context(), f.Filter)
			if err != nil {
				return err
			}
			if out == nil {
				w.Header().Set("Content-Type", fileTypes[f.format])
				w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(strings.ToLower(sheet), " ", "-")+"."+f.format+`"`)
				if out, err = newWriter(w, f.format, sheet, columns); err != nil {
					return err
				}
			}
			for _, item := range page.Items {
				cells := make([]string, len(columns))
				for i, c := range columns {
					cells[i] = c.Cell(item)
				}
				if err := out.Write(cells); err != nil {
					return err
				}
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				return out.Close()
			}
		}
	}()
	switch {
	case err == nil:
	case out == nil:
		api.WriteError(w, r, err)
	default:
		s.Logger.WarnContext(r.Context(), "export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}

func newWriter[I any](w io.Writer, format, sheet string, columns []Column[I]) (tabular.Writer, error) {
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	if format == "csv" {
		out := tabular.NewCSVWriter(w)
		return out, out.Write(header)
	}
	out, err := tabular.NewXLSXWriter(w, sheet)
	if err != nil {
		return nil, err
	}
	return out, out.Write(header)
}

type exportFilter struct {
	Filter
	format string
}

// filterFrom reads the parameters of a list from an address.
func filterFrom(v url.Values) (exportFilter, error) {
	in := FilterIn{
		Q: v.Get("q"), Unit: ref.Unit(v.Get("unit")), Type: several(v, "type"), Status: several(v, "status"), Open: v.Get("open"), Assignee: v.Get("assignee"),
		Requester: v.Get("requester"), Release: v.Get("release"), Environment: v.Get("environment"), Group: v.Get("group"), OnSchedule: v.Get("onSchedule"),
		Outage: v.Get("outage"), Field: v["field"], Sort: v.Get("sort"),
	}
	for _, m := range several(v, "mode") {
		in.Mode = append(in.Mode, workflow.Mode(m))
	}
	var faults problem.Fields
	for name, into := range map[string]*time.Time{"from": &in.From, "to": &in.To} {
		if text := v.Get(name); text != "" {
			var err error
			if *into, err = httpapi.ParseInstant(text); err != nil {
				faults.Add("query."+name, "time_invalid", "Give a time such as 2026-03-02T08:00:00Z.")
			}
		}
	}
	for name, text := range map[string]string{"open": in.Open, "onSchedule": in.OnSchedule, "outage": in.Outage} {
		if text != "" && text != "true" && text != "false" {
			faults.Add("query."+name, "validation_failed", "This is true or false.")
		}
	}
	out := exportFilter{Filter: in.filter(), format: v.Get("format")}
	if out.format == "" {
		out.format = "csv"
	}
	return out, faults.Err("validation_failed", "The filter cannot be read.")
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
