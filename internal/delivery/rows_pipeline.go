package delivery

func (m *rowMaker) pipelineRun(r *PipelineRun) row {
	id := m.external(r.Head)
	m.order(r.StartedAt, r.FinishedAt, "startedAt", "finishedAt")
	created, queued := m.past(r.CreatedAt, "createdAt"), m.past(r.QueuedAt, "queuedAt")
	started, finished := m.strict(r.StartedAt, "startedAt"), m.strict(r.FinishedAt, "finishedAt")
	status := m.status(r.Status, r.Result, r.StartedAt, r.FinishedAt)
	rev := runRevision(r.Attempt, m.rank(status), r.UpdatedAt, r.CreatedAt, r.StartedAt, r.FinishedAt)
	repo := m.known.scopeRepository(m.conn, r.ScopeID)
	if repo == 0 {
		repo = m.known.runRepository[r.ExternalID]
	}
	name, env := m.name(r.Name, "name"), m.name(r.Environment, "environment")
	app, _ := m.known.rules.application(subject{
		connection: m.conn, pipeline: name, environment: env, repositories: m.known.applicationsOf(repo), repositoryKey: m.known.keyOf(repo),
	})
	return row{tPipelineRun, rowKey{tPipelineRun, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, textOrNil(string(app)), null(repo), m.name(r.ScopeID, "scopeId"), name,
		m.text(r.DisplayTitle, "displayTitle", maxTitle), m.text(r.URL, "url", maxURL), m.name(r.Type, "type"), env,
		m.name(r.Result, "result"), m.name(r.ResultRaw, "resultRaw"), m.name(status, "status"), m.name(r.StatusRaw, "statusRaw"), r.Attempt,
		created, queued, started, finished, m.at(created, started, finished), real(r.DurationSec), real(r.QueuedDurationSec), rev,
	}, 0, false}
}

func (m *rowMaker) pipelineRunCommit(r *PipelineRunCommit) row {
	run, sha := m.parent(KindPipelineRun, r.PipelineRunID, "pipelineRunId"), m.sha(r.CommitSHA, "commitSha", true)
	repo := m.repository(r.RepoID, r.RepoURL)
	return row{tPipelineRunCommit, rowKey{tPipelineRunCommit, run, 0, sha}, 0, []any{
		run, sha, null(repo), commitOf(repo, sha), m.name(r.Branch, "branch"), m.text(r.URL, "url", maxURL),
	}, 0, false}
}

func (m *rowMaker) jobRun(r *JobRun) row {
	id := m.external(r.Head)
	m.order(r.StartedAt, r.FinishedAt, "startedAt", "finishedAt")
	status := m.status(r.Status, r.Result, r.StartedAt, r.FinishedAt)
	rev := runRevision(0, m.rank(status), r.UpdatedAt, r.CreatedAt, r.StartedAt, r.FinishedAt)
	return row{tJobRun, rowKey{tJobRun, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, m.other(KindPipelineRun, r.PipelineRunID), m.name(r.Name, "name"),
		m.text(r.URL, "url", maxURL), m.name(r.Type, "type"), m.name(r.Environment, "environment"), m.name(r.Result, "result"),
		m.name(r.ResultRaw, "resultRaw"), m.name(status, "status"), m.name(r.StatusRaw, "statusRaw"), m.past(r.CreatedAt, "createdAt"),
		m.past(r.QueuedAt, "queuedAt"), m.strict(r.StartedAt, "startedAt"), m.strict(r.FinishedAt, "finishedAt"),
		real(r.DurationSec), real(r.QueuedDurationSec), rev,
	}, 0, false}
}

func (m *rowMaker) testRun(r *TestRun) row {
	id := m.external(r.Head)
	m.order(r.StartedAt, r.FinishedAt, "startedAt", "finishedAt")
	started, finished := m.strict(r.StartedAt, "startedAt"), m.strict(r.FinishedAt, "finishedAt")
	status := m.status("", r.Result, r.StartedAt, r.FinishedAt)
	rev := runRevision(0, m.rank(status), r.UpdatedAt, r.StartedAt, r.FinishedAt)
	repo, sha := m.repository("", r.RepoURL), m.sha(r.CommitSHA, "commitSha", false)
	name, env := m.name(r.Name, "name"), m.name(r.Environment, "environment")
	app, _ := m.known.application(m.conn, r.Application, subject{
		connection: m.conn, pipeline: name, environment: env, repositories: m.known.applicationsOf(repo), repositoryKey: m.known.keyOf(repo),
	})
	return row{tTestRun, rowKey{tTestRun, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, textOrNil(string(app)), m.name(r.Application, "application"), null(repo), sha,
		commitOf(repo, sha), m.other(KindPipelineRun, r.PipelineRunID), name, m.text(r.URL, "url", maxURL), env, m.name(r.Result, "result"),
		m.name(r.ResultRaw, "resultRaw"), number(r.Passed), number(r.Failed), number(r.Skipped), started, finished, m.at(started, finished), rev,
	}, 0, false}
}

func (m *rowMaker) artifact(r *Artifact) row {
	id := m.external(r.Head)
	rev := revisionOf(r.CreatedAt)
	repo, sha := m.repository("", r.RepoURL), m.sha(r.CommitSHA, "commitSha", false)
	name := m.name(r.Name, "name")
	created := m.past(r.CreatedAt, "createdAt")
	app, _ := m.known.application(m.conn, r.Application, subject{
		connection: m.conn, service: name, repositories: m.known.applicationsOf(repo), repositoryKey: m.known.keyOf(repo),
	})
	return row{tArtifact, rowKey{tArtifact, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, textOrNil(string(app)), m.name(r.Application, "application"), null(repo), sha,
		commitOf(repo, sha), m.other(KindPipelineRun, r.PipelineRunID), name, m.name(r.Version, "version"), m.text(r.PURL, "purl", maxURL),
		m.name(r.Digest, "digest"), m.text(r.URL, "url", maxURL), created, m.at(created), rev,
	}, 0, false}
}
