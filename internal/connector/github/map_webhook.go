package github

import "strings"

// takeWebhook maps what a webhook pushed: the things it carries, as a page of each would be.
func (m *mapping) takeWebhook(o object) {
	m.repository = o.object("repository")
	action := strings.ToLower(o.text("action"))
	if action == "deleted" || action == "transferred" && o.has("issue") {
		m.pushedGone(o, action)
		return
	}
	issue := o.object("issue")
	pull := o.object("pullrequest")
	switch {
	case o.has("comment") && pull != nil:
		m.takePullRequest(pull)
		m.reviewComment(o.object("comment"), ref("pull_request", pull.id("id")))
	case o.has("comment") && issue != nil:
		m.webhookComment(o, issue)
	case o.has("comment"):
		return
	case o.has("review") && pull != nil:
		m.takePullRequest(pull)
		m.review(o.object("review"), ref("pull_request", pull.id("id")))
	case pull != nil:
		m.takePullRequest(pull)
	case issue != nil:
		m.takeIssue(issue)
	case o.has("deploymentstatus") && o.has("deployment"):
		m.deployment(o.object("deployment"), []object{o.object("deploymentstatus")})
	case o.has("deployment"):
		m.takeDeployment(o.object("deployment"))
	case o.has("workflowjob"):
		m.takeJob(o.object("workflowjob"))
	case o.has("workflowrun"):
		m.takeRun(o.object("workflowrun"))
	case o.has("release"):
		m.takeRelease(o.object("release"))
	case o.has("milestone"):
		m.takeMilestone(o.object("milestone"))
	case o.has("commits") && o.has("ref"):
		for _, commit := range o.list("commits") {
			m.takeCommit(commit)
		}
	case m.repository != nil && !o.has("checkrun", "checksuite"):
		m.takeRepository(m.repository)
	}
}

// webhookComment maps a comment with the issue it was pushed with, whose id is known here.
func (m *mapping) webhookComment(o, issue object) {
	repo, number := m.repoID(o), issue.id("number")
	if issue.has("pullrequest") {
		m.comment(o.object("comment"), "", m.known.find("pull_request", repo, number))
		return
	}
	m.takeIssue(issue)
	m.comment(o.object("comment"), ref("issue", issue.id("id")), "")
}
