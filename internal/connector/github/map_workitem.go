package github

import (
	"strconv"
	"strings"
	"time"

	"millrace/internal/delivery"
)

// takeIssue maps an issue. The issue half of a pull request is none: the pull request tells everything itself.
func (m *mapping) takeIssue(o object) {
	if o.has("pullrequest") {
		return
	}
	id := m.native(o)
	repo := m.repoID(o)
	number := o.text("number")
	createdAt, closedAt := m.when(o, "createdat"), m.when(o, "closedat")
	item := delivery.WorkItem{
		Head:        head(delivery.KindWorkItem, ref("issue", id)),
		URL:         o.text("htmlurl", "url"),
		Key:         number,
		Title:       o.text("title"),
		Description: o.text("body"),
		Status:      delivery.StatusTodo,
		StatusRaw:   o.text("state"),
		CreatedAt:   createdAt,
		UpdatedAt:   m.when(o, "updatedat"),
		ResolvedAt:  closedAt,
	}
	if strings.EqualFold(item.StatusRaw, "closed") {
		item.Status = delivery.StatusDone
	}
	if createdAt != nil && closedAt != nil {
		minutes := int64(max(0, closedAt.Sub(*createdAt)/time.Minute))
		item.LeadTimeMinutes = &minutes
	}
	isIncident := m.readLabels(&item, o)
	author := o.object("user", "author")
	item.CreatorID, item.CreatorName = m.account(author)
	assignees := o.list("assignees", "assigneelist")
	assignee := o.object("assignee")
	if assignee == nil && len(assignees) > 0 {
		assignee = assignees[0]
	}
	item.AssigneeID, item.AssigneeName = m.account(assignee)
	if parent := o.object("parent"); parent != nil {
		if pid := parent.id("databaseid", "id"); pid != 0 {
			item.ParentWorkItemID = ref("issue", pid)
		}
	}
	m.emit(item)
	m.known.learn("issue", repo, number, item.ExternalID)
	m.emit(delivery.BoardWorkItem{Head: head(delivery.KindBoardWorkItem, repo+"|"+item.ExternalID),
		BoardID: repo, WorkItemID: item.ExternalID})
	for _, label := range labelsOf(o) {
		m.emit(delivery.WorkItemLabel{Head: head(delivery.KindWorkItemLabel, item.ExternalID+"|"+label),
			WorkItemID: item.ExternalID, LabelName: label})
	}
	if len(assignees) == 0 && assignee != nil {
		assignees = []object{assignee}
	}
	for _, a := range assignees {
		if account, name := m.account(a); account != "" {
			m.emit(delivery.WorkItemAssignee{Head: head(delivery.KindWorkItemAssignee, item.ExternalID+"|"+account),
				WorkItemID: item.ExternalID, AssigneeID: account, AssigneeName: name})
		}
	}
	if mid := o.object("milestone").id("databaseid", "id"); mid != 0 {
		sprint := ref("milestone", mid)
		m.emit(delivery.SprintWorkItem{Head: head(delivery.KindSprintWorkItem, sprint+"|"+item.ExternalID),
			SprintID: sprint, WorkItemID: item.ExternalID})
	}
	if isIncident {
		m.emitIncident(item)
	}
	for _, event := range o.list("timelineitems") {
		m.change(event, item.ExternalID)
	}
	for _, comment := range o.list("comments") {
		m.comment(comment, item.ExternalID, "")
	}
}

// readLabels derives type, severity, priority and component from the labels; the last label that matches a pattern
// wins. GitHub's own issue type counts where no label decided. It reports whether the issue marks an incident.
func (m *mapping) readLabels(item *delivery.WorkItem, o object) (incident bool) {
	r := m.rules
	labels := labelsOf(o)
	item.TypeRaw = strings.Join(labels, ",")
	names := labels
	typeName := o.object("type", "issuetype").text("name")
	if typeName != "" {
		names = append([]string{typeName}, labels...)
		if item.TypeRaw == "" {
			item.TypeRaw = typeName
		}
	}
	for _, name := range names {
		if matches(r.severity, name) {
			item.Severity = name
		}
		if matches(r.component, name) {
			item.Component = name
		}
		if matches(r.priority, name) {
			item.Priority = name
		}
		switch {
		case matches(r.requirement, name):
			item.Type = delivery.TypeRequirement
		case matches(r.bug, name):
			item.Type = delivery.TypeBug
		case matches(r.incident, name):
			item.Type = delivery.TypeIncident
		}
		incident = incident || matches(r.incident, name)
	}
	return incident
}

func labelsOf(o object) []string {
	if names, ok := o["labels"].([]any); ok {
		var labels []string
		for _, n := range names {
			switch n := n.(type) {
			case string:
				labels = append(labels, n)
			case object:
				labels = append(labels, n.text("name"))
			}
		}
		return labels
	}
	var labels []string
	for _, l := range o.list("labels") {
		labels = append(labels, l.text("name"))
	}
	return labels
}

// emitIncident says that a work item is a failure in service.
func (m *mapping) emitIncident(item delivery.WorkItem) {
	m.emit(delivery.Incident{
		Head: head(delivery.KindIncident, item.ExternalID), Key: item.Key, Title: item.Title,
		Description: item.Description, URL: item.URL, Severity: item.Severity, Status: item.Status,
		StatusRaw: item.StatusRaw, StartedAt: item.CreatedAt, DetectedAt: item.CreatedAt, ResolvedAt: item.ResolvedAt,
		WorkItemID: item.ExternalID,
	})
}

// takeComment maps a comment from the list GitHub keeps for issues and pull requests together. Its address tells
// which of the two it belongs to.
func (m *mapping) takeComment(o object) {
	issue, pull := "", ""
	isPull := strings.Contains(o.text("htmlurl", "url"), "/pull/") || m.input.has("pullrequestid")
	number := lastNumber(o.text("issueurl"))
	if number == 0 {
		number = m.at.number
	}
	repo := m.repoID(o)
	if !isPull && !strings.Contains(o.text("htmlurl"), "/issues/") {
		isPull = m.known.has("pull_request", repo, number)
	}
	id := m.input.id("githubid", "databaseid", "id", "issueid", "pullrequestid")
	switch {
	case isPull && id != 0:
		pull = ref("pull_request", id)
	case id != 0:
		issue = ref("issue", id)
	case number == 0:
		m.cannot("no_parent", "The comment does not say what it belongs to.")
	case isPull:
		pull = m.known.find("pull_request", repo, number)
	default:
		issue = m.known.find("issue", repo, number)
	}
	m.comment(o, issue, pull)
}

// comment maps one comment of an issue, or of a pull request when pull is set.
func (m *mapping) comment(o object, issue, pull string) {
	user := o.object("user", "author", "actor")
	if m.ignores(user.text("login")) {
		return
	}
	id := m.native(o)
	account, _ := m.account(user)
	createdAt, updatedAt := m.when(o, "createdat"), m.when(o, "updatedat")
	if pull != "" {
		m.emit(delivery.ReviewComment{
			Head: head(delivery.KindReviewComment, ref("pr_comment", id)), ChangeRequestID: pull,
			Body: o.text("body"), AccountID: account, Type: delivery.CommentNormal, ReviewID: ref("pr_review", 0),
			CreatedAt: createdAt, UpdatedAt: updatedAt,
		})
		return
	}
	m.emit(delivery.WorkItemComment{
		Head: head(delivery.KindWorkItemComment, ref("issue", id)), WorkItemID: issue, AccountID: account,
		Body: o.text("body"), CreatedAt: createdAt, UpdatedAt: updatedAt,
	})
}

// takeMilestone maps a milestone, and as a sprint, which is what the boards of other tools call a span of work.
func (m *mapping) takeMilestone(o object) {
	id := m.native(o)
	external, repo := ref("milestone", id), m.repoID(o)
	createdAt, closedAt := m.when(o, "createdat"), m.when(o, "closedat")
	m.emit(delivery.Milestone{
		Head: head(delivery.KindMilestone, external), ScopeID: repo, Title: o.text("title"),
		URL: o.text("htmlurl", "url"), State: o.text("state"), DueAt: m.when(o, "dueon"), CreatedAt: createdAt,
		UpdatedAt: m.when(o, "updatedat"), ClosedAt: closedAt,
	})
	m.emit(delivery.Sprint{
		Head: head(delivery.KindSprint, external), Name: o.text("title"), URL: o.text("url", "htmlurl"),
		Status: o.text("state"), StartedAt: createdAt, EndedAt: closedAt, CompletedAt: closedAt, OriginalBoardID: repo,
	})
	m.emit(delivery.BoardSprint{Head: head(delivery.KindBoardSprint, repo+"|"+external), BoardID: repo,
		SprintID: external})
}

// lastNumber returns the number at the end of an address.
func lastNumber(address string) int64 {
	return number(address[strings.LastIndexByte(address, '/')+1:])
}

func numberRef(entity, repo string, n int64) string {
	return entity + ":" + strings.TrimPrefix(repo, "repo:") + "#" + strconv.FormatInt(n, 10)
}
