package cdevents

import (
	"time"

	"millrace/internal/delivery"
)

func firstTime(all ...*time.Time) *time.Time {
	for _, t := range all {
		if t != nil {
			return t
		}
	}
	return nil
}

// phase places an event of something that runs in its life.
type phase struct {
	status                    string
	queued, started, finished *time.Time
}

func phaseOf(e Event, predicate string, x custom) (phase, bool) {
	switch predicate {
	case "queued":
		return phase{status: delivery.StatusTodo, queued: at(e)}, true
	case "started":
		return phase{status: delivery.StatusInProgress, started: at(e)}, true
	case "finished":
		return phase{status: delivery.StatusDone, started: x.StartedAt, finished: at(e)}, true
	}
	return phase{}, false
}

func mapPipelineRun(e Event, predicate string, c content, x custom) []delivery.Record {
	p, ok := phaseOf(e, predicate, x)
	if !ok {
		return nil
	}
	id := subjectID("pipeline_run", e)
	out := []delivery.Record{delivery.PipelineRun{
		Head: head(delivery.KindPipelineRun, id), Name: c.PipelineName, URL: firstText(c.URL, c.URI), Result: result(c.Outcome), ResultRaw: c.Outcome,
		Status: p.status, StatusRaw: predicate, CreatedAt: firstTime(p.queued, p.started), QueuedAt: p.queued, StartedAt: p.started, FinishedAt: p.finished,
	}}
	if x.Commit != "" && x.Repository != "" {
		out = append(out, delivery.PipelineRunCommit{
			Head: head(delivery.KindPipelineRunCommit, id+"|"+x.Commit), PipelineRunID: id, CommitSHA: x.Commit, RepoURL: x.Repository,
		})
	}
	return out
}

func mapTaskRun(e Event, predicate string, c content, x custom) []delivery.Record {
	p, ok := phaseOf(e, predicate, x)
	if !ok {
		return nil
	}
	return []delivery.Record{delivery.JobRun{
		Head: head(delivery.KindJobRun, subjectID("job_run", e)), PipelineRunID: refID("pipeline_run", c.PipelineRun, e), Name: c.TaskName,
		URL: firstText(c.URL, c.URI), Result: result(c.Outcome), ResultRaw: c.Outcome, Status: p.status, StatusRaw: predicate,
		CreatedAt: firstTime(p.queued, p.started), QueuedAt: p.queued, StartedAt: p.started, FinishedAt: p.finished,
	}}
}

// mapBuild treats a build as a pipeline run of the type BUILD: what makes an artifact, whatever runs it.
func mapBuild(e Event, predicate string, c content, x custom) []delivery.Record {
	p, ok := phaseOf(e, predicate, x)
	if !ok {
		return nil
	}
	id := subjectID("build", e)
	outcome := c.Outcome
	if outcome == "" && predicate == "finished" && c.ArtifactID != "" {
		outcome = "success" // a finished build names its artifact only when it made one
	}
	out := []delivery.Record{delivery.PipelineRun{
		Head: head(delivery.KindPipelineRun, id), Name: firstText(c.Name, e.Subject.ID), URL: firstText(c.URL, c.URI), Type: delivery.PipelineBuild,
		Result: result(outcome), ResultRaw: c.Outcome, Status: p.status, StatusRaw: predicate,
		CreatedAt: firstTime(p.queued, p.started), QueuedAt: p.queued, StartedAt: p.started, FinishedAt: p.finished,
	}}
	if c.ArtifactID != "" {
		a := parsePURL(c.ArtifactID)
		out = append(out, delivery.Artifact{
			Head: head(delivery.KindArtifact, "artifact:"+c.ArtifactID), Application: x.Application, Name: a.name, Version: firstText(x.Version, a.version),
			PURL: c.ArtifactID, Digest: a.digest, PipelineRunID: id, CommitSHA: firstText(x.Commit, a.commit),
			RepoURL: firstText(x.Repository, a.repository), CreatedAt: at(e),
		})
	}
	return out
}

func mapTestSuiteRun(e Event, predicate string, c content, x custom) []delivery.Record {
	p, ok := phaseOf(e, predicate, x)
	if !ok {
		return nil
	}
	return []delivery.Record{delivery.TestRun{
		Head: head(delivery.KindTestRun, subjectID("test_run", e)), Application: x.Application, Name: firstText(c.TestSuite.name(), e.Subject.ID),
		URL: firstText(c.URL, c.URI, c.TestSuite.URI), Environment: c.Environment.name(), PipelineRunID: refID("pipeline_run", c.PipelineRun, e),
		CommitSHA: x.Commit, RepoURL: x.Repository, Result: result(c.Outcome), ResultRaw: c.Outcome,
		Passed: x.Passed, Failed: x.Failed, Skipped: x.Skipped, StartedAt: p.started, FinishedAt: p.finished,
	}}
}

func mapTicket(e Event, predicate string, c content, _ custom) []delivery.Record {
	w := delivery.WorkItem{
		Head: head(delivery.KindWorkItem, subjectID("work_item", e)), Key: e.Subject.ID, Title: c.Summary, URL: firstText(c.URI, c.URL),
		TypeRaw: c.TicketType, Type: ticketType(c.TicketType), Priority: c.Priority, CreatorName: c.Creator, UpdatedAt: at(e), StatusRaw: firstText(c.Status, predicate),
	}
	if len(c.Assignees) > 0 {
		w.AssigneeName = c.Assignees[0]
	}
	switch predicate {
	case "created":
		w.CreatedAt, w.Status = at(e), delivery.StatusTodo
	case "updated":
	case "closed":
		w.ResolvedAt, w.Status = at(e), delivery.StatusDone
	default:
		return nil
	}
	return []delivery.Record{w}
}

func ticketType(t string) string {
	switch t {
	case "bug", "defect":
		return delivery.TypeBug
	case "feature", "story", "enhancement", "requirement":
		return delivery.TypeRequirement
	case "incident":
		return delivery.TypeIncident
	case "task":
		return delivery.TypeTask
	}
	return t
}
