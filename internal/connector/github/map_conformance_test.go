package github

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

type conformanceCase struct {
	Case   string          `json:"case"`
	Config json.RawMessage `json:"config"`
}

type conformanceFact struct {
	Case  string         `json:"case"`
	Kind  string         `json:"kind"`
	ID    string         `json:"id"`
	Step  int            `json:"step"`
	Facts map[string]any `json:"facts"`
}

type conformancePair struct {
	Case   string            `json:"case"`
	Expect []conformanceFact `json:"expect"`
	raw    []byte
}

func readLines[T any](t *testing.T, name string) []T {
	t.Helper()
	f, err := os.Open("testdata/devlake/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(unzipped)
	in.Buffer(nil, 1<<24)
	var all []T
	for in.Scan() {
		var v T
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if p, ok := any(&v).(*conformancePair); ok {
			p.raw = bytes.Clone(in.Bytes())
		}
		all = append(all, v)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// factNames says which of our fields a fact is compared with where the name is not plain camel case.
var factNames = map[string]string{
	"issue_id": "workItemId", "pull_request_id": "changeRequestId", "pipeline_id": "pipelineRunId",
	"cicd_scope_id": "scopeId", "cicd_deployment_id": "deploymentId", "parent_pr_id": "parentChangeRequestId",
	"parent_issue_id": "parentWorkItemId", "id": "externalId",
}

func fieldName(fact string) string {
	if name, ok := factNames[fact]; ok {
		return name
	}
	parts := strings.Split(fact, "_")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
	}
	return strings.Join(parts, "")
}

// deviations are the facts we mean to differ from; docs/reference/conformance.md gives the reasons. The number is how
// many there are, so that one more, or one fewer, is seen.
var deviations = map[string]int{
	// A run that is still going has not finished.
	"pipeline_run.finished_at": 6,
	// The predecessor of a deployment is worked out where all deployments are known, not while one page is mapped.
	"deployment_commit.prev_success_deployment_commit_id": 0,
	// A record that joins two things has both ids, as the key of the fact has; the field repeats the first alone.
	"deployment_commit.id": 7,
}

func TestConformance(t *testing.T) {
	found := map[string]int{}
	compared := map[string]int{}
	for _, tool := range []string{"github", "github_graphql"} {
		pairs := readLines[conformancePair](t, tool+".pairs.jsonl.gz")
		unlinked := readLines[conformanceFact](t, tool+".unlinked.jsonl.gz")
		for _, c := range readLines[conformanceCase](t, tool+".cases.jsonl.gz") {
			var pages bytes.Buffer
			expected := map[string]conformanceFact{}
			expect := func(f conformanceFact) {
				if strings.HasPrefix(f.Kind, "tool.") || f.Kind == "GithubDeployment" {
					return
				}
				if old, ok := expected[f.Kind+" "+f.ID]; !ok || old.Step <= f.Step {
					expected[f.Kind+" "+f.ID] = f
				}
			}
			for _, p := range pairs {
				if p.Case == c.Case {
					pages.Write(p.raw)
					pages.WriteByte('\n')
					for _, f := range p.Expect {
						expect(f)
					}
				}
			}
			for _, f := range unlinked {
				if f.Case == c.Case {
					expect(f)
				}
			}
			records := mapAll(t, c.Config, &pages)
			for key, fact := range expected {
				record, ok := records[key]
				if !ok {
					t.Errorf("%s: no record %s", c.Case, key)
					continue
				}
				compared[fact.Kind]++
				for name, want := range fact.Facts {
					got, known := record[fieldName(name)]
					if !known && want == nil || known && same(want, got) {
						continue
					}
					deviation := fact.Kind + "." + name
					if _, meant := deviations[deviation]; meant {
						found[deviation]++
						continue
					}
					t.Errorf("%s: %s: %s is %v, the fact is %v", c.Case, key, fieldName(name), got, want)
				}
			}
		}
	}
	for name, n := range deviations {
		if found[name] != n {
			t.Errorf("%s deviates %d times, %d are documented", name, found[name], n)
		}
	}
	want := map[string]int{"pipeline_run": 35, "pipeline_run_commit": 35, "work_item": 26, "board_work_item": 26,
		"work_item_label": 11, "change_request": 49, "change_request_label": 34, "change_request_commit": 90,
		"review_comment": 30, "deployment": 7, "deployment_commit": 7}
	if fmt.Sprint(compared) != fmt.Sprint(want) {
		t.Errorf("compared %v, want %v", compared, want)
	}
}

func mapAll(t *testing.T, config []byte, pages *bytes.Buffer) map[string]map[string]any {
	t.Helper()
	rules, err := ParseConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := MapLines(rules, pages, &out); err != nil {
		t.Fatal(err)
	}
	records := map[string]map[string]any{}
	in := bufio.NewScanner(&out)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var r map[string]any
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		records[fmt.Sprint(r["kind"], " ", r["externalId"])] = r
	}
	return records
}

// same compares a fact with a field. In facts null stands for empty too, since the source cannot tell them apart.
func same(want, got any) bool {
	if empty(want) && empty(got) {
		return true
	}
	a, aIsText := want.(string)
	b, bIsText := got.(string)
	if aIsText && bIsText {
		x, errX := time.Parse(time.RFC3339, a)
		y, errY := time.Parse(time.RFC3339, b)
		return a == b || errX == nil && errY == nil && x.Equal(y)
	}
	return want == got
}

func empty(v any) bool { return v == nil || v == "" }
