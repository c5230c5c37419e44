package github

import (
	"strings"

	"millrace/internal/delivery"
)

// A run or a job can be the only trace of a deployment. The verdict of a job that matches the deployment pattern
// outweighs that of its run: a green run whose deploy job was skipped deployed nothing.

// runDeployment makes a deployment of a run whose name matches, unless one of its jobs decides.
func (m *mapping) runDeployment(o object, run delivery.PipelineRun, commit delivery.PipelineRunCommit) {
	fromRuns, fromJobs := m.rules.deployments()
	if fromJobs {
		m.at.run = o.id("databaseid", "id")
		jobs := append(o.list("jobs"), m.input.list("jobs")...)
		for _, job := range jobs {
			if m.rules.pipelineType(job.text("name")) != "" && (job.id("runid") == 0 || job.id("runid") == m.at.run) {
				m.known.decidedByJob(run.ExternalID)
				fromRuns = false
			}
		}
	}
	if !fromRuns || run.Type == "" || skipped(run.ResultRaw) || m.known.isDecidedByJob(run.ExternalID) {
		return
	}
	actor := o.object("triggeringactor")
	if actor == nil {
		actor = o.object("actor")
	}
	by, _ := m.account(actor)
	m.emitRunDeployment(delivery.Deployment{
		Head: head(delivery.KindDeployment, run.ExternalID), ScopeID: run.ScopeID, Name: run.Name,
		DisplayTitle: run.DisplayTitle, URL: commit.URL, Result: run.Result, ResultRaw: run.ResultRaw,
		Status: run.Status, StatusRaw: run.StatusRaw, EnvironmentRaw: run.Name, Environment: run.Environment,
		EnvironmentClass: m.runClass(run.Environment, run.Name), CreatedAt: run.CreatedAt, StartedAt: run.StartedAt,
		FinishedAt: run.FinishedAt, DurationSec: run.DurationSec, PipelineRunID: run.ExternalID, DeployedByID: by,
	}, commit)
}

// jobDeployment makes a deployment of a job whose name matches. Where the run's name matches too, the run was taken
// for a deployment before its jobs were known; that record is withdrawn.
func (m *mapping) jobDeployment(o object, job delivery.JobRun) {
	fromRuns, fromJobs := m.rules.deployments()
	if !fromJobs || job.Type == "" {
		return
	}
	m.known.decidedByJob(job.PipelineRunID)
	commit := delivery.PipelineRunCommit{CommitSHA: o.text("headsha"), Branch: o.text("headbranch"),
		RepoID: job.ScopeID, RepoURL: m.repoURL(o)}
	if fromRuns && m.rules.pipelineType(o.text("workflowname")) != "" {
		m.emitRunDeployment(delivery.Deployment{
			Head: head(delivery.KindDeployment, job.PipelineRunID), ScopeID: job.ScopeID, Name: o.text("workflowname"),
			Status: delivery.StatusOther, StatusRaw: "decided_by_job", CreatedAt: job.CreatedAt,
			PipelineRunID: job.PipelineRunID,
		}, commit)
	}
	if skipped(job.ResultRaw) {
		return
	}
	m.emitRunDeployment(delivery.Deployment{
		Head: head(delivery.KindDeployment, job.ExternalID), ScopeID: job.ScopeID, Name: job.Name,
		DisplayTitle: o.text("workflowname"), URL: job.URL, Result: job.Result, ResultRaw: job.ResultRaw,
		Status: job.Status, StatusRaw: job.StatusRaw, EnvironmentRaw: job.Name, Environment: job.Environment,
		EnvironmentClass: m.runClass(job.Environment, job.Name), CreatedAt: job.CreatedAt, StartedAt: job.StartedAt,
		FinishedAt: job.FinishedAt, DurationSec: job.DurationSec, PipelineRunID: job.PipelineRunID,
	}, commit)
}

func (m *mapping) emitRunDeployment(d delivery.Deployment, commit delivery.PipelineRunCommit) {
	if strings.EqualFold(d.ResultRaw, "cancelled") {
		d.Result = delivery.ResultCancelled
	}
	d.Environment = d.EnvironmentClass
	m.emit(d)
	if commit.CommitSHA == "" {
		return
	}
	m.emit(delivery.DeploymentCommit{
		Head:         head(delivery.KindDeploymentCommit, d.ExternalID+"|"+commit.CommitSHA),
		DeploymentID: d.ExternalID, ScopeID: d.ScopeID, Name: d.Name, DisplayTitle: d.DisplayTitle, URL: d.URL,
		Result: d.Result, ResultRaw: d.ResultRaw, Status: d.Status, StatusRaw: d.StatusRaw, Environment: d.Environment,
		EnvironmentRaw: d.EnvironmentRaw, CreatedAt: d.CreatedAt, StartedAt: d.StartedAt, FinishedAt: d.FinishedAt,
		DurationSec: d.DurationSec, CommitSHA: commit.CommitSHA, RefName: commit.Branch, RepoID: commit.RepoID,
		RepoURL: commit.RepoURL,
	})
}

// runClass is the class of the environment a run or job deploys to. A pattern of the connection decides first, then
// the production pattern; without one a name that says staging or test is believed, and the rest is production.
func (m *mapping) runClass(environment, name string) string {
	class, own := m.rules.environmentClass(name)
	if own {
		return class
	}
	if environment == delivery.EnvironmentProduction && (m.rules.production != nil || class == "") {
		return environment
	}
	return class
}

func skipped(conclusion string) bool { return strings.EqualFold(conclusion, "skipped") }
