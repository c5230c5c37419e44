package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConnectorMapNeedsNoServer(t *testing.T) {
	config := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(config, []byte(`{"patterns":{"DEPLOYMENT":"deploy.*","PRODUCTION":"deploy.*"},"Name":"acme/shop","GithubId":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	page := `{"endpoint":"api_runs","url":"https://api.github.com/repos/acme/shop/actions/runs","payload":{"id":5,"name":"deploy","head_sha":"` + shaA + `","status":"completed","conclusion":"success","created_at":"2024-01-01T00:00:00Z","updated_at":"2024-01-01T00:01:00Z","run_started_at":"2024-01-01T00:00:00Z","url":"u","html_url":"h","repository":{"id":7,"full_name":"acme/shop","html_url":"https://github.com/acme/shop"}}}`
	out := command(t, page+"\n", "connector", "map", "--kind", "github", "--config", config)
	kinds := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var r struct{ Kind, ExternalID string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		kinds[r.Kind] = r.ExternalID
	}
	if kinds["pipeline_run"] != "run:7/5" {
		t.Fatalf("%v", kinds)
	}
}
