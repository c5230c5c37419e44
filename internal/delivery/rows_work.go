package delivery

import "millrace/internal/platform/ref"

func (m *rowMaker) toolAccount(r *ToolAccount) row {
	id := m.external(r.Head)
	email := m.name(fold(r.Email), "email")
	user := m.name(r.UserName, "userName")
	person, by := m.known.person(m.conn, email, user)
	return row{tToolAccount, rowKey{tToolAccount, int64(id), 0, ""}, 0, []any{
		int64(id), string(m.conn), r.ExternalID, user, m.name(r.FullName, "fullName"), email, m.text(r.AvatarURL, "avatarUrl", maxURL),
		m.text(r.URL, "url", maxURL), m.name(r.Organization, "organization"), r.IsBot, textOrNil(string(person)), by,
		m.past(r.CreatedAt, "createdAt"), int64(0),
	}, 0, false}
}

func (m *rowMaker) board(r *Board) row {
	id := m.external(r.Head)
	name, url := m.name(r.Name, "name"), m.text(r.URL, "url", maxURL)
	repo := m.known.boardRepository(m.conn, r.ExternalID, url)
	app, _ := m.known.rules.application(subject{
		connection: m.conn, board: name, boardID: r.ExternalID, boardURL: url, repositories: m.known.applicationsOf(repo),
	})
	return row{tBoard, rowKey{tBoard, int64(id), 0, ""}, 0, []any{
		int64(id), string(m.conn), r.ExternalID, name, m.text(r.Description, "description", maxBody), url, m.name(r.Type, "type"),
		null(repo), textOrNil(string(app)), m.past(r.CreatedAt, "createdAt"), int64(0),
	}, 0, false}
}

func (m *rowMaker) milestone(r *Milestone) row {
	id := m.external(r.Head)
	rev := revisionOf(r.UpdatedAt, r.CreatedAt, r.ClosedAt)
	return row{tMilestone, rowKey{tMilestone, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, m.name(r.ScopeID, "scopeId"), m.text(r.Title, "title", maxTitle), m.text(r.URL, "url", maxURL),
		m.name(r.State, "state"), later(r.DueAt), m.past(r.CreatedAt, "createdAt"), m.past(r.UpdatedAt, "updatedAt"),
		m.past(r.ClosedAt, "closedAt"), rev,
	}, 0, false}
}

func (m *rowMaker) workItem(r *WorkItem) row {
	id := m.external(r.Head)
	rev := revisionOf(r.UpdatedAt, r.CreatedAt, r.ResolvedAt)
	created, resolved := m.past(r.CreatedAt, "createdAt"), m.past(r.ResolvedAt, "resolvedAt")
	component := m.name(r.Component, "component")
	app, raw := m.workItemApplication(r.Application, component)
	at := created
	if at == nil {
		at = m.at(resolved)
	}
	return row{tWorkItem, rowKey{tWorkItem, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, textOrNil(string(app)), m.name(r.Key, "key"), m.text(r.Title, "title", maxTitle),
		m.text(r.URL, "url", maxURL), m.name(r.Type, "type"), m.name(r.TypeRaw, "typeRaw"), m.name(r.Status, "status"),
		m.name(r.StatusRaw, "statusRaw"), real(r.StoryPoint), created, m.past(r.UpdatedAt, "updatedAt"), resolved, later(r.DueAt), at,
		number(r.LeadTimeMinutes), number(r.OriginalEstimateMinutes), number(r.TimeSpentMinutes), number(r.TimeRemainingMinutes),
		m.other(KindWorkItem, r.ParentWorkItemID), r.IsSubtask, m.name(r.EpicKey, "epicKey"), m.name(r.Priority, "priority"),
		m.name(r.Severity, "severity"), m.name(r.Urgency, "urgency"), component, m.name(r.OriginalProject, "originalProject"),
		m.text(r.FixVersions, "fixVersions", maxTitle), m.account(r.CreatorID), m.name(r.CreatorName, "creatorName"),
		m.account(r.AssigneeID), m.name(r.AssigneeName, "assigneeName"), rev, m.text(r.Description, "description", maxBody), raw,
	}, 0, false}
}

// workItemApplication tells the application of a work item: the one it names, else what rules say of its component.
func (m *rowMaker) workItemApplication(named, component string) (ref.App, string) {
	named = m.name(named, "application")
	sub := subject{connection: m.conn, service: component}
	if named == "" {
		app, _ := m.known.rules.application(sub)
		return app, ""
	}
	app, _ := m.known.application(m.conn, named, sub)
	return app, named
}

func (m *rowMaker) workItemChange(r *WorkItemChange) row {
	id := m.external(r.Head)
	return row{tWorkItemChange, rowKey{tWorkItemChange, int64(id), 0, ""}, 0, []any{
		int64(id), string(m.conn), r.ExternalID, m.parent(KindWorkItem, r.WorkItemID, "workItemId"), m.name(r.FieldID, "fieldId"),
		m.name(r.FieldName, "fieldName"), m.text(r.FromValue, "fromValue", maxTitle), m.text(r.OriginalFromValue, "originalFromValue", maxTitle),
		m.text(r.ToValue, "toValue", maxTitle), m.text(r.OriginalToValue, "originalToValue", maxTitle), m.account(r.AuthorID),
		m.name(r.AuthorName, "authorName"), m.past(r.CreatedAt, "createdAt"),
	}, 0, false}
}

func (m *rowMaker) workItemLabel(r *WorkItemLabel) row {
	item, label := m.parent(KindWorkItem, r.WorkItemID, "workItemId"), m.name(r.LabelName, "labelName")
	m.need(label, "labelName")
	return row{tWorkItemLabel, rowKey{tWorkItemLabel, item, 0, label}, 0, []any{item, label}, 0, false}
}

func (m *rowMaker) workItemAssignee(r *WorkItemAssignee) row {
	item, name := m.parent(KindWorkItem, r.WorkItemID, "workItemId"), m.name(r.AssigneeName, "assigneeName")
	who := m.named(r.AssigneeID, name)
	return row{tWorkItemAssignee, rowKey{tWorkItemAssignee, item, who, ""}, 0, []any{item, who, name}, 0, false}
}

// named returns the id of an account, made from the name where a tool gives no id for it; 0 when there is neither, as
// with an account that was deleted.
func (m *rowMaker) named(accountID, name string) int64 {
	if accountID == "" && name != "" {
		accountID = "name:" + name
	}
	return int64(FactID(m.conn, KindToolAccount, accountID))
}

func (m *rowMaker) workItemComment(r *WorkItemComment) row {
	id := m.external(r.Head)
	rev := revisionOf(r.UpdatedAt, r.CreatedAt)
	return row{tWorkItemComment, rowKey{tWorkItemComment, int64(id), 0, ""}, rev, []any{
		int64(id), string(m.conn), r.ExternalID, m.parent(KindWorkItem, r.WorkItemID, "workItemId"), m.account(r.AccountID),
		m.text(r.Body, "body", maxBody), m.past(r.CreatedAt, "createdAt"), m.past(r.UpdatedAt, "updatedAt"), rev,
	}, 0, false}
}

func (m *rowMaker) boardWorkItem(r *BoardWorkItem) row {
	board, item := m.parent(KindBoard, r.BoardID, "boardId"), m.parent(KindWorkItem, r.WorkItemID, "workItemId")
	return row{tBoardWorkItem, rowKey{tBoardWorkItem, board, item, ""}, 0, []any{board, item}, 0, false}
}

// commitOf returns the id of a commit of a repository as a column value.
func commitOf(repository ref.Fact, sha string) any { return null(CommitID(repository, sha)) }
