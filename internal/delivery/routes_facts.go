package delivery

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

func (s *Service) mountFacts(api *httpapi.API) {
	mountList(s, api, "change-requests", "change request", changeRequests, func(v ChangeRequestView) (time.Time, string) { return v.At, v.ID }, nil, s.GetChangeRequest)
	mountList(s, api, "commits", "commit", commits, func(v CommitView) (time.Time, string) { return v.At, v.ID }, nil, s.GetCommit)
	mountList(s, api, "work-items", "work item", workItems, func(v WorkItemView) (time.Time, string) { return v.At, v.ID }, nil, s.GetWorkItem)
	mountList(s, api, "pipeline-runs", "pipeline run", pipelineRuns, func(v PipelineRunView) (time.Time, string) { return v.At, v.ID }, nil, s.GetPipelineRun)
	mountList(s, api, "test-runs", "test run", testRuns, func(v TestRunView) (time.Time, string) { return v.At, v.ID }, nil, getPlain[TestRunView](s, testRuns))
	mountList(s, api, "artifacts", "artifact", artifacts, func(v ArtifactView) (time.Time, string) { return v.At, v.ID }, nil, getPlain[ArtifactView](s, artifacts))
	type repositoriesIn struct {
		Q           string `query:"q" maxLength:"200" doc:"Part of a name or address."`
		Application string `query:"application" maxLength:"500"`
		Unmapped    bool   `query:"unmapped" doc:"Only what belongs to no application."`
		httpapi.Paging
	}
	httpapi.Handle(api, route(http.MethodGet, "/repositories", "list-repositories", "List repositories by address", 0), mayView,
		func(ctx context.Context, in *repositoriesIn) (*httpapi.ListOut[RepositoryView], error) {
			page, err := s.ListRepositories(ctx, RepositoryFilter{Text: in.Q, Application: in.Application, Unmapped: in.Unmapped}, in.Paging)
			return &httpapi.ListOut[RepositoryView]{Body: page}, err
		})
	httpapi.Handle(api, route(http.MethodGet, "/repositories/{id}", "get-repository", "Show one repository with its applications", 0), mayView,
		func(ctx context.Context, in *IDIn) (*viewOut[RepositoryView], error) {
			id, err := in.fact()
			if err != nil {
				return nil, err
			}
			v, err := s.GetRepository(ctx, id)
			return &viewOut[RepositoryView]{v}, err
		})
}

func (s *Service) mountRecords(api *httpapi.API) {
	mountReport(s, api, "work-items", "work item", draftWorkItem, viewsOf(workItems, func(v WorkItemView) string { return v.ID }))
	mountReport(s, api, "change-requests", "change request", draftChangeRequest, viewsOf(changeRequests, func(v ChangeRequestView) string { return v.ID }))
	mountReport(s, api, "commits", "commit", draftCommit, viewsOf(commits, func(v CommitView) string { return v.ID }))
	mountReport(s, api, "pipeline-runs", "pipeline run", draftPipelineRun, viewsOf(pipelineRuns, func(v PipelineRunView) string { return v.ID }))
	mountReport(s, api, "test-runs", "test run", draftTestRun, viewsOf(testRuns, func(v TestRunView) string { return v.ID }))
	mountReport(s, api, "artifacts", "artifact", draftArtifact, viewsOf(artifacts, func(v ArtifactView) string { return v.ID }))
	type recordsIn struct {
		Connection ref.Connection    `query:"connection" maxLength:"36" doc:"The connection the records come from; left out, they are the sender's own."`
		Body       []json.RawMessage `minItems:"1" maxItems:"10000"`
	}
	op := bulkRoute("/records/bulk", "report-records", "Send normalised records of any kind; each element stands for itself")
	op.Description = "An element is {kind, externalId, …} as `millrace connector map` writes it. Needs the permission on the whole organisation."
	httpapi.Handle(api, op, mayReport, func(ctx context.Context, in *recordsIn) (*httpapi.BulkOut[Stored], error) {
		out, err := s.ReportRecords(ctx, in.Connection, in.Body)
		return bulkOut(ctx, api, out, err)
	})
}

// mountReport registers the two ways to report facts of one kind.
func mountReport[T, V any](s *Service, api *httpapi.API, path, noun string, build func(*T, draftExtras, string, time.Time) (reported, error),
	read func(context.Context, db.Tx, []ref.Fact) (map[ref.Fact]V, error)) {
	type in struct{ Body draft[T] }
	httpapi.Handle(api, route(http.MethodPost, "/"+path, "report-"+path[:len(path)-1], "Report a "+noun, http.StatusCreated), mayReport,
		func(ctx context.Context, in *in) (*viewOut[V], error) {
			return one(reportRecords(ctx, s, []draft[T]{in.Body}, build, read))
		})
	httpapi.Handle(api, bulkRoute("/"+path+"/bulk", "report-"+path, "Report many "+noun+"s; each element stands for itself"), mayReport,
		func(ctx context.Context, in *httpapi.BulkIn[draft[T]]) (*httpapi.BulkOut[V], error) {
			out, err := reportRecords(ctx, s, in.Body, build, read)
			return bulkOut(ctx, api, out, err)
		})
}
