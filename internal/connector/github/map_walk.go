package github

// takers map one element of each kind.
var takers map[string]func(*mapping, object)

func init() {
	takers = map[string]func(*mapping, object){
		onRepositories: (*mapping).takeRepository, onAccounts: (*mapping).takeAccount,
		onMilestones: (*mapping).takeMilestone, onIssues: (*mapping).takeIssue,
		onIssueEvents: (*mapping).takeIssueEvent, onComments: (*mapping).takeComment,
		onPullRequests: (*mapping).takePullRequest, onReviews: (*mapping).takeReview,
		onReviewComments: (*mapping).takeReviewComment, onPullCommits: (*mapping).takePullCommit,
		onCommits: (*mapping).takeCommit, onRuns: (*mapping).takeRun, onJobs: (*mapping).takeJob,
		onCheckSuites: (*mapping).takeCheckSuite, onReleases: (*mapping).takeRelease,
		onDeployments: (*mapping).takeDeployment, onDeploymentStatuses: (*mapping).takeDeploymentStatus,
		onWebhook: (*mapping).takeWebhook, onAccountOrgs: (*mapping).takeOrganization,
		onGone: (*mapping).takeGone,
	}
}

// wrappers are the keys under which an answer keeps its elements, with what the elements are.
var wrappers = []struct{ key, what string }{
	{"workflowruns", onRuns}, {"jobs", onJobs}, {"checkruns", onJobs}, {"checksuites", onCheckSuites},
	{"deployments", onDeployments}, {"releases", onReleases}, {"pullrequests", onPullRequests},
	{"pullrequest", onPullRequests}, {"issues", onIssues}, {"issue", onIssues}, {"issuelist", onIssues},
	{"milestones", onMilestones}, {"repositories", onRepositories}, {"repository", onRepositories},
	{"users", onAccounts}, {"user", onAccounts}, {"commits", onCommits},
	{"items", ""}, {"nodes", ""}, {"edges", ""},
}

const walkDepth = 12

// walk finds the elements of a payload: the payload itself, the elements of an array, or what a wrapper holds.
func (m *mapping) walk(what string, v any, depth int) {
	switch v := v.(type) {
	case []any:
		if what == onAccountOrgs {
			m.takeOrganizations(v)
			return
		}
		for _, e := range v {
			if _, isList := e.([]any); e == nil || isList || depth > walkDepth {
				continue
			}
			m.walk(what, e, depth+1)
		}
	case object:
		m.walkObject(what, v, depth)
	default:
		if v != nil {
			m.unmapped = append(m.unmapped, Unmapped{Endpoint: what, Reason: "not_an_object",
				Message: "The element is not an object."})
		}
	}
}

func (m *mapping) walkObject(what string, o object, depth int) {
	if len(o) == 0 || depth > walkDepth || isAbsence(o) {
		m.seen++
		return
	}
	if what == onWebhook || what == onGone {
		m.element(what, o)
		return
	}
	if o.has("checkruns") && o.has("workflowrun") {
		m.element(onCheckSuites, o)
		return
	}
	if isElement(o) {
		if what == "" || isWholeThing(o) {
			if told := tell(o); told != "" {
				what = told
			}
		}
		if what != "" {
			m.element(what, o)
		}
		return
	}
	if data := o.object("data", "node"); data != nil {
		m.walk(what, data, depth+1)
		return
	}
	if m.walkWrapper(what, o, depth) {
		return
	}
	if told := tell(o); told != "" && what == "" {
		what = told
	}
	if what != "" {
		m.element(what, o)
	}
}

// walkWrapper descends into the keys of a wrapper. A repository around other things is where they lie; alone it is
// the element.
func (m *mapping) walkWrapper(what string, o object, depth int) (found bool) {
	if r := o.object("repository"); r != nil {
		m.repository = r
		if m.walkWrapper(what, r, depth+1) {
			return true
		}
		if len(o) <= 2 {
			m.element(onRepositories, r)
			return true
		}
	}
	for _, w := range wrappers {
		inner := o[w.key]
		if inner == nil || w.key == "repository" {
			continue
		}
		kind := w.what
		if kind == "" || (kind == onIssues && what == onPullRequests) {
			kind = what
		}
		if w.key == "edges" {
			inner = nodesOf(inner)
		}
		switch inner.(type) {
		case []any, object:
			found = true
			m.walk(kind, inner, depth+1)
		}
	}
	return found
}

func nodesOf(edges any) any {
	items, _ := listOf(edges)
	nodes := make([]any, 0, len(items))
	for _, e := range items {
		if n := e.object("node"); n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// isAbsence recognises the answer GitHub gives in place of a thing that is gone or must not be seen.
func isAbsence(o object) bool {
	_, hasMessage := o["message"].(string)
	return hasMessage && !o.has("id", "sha", "nodeid", "databaseid", "oid", "event") &&
		(o.has("documentationurl", "status") || len(o) == 1)
}

// isElement tells a thing from a wrapper: things have an id or a commit's hash of their own. A check suite has one too,
// and is a wrapper all the same.
func isElement(o object) bool {
	return o.has("id", "databaseid", "nodeid", "sha", "oid", "commit")
}

// isWholeThing is true for an issue that is a pull request where pull requests are expected: GitHub's issue lists and
// searches mix them, and the issue's half must not be read as the pull request.
func isWholeThing(o object) bool {
	return o.has("pullrequest") && o.has("repositoryurl")
}

// tell recognises an element by its keys.
func tell(o object) string {
	switch {
	case o.has("workflowid", "runstartedat"):
		return onRuns
	case o.has("runid") && o.has("conclusion", "steps", "status"):
		return onJobs
	case o.has("tagname"):
		return onReleases
	case o.has("deploymenturl", "deploymentstatus") && o.has("state"):
		return onDeploymentStatuses
	case o.has("environment") && (o.has("commitoid", "statusesurl") && o.has("task", "ref", "sha", "commitoid")):
		return onDeployments
	case o.has("pullrequestreviewid"):
		return onReviewComments
	case o.has("submittedat") && o.has("state"):
		return onReviews
	case o.has("headrefname", "mergecommitsha") || (o.has("head") && o.has("base")):
		return onPullRequests
	case o.has("issueurl") && o.has("body"):
		return onComments
	case o.has("event") && o.has("actor", "issue", "createdat"):
		return onIssueEvents
	case o.has("openissues") && o.has("closedissues"):
		return onMilestones
	case o.has("number") && o.has("title") && o.has("state"):
		return onIssues
	case o.has("sha") && o.has("commit"):
		return onCommits
	case o.has("fullname", "namewithowner"):
		return onRepositories
	case o.has("login"):
		return onAccounts
	}
	return ""
}
