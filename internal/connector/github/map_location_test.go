package github

import (
	"encoding/json"
	"testing"

	"millrace/internal/connector"
)

func TestLocateURL(t *testing.T) {
	const api = "https://api.github.com/repos/acme/shop"
	for address, want := range map[string]location{
		api:                          {what: onRepositories},
		api + "/actions/runs?page=1": {what: onRuns},
		api + "/actions/runs/5":      {what: onRuns, run: 5},
		api + "/actions/runs/5/jobs": {what: onJobs, run: 5},
		api + "/actions/runs/5/attempts/2/jobs?per_page=100": {what: onJobs, run: 5},
		api + "/actions/jobs/9":                              {what: onJobs},
		api + "/pulls?state=all":                             {what: onPullRequests},
		api + "/pulls/5":                                     {what: onPullRequests, number: 5},
		api + "/pulls/5/commits":                             {what: onPullCommits, number: 5},
		api + "/pulls/5/reviews":                             {what: onReviews, number: 5},
		api + "/pulls/5/comments":                            {what: onReviewComments, number: 5},
		api + "/pulls/comments":                              {what: onReviewComments},
		api + "/issues":                                      {what: onIssues},
		api + "/issues/5":                                    {what: onIssues, number: 5},
		api + "/issues/5/timeline":                           {what: onIssueEvents, number: 5},
		api + "/issues/5/events":                             {what: onIssueEvents, number: 5},
		api + "/issues/events":                               {what: onIssueEvents},
		api + "/issues/5/comments":                           {what: onComments, number: 5},
		api + "/issues/comments":                             {what: onComments},
		api + "/commits?sha=main":                            {what: onCommits},
		api + "/commits/0123abc":                             {what: onCommits},
		api + "/milestones":                                  {what: onMilestones},
		api + "/releases":                                    {what: onReleases},
		api + "/releases/tags/v1":                            {what: onReleases},
		api + "/deployments":                                 {what: onDeployments},
		api + "/deployments/5/statuses":                      {what: onDeploymentStatuses, deployment: 5},
		api + "/stargazers":                                  {},
		"https://api.github.com/users/ann":                   {what: onAccounts, login: "ann"},
		"https://api.github.com/users/ann/orgs":              {what: onAccountOrgs, login: "ann"},
		"https://api.github.com/orgs/acme/repos":             {what: onRepositories, login: "acme"},
		"https://api.github.com/user/repos":                  {what: onRepositories},
		"https://api.github.com/user":                        {what: onAccounts},
		"https://api.github.com/installation/repositories":   {what: onRepositories},
		"query($o:String!){repository(owner:$o){releases(first:9){nodes{id}}}}":   {what: onReleases},
		"query{repository{issues(first:9){nodes{id}}}}":                           {what: onIssues},
		"query{node(id:\"x\"){... on CheckSuite{checkRuns(first:9){nodes{id}}}}}": {what: onJobs},
		"query{user(login:\"x\"){id}}":                                            {what: onAccounts},
		"://":                                                                     {}, "": {}, "https://example.test/": {},
	} {
		got := locateURL(address)
		if got.repository != "" && got.repository != "acme/shop" || got.web != "" && got.web != "https://github.com/acme/shop" {
			t.Errorf("%s: repository %q, page %q", address, got.repository, got.web)
		}
		got.repository, got.web = "", ""
		if got != want {
			t.Errorf("%s: %+v, want %+v", address, got, want)
		}
	}
	if at := locateURL("https://ghe.example.test/api/v3/repositories/77/pulls"); at.repositoryID != 77 || at.what != onPullRequests {
		t.Errorf("by number: %+v", at)
	}
	if at := locateURL("https://ghe.example.test/api/v3/repos/a/b/pulls"); at.web != "https://ghe.example.test/a/b" {
		t.Errorf("enterprise server: %+v", at)
	}
}

func TestEndpointOf(t *testing.T) {
	for name, want := range map[string]string{
		"api_runs": onRuns, "api_jobs": onJobs, "github_graphql_jobs": onJobs, "_raw_github_api_pull_request_reviews": onReviews,
		"graphql_prs": onPullRequests, "deployment": onDeployments, "graphql_release": onReleases, "API-Comments": onComments,
		"api_pull_request_review_comments": onReviewComments, "api_account_orgs": onAccountOrgs, "api_commit_stats": onCommits,
		"graphql_accounts": onAccounts, "webhook.push": onWebhook, "api_": "", "": "", "stars": "",
	} {
		if got := endpointOf(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// A repository keeps its number when it is renamed, so the number is what records carry wherever it can be told.
func TestRepositoryOfAPage(t *testing.T) {
	issue := `{"id":11,"number":5}`
	for _, c := range []struct {
		name, config string
		page         connector.Page
		want         string
	}{
		{"scope", `{"repositoryId":"1"}`, connector.Page{Scope: json.RawMessage(`{"externalId":"7","name":"acme/new-name"}`)}, "repo:7"},
		{"scope with prefix", `{}`, connector.Page{Scope: json.RawMessage(`{"externalId":"repo:7"}`)}, "repo:7"},
		{"rules", `{"githubId":7,"name":"acme/shop"}`, connector.Page{Scope: json.RawMessage(`{"Name":"ACME/shop"}`)}, "repo:7"},
		{"rules of another repository", `{"githubId":9,"name":"acme/other"}`, connector.Page{Scope: json.RawMessage(`{"Name":"acme/shop"}`),
			URL: "https://api.github.com/repositories/7/issues"}, "repo:7"},
		{"name alone", `{}`, connector.Page{URL: "https://api.github.com/repos/Acme/Shop/issues"}, "repo:acme/shop"},
		{"webhook", `{}`, connector.Page{Endpoint: "webhook", Payload: json.RawMessage(`{"action":"opened","issue":` + issue + `,"repository":{"id":7}}`)}, "repo:7"},
		{"node id", `{}`, connector.Page{Endpoint: "issues", Payload: json.RawMessage(`{"id":11,"number":5,"node_id":"I_kwDOB_z1Gs5K-Ts6"}`)}, "repo:134018330"},
	} {
		if c.page.Payload == nil {
			c.page.Payload = json.RawMessage(issue)
		}
		if c.page.Endpoint == "" {
			c.page.Endpoint = "issues"
		}
		got, _ := mapped(t, c.config, c.page)
		if _, ok := got["board_work_item "+c.want+"|issue:11"]; !ok {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRepositoryOfNode(t *testing.T) {
	for id, want := range map[string]int64{
		"MDEwOlJlcG9zaXRvcnkzMzU3MDkwNzg=": 335709078, "DE_kwDOFAKDls7nWeuH": 335709078, "R_kgDOB_z1Gg": 134018330,
		"WFR_kwLOB_z1Gs6x0Jpl": 134018330, "MDQ6VXNlcjc0OTYyNzg=": 0, "U_kgDOB_z1Gg": 0, "": 0, "_": 0, "x_!!": 0, "R_k": 0,
		"R_kgDOB_z1": 0, "12345": 0,
	} {
		if got := repositoryOfNode(id); got != want {
			t.Errorf("%q: %d, want %d", id, got, want)
		}
	}
}

func TestPagesOfAnotherConnectionAreLeftOut(t *testing.T) {
	p := page("issues", `{"id":11,"number":5}`)
	p.Scope = json.RawMessage(`{"ConnectionId":2,"Name":"acme/shop"}`)
	if got, unmapped := mapped(t, `{"ConnectionId":1}`, p); len(got)+len(unmapped) != 0 {
		t.Errorf("got %v and %v", got, unmapped)
	}
	if got, _ := mapped(t, `{"ConnectionId":2}`, p); len(got) == 0 {
		t.Error("the connection's own page is left out")
	}
}

// The payload alone is enough where neither endpoint nor address is recorded.
func TestPayloadTellsWhatItIs(t *testing.T) {
	for payload, want := range map[string]string{
		`{"id":1,"name":"CI","workflow_id":2,"run_number":3,"status":"completed"}`:                                    "pipeline_run run:7/1",
		`{"id":1,"run_id":2,"name":"b","steps":[],"status":"completed"}`:                                              "job_run job:2/1",
		`{"id":1,"number":2,"title":"t","state":"open"}`:                                                              "work_item issue:1",
		`{"id":1,"number":2,"title":"t","state":"open","head":{"ref":"x"},"base":{"ref":"y"}}`:                        "change_request pull_request:1",
		`{"id":1,"tag_name":"v1","node_id":"RE_x"}`:                                                                   "release release:RE_x",
		`{"sha":"s","commit":{"message":"m"}}`:                                                                        "commit commit:7/s",
		`{"id":1,"full_name":"acme/shop"}`:                                                                            "repository repo:1",
		`{"id":1,"login":"ann","type":"User"}`:                                                                        "tool_account account:1",
		`{"id":1,"node_id":"DE_x","environment":"prod","task":"deploy","ref":"main","sha":"s","statuses_url":"u"}`:    "deployment deployment:DE_x",
		`{"id":1,"title":"v1","open_issues":0,"closed_issues":2,"state":"open"}`:                                      "milestone milestone:1",
		`{"id":1,"event":"closed","actor":null,"issue":{"id":5}}`:                                                     "work_item_change issue_event:1",
		`{"id":1,"pull_request_review_id":3,"pull_request_url":"https://api.github.com/repos/a/b/pulls/4"}`:           "review_comment pr_comment:1",
		`{"id":1,"issue_url":"https://api.github.com/repos/a/b/issues/4","body":"b"}`:                                 "work_item_comment issue:1",
		`{"total_count":1,"items":[{"id":1,"number":2,"title":"t","state":"open"}]}`:                                  "work_item issue:1",
		`{"data":{"repository":{"id":"R_kgDOB_z1Gg","nameWithOwner":"acme/shop","databaseId":7}}}`:                    "repository repo:7",
		`{"data":{"user":{"databaseId":1,"login":"ann","organizations":{"nodes":[{"login":"acme"},{"login":"b"}]}}}}`: "tool_account account:1",
	} {
		got, unmapped := mapped(t, `{}`, page("", payload))
		if _, ok := got[want]; !ok || len(unmapped) > 0 {
			t.Errorf("%s: no %q in %v, unmapped %v", payload, want, got, unmapped)
		}
	}
}
