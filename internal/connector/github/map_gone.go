package github

import (
	"strconv"
	"strings"

	"millrace/internal/delivery"
)

// The entities of pages that say what is gone; each with the kinds of records made of it.
const (
	entityIssue       = "issue"
	entityPullRequest = "pull_request"
	entityDeployment  = "deployment"
	entityRun         = "run"
	entityRelease     = "release"
	entityMilestone   = "milestone"
)

// goneAtGitHub is the reason people read.
const goneAtGitHub = "deleted at GitHub"

// takeGone maps a thing that GitHub no longer has, as the collecting found out.
func (m *mapping) takeGone(o object) {
	m.gone(o.text("entity"), o, goneAtGitHub)
}

// pushedGone maps a push that says that something was deleted or moved elsewhere. The innermost thing went: a comment
// is pushed with its issue.
func (m *mapping) pushedGone(o object, action string) {
	reason := action + " at GitHub"
	comment := o.object("comment")
	switch {
	case comment != nil && (o.has("pullrequest") || o.object("issue").has("pullrequest")):
		m.retract(delivery.KindReviewComment, ref("pr_comment", comment.id("id")), reason)
	case comment != nil && o.has("issue"):
		m.retract(delivery.KindWorkItemComment, ref("issue", comment.id("id")), reason)
	case o.has("issue"):
		m.gone(entityIssue, o.object("issue"), reason)
	case o.has("release"):
		m.gone(entityRelease, o.object("release"), reason)
	case o.has("milestone"):
		m.gone(entityMilestone, o.object("milestone"), reason)
	case o.has("deployment"):
		m.gone(entityDeployment, o.object("deployment"), reason)
	default:
		// What was delivered from a repository was delivered, whether it is still there or not.
		m.cannot("deleted", "GitHub says that this was %s; its records stay as they were.", action)
	}
}

func (m *mapping) gone(entity string, o object, reason string) {
	if o.id("id") == 0 && o.text("nodeid") == "" {
		m.cannot("no_id", "What is gone has no id.")
		return
	}
	switch entity {
	case entityIssue:
		external := ref("issue", m.native(o))
		m.retract(delivery.KindWorkItem, external, reason)
		m.retract(delivery.KindIncident, external, reason)
	case entityPullRequest:
		m.retract(delivery.KindChangeRequest, ref("pull_request", m.native(o)), reason)
	case entityDeployment:
		m.retract(delivery.KindDeployment, deploymentRef(o), reason)
	case entityRun:
		external := "run:" + strings.TrimPrefix(m.repoID(o), "repo:") + "/" + strconv.FormatInt(m.native(o), 10)
		m.retract(delivery.KindPipelineRun, external, reason)
		m.retract(delivery.KindDeployment, external, reason)
	case entityRelease:
		m.retract(delivery.KindRelease, "release:"+o.text("nodeid", "id"), reason)
	case entityMilestone:
		m.retract(delivery.KindMilestone, ref("milestone", m.native(o)), reason)
	default:
		m.cannot("unknown_entity", "It is not known what is gone.")
	}
}

func (m *mapping) retract(kind delivery.RecordKind, external, reason string) {
	m.emit(delivery.NewRetraction(kind, external, reason))
}
