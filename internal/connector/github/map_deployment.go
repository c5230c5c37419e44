package github

import (
	"strings"
	"time"

	"millrace/internal/delivery"
)

// takeDeployment maps a deployment GitHub itself keeps: of GraphQL, or of REST, where its statuses may lie in it.
func (m *mapping) takeDeployment(o object) {
	m.deployment(o, o.list("statuses"))
}

// takeDeploymentStatus maps a status page: the deployment it was asked for, with these statuses. One status alone
// says too little to be a deployment.
func (m *mapping) takeDeploymentStatus(o object) {
	deployment := o.object("deployment")
	if deployment == nil {
		deployment = m.input.object("deployment")
	}
	if deployment == nil && m.input.has("nodeid") && m.input.has("environment", "sha", "ref") {
		deployment = m.input
	}
	if deployment == nil {
		m.cannot("no_parent", "The status does not carry its deployment; the page must be recorded with the deployment as input.")
		return
	}
	external := deploymentRef(deployment)
	statuses := append(m.statuses[external], o)
	if m.statuses == nil {
		m.statuses = map[string][]object{}
	}
	m.statuses[external] = statuses
	m.deployment(deployment, statuses)
}

// deploymentRef is the node id, which REST and GraphQL share.
func deploymentRef(o object) string {
	node := o.text("nodeid")
	if node == "" {
		node = o.text("id")
	}
	return "deployment:" + node
}

func (m *mapping) deployment(o object, statuses []object) {
	external := deploymentRef(o)
	if external == "deployment:" {
		m.cannot("no_id", "The deployment has no id.")
		return
	}
	repo, repoURL := m.repoID(o), m.repoURL(o)
	sha := orText(o.text("commitoid"), o.text("sha"))
	if sha == "" {
		sha = o.object("commit").text("oid")
	}
	environment := o.text("environment")
	history := m.history(statuses)
	state := o.text("state")
	if state == "" {
		state = orText(history.latest, o.object("lateststatus").text("state"))
	}
	createdAt, updatedAt := m.when(o, "createdat"), m.when(o, "updatedat")
	d := delivery.Deployment{
		Head:           head(delivery.KindDeployment, external),
		ScopeID:        repo,
		Name:           sha,
		DisplayTitle:   firstLine(orText(o.object("commit").text("message"), o.text("description"))),
		URL:            deploymentURL(repoURL, environment, o, history),
		Result:         deploymentResult(state, history),
		ResultRaw:      state,
		Status:         deploymentStatus(state),
		StatusRaw:      state,
		Environment:    environment,
		EnvironmentRaw: environment,
		CreatedAt:      createdAt,
		StartedAt:      createdAt,
	}
	class, own := m.rules.environmentClass(environment)
	if !own && o.flag("productionenvironment") {
		class = delivery.EnvironmentProduction
	}
	d.EnvironmentClass = class
	if own && m.rules.EnvironmentNames == EnvironmentAsClass {
		d.Environment = class
	}
	if d.Status == delivery.StatusDone {
		d.FinishedAt = history.finishedAt
		if d.FinishedAt == nil {
			d.FinishedAt = updatedAt
		}
	}
	d.DurationSec = seconds(d.StartedAt, d.FinishedAt)
	creator := o.object("creator")
	d.DeployedByID, _ = m.account(creator)
	refName, version := refOf(o)
	d.Version = version
	m.emit(d)
	if sha == "" {
		return
	}
	m.emit(delivery.DeploymentCommit{
		Head:         head(delivery.KindDeploymentCommit, external+"|"+sha),
		DeploymentID: external, ScopeID: repo, Name: d.Name, DisplayTitle: d.DisplayTitle, URL: d.URL,
		Result: d.Result, ResultRaw: d.ResultRaw, Status: d.Status, StatusRaw: d.StatusRaw,
		Environment: d.Environment, EnvironmentRaw: d.EnvironmentRaw, CreatedAt: d.CreatedAt, StartedAt: d.StartedAt,
		FinishedAt: d.FinishedAt, DurationSec: d.DurationSec, CommitSHA: sha, RefName: refName, RepoID: repo,
		RepoURL: repoURL,
	})
}

func deploymentURL(repoURL, environment string, o object, h statusHistory) string {
	if repoURL != "" && environment != "" {
		return repoURL + "/deployments/" + environment
	}
	return orText(h.url, o.text("url"))
}

// refOf returns the name a deployment was made of, and the version when that is a tag.
func refOf(o object) (name, version string) {
	r := o.object("ref")
	if r == nil {
		return o.text("ref"), ""
	}
	name = r.text("name")
	if strings.HasPrefix(r.text("prefix"), "refs/tags/") {
		version = name
	}
	return name, version
}

// statusHistory is what the statuses of a deployment tell together.
type statusHistory struct {
	latest     string
	url        string
	succeeded  bool
	failed     bool
	finishedAt *time.Time
}

// history reads the statuses. A deployment was finished when it last succeeded, else when it last ended in any other
// way; that a later one took its place does not move the moment.
func (m *mapping) history(statuses []object) statusHistory {
	var h statusHistory
	var latestAt, successAt, endAt *time.Time
	for _, s := range statuses {
		at := m.when(s, "updatedat", "createdat")
		state := s.text("state")
		if h.latest == "" || later(at, latestAt) {
			h.latest, latestAt = state, at
			h.url = s.text("logurl", "environmenturl", "targeturl")
		}
		switch strings.ToLower(state) {
		case "success":
			h.succeeded = true
			if later(at, successAt) {
				successAt = at
			}
		case "failure", "error":
			h.failed = true
			fallthrough
		case "inactive", "active":
			if later(at, endAt) {
				endAt = at
			}
		}
	}
	if h.finishedAt = successAt; successAt == nil {
		h.finishedAt = endAt
	}
	return h
}

func later(a, b *time.Time) bool { return a != nil && (b == nil || a.After(*b)) }

// deploymentResult normalises a deployment's state. An inactive deployment was replaced by a later one and counts as
// a success, unless its statuses tell that it failed and never succeeded.
func deploymentResult(state string, h statusHistory) string {
	switch strings.ToLower(state) {
	case "success", "active":
		return delivery.ResultSuccess
	case "inactive":
		if h.failed && !h.succeeded {
			return delivery.ResultFailure
		}
		return delivery.ResultSuccess
	case "failure", "error":
		return delivery.ResultFailure
	}
	return ""
}

func deploymentStatus(state string) string {
	switch strings.ToLower(state) {
	case "success", "active", "inactive", "failure", "error":
		return delivery.StatusDone
	case "in_progress", "queued", "waiting", "pending":
		return delivery.StatusInProgress
	}
	return delivery.StatusOther
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r")
}
