package github

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/platform/problem"
)

// fields is a record as a reader of the API sees it.
type fields = map[string]any

func rulesOf(t testing.TB, config string) Rules {
	t.Helper()
	rules, err := ParseConfig([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// mapped maps one page and returns its records by "kind externalId".
func mapped(t *testing.T, config string, page connector.Page) (map[string]fields, []Unmapped) {
	t.Helper()
	records, unmapped, err := Map(rulesOf(t, config), page)
	if err != nil {
		t.Fatal(err)
	}
	return byKey(t, records), unmapped
}

func byKey(t *testing.T, records []delivery.Record) map[string]fields {
	t.Helper()
	out := map[string]fields{}
	for _, r := range records {
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var f fields
		if err := json.Unmarshal(raw, &f); err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(f["kind"], " ", f["externalId"])
		if _, twice := out[key]; twice {
			t.Errorf("%s came twice", key)
		}
		out[key] = f
	}
	return out
}

func page(endpoint, payload string) connector.Page {
	return connector.Page{Endpoint: endpoint, Scope: json.RawMessage(`{"externalId":"7","name":"acme/shop"}`),
		Payload: json.RawMessage(payload)}
}

// check compares some fields of a record.
func check(t *testing.T, records map[string]fields, key string, want fields) {
	t.Helper()
	got, ok := records[key]
	if !ok {
		keys := make([]string, 0, len(records))
		for k := range records {
			keys = append(keys, k)
		}
		t.Fatalf("no record %q in %q", key, keys)
	}
	for name, v := range want {
		if n, isInt := v.(int); isInt {
			v = float64(n)
		}
		if g, known := got[name]; !known || g != v {
			t.Errorf("%s: %s is %v, want %v", key, name, g, v)
		}
	}
}

func none(t *testing.T, records map[string]fields, prefix string) {
	t.Helper()
	for key := range records {
		if strings.HasPrefix(key, prefix) {
			t.Errorf("unwanted record %s", key)
		}
	}
}

func TestIssueEdges(t *testing.T) {
	config := `{"bugLabel":"^bug$","incidentLabel":"^(incident|sev\\d)$","severityLabel":"^sev","requirementLabel":"^feature$"}`
	t.Run("deleted user, null assignee, U+0000, offset", func(t *testing.T) {
		got, _ := mapped(t, config, page("issues", `{"id":11,"number":5,"title":"a\u0000b","body":null,"state":"closed",
			"user":null,"assignee":null,"assignees":[],"labels":[{"name":"b\u0000ug"}],"created_at":"2024-03-01T10:00:00+08:00",
			"updated_at":"2024-03-01T02:30:00Z","closed_at":"2024-03-01T12:31:59+08:00","html_url":"https://github.com/acme/shop/issues/5"}`))
		check(t, got, "work_item issue:11", fields{"title": "ab", "description": "", "creatorId": "", "creatorName": "",
			"assigneeId": "", "type": "BUG", "typeRaw": "bug", "status": "DONE", "statusRaw": "closed", "key": "5",
			"createdAt": "2024-03-01T02:00:00Z", "resolvedAt": "2024-03-01T04:31:59Z", "leadTimeMinutes": 151})
		check(t, got, "board_work_item repo:7|issue:11", fields{"boardId": "repo:7", "workItemId": "issue:11"})
		check(t, got, "work_item_label issue:11|bug", fields{"labelName": "bug"})
		none(t, got, "tool_account")
		none(t, got, "incident")
	})
	t.Run("an incident stays one whatever label comes last", func(t *testing.T) {
		got, _ := mapped(t, config, page("issues", `{"id":12,"number":6,"title":"down","state":"open","labels":["sev1",{"name":"bug"}],
			"user":{"id":3,"login":"ann","type":"User"},"assignees":[{"id":4,"login":"bob"},null],"milestone":{"id":9},
			"created_at":"2024-03-01T10:00:00Z"}`))
		check(t, got, "work_item issue:12", fields{"type": "BUG", "typeRaw": "sev1,bug", "severity": "sev1",
			"status": "TODO", "assigneeId": "account:4", "assigneeName": "bob", "leadTimeMinutes": nil, "creatorId": "account:3"})
		check(t, got, "incident issue:12", fields{"workItemId": "issue:12", "startedAt": "2024-03-01T10:00:00Z",
			"resolvedAt": nil, "severity": "sev1", "key": "6"})
		check(t, got, "work_item_assignee issue:12|account:4", fields{"assigneeName": "bob"})
		check(t, got, "sprint_work_item milestone:9|issue:12", fields{"sprintId": "milestone:9"})
		check(t, got, "tool_account account:3", fields{"userName": "ann", "isBot": false})
	})
	t.Run("GitHub's issue type decides where no label does", func(t *testing.T) {
		got, _ := mapped(t, config, page("issues", `[{"id":13,"number":7,"type":{"name":"feature"},"labels":[]},
			{"id":14,"number":8,"type":{"name":"feature"},"labels":[{"name":"bug"}]}]`))
		check(t, got, "work_item issue:13", fields{"type": "REQUIREMENT", "typeRaw": "feature"})
		check(t, got, "work_item issue:14", fields{"type": "BUG", "typeRaw": "bug"})
	})
	t.Run("the issue half of a pull request and what is gone are nothing", func(t *testing.T) {
		got, unmapped := mapped(t, config, page("issues", `[{"id":15,"number":9,"pull_request":{"url":"u"}},
			{"message":"Not Found","documentation_url":"d","status":"404"},null]`))
		if len(got) != 0 || len(unmapped) != 0 {
			t.Errorf("got %v and %v", got, unmapped)
		}
	})
	t.Run("an unreadable element does not stop the others", func(t *testing.T) {
		got, unmapped := mapped(t, config, page("issues", `[{"id":16,"number":1,"created_at":"yesterday","user":{"id":8,"login":"x"}},
			{"number":2},{"id":17,"number":3},"text"]`))
		check(t, got, "work_item issue:17", fields{"key": "3"})
		none(t, got, "work_item issue:16")
		none(t, got, "tool_account")
		reasons := ""
		for _, u := range unmapped {
			reasons += u.Reason + " "
		}
		if reasons != "unreadable_time no_id not_an_object " {
			t.Errorf("unmapped: %q", reasons)
		}
	})
}

func TestTimelineBecomesHistory(t *testing.T) {
	timeline := page("", `[
		{"id":101,"event":"labeled","label":{"name":"bug"},"actor":{"id":3,"login":"ann"},"created_at":"2024-03-01T10:00:00Z"},
		{"id":102,"event":"closed","actor":null,"created_at":"2024-03-02T10:00:00Z"},
		{"id":103,"event":"reopened","actor":{"id":3,"login":"ann"},"created_at":"2024-03-03T10:00:00Z"},
		{"id":104,"event":"assigned","assignee":{"id":4,"login":"bob"},"actor":{"id":3,"login":"ann"},"created_at":"2024-03-04T10:00:00Z"},
		{"id":105,"event":"renamed","rename":{"from":"a","to":"b"},"created_at":"2024-03-05T10:00:00Z"},
		{"id":108,"event":"unlabeled","label":{"name":"bug"}},{"id":109,"event":"unassigned","assignee":{"login":"gone"}},
		{"id":110,"event":"milestoned","milestone":{"title":"v1"}},{"id":111,"event":"demilestoned","milestone":{"title":"v1"}},
		{"event":"cross-referenced","source":{}},{"event":"committed","sha":"abc"},{"id":106,"event":"subscribed"},
		{"id":107,"event":"commented","body":"hi","user":{"id":3,"login":"ann"},"created_at":"2024-03-06T10:00:00Z"}]`)
	timeline.URL = "https://api.github.com/repos/acme/shop/issues/5/timeline?per_page=100"
	timeline.Input = json.RawMessage(`{"id":11,"number":5}`)
	got, unmapped := mapped(t, `{}`, timeline)
	if len(unmapped) != 0 {
		t.Errorf("unmapped: %v", unmapped)
	}
	check(t, got, "work_item_change issue_event:102", fields{"workItemId": "issue:11", "fieldName": "status",
		"fromValue": "TODO", "toValue": "DONE", "originalFromValue": "open", "originalToValue": "closed", "authorId": ""})
	check(t, got, "work_item_change issue_event:103", fields{"fromValue": "DONE", "toValue": "TODO", "authorName": "ann",
		"createdAt": "2024-03-03T10:00:00Z"})
	check(t, got, "work_item_change issue_event:101", fields{"fieldName": "labels", "toValue": "bug", "fromValue": ""})
	check(t, got, "work_item_change issue_event:104", fields{"toValue": "account:4", "originalToValue": "bob"})
	check(t, got, "work_item_change issue_event:105", fields{"fieldName": "title", "fromValue": "a", "toValue": "b"})
	check(t, got, "work_item_comment issue:107", fields{"workItemId": "issue:11", "body": "hi"})
	none(t, got, "work_item_change issue_event:106")
	check(t, got, "work_item_change issue_event:108", fields{"fieldName": "labels", "fromValue": "bug", "toValue": ""})
	check(t, got, "work_item_change issue_event:109", fields{"fieldName": "assignee", "fromValue": "gone", "toValue": ""})
	check(t, got, "work_item_change issue_event:110", fields{"fieldName": "milestone", "toValue": "v1"})
	check(t, got, "work_item_change issue_event:111", fields{"fromValue": "v1", "toValue": ""})
	timeline.Input = nil
	got, _ = mapped(t, `{}`, timeline)
	check(t, got, "work_item_change issue_event:102", fields{"workItemId": "issue:7#5"})
}

// What GitHub says of a pull request in the lists it shares with issues is no history of a work item.
func TestEventsOfPullRequests(t *testing.T) {
	got, unmapped := mapped(t, `{}`, page("events", `[{"id":1,"event":"closed","issue":{"id":5,"pull_request":{"url":"u"}}}]`))
	if len(got)+len(unmapped) != 0 {
		t.Errorf("got %v and %v", got, unmapped)
	}
	graphql, _ := mapped(t, `{}`, page("graphql_issues", `{"databaseId":11,"number":5,"state":"OPEN","assignees":{"nodes":[]},"parent":{"databaseId":10},
		"timelineItems":{"nodes":[{"__typename":"ClosedEvent","id":"CE_1","createdAt":"2024-01-01T00:00:00Z","actor":{"login":"ann","databaseId":3}},
		{"__typename":"RenamedTitleEvent","id":"RTE_1","previousTitle":"a","currentTitle":"b"}]},"comments":{"nodes":[{"databaseId":51,"body":"c"}]}}`))
	check(t, graphql, "work_item issue:11", fields{"parentWorkItemId": "issue:10", "status": "TODO", "statusRaw": "OPEN"})
	check(t, graphql, "work_item_change issue_event:CE_1", fields{"toValue": "DONE", "authorId": "account:3"})
	check(t, graphql, "work_item_change issue_event:RTE_1", fields{"fromValue": "a", "toValue": "b"})
	check(t, graphql, "work_item_comment issue:51", fields{"workItemId": "issue:11"})
}

// Two spellings of one key must not make the outcome depend on chance.
func TestSpellingsOfOneKey(t *testing.T) {
	for range 50 {
		got, _ := mapped(t, `{}`, page("issues", `{"ID":1,"id":2,"Id":3,"Number":9,"html_url":"a","HtmlUrl":"b"}`))
		check(t, got, "work_item issue:2", fields{"url": "a", "key": "9"})
	}
}

func TestPullRequestEdges(t *testing.T) {
	body := `closes #3 and #4, see #99. Fixes https://github.com/acme/shop/issues/12 and fixes https://github.com/other/x/issues/13`
	got, _ := mapped(t, `{"changeTypeLabel":"^type/","changeComponentLabel":"^comp/"}`, page("pulls", `{"id":21,"number":30,"state":"closed",
		"title":"Resolves: #8","body":"`+body+`","user":null,"draft":true,"merged_at":"2024-03-01T10:00:00Z",
		"merged_by":{"id":3,"login":"ann"},"head":{"ref":"f","sha":"h1","repo":null},"base":{"ref":"main","sha":"b1","repo":{"id":7}},
		"labels":[{"name":"type/fix"},{"name":"comp/api"}],"requested_reviewers":[{"id":5,"login":"cy"}],"commits":3,"comments":2,
		"created_at":"2024-02-01T10:00:00Z","merge_commit_sha":"m1"}`))
	check(t, got, "change_request pull_request:21", fields{"headRepoId": "repo:0", "baseRepoId": "repo:7", "authorId": "",
		"authorName": "", "status": "MERGED", "statusRaw": "closed", "isDraft": true, "type": "type/fix", "component": "comp/api",
		"mergedById": "account:3", "additions": 0, "mergeCommitSha": "m1", "headRef": "f", "headCommitSha": "h1"})
	check(t, got, "reviewer pull_request:21|account:5", fields{"name": "cy"})
	links := map[string]bool{}
	for _, r := range got {
		if r["kind"] == "change_request_work_item" {
			links[fmt.Sprint(r["workItemId"], "/", r["workItemKey"])] = true
		}
	}
	if fmt.Sprint(links) != "map[issue:7#12/12:true issue:7#3/3:true issue:7#4/4:true issue:7#8/8:true]" {
		t.Errorf("links: %v", links)
	}
}

func TestGraphQLPullRequest(t *testing.T) {
	got, unmapped := mapped(t, `{}`, connector.Page{URL: "query($n:Int){repository{pullRequests(first:$n){nodes{databaseId}}}}",
		Payload: json.RawMessage(`{"data":{"rateLimit":{"cost":1},"repository":{"id":"R_kgDOB_z1Gg","pullRequests":{"totalCount":1,"nodes":[
		{"id":"PR_x","databaseId":21,"number":30,"state":"MERGED","title":"t","isDraft":false,"url":"https://github.com/acme/shop/pull/30",
		"author":{"login":"renovate","databaseId":6,"__typename":"Bot"},"mergeCommit":{"oid":"m1"},"headRefName":"f","headRefOid":"h1",
		"baseRefName":"main","baseRefOid":"b1","additions":5,"deletions":2,"labels":{"nodes":[{"name":"x"}]},
		"commits":{"nodes":[{"commit":{"oid":"c1","message":"m","author":{"name":"Ann","email":"a@example.test","date":"2024-01-01T01:00:00+01:00",
		"user":{"login":"ann","databaseId":3}},"committer":{"date":"2024-01-01T00:00:00Z"}}}]},
		"reviews":{"nodes":[{"databaseId":31,"state":"APPROVED","author":{"login":"ann","databaseId":3},"submittedAt":"2024-01-02T00:00:00Z","commit":{"oid":"c1"}},
		{"databaseId":32,"state":"PENDING","author":null}]},
		"reviewRequests":{"nodes":[{"requestedReviewer":{"login":"cy","databaseId":5}},{"requestedReviewer":{"name":"team","slug":"team"}}]},
		"closingIssuesReferences":{"nodes":[{"databaseId":44,"number":4}]}}]}}}}`)})
	if len(unmapped) != 0 {
		t.Errorf("unmapped: %v", unmapped)
	}
	check(t, got, "change_request pull_request:21", fields{"status": "MERGED", "additions": 5, "deletions": 2,
		"mergeCommitSha": "m1", "baseRepoId": "repo:134018330", "authorId": "account:6"})
	check(t, got, "tool_account account:6", fields{"isBot": true})
	check(t, got, "change_request_commit c1|pull_request:21", fields{"commitAuthorName": "Ann", "commitAuthoredAt": "2024-01-01T00:00:00Z"})
	check(t, got, "commit commit:134018330/c1", fields{"authorId": "account:3", "sha": "c1"})
	check(t, got, "review_comment pr_review:31", fields{"type": "REVIEW", "status": "APPROVED", "commitSha": "c1"})
	check(t, got, "change_request_work_item pull_request:21|issue:44", fields{"workItemKey": "4", "number": 30})
	check(t, got, "reviewer pull_request:21|account:5", nil)
	none(t, got, "review_comment pr_review:32")
}

func TestCommentsFindWhatTheyBelongTo(t *testing.T) {
	lines := `{"endpoint":"comments","scope":{"id":7,"name":"acme/shop"},"payload":{"id":51,"html_url":"https://github.com/acme/shop/issues/5#issuecomment-51","issue_url":"https://api.github.com/repos/acme/shop/issues/5","body":"\"quoted\"","user":null}}
{"url":"https://api.github.com/repos/acme/shop/issues/comments?page=1","scope":{"id":7},"payload":[{"id":52,"html_url":"https://github.com/acme/shop/pull/6#issuecomment-52","issue_url":"https://api.github.com/repos/acme/shop/issues/6","body":"b"}]}
{"url":"https://api.github.com/repos/acme/shop/pulls/6/comments","scope":{"id":7},"payload":[{"id":53,"pull_request_review_id":31,"pull_request_url":"https://api.github.com/repos/acme/shop/pulls/6","body":"c","commit_id":"c1"}]}
{"endpoint":"issues","scope":{"id":7},"payload":[{"id":11,"number":5}]}
{"case":"x","table":"_tool_github_pull_requests","row":{"github_id":21,"repo_id":7,"number":6}}
{"endpoint":"comments","scope":{"id":7},"payload":{"id":54,"issue_url":"https://api.github.com/repos/acme/shop/issues/99","html_url":"https://github.com/acme/shop/issues/99#issuecomment-54"}}
`
	got := mapLines(t, `{}`, lines)
	check(t, got, "work_item_comment issue:51", fields{"workItemId": "issue:11", "body": `"quoted"`, "accountId": ""})
	check(t, got, "review_comment pr_comment:52", fields{"changeRequestId": "pull_request:21", "type": "NORMAL"})
	check(t, got, "review_comment pr_comment:53", fields{"changeRequestId": "pull_request:21", "type": "DIFF",
		"reviewId": "pr_review:31", "commitSha": "c1"})
	check(t, got, "work_item_comment issue:54", fields{"workItemId": "issue:7#99"})
}

func mapLines(t *testing.T, config, lines string) map[string]fields {
	t.Helper()
	var out bytes.Buffer
	if err := MapLines(rulesOf(t, config), strings.NewReader(lines), &out); err != nil {
		t.Fatal(err)
	}
	return lastOf(t, out.String())
}

// lastOf reads records by key; of two with one key the later stands, as it does in the store.
func lastOf(t *testing.T, out string) map[string]fields {
	t.Helper()
	got := map[string]fields{}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var f fields
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		got[fmt.Sprint(f["kind"], " ", f["externalId"])] = f
	}
	return got
}

func TestLinesThatCannotBeMapped(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	lines := "{\"endpoint\":\"issues\",\"payload\":{\"id\":11,\"number\":5}}\nnot json\n\n" +
		`{"endpoint":"issues","payload":` + deep + "}\n" +
		`{"endpoint":"stars","payload":{"colour":1}}` + "\n" +
		`{"endpoint":"issues","payload":[{"number":1},{"id":12,"number":6}]}`
	var out bytes.Buffer
	err := MapLines(rulesOf(t, `{}`), strings.NewReader(lines), &out)
	p := problem.Of(err)
	if p == nil || p.Code != "pages_not_mapped" {
		t.Fatalf("error is %v", err)
	}
	told := ""
	for _, f := range p.Fields {
		told += f.Path + " " + f.Code + "; "
	}
	if told != "line 2 bad_json; line 4 json_too_deep; line 5 unknown_endpoint; line 6 unmapped_elements; " {
		t.Errorf("told %q", told)
	}
	got := lastOf(t, out.String())
	check(t, got, "work_item issue:11", nil)
	check(t, got, "work_item issue:12", nil)
}

func TestOutputThatFailsEndsTheWork(t *testing.T) {
	lines := strings.Repeat(`{"endpoint":"issues","payload":{"id":11,"number":5,"body":"`+strings.Repeat("x", 4000)+`"}}`+"\n", 50)
	if err := MapLines(rulesOf(t, `{}`), strings.NewReader(lines), full{}); err != errFull {
		t.Errorf("error is %v", err)
	}
}

var errFull = fmt.Errorf("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
