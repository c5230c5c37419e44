package github

import (
	"strconv"
	"strings"
	"time"

	"millrace/internal/delivery"
)

// result normalises the conclusion of a run or job. A cancelled one counts as failed, as it does for the peers of this
// connector; the tool's word stands beside it.
func result(conclusion string) string {
	switch strings.ToLower(conclusion) {
	case "success":
		return delivery.ResultSuccess
	case "failure", "cancelled", "timed_out", "startup_failure":
		return delivery.ResultFailure
	}
	return ""
}

func status(state string) string {
	switch strings.ToLower(state) {
	case "completed", "success", "failure", "cancelled", "timed_out", "startup_failure":
		return delivery.StatusDone
	case "in_progress", "queued", "waiting", "pending":
		return delivery.StatusInProgress
	}
	return delivery.StatusOther
}

// takeRun maps a workflow run. A run that is attempted again keeps its id; its last attempt is what is told.
func (m *mapping) takeRun(o object) {
	if suite := o.object("checksuite"); suite != nil {
		o = o.with("status", suite["status"]).with("conclusion", suite["conclusion"])
	}
	id := m.native(o)
	repo, page := m.repoID(o), m.repoURL(o)
	external := "run:" + strings.TrimPrefix(repo, "repo:") + "/" + strconv.FormatInt(id, 10)
	name := orText(o.text("name"), o.object("workflow").text("name"))
	branch := o.text("headbranch")
	updatedAt := m.when(o, "updatedat")
	run := delivery.PipelineRun{
		Head:         head(delivery.KindPipelineRun, external),
		ScopeID:      repo,
		Name:         name,
		DisplayTitle: o.text("displaytitle"),
		URL:          o.text("url", "htmlurl"),
		Result:       result(o.text("conclusion")),
		ResultRaw:    o.text("conclusion"),
		Status:       status(o.text("status")),
		StatusRaw:    o.text("status"),
		Type:         m.rules.pipelineType(name),
		Environment:  m.rules.pipelineEnvironment(name, branch),
		Attempt:      o.id("runattempt"),
		CreatedAt:    m.when(o, "createdat"),
		StartedAt:    m.when(o, "runstartedat", "createdat"),
		DurationSec:  nil,
	}
	run.DurationSec = wholeSeconds(run.StartedAt, updatedAt)
	if run.Status != delivery.StatusInProgress {
		run.FinishedAt = updatedAt
	}
	m.account(o.object("actor"))
	m.emit(run)
	sha := o.text("headsha")
	commit := delivery.PipelineRunCommit{
		Head: head(delivery.KindPipelineRunCommit, external+"|"+sha), PipelineRunID: external, CommitSHA: sha,
		DisplayTitle: run.DisplayTitle, URL: o.text("htmlurl", "url"), Branch: branch, RepoID: repo, RepoURL: page,
	}
	if sha != "" {
		m.emit(commit)
	}
	m.runDeployment(o, run, commit)
}

// with returns a copy in which a missing key has a value.
func (o object) with(key string, v any) object {
	if o[key] != nil {
		return o
	}
	out := make(object, len(o)+1)
	for k, e := range o {
		out[k] = e
	}
	out[key] = v
	return out
}

// takeJob maps a job of a run: of REST, or a check run of GraphQL.
func (m *mapping) takeJob(o object) {
	if o.has("head") && !o.has("runid") {
		return
	}
	id := m.native(o)
	page := o.text("htmlurl", "detailsurl")
	runID := o.id("runid")
	if runID == 0 {
		runID = m.at.run
	}
	if runID == 0 {
		runID = runOf(page)
	}
	if runID == 0 {
		m.cannot("no_parent", "The job does not say which run it belongs to.")
		return
	}
	repo := m.repoID(o)
	repoNumber, runText := strings.TrimPrefix(repo, "repo:"), strconv.FormatInt(runID, 10)
	name := o.text("name")
	startedAt, finishedAt := m.when(o, "startedat"), m.when(o, "completedat")
	createdAt := m.when(o, "createdat")
	if createdAt == nil {
		createdAt = startedAt
	}
	job := delivery.JobRun{
		Head:          head(delivery.KindJobRun, "job:"+runText+"/"+strconv.FormatInt(id, 10)),
		PipelineRunID: "run:" + repoNumber + "/" + runText,
		ScopeID:       repo,
		Name:          name,
		URL:           page,
		Result:        result(o.text("conclusion")),
		ResultRaw:     strings.ToUpper(o.text("conclusion")),
		Status:        status(o.text("status")),
		StatusRaw:     strings.ToUpper(o.text("status")),
		Type:          m.rules.pipelineType(name),
		Environment:   m.rules.pipelineEnvironment(name),
		CreatedAt:     createdAt,
		StartedAt:     startedAt,
		FinishedAt:    finishedAt,
		DurationSec:   wholeSeconds(startedAt, finishedAt),
	}
	m.emit(job)
	m.jobDeployment(o, job)
}

// takeCheckSuite maps the jobs below a check suite, which is how GraphQL knows a run.
func (m *mapping) takeCheckSuite(o object) {
	run := o.object("workflowrun").id("databaseid")
	outer := m.at.run
	m.at.run = run
	for _, job := range o.list("checkruns") {
		m.element(onJobs, job)
	}
	m.at.run = outer
}

// runOf reads the run's number from a job's page: …/actions/runs/<run>/job/<job>.
func runOf(page string) int64 {
	_, rest, ok := strings.Cut(page, "/actions/runs/")
	if !ok {
		return 0
	}
	run, _, _ := strings.Cut(rest, "/")
	return number(run)
}

func wholeSeconds(from, to *time.Time) *float64 {
	if from == nil || to == nil {
		return nil
	}
	s := float64(to.Sub(*from) / time.Second)
	return &s
}

func seconds(from, to *time.Time) *float64 {
	if from == nil || to == nil {
		return nil
	}
	s := float64(to.Sub(*from).Milliseconds()) / 1000
	return &s
}
