package github

import (
	"strings"

	"millrace/internal/delivery"
)

// takeIssueEvent maps an event of an issue: from the list of events, from an issue's timeline, or of GraphQL.
func (m *mapping) takeIssueEvent(o object) {
	issue := o.object("issue")
	if issue.has("pullrequest") || m.input.has("pullrequest", "pullrequestid") {
		if strings.EqualFold(o.text("event"), "reviewed") {
			m.takeReview(o)
		}
		return
	}
	external := ""
	if id := issue.id("databaseid", "id"); id != 0 {
		external = ref("issue", id)
	} else if id := m.input.id("githubid", "databaseid", "id", "issueid"); id != 0 {
		external = ref("issue", id)
	} else {
		number := issue.id("number")
		if number == 0 {
			number = m.at.number
		}
		if number != 0 {
			external = m.known.find("issue", m.repoID(o), number)
		}
	}
	if external == "" {
		m.cannot("no_parent", "The event does not say which issue it happened to.")
		return
	}
	if strings.EqualFold(o.text("event"), "commented") {
		m.comment(o, external, "")
		return
	}
	m.change(o, external)
}

// change maps one event of a timeline to a change of a field; events that change no field are passed over.
func (m *mapping) change(o object, workItem string) {
	c := delivery.WorkItemChange{WorkItemID: workItem}
	from := func(v string) { c.OriginalFromValue, c.FromValue = v, v }
	to := func(v string) { c.OriginalToValue, c.ToValue = v, v }
	event := strings.ToLower(o.text("event"))
	if event == "" {
		event = strings.ToLower(strings.TrimSuffix(o.text("typename"), "Event"))
	}
	switch event {
	case "closed":
		c.FieldName, c.OriginalFromValue, c.OriginalToValue = "status", "open", "closed"
		c.FromValue, c.ToValue = delivery.StatusTodo, delivery.StatusDone
	case "reopened":
		c.FieldName, c.OriginalFromValue, c.OriginalToValue = "status", "closed", "open"
		c.FromValue, c.ToValue = delivery.StatusDone, delivery.StatusTodo
	case "labeled":
		c.FieldName = "labels"
		to(o.object("label").text("name"))
	case "unlabeled":
		c.FieldName = "labels"
		from(o.object("label").text("name"))
	case "assigned":
		c.FieldName = "assignee"
		c.OriginalToValue, c.ToValue = m.person(o.object("assignee"))
	case "unassigned":
		c.FieldName = "assignee"
		c.OriginalFromValue, c.FromValue = m.person(o.object("assignee"))
	case "milestoned":
		c.FieldName = "milestone"
		to(milestoneOf(o))
	case "demilestoned":
		c.FieldName = "milestone"
		from(milestoneOf(o))
	case "renamed", "renamedtitle":
		c.FieldName = "title"
		rename := o.object("rename")
		from(rename.text("from") + o.text("previoustitle"))
		to(rename.text("to") + o.text("currenttitle"))
	default:
		return
	}
	id := o.text("databaseid", "id", "nodeid")
	if id == "" {
		m.cannot("no_id", "The event has no id.")
		return
	}
	c.Head = head(delivery.KindWorkItemChange, "issue_event:"+id)
	c.FieldID = c.FieldName
	c.AuthorID, c.AuthorName = m.account(o.object("actor"))
	c.CreatedAt = m.when(o, "createdat")
	m.emit(c)
}

// person returns a login and the account's id, which stays when the login changes; without an id the login stands.
func (m *mapping) person(o object) (login, id string) {
	id, login = m.account(o)
	if id == "" {
		id = login
	}
	return login, id
}

func milestoneOf(o object) string {
	if title := o.object("milestone").text("title"); title != "" {
		return title
	}
	return o.text("milestonetitle")
}
