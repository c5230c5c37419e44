package github

import (
	"strings"

	"millrace/internal/delivery"
)

// pullRequest returns the pull request a page of its parts belongs to: the one it was asked for, or the one with the
// number in the address.
func (m *mapping) pullRequest(o object, address string) string {
	if id := m.input.id("githubid", "databaseid", "pullrequestid", "id"); id != 0 {
		return ref("pull_request", id)
	}
	n := lastNumber(address)
	if n == 0 {
		n = m.at.number
	}
	if n == 0 {
		m.cannot("no_parent", "The element does not say which pull request it belongs to.")
		return ""
	}
	return m.known.find("pull_request", m.repoID(o), n)
}

func (m *mapping) takeReview(o object) {
	m.review(o, m.pullRequest(o, o.text("pullrequesturl")))
}

// review maps a review. One that is still being written is nobody's business yet.
func (m *mapping) review(o object, pull string) {
	user := o.object("user", "author")
	if strings.EqualFold(o.text("state"), "pending") || m.ignores(user.text("login")) {
		return
	}
	id := m.native(o)
	account, _ := m.account(user)
	m.emit(delivery.ReviewComment{
		Head:            head(delivery.KindReviewComment, ref("pr_review", id)),
		ChangeRequestID: pull,
		Body:            o.text("body"),
		AccountID:       account,
		CommitSHA:       orText(o.text("commitid"), o.object("commit").text("oid")),
		Type:            delivery.CommentReview,
		Status:          strings.ToUpper(o.text("state")),
		CreatedAt:       m.when(o, "submittedat", "createdat"),
		UpdatedAt:       m.when(o, "updatedat"),
	})
	m.reviewer(pull, user)
	for _, comment := range o.list("comments") {
		m.reviewComment(comment, pull)
	}
}

func (m *mapping) takeReviewComment(o object) {
	m.reviewComment(o, m.pullRequest(o, o.text("pullrequesturl")))
}

// reviewComment maps a comment on a line of the change.
func (m *mapping) reviewComment(o object, pull string) {
	user := o.object("user", "author")
	if m.ignores(user.text("login")) {
		return
	}
	id := m.native(o)
	account, _ := m.account(user)
	review := o.id("pullrequestreviewid")
	if review == 0 {
		review = o.object("pullrequestreview").id("databaseid")
	}
	m.emit(delivery.ReviewComment{
		Head:            head(delivery.KindReviewComment, ref("pr_comment", id)),
		ChangeRequestID: pull,
		Body:            o.text("body"),
		AccountID:       account,
		CommitSHA:       orText(o.text("commitid"), o.object("commit").text("oid")),
		Type:            delivery.CommentDiff,
		ReviewID:        ref("pr_review", review),
		CreatedAt:       m.when(o, "createdat"),
		UpdatedAt:       m.when(o, "updatedat"),
	})
}

// reviewer ties an account to a pull request; a deleted account and a team are none.
func (m *mapping) reviewer(pull string, user object) {
	account, login := m.account(user)
	if account == "" || m.ignores(login) {
		return
	}
	m.emit(delivery.Reviewer{Head: head(delivery.KindReviewer, pull+"|"+account), ChangeRequestID: pull,
		AccountID: account, Name: login})
}

func (m *mapping) takePullCommit(o object) {
	m.pullCommit(o, m.pullRequest(o, ""))
}

// pullCommit maps a commit as it was proposed, before any squash.
func (m *mapping) pullCommit(o object, pull string) {
	commit, ok := m.commit(o)
	if !ok {
		return
	}
	m.emit(delivery.ChangeRequestCommit{
		Head:              head(delivery.KindChangeRequestCommit, commit.SHA+"|"+pull),
		ChangeRequestID:   pull,
		CommitSHA:         commit.SHA,
		CommitAuthorName:  commit.AuthorName,
		CommitAuthorEmail: commit.AuthorEmail,
		CommitAuthoredAt:  commit.AuthoredAt,
	})
	m.emit(commit)
}
