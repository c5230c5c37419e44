package github

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"millrace/internal/connector"
)

const fuzzRules = `{"bugLabel":"bug","incidentLabel":"i","severityLabel":"s","deploymentPattern":"(?i)deploy|e","productionPattern":"p",
	"environmentClasses":[{"pattern":"x","class":"STAGING"}],"environmentNames":"class","ignoredAccounts":["bot"]}`

// FuzzMap holds the mapping to its promises whatever a page holds: it does not panic, gives the same records for the
// same page, gives each a kind and an id, and keeps U+0000 out.
func FuzzMap(f *testing.F) {
	for _, seed := range []struct{ endpoint, url, input, payload string }{
		{"runs", "", `{"jobs":[{"name":"deploy"}]}`, `{"workflow_runs":[{"id":1,"name":"deploy","head_sha":"a","status":"completed"}]}`},
		{"", "https://api.github.com/repos/a/b/actions/runs/1/jobs", ``, `{"jobs":[{"id":1,"name":"e","started_at":"2024-01-01T00:00:00Z"}]}`},
		{"", "https://api.github.com/repos/a/b/pulls/3/reviews", `{"GithubId":3}`, `[{"id":1,"state":"APPROVED","user":null}]`},
		{"pulls", "", ``, `{"id":1,"number":2,"body":"closes #4\u0000","head":{"repo":null},"labels":["bug"]}`},
		{"", "query{repository{deployments(first:1){nodes{id}}}}", ``, `{"data":{"repository":{"deployments":{"nodes":[{"id":"DE_kwDOFAKDls7nWeuH","state":"INACTIVE","statuses":{"nodes":[{"state":"FAILURE"}]}}]}}}}`},
		{"events", "", `{"id":4}`, `{"id":1,"event":"closed","actor":null,"created_at":1700000000}`},
		{"webhook", "", ``, `{"action":"x","issue":{"id":1,"number":2,"labels":[{"name":"i"}]},"comment":{"id":3},"repository":{"id":7}}`},
		{"commits", "", ``, `{"sha":"a","commit":{"author":{"date":"2024-01-01T00:00:00+05:30"}},"parents":[{"sha":"b"}],"files":[{"filename":"x"}]}`},
		{"releases", "", ``, `{"id":1,"node_id":"RE_kwDOFAKDls7nWeuH","tag_name":"v1"}`},
		{"account_orgs", "", `{"AccountId":1}`, `[{"login":"o"}]`},
		{"", "", ``, strings.Repeat(`{"data":[`, 30) + "1" + strings.Repeat(`]}`, 30)},
		{"graphql_issues", "", ``, `{"edges":[{"node":{"databaseId":1,"timelineItems":{"nodes":[{"__typename":"ClosedEvent","id":"x"}]}}}]}`},
	} {
		f.Add(seed.endpoint, seed.url, []byte(seed.input), []byte(seed.payload))
	}
	rules := rulesOf(f, fuzzRules)
	f.Fuzz(func(t *testing.T, endpoint, url string, input, payload []byte) {
		p := connector.Page{Endpoint: endpoint, URL: url, Input: input, Payload: payload}
		first, unmapped, err := Map(rules, p)
		second, again, errAgain := Map(rules, p)
		a, errA := json.Marshal([]any{first, unmapped})
		b, errB := json.Marshal([]any{second, again})
		if errA != nil || errB != nil {
			t.Fatalf("records that cannot be written: %v %v", errA, errB)
		}
		if !bytes.Equal(a, b) || (err == nil) != (errAgain == nil) {
			t.Fatalf("two answers for one page:\n%s\n%s", a, b)
		}
		if bytes.Contains(a, []byte(`\u0000`)) && !bytes.Contains(a, []byte(`\\u0000`)) {
			t.Fatalf("U+0000 came through: %s", a)
		}
		for _, r := range first {
			if h := r.RecordHead(); h.Kind == "" || h.ExternalID == "" {
				t.Fatalf("a record without kind or id: %+v", r)
			}
		}
	})
}

// The same page gives the same records, one by one and as a whole page, in whatever order maps are walked.
func TestMapIsDeterministic(t *testing.T) {
	rules := rulesOf(t, fuzzRules)
	for _, tool := range []string{"github", "github_graphql"} {
		byEndpoint := map[string][]json.RawMessage{}
		single := map[string][]string{}
		for _, pair := range readLines[conformancePair](t, tool+".pairs.jsonl.gz") {
			var p connector.Page
			if err := json.Unmarshal(pair.raw, &p); err != nil {
				t.Fatal(err)
			}
			if len(p.Input) > 0 && tool == "github" {
				continue
			}
			records, _, err := Map(rules, p)
			if err != nil {
				t.Fatal(err)
			}
			once := written(t, records)
			for range 3 {
				records, _, _ = Map(rules, p)
				if again := written(t, records); !slices.Equal(once, again) {
					t.Fatalf("two answers for one page:\n%s\n%s", once, again)
				}
			}
			key := p.Endpoint + " " + p.URL
			byEndpoint[key] = append(byEndpoint[key], p.Payload)
			single[key] = append(single[key], once...)
		}
		for key, payloads := range byEndpoint {
			endpoint, url, _ := strings.Cut(key, " ")
			whole, err := json.Marshal(payloads)
			if err != nil {
				t.Fatal(err)
			}
			p := connector.Page{Endpoint: endpoint, URL: url, Scope: json.RawMessage(`{"ConnectionId":1,"Name":"panjf2000/ants"}`), Payload: whole}
			if tool == "github_graphql" {
				p.Scope = json.RawMessage(`{"Name":"facebook/OpenBIC"}`)
			}
			records, _, err := Map(rules, p)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := unique(single[key]), unique(written(t, records)); !slices.Equal(a, b) {
				t.Errorf("%s: one by one %d records, as a page %d", key, len(a), len(b))
			}
		}
	}
}

func written[R any](t *testing.T, records []R) []string {
	t.Helper()
	out := make([]string, len(records))
	for i, r := range records {
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(raw)
	}
	return out
}

// unique keeps the last record of each key, as a store does. Accounts are left out: a page joins what its elements
// tell of one.
func unique(lines []string) []string {
	last := map[string]string{}
	for _, line := range lines {
		key, _, _ := strings.Cut(line, `","`)
		_, rest, _ := strings.Cut(line, `"externalId":"`)
		id, _, _ := strings.Cut(rest, `"`)
		if !strings.Contains(key, "tool_account") {
			last[key+id] = line
		}
	}
	kept := make([]string, 0, len(last))
	for _, key := range sortedKeys(last) {
		kept = append(kept, last[key])
	}
	return kept
}

func BenchmarkMap(b *testing.B) {
	rules := rulesOf(b, fuzzRules)
	payload := json.RawMessage(`{"id":1,"name":"CI","head_branch":"main","head_sha":"s1","status":"completed","conclusion":"success",
		"created_at":"2024-03-01T10:00:00Z","run_started_at":"2024-03-01T10:00:00Z","updated_at":"2024-03-01T10:05:00Z",
		"actor":{"id":3,"login":"ann"},"repository":{"id":7,"html_url":"https://github.com/acme/shop"},"url":"u","html_url":"h"}`)
	records := 0
	for b.Loop() {
		out, _, err := Map(rules, connector.Page{Endpoint: "runs", Payload: payload})
		if err != nil {
			b.Fatal(err)
		}
		records += len(out)
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
