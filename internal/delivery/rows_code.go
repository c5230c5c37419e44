package delivery

import (
	"encoding/json"

	"millrace/internal/platform/ref"
)

func (m *rowMaker) changeRequest(r *ChangeRequest) row {
	id := m.external(r.Head)
	rev := revisionOf(r.UpdatedAt, r.CreatedAt, r.MergedAt, r.ClosedAt)
	repo := m.repository(r.BaseRepoID, "")
	created, merged, closed := m.past(r.CreatedAt, "createdAt"), m.past(r.MergedAt, "mergedAt"), m.past(r.ClosedAt, "closedAt")
	merge, head := m.sha(r.MergeCommitSHA, "mergeCommitSha", false), m.sha(r.HeadCommitSHA, "headCommitSha", false)
	at := merged
	if at == nil {
		at = m.at(created, closed)
	}
	return row{tChangeRequest, rowKey{tChangeRequest, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, null(repo), null(m.repository(r.HeadRepoID, "")), r.Number,
		m.text(r.Title, "title", maxTitle), m.text(r.URL, "url", maxURL), m.name(r.Status, "status"), m.name(r.StatusRaw, "statusRaw"),
		m.name(r.Type, "type"), m.name(r.Component, "component"), m.account(r.AuthorID), m.name(r.AuthorName, "authorName"),
		m.account(r.MergedByID), m.name(r.MergedByName, "mergedByName"), m.other(KindChangeRequest, r.ParentChangeRequestID),
		created, m.past(r.UpdatedAt, "updatedAt"), merged, closed, at, merge, commitOf(repo, merge), head, commitOf(repo, head),
		m.sha(r.BaseCommitSHA, "baseCommitSha", false), m.name(r.HeadRef, "headRef"), m.name(r.BaseRef, "baseRef"),
		number(r.Additions), number(r.Deletions), r.IsDraft, rev, m.text(r.Description, "description", maxBody),
	}, 0, false}
}

func (m *rowMaker) changeRequestCommit(r *ChangeRequestCommit) row {
	change, sha := m.parent(KindChangeRequest, r.ChangeRequestID, "changeRequestId"), m.sha(r.CommitSHA, "commitSha", true)
	return row{tChangeRequestCommit, rowKey{tChangeRequestCommit, change, 0, sha}, 0, []any{
		change, sha, m.name(r.CommitAuthorName, "commitAuthorName"), m.name(fold(r.CommitAuthorEmail), "commitAuthorEmail"),
		m.past(r.CommitAuthoredAt, "commitAuthoredAt"),
	}, 0, false}
}

func (m *rowMaker) changeRequestLabel(r *ChangeRequestLabel) row {
	change, label := m.parent(KindChangeRequest, r.ChangeRequestID, "changeRequestId"), m.name(r.LabelName, "labelName")
	m.need(label, "labelName")
	return row{tChangeRequestLabel, rowKey{tChangeRequestLabel, change, 0, label}, 0, []any{change, label}, 0, false}
}

func (m *rowMaker) changeRequestItem(r *ChangeRequestItem) row {
	change := m.parent(KindChangeRequest, r.ChangeRequestID, "changeRequestId")
	item := m.parent(KindWorkItem, r.WorkItemID, "workItemId")
	return row{tChangeRequestItem, rowKey{tChangeRequestItem, change, item, ""}, 0, []any{
		change, item, m.name(r.WorkItemKey, "workItemKey"), r.Number,
	}, 0, false}
}

func (m *rowMaker) reviewComment(r *ReviewComment) row {
	id := m.external(r.Head)
	rev := revisionOf(r.UpdatedAt, r.CreatedAt)
	return row{tReviewComment, rowKey{tReviewComment, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, m.parent(KindChangeRequest, r.ChangeRequestID, "changeRequestId"), m.account(r.AccountID),
		m.name(r.Type, "type"), m.name(r.Status, "status"), m.name(r.ReviewID, "reviewId"), m.sha(r.CommitSHA, "commitSha", false),
		m.text(r.Body, "body", maxBody), m.past(r.CreatedAt, "createdAt"), m.past(r.UpdatedAt, "updatedAt"), rev,
	}, 0, false}
}

func (m *rowMaker) reviewer(r *Reviewer) row {
	change, name := m.parent(KindChangeRequest, r.ChangeRequestID, "changeRequestId"), m.name(r.Name, "name")
	who := m.named(r.AccountID, name)
	return row{tReviewer, rowKey{tReviewer, change, who, ""}, 0, []any{change, who, name}, 0, false}
}

// maxPaths is how many paths of one commit are kept; a commit that touches more is not told apart by them.
const maxPaths = 300

func (m *rowMaker) commit(r *Commit) row {
	repo, sha := m.repository(r.RepoID, r.RepoURL), m.sha(r.SHA, "sha", true)
	if repo == 0 {
		m.faults.Add("repoUrl", "repository_required", "A commit needs the repository it is in.")
	}
	id := CommitID(repo, sha)
	var parents [2]any
	var more any
	var rest []ref.Fact
	for i, p := range r.ParentSHAs {
		pid := CommitID(repo, m.sha(p, "parentShas", true))
		switch {
		case i < 2:
			parents[i] = null(pid)
		default:
			rest = append(rest, pid)
		}
	}
	if rest != nil {
		more = jsonText(rest)
	}
	var paths any
	if len(r.Paths) > 0 && len(r.Paths) <= maxPaths {
		cleaned := make([]string, len(r.Paths))
		for i, p := range r.Paths {
			cleaned[i] = m.name(p, "paths")
		}
		paths = jsonText(cleaned)
	}
	authored, committed := m.past(r.AuthoredAt, "authoredAt"), m.past(r.CommittedAt, "committedAt")
	at := committed
	if at == nil {
		at = m.at(authored)
	}
	return row{tCommit, rowKey{tCommit, int64(id), 0, ""}, 0, []any{
		int64(id), int64(repo), sha, parents[0], parents[1], more, authored, committed, at, m.account(r.AuthorID),
		m.name(r.AuthorName, "authorName"), m.name(fold(r.AuthorEmail), "authorEmail"), m.name(r.CommitterName, "committerName"),
		m.name(fold(r.CommitterEmail), "committerEmail"), number(r.Additions), number(r.Deletions), m.text(r.Message, "message", maxTitle), paths,
	}, 0, false}
}

func jsonText(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return string(raw)
}

func (m *rowMaker) release(r *Release) row {
	id := m.external(r.Head)
	repo, sha := m.repository(r.RepoID, r.RepoURL), m.sha(r.CommitSHA, "commitSha", false)
	rev := revisionOf(r.UpdatedAt, r.CreatedAt, r.PublishedAt)
	created, published := m.past(r.CreatedAt, "createdAt"), m.past(r.PublishedAt, "publishedAt")
	return row{tRelease, rowKey{tRelease, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, null(repo), m.name(r.Name, "name"), m.name(r.TagName, "tagName"),
		m.text(r.Description, "description", maxBody), m.text(r.URL, "url", maxURL), sha, commitOf(repo, sha), r.IsDraft, r.IsLatest,
		r.IsPrerelease, m.account(r.AuthorID), created, published, m.past(r.UpdatedAt, "updatedAt"), m.at(created, published), rev,
	}, 0, false}
}
