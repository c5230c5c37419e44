package delivery

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// ExportDeployments hands every deployment a filter keeps to write, newest first, page by page so that no amount of them
// is held in memory.
func (s *Service) ExportDeployments(ctx context.Context, f Filter, write func([]DeploymentView) error) error {
	paging := httpapi.Paging{Limit: 500}
	for {
		page, err := listFacts(ctx, s, deployments, f, paging, func(v DeploymentView) (time.Time, string) { return v.At, v.ID }, addCommits)
		if err != nil {
			return err
		}
		if err := write(page.Items); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
		paging.Cursor = page.Next
	}
}

var exportColumns = []string{
	"id", "application", "applicationId", "unitId", "environment", "environmentClass", "result", "startedAt", "finishedAt", "version", "commit",
	"commits", "rollback", "rework", "fixesIncidentId", "name", "url", "externalId", "connectionId",
}

func exportRow(v DeploymentView) []string {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.RFC3339Nano)
	}
	shas := make([]string, len(v.Commits))
	for i, c := range v.Commits {
		shas[i] = c.SHA
	}
	rework := ""
	if v.Rework != nil {
		rework = strconv.FormatBool(*v.Rework)
	}
	row := []string{
		v.ID, v.ApplicationKey, string(v.ApplicationID), string(v.UnitID), v.Environment, v.EnvironmentClass, v.Result, at(v.StartedAt), at(v.FinishedAt),
		v.Version, v.Commit, strings.Join(shas, " "), strconv.FormatBool(v.IsRollback), rework, v.FixesIncidentID, v.Name, v.URL, v.ExternalID, string(v.ConnectionID),
	}
	for i := range row {
		row[i] = tabular.Harmless(row[i])
	}
	return row
}

func (s *Service) mountExport(api *httpapi.API) {
	op := route(http.MethodGet, "/deployments/export", "export-deployments", "Download deployments as CSV or JSON lines", 0)
	op.Description = "Takes the filters of the list and format=csv or jsonl. The answer is streamed and has no limit."
	httpapi.HandleRaw(api, op, mayView, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		in := FilterIn{
			Application: q.Get("application"), Unit: ref.Unit(q.Get("unit")), Environment: q.Get("environment"), EnvironmentClass: q.Get("environmentClass"),
			Result: q.Get("result"), Status: q.Get("status"), Repository: q.Get("repository"), From: q.Get("from"), To: q.Get("to"), Q: q.Get("q"),
			Unmapped: q.Get("unmapped") == "true", Open: q.Get("open") == "true",
		}
		f, err := in.filter()
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		var write func([]DeploymentView) error
		var begin func()
		switch q.Get("format") {
		case "", "csv":
			out := csv.NewWriter(w)
			begin = func() {
				w.Header().Set("Content-Type", "text/csv; charset=utf-8")
				w.Header().Set("Content-Disposition", `attachment; filename="deployments.csv"`)
				_ = out.Write(exportColumns)
			}
			write = func(rows []DeploymentView) error {
				for _, v := range rows {
					_ = out.Write(exportRow(v))
				}
				out.Flush()
				return out.Error()
			}
		case "jsonl":
			begin = func() {
				w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
				w.Header().Set("Content-Disposition", `attachment; filename="deployments.jsonl"`)
			}
			write = func(rows []DeploymentView) error { return jsonLines(w, rows) }
		default:
			api.WriteError(w, r, problem.New(problem.BadRequest, "format_unknown", "The format is csv or jsonl."))
			return
		}
		begun := false
		err = s.ExportDeployments(r.Context(), f, func(rows []DeploymentView) error {
			if !begun {
				begun = true
				begin()
			}
			return write(rows)
		})
		switch {
		case err != nil && !begun:
			api.WriteError(w, r, err)
		case err != nil:
			s.log.WarnContext(r.Context(), "an export broke off", "error", err)
			panic(http.ErrAbortHandler) // the reader must notice that something is missing
		}
	})
}

func jsonLines[T any](w io.Writer, rows []T) error {
	e := json.NewEncoder(w)
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
