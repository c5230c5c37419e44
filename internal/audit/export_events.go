package audit

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/tabular"
)

func filterOf(q url.Values) Filter {
	return Filter{
		Query: q.Get("q"), SubjectKind: q.Get("subjectKind"), SubjectID: q.Get("subjectId"), Unit: q.Get("unit"), Actor: q.Get("actor"),
		Kind: q.Get("kind"), Action: q["action"], From: q.Get("from"), To: q.Get("to"),
	}
}

// exportEvents streams every event a filter finds, a page at a time, so that neither memory nor a transaction grows with
// the history.
func (s *Service) exportEvents(api *httpapi.API) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, format := filterOf(r.URL.Query()), r.URL.Query().Get("format")
		if format == "" {
			format = "csv"
		}
		if format != "csv" && format != "jsonl" {
			api.WriteError(w, r, problem.Newf(problem.Invalid, "format_unknown", "%q is not csv or jsonl.", format))
			return
		}
		first, err := s.page(r.Context(), f, nil)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		contentType := "text/csv; charset=utf-8"
		if format == "jsonl" {
			contentType = "application/jsonl"
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="history.`+format+`"`)
		out := bufio.NewWriterSize(w, 1<<16)
		write := jsonLines(out)
		if format == "csv" {
			write = csvLines(out)
		}
		for page := first; ; {
			if err := write(page); err != nil {
				return // the reader went away
			}
			if len(page) < exportPage {
				_ = out.Flush()
				return
			}
			last := page[len(page)-1]
			if page, err = s.page(r.Context(), f, &position{last.At, string(last.ID)}); err != nil {
				// The head is sent: a broken transfer is the only way left to say that the export is not whole.
				panic(http.ErrAbortHandler)
			}
		}
	}
}

const exportPage = 1000

func (s *Service) page(ctx context.Context, f Filter, after *position) (all []events.Event, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		all, err = f.read(ctx, tx, after, exportPage)
		return err
	})
	return all, err
}

func jsonLines(w io.Writer) func([]events.Event) error {
	e := json.NewEncoder(w)
	return func(page []events.Event) error {
		for _, one := range page {
			if err := e.Encode(one); err != nil {
				return err
			}
		}
		return nil
	}
}

func csvLines(w io.Writer) func([]events.Event) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"at", "actor", "action", "kind", "subject kind", "subject", "subject id", "unit id", "sentence", "changes", "request id", "address"})
	return func(page []events.Event) error {
		for _, e := range page {
			changes, err := json.Marshal(e.Changes)
			if err != nil {
				return err
			}
			if len(e.Changes) == 0 {
				changes = nil
			}
			line := []string{e.At.Format(time.RFC3339Nano), e.ActorName, string(e.Action), string(e.Kind), e.SubjectKind, e.SubjectLabel, e.SubjectID,
				string(e.Unit), e.Sentence, string(changes), e.RequestID, e.Address}
			for i := range line {
				line[i] = tabular.Harmless(line[i])
			}
			if err := c.Write(line); err != nil {
				return err
			}
		}
		c.Flush()
		return c.Error()
	}
}
