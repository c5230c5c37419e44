package github

import (
	"regexp"
	"strconv"
	"strings"

	"millrace/internal/delivery"
)

// takePullRequest maps a pull request with whatever the answer carries of it: labels, requested reviewers and, with
// GraphQL, commits, reviews and comments.
func (m *mapping) takePullRequest(o object) {
	author := o.object("user", "author")
	if m.ignores(author.text("login")) {
		return
	}
	id := m.native(o)
	base, from := o.object("base"), o.object("head")
	repo, external := m.repoID(o), ref("pull_request", id)
	number := o.id("number")
	mergedAt := m.when(o, "mergedat")
	change := delivery.ChangeRequest{
		Head:           head(delivery.KindChangeRequest, external),
		BaseRepoID:     repo,
		HeadRepoID:     repoRef(headRepository(o)),
		Status:         delivery.ChangeClosed,
		StatusRaw:      o.text("state"),
		Number:         number,
		Title:          o.text("title"),
		Description:    o.text("body"),
		URL:            o.text("htmlurl", "url"),
		CreatedAt:      m.when(o, "createdat"),
		UpdatedAt:      m.when(o, "updatedat"),
		MergedAt:       mergedAt,
		ClosedAt:       m.when(o, "closedat"),
		MergeCommitSHA: orText(o.text("mergecommitsha"), o.object("mergecommit").text("oid")),
		HeadRef:        orText(from.text("ref"), o.text("headrefname")),
		BaseRef:        orText(base.text("ref"), o.text("baserefname")),
		HeadCommitSHA:  orText(from.text("sha"), o.text("headrefoid")),
		BaseCommitSHA:  orText(base.text("sha"), o.text("baserefoid")),
		Additions:      orZero(o.count("additions")),
		Deletions:      orZero(o.count("deletions")),
		IsDraft:        o.flag("draft", "isdraft"),
	}
	switch {
	case strings.EqualFold(change.StatusRaw, "open"):
		change.Status = delivery.ChangeOpen
	case strings.EqualFold(change.StatusRaw, "merged"), mergedAt != nil, o.flag("merged"):
		change.Status = delivery.ChangeMerged
	}
	for _, label := range labelsOf(o) {
		if matches(m.rules.changeType, label) {
			change.Type = label
		}
		if matches(m.rules.changeComponent, label) {
			change.Component = label
		}
	}
	change.AuthorID, change.AuthorName = m.account(author)
	change.MergedByID, change.MergedByName = m.account(o.object("mergedby"))
	m.emit(change)
	m.known.learn("pull_request", repo, o.text("number"), external)
	for _, label := range labelsOf(o) {
		m.emit(delivery.ChangeRequestLabel{Head: head(delivery.KindChangeRequestLabel, external+"|"+label),
			ChangeRequestID: external, LabelName: label})
	}
	m.linkIssues(change, o)
	m.pullRequestParts(o, external)
}

func (m *mapping) pullRequestParts(o object, external string) {
	for _, reviewer := range o.list("requestedreviewers") {
		m.reviewer(external, reviewer)
	}
	for _, request := range o.list("reviewrequests") {
		asked := request.object("requestedreviewer")
		if user := asked.object("user"); user != nil {
			asked = user
		}
		m.reviewer(external, asked)
	}
	for _, review := range o.list("reviews") {
		m.review(review, external)
	}
	for _, commit := range o.list("commits") {
		m.pullCommit(commit, external)
	}
	for _, comment := range o.list("comments") {
		m.comment(comment, "", external)
	}
	for _, thread := range o.list("reviewthreads") {
		for _, comment := range thread.list("comments") {
			m.reviewComment(comment, external)
		}
	}
}

// headRepository is 0 when the fork a pull request came from is gone.
func headRepository(o object) int64 {
	if repo := o.object("head").object("repo"); repo != nil {
		return repo.id("id", "databaseid")
	}
	repo := o.object("headrepository")
	if id := repo.id("databaseid", "id"); id != 0 {
		return id
	}
	return repositoryOfNode(repo.text("id"))
}

// issueMention finds an issue's number with the repository it names, if it names one.
var issueMention = regexp.MustCompile(`(?i)(?:https?://[^\s/]+/([\w.-]+/[\w.-]+)/issues/|([\w.-]+/[\w.-]+)?#|\bgh-)(\d{1,18})`)

var bareNumber = regexp.MustCompile(`\b\d{1,18}\b`)

// linkIssues ties a pull request to the issues it closes: those the close pattern finds in its title and text, and
// those GitHub itself lists.
func (m *mapping) linkIssues(change delivery.ChangeRequest, o object) {
	repo := change.BaseRepoID
	name := m.repositoryName(o)
	link := func(number int64, external string) {
		m.emit(delivery.ChangeRequestItem{
			Head:            head(delivery.KindChangeRequestItem, change.ExternalID+"|"+external),
			ChangeRequestID: change.ExternalID, WorkItemID: external, Number: change.Number,
			WorkItemKey: strconv.FormatInt(number, 10),
		})
	}
	for _, issue := range o.list("closingissuesreferences") {
		if id := issue.id("databaseid"); id != 0 {
			link(issue.id("number"), ref("issue", id))
		}
	}
	if m.rules.closes == nil {
		return
	}
	for _, text := range []string{change.Title, change.Description} {
		for _, found := range m.rules.closes.FindAllString(text, -1) {
			for _, n := range mentioned(found, name) {
				link(n, m.known.find("issue", repo, n))
			}
		}
	}
}

// mentioned returns the numbers of this repository's issues in a text.
func mentioned(text, repository string) []int64 {
	var numbers []int64
	mentions := issueMention.FindAllStringSubmatch(text, -1)
	for _, mention := range mentions {
		if other := mention[1] + mention[2]; other != "" && repository != "" && !strings.EqualFold(other, repository) {
			continue
		}
		if n := number(mention[3]); n != 0 {
			numbers = append(numbers, n)
		}
	}
	if len(mentions) == 0 {
		for _, bare := range bareNumber.FindAllString(text, -1) {
			if n := number(bare); n != 0 {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}

func (m *mapping) repositoryName(o object) string {
	for _, name := range []string{o.object("base").object("repo").text("fullname"), m.scope.text("name", "fullname"),
		m.at.repository, m.rules.RepositoryName, m.repository.text("fullname", "namewithowner")} {
		if strings.Contains(name, "/") {
			return name
		}
	}
	return ""
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func orZero(n *int64) *int64 {
	if n == nil {
		n = new(int64)
	}
	return n
}
