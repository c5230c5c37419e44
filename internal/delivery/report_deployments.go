package delivery

import (
	"context"
	"strings"
	"time"

	"millrace/internal/platform/problem"
)

// DeploymentReport is a deployment as a pipeline or a person reports it.
type DeploymentReport struct {
	Application      string `json:"application,omitempty" maxLength:"500" doc:"Key, alias, name or id of the application."`
	Environment      string `json:"environment,omitempty" maxLength:"500" doc:"The environment as you call it." example:"prod-eu"`
	EnvironmentClass string `json:"environmentClass,omitempty" maxLength:"100" doc:"PRODUCTION, STAGING, TESTING or DEVELOPMENT, in any case and in common words (prod, live, qa …). Left out, rules or the name of the environment decide."`
	Commit           string `json:"commit,omitempty" maxLength:"200" doc:"The commit that was deployed."`
	Repository       string `json:"repository,omitempty" maxLength:"2000" doc:"Any address of its repository."`
	StartedAt        string `json:"startedAt,omitempty" maxLength:"100" doc:"RFC 3339 with offset."`
	FinishedAt       string `json:"finishedAt,omitempty" maxLength:"100" doc:"RFC 3339 with offset. Left out, the deployment still runs unless it has a result."`
	Result           string `json:"result,omitempty" maxLength:"100" doc:"SUCCESS, FAILURE or CANCELLED, in any case and in common words (succeeded, passed, error …)."`

	ExternalID    string           `json:"externalId,omitempty" maxLength:"400" doc:"Your own id of the deployment. Sent again, it updates. Left out, the Idempotency-Key stands for it, else the record is new."`
	URL           string           `json:"url,omitempty" maxLength:"2000"`
	Version       string           `json:"version,omitempty" maxLength:"500"`
	Name          string           `json:"name,omitempty" maxLength:"500"`
	PipelineRunID string           `json:"pipelineRunId,omitempty" maxLength:"500" doc:"externalId of the pipeline run that deployed."`
	Rollback      bool             `json:"rollback,omitempty" doc:"It brings back an older version."`
	Rework        *bool            `json:"rework,omitempty" doc:"It is unplanned work caused by an incident."`
	FixesIncident string           `json:"fixesIncident,omitempty" maxLength:"2000" doc:"Id, externalId, key or address of the incident it answers."`
	Commits       []string         `json:"commits,omitempty" maxItems:"2000" doc:"Further commits it brings."`
	Changes       []DeployedChange `json:"changes,omitempty" maxItems:"2000" doc:"The changes it brings, where the repository is not connected."`
}

// DeployedChange is one change a deployment brings.
type DeployedChange struct {
	Commit     string `json:"commit" maxLength:"200"`
	AuthoredAt string `json:"authoredAt,omitempty" maxLength:"100"`
	MergedAt   string `json:"mergedAt,omitempty" maxLength:"100"`
	Title      string `json:"title,omitempty" maxLength:"2000"`
	URL        string `json:"url,omitempty" maxLength:"2000"`
}

// ReportDeployments takes deployments in. What became of each stands at its place; a failure of all is the error.
func (s *Service) ReportDeployments(ctx context.Context, in []DeploymentReport) ([]Outcome[DeploymentView], error) {
	items := make([]reported, len(in))
	now := s.clock.Now()
	for i, d := range in {
		items[i] = d.records(externalIDFor, ctx, i, now)
	}
	if err := s.report(ctx, items); err != nil {
		return nil, err
	}
	return outcomes(ctx, s, items, s.deploymentViews)
}

func (d DeploymentReport) records(newID func(context.Context, int) string, ctx context.Context, index int, now time.Time) reported {
	var times reportTimes
	result, known := ParseResult(d.Result)
	if !known {
		times.faults.Add("result", "result_unknown", "The result is not a word that is known; use SUCCESS, FAILURE or CANCELLED.")
	}
	class, known := ParseEnvironmentClass(d.EnvironmentClass)
	if !known {
		times.faults.Add("environmentClass", "environment_class_unknown", "Use PRODUCTION, STAGING, TESTING or DEVELOPMENT.")
	}
	repository := address(d.Repository)
	if d.Repository != "" && repository == "" {
		times.faults.Add("repository", "repository_malformed", "This is not an address of a repository.")
	}
	if d.Environment == "" {
		d.Environment = strings.ToLower(class)
	}
	id := d.ExternalID
	if id == "" {
		id = newID(ctx, index)
	}
	started, finished := times.parse(d.StartedAt, "startedAt"), times.parse(d.FinishedAt, "finishedAt")
	if finished == nil && result != "" {
		finished = &now
	}
	if d.StartedAt == "" && started == nil {
		started = finished
	}
	out := reported{application: d.Application, needsApplication: true, records: []Record{&Deployment{
		Head: Head{Kind: KindDeployment, ExternalID: id}, Application: d.Application, Name: d.Name, URL: d.URL, Result: result, ResultRaw: d.Result,
		Environment: d.Environment, EnvironmentRaw: d.Environment, EnvironmentClass: class, Version: d.Version,
		StartedAt: started, FinishedAt: finished, PipelineRunID: d.PipelineRunID, IsRollback: d.Rollback, Rework: d.Rework,
		FixesIncident: d.FixesIncident, UpdatedAt: &now,
	}}}
	add := func(sha string) {
		if sha = strings.TrimSpace(sha); sha != "" {
			out.records = append(out.records, &DeploymentCommit{
				Head: Head{Kind: KindDeploymentCommit, ExternalID: id + "|" + sha}, DeploymentID: id, CommitSHA: sha, RepoURL: repository,
			})
		}
	}
	add(d.Commit)
	for _, sha := range d.Commits {
		add(sha)
	}
	for _, c := range d.Changes {
		add(c.Commit)
		if repository == "" {
			times.faults.Add("repository", "repository_required", "Name the repository of the changes.")
			break
		}
		out.records = append(out.records, c.records(&times, repository)...)
	}
	if len(times.faults) > 0 {
		out.err = invalid(times.faults)
	}
	return out
}

// records makes a commit of the change, and a merged change request where it has an address of its own or a time of merge.
func (c DeployedChange) records(times *reportTimes, repository string) []Record {
	authored, merged := times.parse(c.AuthoredAt, "changes.authoredAt"), times.parse(c.MergedAt, "changes.mergedAt")
	sha := strings.ToLower(strings.TrimSpace(c.Commit))
	out := []Record{&Commit{
		Head: Head{Kind: KindCommit, ExternalID: sha}, RepoURL: repository, SHA: sha, Message: c.Title, AuthoredAt: authored, CommittedAt: firstOf(merged, authored),
	}}
	if merged == nil && c.URL == "" {
		return out
	}
	id := "change:" + c.URL
	if c.URL == "" {
		id = "change:" + RepositoryID(repository).String() + "/" + sha
	}
	return append(out,
		&ChangeRequest{
			Head: Head{Kind: KindChangeRequest, ExternalID: id}, BaseRepoID: repository, Status: ChangeMerged, StatusRaw: "reported", Title: c.Title, URL: c.URL,
			CreatedAt: firstOf(authored, merged), MergedAt: firstOf(merged, authored), MergeCommitSHA: sha,
		},
		&ChangeRequestCommit{Head: Head{Kind: KindChangeRequestCommit, ExternalID: sha + "|" + id}, ChangeRequestID: id, CommitSHA: sha, CommitAuthoredAt: authored},
	)
}

func firstOf(times ...*time.Time) *time.Time {
	for _, t := range times {
		if t != nil {
			return t
		}
	}
	return nil
}

// invalid is the problem of an element with wrong values; its code is that of the first fault.
func invalid(faults problem.Fields) error {
	return problem.New(problem.Invalid, faults[0].Code, faults[0].Message).With(faults...)
}
