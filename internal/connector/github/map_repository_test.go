package github

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestRepositoryAndAccounts(t *testing.T) {
	got, _ := mapped(t, `{}`, page("repos", `[{"id":7,"full_name":"acme/new-name","html_url":"https://github.com/acme/new-name","clone_url":"c",
		"url":"https://api.github.com/repos/acme/new-name","language":"Go","description":"d","default_branch":"main","archived":true,
		"owner":{"id":3,"login":"acme","type":"Organization"},"parent":{"html_url":"https://github.com/up/stream"},
		"created_at":"2018-05-19T01:13:38Z","updated_at":"2022-06-13T15:27:54Z"}]`))
	check(t, got, "repository repo:7", fields{"name": "acme/new-name", "url": "https://github.com/acme/new-name", "language": "Go",
		"ownerId": "account:3", "forkedFrom": "https://github.com/up/stream", "defaultRef": "main", "isArchived": true,
		"cloneUrl": "c", "createdAt": "2018-05-19T01:13:38Z"})
	check(t, got, "board repo:7", fields{"url": "https://github.com/acme/new-name/issues", "name": "acme/new-name"})

	lines := `{"endpoint":"account_orgs","input":{"Login":"ann","AccountId":3},"payload":[{"login":"acme","id":1},{"login":"b","id":2}]}
{"endpoint":"accounts","payload":{"id":3,"login":"ann","name":"Ann","email":"a@example.test","type":"User","avatar_url":"v","html_url":"https://github.com/ann"}}
{"endpoint":"issues","payload":{"id":11,"number":5,"user":{"id":3,"login":"ann"}}}
{"endpoint":"account_orgs","input":{"Login":"dependabot[bot]","AccountId":4},"payload":[]}
`
	all := mapLines(t, `{}`, lines)
	check(t, all, "tool_account account:3", fields{"userName": "ann", "fullName": "Ann", "email": "a@example.test",
		"organization": "acme,b", "avatarUrl": "v", "url": "https://github.com/ann", "isBot": false})
	check(t, all, "tool_account account:4", fields{"userName": "dependabot[bot]", "organization": "", "isBot": true})
	_, unmapped := mapped(t, `{}`, page("account_orgs", `[{"login":"acme"}]`))
	if len(unmapped) != 1 || unmapped[0].Reason != "no_parent" {
		t.Errorf("organisations of nobody: %v", unmapped)
	}
}

func TestCommits(t *testing.T) {
	got, unmapped := mapped(t, `{}`, page("commits", `[{"sha":"s1","html_url":"https://github.com/acme/shop/commit/s1","commit":{"message":"m\u0000",
		"author":{"name":"Ann","email":"a@example.test","date":"2024-01-01T00:30:00+05:30"},"committer":{"name":"GitHub","email":"n","date":"2024-01-01T00:00:00Z"}},
		"author":{"id":3,"login":"ann"},"committer":null,"parents":[{"sha":"p1"},{"sha":"p2"}],"stats":{"additions":3,"deletions":1,"total":4},
		"files":[{"filename":"a.go"},{"filename":"new.go","previous_filename":"old.go"}]},{"sha":"s2","commit":{"message":"x"}},{"commit":{}}]`))
	check(t, got, "commit commit:7/s1", fields{"message": "m", "authorId": "account:3", "committerId": "", "additions": 3, "deletions": 1,
		"authoredAt": "2023-12-31T19:00:00Z", "repoId": "repo:7", "repoUrl": "https://github.com/acme/shop"})
	if paths := got["commit commit:7/s1"]["paths"]; !reflect.DeepEqual(paths, []any{"a.go", "new.go", "old.go"}) {
		t.Errorf("paths %v", paths)
	}
	if parents := got["commit commit:7/s1"]["parentShas"]; !reflect.DeepEqual(parents, []any{"p1", "p2"}) {
		t.Errorf("parents %v", parents)
	}
	check(t, got, "commit commit:7/s2", fields{"additions": nil, "authoredAt": nil})
	if len(unmapped) != 1 || unmapped[0].Reason != "no_id" {
		t.Errorf("unmapped %v", unmapped)
	}
}

func TestReleasesAndMilestones(t *testing.T) {
	const hash = "0123456789012345678901234567890123456789"
	got, _ := mapped(t, `{}`, page("releases", `[{"id":5,"node_id":"RE_a","name":"One","tag_name":"v1","body":"notes","draft":false,"prerelease":true,
		"target_commitish":"`+hash+`","author":{"id":3,"login":"ann"},"html_url":"h","created_at":"2024-01-01T00:00:00Z","published_at":"2024-01-02T00:00:00Z"},
		{"id":6,"node_id":"RE_b","tag_name":"v2","draft":true,"target_commitish":"main","author":null,"published_at":null}]`))
	check(t, got, "release release:RE_a", fields{"name": "One", "tagName": "v1", "commitSha": hash, "isPrerelease": true,
		"authorId": "account:3", "publishedAt": "2024-01-02T00:00:00Z", "description": "notes", "url": "h"})
	check(t, got, "release release:RE_b", fields{"isDraft": true, "commitSha": "", "publishedAt": nil})
	got, _ = mapped(t, `{}`, page("graphql_release", `{"Id":"RE_a","DatabaseID":5,"TagName":"v1","TagCommit":{"Oid":"`+hash+`"},"IsLatest":true,"Author":{"Name":null,"ID":"U_x"},"URL":"u"}`))
	check(t, got, "release release:RE_a", fields{"isLatest": true, "commitSha": hash, "authorId": "", "url": "u"})

	got, _ = mapped(t, `{}`, page("milestones", `{"id":9,"number":1,"title":"v1","state":"closed","created_at":"2024-01-01T00:00:00Z",
		"closed_at":"2024-02-01T00:00:00Z","due_on":"2024-01-31T08:00:00Z","url":"u","html_url":"h"}`))
	check(t, got, "milestone milestone:9", fields{"scopeId": "repo:7", "dueAt": "2024-01-31T08:00:00Z", "state": "closed", "url": "h"})
	check(t, got, "sprint milestone:9", fields{"name": "v1", "status": "closed", "startedAt": "2024-01-01T00:00:00Z",
		"completedAt": "2024-02-01T00:00:00Z", "originalBoardId": "repo:7"})
	check(t, got, "board_sprint repo:7|milestone:9", nil)
}

func TestWebhooks(t *testing.T) {
	repository := `"repository":{"id":7,"full_name":"acme/shop","html_url":"https://github.com/acme/shop"}`
	for _, c := range []struct{ event, body, want string }{
		{"issues", `"action":"closed","issue":{"id":11,"number":5,"title":"t"}`, "work_item issue:11"},
		{"issue_comment", `"action":"created","issue":{"id":11,"number":5},"comment":{"id":51,"body":"b"}`, "work_item_comment issue:51"},
		{"issue_comment", `"action":"created","issue":{"id":11,"number":6,"pull_request":{"url":"u"}},"comment":{"id":52}`, "review_comment pr_comment:52"},
		{"pull_request", `"action":"opened","pull_request":{"id":21,"number":6}`, "change_request pull_request:21"},
		{"pull_request_review", `"action":"submitted","review":{"id":31,"state":"approved"},"pull_request":{"id":21,"number":6}`, "review_comment pr_review:31"},
		{"pull_request_review_comment", `"action":"created","comment":{"id":53,"body":"b"},"pull_request":{"id":21,"number":6}`, "review_comment pr_comment:53"},
		{"workflow_run", `"action":"completed","workflow_run":{"id":1,"name":"CI","head_sha":"s"}`, "pipeline_run run:7/1"},
		{"workflow_job", `"action":"queued","workflow_job":{"id":9,"run_id":1,"name":"b"}`, "job_run job:1/9"},
		{"deployment", `"action":"created","deployment":{"id":77,"node_id":"DE_a","sha":"s"}`, "deployment deployment:DE_a"},
		{"release", `"action":"published","release":{"id":5,"node_id":"RE_a","tag_name":"v1"}`, "release release:RE_a"},
		{"milestone", `"action":"created","milestone":{"id":9,"title":"v"}`, "milestone milestone:9"},
		{"repository", `"action":"renamed","changes":{}`, "repository repo:7"},
		{"push", `"ref":"refs/heads/main","commits":[{"id":"s1","message":"m","timestamp":"2024-01-01T00:00:00+02:00","author":{"name":"Ann","email":"a@example.test","username":"ann"},"added":["x"]}]`, "commit commit:7/s1"},
	} {
		p := page("webhook."+c.event, "{"+c.body+","+repository+"}")
		p.Scope = nil
		got, unmapped := mapped(t, `{}`, p)
		if _, ok := got[c.want]; !ok || len(unmapped) > 0 {
			t.Errorf("%s: no %q in %v, unmapped %v", c.event, c.want, got, unmapped)
		}
	}
	_, unmapped := mapped(t, `{}`, page("webhook.repository", `{"action":"deleted",`+repository+`}`))
	if len(unmapped) != 1 || unmapped[0].Reason != "deleted" {
		t.Errorf("deleted: %v", unmapped)
	}
	for _, quiet := range []string{`{"zen":"Keep it simple.","hook_id":1}`, `{"action":"created","check_run":{"id":1},` + repository + `}`} {
		if got, unmapped := mapped(t, `{}`, page("webhook", quiet)); len(got)+len(unmapped) != 0 {
			t.Errorf("%s: %v, %v", quiet, got, unmapped)
		}
	}
}

// Facts of the source's own tables are compared where we keep the field.
func TestToolFacts(t *testing.T) {
	compared := 0
	for _, c := range readLines[conformanceCase](t, "github.cases.jsonl.gz") {
		var rules Rules
		if err := json.Unmarshal(c.Config, &struct{}{}); err != nil {
			t.Fatal(err)
		}
		rules = rulesOf(t, string(c.Config))
		for _, pair := range readLines[conformancePair](t, "github.pairs.jsonl.gz") {
			if pair.Case != c.Case || len(pair.Expect) == 0 {
				continue
			}
			page, _, err := NewMapper(rules).readLine(pair.raw)
			if err != nil {
				t.Fatal(err)
			}
			records, _, err := Map(rules, page)
			if err != nil {
				t.Fatal(err)
			}
			got := byKey(t, records)
			for _, f := range pair.Expect {
				key, names := toolFact(f)
				if key == "" {
					continue
				}
				record, ok := got[key]
				if !ok {
					t.Fatalf("%s: no record %s", c.Case, key)
				}
				for fact, field := range names {
					compared++
					if !same(f.Facts[fact], record[field]) {
						t.Errorf("%s: %s is %v, the fact is %v", key, field, record[field], f.Facts[fact])
					}
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d facts compared", compared)
	}
}

// toolFact says which record a fact of a tool table is compared with, and in which fields.
func toolFact(f conformanceFact) (key string, names map[string]string) {
	id := func(fact, entity string) string {
		n, _ := f.Facts[fact].(float64)
		return ref(entity, int64(n))
	}
	text := func(fact string) string { s, _ := f.Facts[fact].(string); return s }
	switch f.Kind {
	case "tool.commits":
		return "commit commit:134018330/" + text("sha"), map[string]string{"sha": "sha", "author_name": "authorName",
			"author_email": "authorEmail", "authored_date": "authoredAt", "committer_name": "committerName",
			"committer_email": "committerEmail", "committed_date": "committedAt", "message": "message"}
	case "tool.repo_accounts":
		return "tool_account " + id("account_id", "account"), map[string]string{"login": "userName"}
	case "tool.reviewers":
		return "reviewer " + id("pull_request_id", "pull_request") + "|" + id("reviewer_id", "account"),
			map[string]string{"username": "name"}
	case "tool.issues":
		return "work_item " + id("github_id", "issue"), map[string]string{"closed_at": "resolvedAt",
			"github_updated_at": "updatedAt", "state": "statusRaw", "type": "typeRaw", "body": "description"}
	case "tool.pull_requests":
		return "change_request " + id("github_id", "pull_request"), map[string]string{"github_updated_at": "updatedAt",
			"state": "statusRaw", "merged_at": "mergedAt", "body": "description"}
	case "tool.pull_request_reviews":
		return "review_comment " + id("github_id", "pr_review"), map[string]string{"github_submit_at": "createdAt", "state": "status"}
	}
	return "", nil
}
