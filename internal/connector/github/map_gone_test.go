package github

import (
	"slices"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/delivery"
)

// TestWhatIsGoneIsTakenBack maps pushes and findings about what was deleted.
func TestWhatIsGoneIsTakenBack(t *testing.T) {
	const repository = `"repository":{"id":7,"full_name":"acme/shop"}`
	for _, c := range []struct {
		endpoint, payload string
		want              []string
	}{
		{"webhook.issues", `{"action":"deleted","issue":{"id":11,"number":1},` + repository + `}`, []string{"incident|issue:11", "work_item|issue:11"}},
		{"webhook.issues", `{"action":"transferred","issue":{"id":11,"number":1},` + repository + `}`, []string{"incident|issue:11", "work_item|issue:11"}},
		{"webhook.issue_comment", `{"action":"deleted","comment":{"id":5},"issue":{"id":11,"number":1},` + repository + `}`, []string{"work_item_comment|issue:5"}},
		{"webhook.issue_comment", `{"action":"deleted","comment":{"id":5},"issue":{"id":11,"number":1,"pull_request":{"url":"x"}},` + repository + `}`, []string{"review_comment|pr_comment:5"}},
		{"webhook.pull_request_review_comment", `{"action":"deleted","comment":{"id":5},"pull_request":{"id":12},` + repository + `}`, []string{"review_comment|pr_comment:5"}},
		{"webhook.release", `{"action":"deleted","release":{"id":13,"node_id":"RE_1"},` + repository + `}`, []string{"release|release:RE_1"}},
		{"webhook.milestone", `{"action":"deleted","milestone":{"id":14},` + repository + `}`, []string{"milestone|milestone:14"}},
		{"webhook.repository", `{"action":"deleted",` + repository + `}`, nil},
		{"webhook.issues", `{"action":"deleted","issue":{"number":1},` + repository + `}`, nil},
		{"gone", `{"entity":"deployment","id":15,"node_id":"DE_1"}`, []string{"deployment|deployment:DE_1"}},
		{"gone", `{"entity":"run","id":16}`, []string{"deployment|run:7/16", "pipeline_run|run:7/16"}},
		{"gone", `{"entity":"pull_request","id":17}`, []string{"change_request|pull_request:17"}},
		{"gone", `{"entity":"planet","id":17}`, nil},
	} {
		rules, err := ParseConfig([]byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		records, unmapped, err := Map(rules, connector.Page{Endpoint: c.endpoint, Scope: []byte(`{"externalId":"7","name":"acme/shop"}`), Payload: []byte(c.payload)})
		if err != nil {
			t.Errorf("%s: %v", c.payload, err)
		}
		var got []string
		for _, r := range records {
			gone, ok := r.(delivery.Retraction)
			if !ok || gone.Reason == "" || gone.ExternalID != string(gone.Of)+"|"+gone.ID {
				t.Errorf("%s makes %+v", c.payload, r)
				continue
			}
			got = append(got, gone.ExternalID)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) || (len(c.want) == 0) != (len(unmapped) == 1) {
			t.Errorf("%s %s: %v, unmapped %v, want %v", c.endpoint, c.payload, got, unmapped, c.want)
		}
	}
}
