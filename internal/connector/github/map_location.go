package github

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"millrace/internal/connector"
)

// The things a page can hold.
const (
	onRepositories       = "repositories"
	onAccounts           = "accounts"
	onAccountOrgs        = "account_orgs"
	onMilestones         = "milestones"
	onIssues             = "issues"
	onIssueEvents        = "events"
	onComments           = "comments"
	onPullRequests       = "pull_requests"
	onReviews            = "pull_request_reviews"
	onReviewComments     = "pull_request_review_comments"
	onPullCommits        = "pull_request_commits"
	onCommits            = "commits"
	onRuns               = "runs"
	onJobs               = "jobs"
	onCheckSuites        = "check_suites"
	onReleases           = "releases"
	onDeployments        = "deployments"
	onDeploymentStatuses = "deployment_statuses"
	onWebhook            = "webhook"
	onGone               = "gone"
)

// location is what endpoint and address tell about a page.
type location struct {
	what string
	// repository is "owner/name"; repositoryID its number where the address has it.
	repository   string
	repositoryID int64
	// web is the repository's page for people.
	web string
	// number is the issue or pull request the page belongs to, and run, deployment and login likewise.
	number     int64
	run        int64
	deployment int64
	login      string
}

// endpointNames are the names an endpoint is known by, without the prefixes a recorder puts in front.
var endpointNames = map[string]string{
	"repositories": onRepositories, "repository": onRepositories, "repos": onRepositories, "repo": onRepositories,
	"accounts": onAccounts, "account": onAccounts, "users": onAccounts, "user": onAccounts,
	"account_orgs": onAccountOrgs, "account_org": onAccountOrgs, "user_orgs": onAccountOrgs,
	"milestones": onMilestones, "milestone": onMilestones,
	"issues": onIssues, "issue": onIssues,
	"events": onIssueEvents, "issue_events": onIssueEvents, "timeline": onIssueEvents, "issue_timeline": onIssueEvents,
	"comments": onComments, "issue_comments": onComments,
	"pull_requests": onPullRequests, "pull_request": onPullRequests, "pulls": onPullRequests, "prs": onPullRequests,
	"pull_request_reviews": onReviews, "pr_reviews": onReviews, "reviews": onReviews,
	"pull_request_review_comments": onReviewComments, "pr_review_comments": onReviewComments,
	"review_comments": onReviewComments, "pull_request_comments": onReviewComments,
	"pull_request_commits": onPullCommits, "pr_commits": onPullCommits,
	"commits": onCommits, "commit": onCommits, "commit_stats": onCommits,
	"runs": onRuns, "run": onRuns, "workflow_runs": onRuns, "workflow_run": onRuns,
	"jobs": onJobs, "job": onJobs, "workflow_jobs": onJobs, "check_runs": onJobs,
	"check_suites": onCheckSuites,
	"releases":     onReleases, "release": onReleases,
	"deployments": onDeployments, "deployment": onDeployments,
	"deployment_statuses": onDeploymentStatuses, "deployment_status": onDeploymentStatuses,
	"webhook": onWebhook, "webhooks": onWebhook, endpointGone: onGone,
}

// locate reads the endpoint's name and, for what it does not tell, the address.
func (m *mapping) locate(page connector.Page) location {
	at := locateURL(page.URL)
	if what := endpointOf(page.Endpoint); what != "" {
		at.what = what
	}
	if n := m.input.id("number"); n != 0 {
		at.number = n
	}
	if id := m.input.id("runid"); id != 0 {
		at.run = id
	}
	if login := m.input.text("login"); login != "" {
		at.login = login
	}
	return at
}

func endpointOf(name string) string {
	name = strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(name))
	if strings.HasPrefix(name, "webhook") {
		return onWebhook
	}
	for name != "" {
		if what, ok := endpointNames[name]; ok {
			return what
		}
		shorter := name
		for _, prefix := range []string{"_", "raw_", "github_", "graphql_", "rest_", "api_"} {
			shorter = strings.TrimPrefix(shorter, prefix)
		}
		if shorter == name {
			return ""
		}
		name = shorter
	}
	return ""
}

// queryShapes tell from the text of a GraphQL query what its nodes are; the first that is found decides.
var queryShapes = []struct {
	re   *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`\bdeployments\s*\(`), onDeployments},
	{regexp.MustCompile(`\breleases\s*\(`), onReleases},
	{regexp.MustCompile(`\bcheckRuns\s*\(`), onJobs},
	{regexp.MustCompile(`\bpullRequests?\s*\(`), onPullRequests},
	{regexp.MustCompile(`\bissues?\s*\(`), onIssues},
	{regexp.MustCompile(`\busers?\s*\(`), onAccounts},
}

func locateURL(address string) location {
	var at location
	trimmed := strings.TrimSpace(address)
	if trimmed == "" {
		return at
	}
	if strings.HasPrefix(trimmed, "query") || strings.HasPrefix(trimmed, "{") {
		for _, shape := range queryShapes {
			if shape.re.MatchString(trimmed) {
				at.what = shape.what
				return at
			}
		}
		return at
	}
	u, err := url.Parse(trimmed)
	if err != nil {
		return at
	}
	path := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, part := range path {
		rest := path[i+1:]
		switch {
		case part == "repos" && len(rest) >= 2 && !(i > 0 && (path[i-1] == "users" || path[i-1] == "orgs")):
			at.repository, at.web = rest[0]+"/"+rest[1], webOf(trimmed)
			at.inRepository(rest[2:])
			return at
		case part == "repositories" && len(rest) >= 1 && number(rest[0]) != 0:
			at.repositoryID = number(rest[0])
			at.inRepository(rest[1:])
			return at
		case (part == "users" || part == "orgs") && len(rest) >= 1:
			at.login = rest[0]
			switch {
			case len(rest) == 1 && part == "users":
				at.what = onAccounts
			case len(rest) == 2 && rest[1] == "orgs":
				at.what = onAccountOrgs
			case len(rest) == 2 && rest[1] == "repos":
				at.what = onRepositories
			}
			return at
		case part == "user" && i == len(path)-1:
			at.what = onAccounts
			return at
		case part == "user" && len(rest) == 1 && rest[0] == "repos", part == "installation" && len(rest) == 1:
			at.what = onRepositories
			return at
		}
	}
	return at
}

// inRepository reads the part of an address below the repository.
func (at *location) inRepository(path []string) {
	shape := make([]string, len(path))
	for i, part := range path {
		if shape[i] = part; number(part) != 0 {
			shape[i] = "N"
		}
	}
	s := strings.Join(shape, "/")
	at.what = repositoryPaths[s]
	last := func(i int) int64 { return number(path[i]) }
	switch {
	case strings.HasPrefix(s, "pulls/N"), strings.HasPrefix(s, "issues/N"):
		at.number = last(1)
	case strings.HasPrefix(s, "actions/runs/N"):
		at.run = last(2)
	case strings.HasPrefix(s, "deployments/N"):
		at.deployment = last(1)
	}
	switch {
	case at.what != "":
	case len(path) == 2 && path[0] == "commits":
		at.what = onCommits
	case len(path) == 3 && path[0] == "releases" && path[1] == "tags":
		at.what = onReleases
	}
}

var repositoryPaths = map[string]string{
	"": onRepositories, "milestones": onMilestones, "milestones/N": onMilestones,
	"issues": onIssues, "issues/N": onIssues,
	"issues/events": onIssueEvents, "issues/N/events": onIssueEvents, "issues/N/timeline": onIssueEvents,
	"issues/comments": onComments, "issues/comments/N": onComments, "issues/N/comments": onComments,
	"pulls": onPullRequests, "pulls/N": onPullRequests, "pulls/N/commits": onPullCommits,
	"pulls/N/reviews": onReviews, "pulls/N/reviews/N": onReviews,
	"pulls/comments": onReviewComments, "pulls/N/comments": onReviewComments,
	"pulls/N/reviews/N/comments": onReviewComments,
	"commits":                    onCommits, "commits/N": onCommits,
	"actions/runs": onRuns, "actions/runs/N": onRuns, "actions/runs/N/attempts/N": onRuns,
	"actions/workflows/N/runs": onRuns,
	"actions/runs/N/jobs":      onJobs, "actions/runs/N/attempts/N/jobs": onJobs, "actions/jobs/N": onJobs,
	"releases": onReleases, "releases/N": onReleases, "releases/latest": onReleases,
	"deployments": onDeployments, "deployments/N": onDeployments, "deployments/N/statuses": onDeploymentStatuses,
	"deployments/N/statuses/N": onDeploymentStatuses,
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
