package delivery

import "millrace/internal/platform/ref"

func (m *rowMaker) deployment(r *Deployment) row {
	id := m.external(r.Head)
	m.order(r.StartedAt, r.FinishedAt, "startedAt", "finishedAt")
	created, queued := m.past(r.CreatedAt, "createdAt"), m.past(r.QueuedAt, "queuedAt")
	started, finished := m.strict(r.StartedAt, "startedAt"), m.strict(r.FinishedAt, "finishedAt")
	status := m.status(r.Status, r.Result, r.StartedAt, r.FinishedAt)
	rev := runRevision(0, m.rank(status), r.UpdatedAt, r.CreatedAt, r.StartedAt, r.FinishedAt)

	s := m.deploymentSubject(r)
	app, by := m.known.application(m.conn, r.Application, s)
	class, classBy := m.known.class(m.conn, r.EnvironmentClass, s.environment, r.EnvironmentRaw)
	fixes := m.text(r.FixesIncident, "fixesIncident", maxURL)
	url := m.text(r.URL, "url", maxURL)
	at := finished
	if at == nil {
		at = m.at(created, started)
	}
	var rework any
	if r.Rework != nil {
		rework = *r.Rework
	}
	var repo any
	if len(s.repositoryIDs) > 0 {
		repo = int64(s.repositoryIDs[0])
	}
	return row{tDeployment, rowKey{tDeployment, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, textOrNil(string(app)), by, m.name(r.Application, "application"), s.service,
		m.name(r.ScopeID, "scopeId"), repo, s.pipeline, m.text(r.DisplayTitle, "displayTitle", maxTitle), url,
		s.environment, m.name(r.EnvironmentRaw, "environmentRaw"), class, classBy, m.name(r.Result, "result"), m.name(r.ResultRaw, "resultRaw"),
		m.name(status, "status"), m.name(r.StatusRaw, "statusRaw"), m.name(r.Version, "version"), created, queued, started, finished, at,
		real(r.DurationSec), m.other(KindPipelineRun, r.PipelineRunID), m.account(r.DeployedByID), r.IsRollback, rework, fixes, referenceKey(fixes),
		nil, referenceKey(url), rev,
	}, 0, false}
}

// deploymentSubject gathers what rules may match of a deployment: beside its own members the repositories of its commits
// in the same batch and the paths they touch.
func (m *rowMaker) deploymentSubject(r *Deployment) subject {
	s := subject{
		connection: m.conn, service: m.name(r.Service, "service"), pipeline: m.name(r.Name, "name"),
		environment: m.name(r.Environment, "environment"),
	}
	if s.environment == "" {
		s.environment = m.name(r.EnvironmentRaw, "environmentRaw")
	}
	seen := func(repo ref.Fact) {
		if repo == 0 {
			return
		}
		for _, have := range s.repositoryIDs {
			if have == repo {
				return
			}
		}
		s.repositoryIDs = append(s.repositoryIDs, repo)
		s.repositories = append(s.repositories, m.known.applicationsOf(repo)...)
		if s.repositoryKey == "" {
			s.repositoryKey = m.known.keyOf(repo)
		}
	}
	seen(m.known.scopeRepository(m.conn, r.ScopeID))
	for _, c := range m.known.deploymentCommits[r.ExternalID] {
		seen(c.repository)
		s.paths = append(s.paths, m.known.paths[c.commit]...)
	}
	return s
}

func (m *rowMaker) deploymentCommit(r *DeploymentCommit) row {
	deployment, sha := m.parent(KindDeployment, r.DeploymentID, "deploymentId"), m.sha(r.CommitSHA, "commitSha", true)
	repo := m.repository(r.RepoID, r.RepoURL)
	return row{tDeploymentCommit, rowKey{tDeploymentCommit, deployment, 0, sha}, 0, []any{
		deployment, sha, null(repo), commitOf(repo, sha), m.name(r.RefName, "refName"), m.text(r.CommitMsg, "commitMsg", maxTitle),
	}, 0, false}
}

func (m *rowMaker) incident(r *Incident) row {
	id := m.external(r.Head)
	m.order(r.StartedAt, r.ResolvedAt, "startedAt", "resolvedAt")
	started, detected, resolved := m.strict(r.StartedAt, "startedAt"), m.strict(r.DetectedAt, "detectedAt"), m.strict(r.ResolvedAt, "resolvedAt")
	rev := revisionOf(r.UpdatedAt, r.StartedAt, r.DetectedAt, r.ResolvedAt)
	service, env := m.name(r.Service, "service"), m.name(r.Environment, "environment")
	app, by := m.known.application(m.conn, r.Application, subject{connection: m.conn, service: service, environment: env})
	class, _ := m.known.class(m.conn, "", env, env)
	cause, url := m.text(r.CausedBy, "causedBy", maxURL), m.text(r.URL, "url", maxURL)
	status := m.status(r.Status, "", r.StartedAt, r.ResolvedAt)
	at := started
	if at == nil {
		at = m.at(detected)
	}
	return row{tIncident, rowKey{tIncident, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, textOrNil(string(app)), by, m.name(r.Application, "application"), service,
		m.name(r.Key, "key"), m.text(r.Title, "title", maxTitle), m.text(r.Description, "description", maxBody), url,
		m.name(r.Severity, "severity"), m.name(r.Urgency, "urgency"), m.name(status, "status"), m.name(r.StatusRaw, "statusRaw"), env, class,
		started, detected, resolved, at, cause, referenceKey(cause), nil,
		m.other(KindWorkItem, r.WorkItemID), referenceKey(url), rev,
	}, 0, false}
}

// referenceKey is the hash under which a free reference (an id, an external id, a key or an address) waits for the
// record it names.
func referenceKey(text string) any {
	if text == "" {
		return nil
	}
	return int64(hashFact("", "reference", text))
}
