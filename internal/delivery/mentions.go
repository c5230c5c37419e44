package delivery

import (
	"strings"

	"millrace/internal/platform/ref"
)

// mentions is what the records of a batch name that must be looked up before they become rows.
type mentions struct {
	conn         ref.Connection
	repositories map[repositoryMention]bool
	names        map[string]bool
	emails       map[string]bool
	users        map[string]ref.Connection
}

type repositoryMention struct{ id, url string }

func gather(conn ref.Connection, records []Record) *mentions {
	m := &mentions{
		conn: conn, repositories: map[repositoryMention]bool{}, names: map[string]bool{}, emails: map[string]bool{}, users: map[string]ref.Connection{},
	}
	for _, r := range records {
		m.add(r)
	}
	return m
}

func (m *mentions) repository(id, url string) {
	if strings.Contains(id, "://") {
		id, url = "", id
	}
	if id != "" || url != "" {
		m.repositories[repositoryMention{id, url}] = true
	}
}

func (m *mentions) name(s string) {
	if s, _ = clean(s, maxName); s != "" {
		m.names[ref.NameKey(s)] = true
	}
}

func (m *mentions) add(r Record) {
	switch r := r.(type) {
	case *Repository:
		m.repository(r.ExternalID, r.URL)
	case *ToolAccount:
		if email, _ := clean(r.Email, maxName); email != "" {
			m.emails[fold(email)] = true
		}
		if r.UserName != "" {
			m.users[r.UserName] = m.conn
		}
	case *WorkItem:
		m.name(r.Application)
	case *Board:
		m.repository(r.ExternalID, "")
		m.repository("", r.URL)
	case *ChangeRequest:
		m.repository(r.BaseRepoID, "")
		m.repository(r.HeadRepoID, "")
	case *Commit:
		m.repository(r.RepoID, r.RepoURL)
	case *PipelineRun:
		m.repository(r.ScopeID, "")
	case *PipelineRunCommit:
		m.repository(r.RepoID, r.RepoURL)
	case *TestRun:
		m.repository("", r.RepoURL)
		m.name(r.Application)
	case *Artifact:
		m.repository("", r.RepoURL)
		m.name(r.Application)
		m.name(r.Name)
	case *Release:
		m.repository(r.RepoID, r.RepoURL)
	case *Deployment:
		m.repository(r.ScopeID, "")
		m.name(r.Application)
		m.name(r.Service)
	case *DeploymentCommit:
		m.repository(r.ScopeID, "")
		m.repository(r.RepoID, r.RepoURL)
	case *Incident:
		m.name(r.Application)
		m.name(r.Service)
	}
}

func (m *mentions) repositoryIDs() []ref.Fact {
	seen := map[ref.Fact]bool{}
	var ids []ref.Fact
	add := func(id ref.Fact) {
		if id != 0 && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for r := range m.repositories {
		add(FactID(m.conn, KindRepository, r.id))
		if r.url != "" {
			add(RepositoryID(r.url))
		}
	}
	return ids
}

// relate notes which repositories and paths the deployments and runs of a batch have by other records of it.
func (k *known) relate(conn ref.Connection, records []Record) {
	for _, r := range records {
		switch r := r.(type) {
		case *DeploymentCommit:
			if repo := k.repository(conn, r.RepoID, r.RepoURL); repo != 0 {
				c := deployedCommit{repo, CommitID(repo, strings.ToLower(strings.TrimSpace(r.CommitSHA)))}
				k.deploymentCommits[r.DeploymentID] = append(k.deploymentCommits[r.DeploymentID], c)
			}
		case *PipelineRunCommit:
			if repo := k.repository(conn, r.RepoID, r.RepoURL); repo != 0 {
				k.runRepository[r.PipelineRunID] = repo
			}
		case *Commit:
			if repo := k.repository(conn, r.RepoID, r.RepoURL); repo != 0 && len(r.Paths) > 0 && len(k.applications[repo]) > 1 {
				k.paths[CommitID(repo, strings.ToLower(strings.TrimSpace(r.SHA)))] = r.Paths
			}
		}
	}
}

// pointers returns the records as pointers, whichever way they were handed in; what is no record of this package is nil.
func pointers(records []Record) []Record {
	out := make([]Record, len(records))
	for i, r := range records {
		out[i] = pointer(r)
	}
	return out
}

func pointer(r Record) Record {
	switch r := r.(type) {
	case Repository:
		return &r
	case ToolAccount:
		return &r
	case Board:
		return &r
	case WorkItem:
		return &r
	case WorkItemChange:
		return &r
	case WorkItemLabel:
		return &r
	case WorkItemAssignee:
		return &r
	case WorkItemComment:
		return &r
	case BoardWorkItem:
		return &r
	case Milestone:
		return &r
	case ChangeRequest:
		return &r
	case ChangeRequestCommit:
		return &r
	case ChangeRequestLabel:
		return &r
	case ChangeRequestItem:
		return &r
	case ReviewComment:
		return &r
	case Reviewer:
		return &r
	case Commit:
		return &r
	case PipelineRun:
		return &r
	case PipelineRunCommit:
		return &r
	case JobRun:
		return &r
	case TestRun:
		return &r
	case Artifact:
		return &r
	case Release:
		return &r
	case Deployment:
		return &r
	case DeploymentCommit:
		return &r
	case Incident:
		return &r
	}
	return r
}
