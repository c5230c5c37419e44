package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const shaA, shaB = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222"

func TestFirstStartAndContract(t *testing.T) {
	engine(t, func(t *testing.T, args []string) {
		n := serve(t, args...)
		if n.setup == "" {
			t.Fatal("the first start printed no set-up link")
		}
		n.administer(args)
		for _, path := range []string{"/healthz", "/readyz", "/metrics", "/api/docs", "/api/openapi.json"} {
			if res, err := http.Get(n.url + path); err != nil || res.StatusCode != 200 {
				t.Errorf("%s: %v %v", path, res.StatusCode, err)
			}
		}
		units := items(n.must(200, "GET", "/api/v1/units", nil))
		if len(units) != 1 || units[0]["parentId"] != nil {
			t.Fatalf("a new installation has one root unit: %v", units)
		}
		root := units[0]["id"]
		unit := n.must(201, "POST", "/api/v1/units", map[string]any{"name": "Shop", "parentId": root})
		app := n.must(201, "POST", "/api/v1/applications", map[string]any{"key": "shop", "name": "Web shop", "unitId": unit["id"]})
		if app["key"] != "shop" && app["key"] != "SHOP" {
			t.Fatalf("application %v", app)
		}
		now := time.Now().UTC().Truncate(time.Second)
		at := func(hoursAgo int) string { return now.Add(-time.Duration(hoursAgo) * time.Hour).Format(time.RFC3339) }
		deploy := func(environment, commit, result string, hoursAgo int, key string) map[string]any {
			return n.must(201, "POST", "/api/v1/deployments", map[string]any{
				"application": "shop", "environment": environment, "environmentClass": "production", "commit": commit, "repository": "https://git.example.test/shop",
				"startedAt": at(hoursAgo + 1), "finishedAt": at(hoursAgo), "result": result,
			}, "Idempotency-Key", key)
		}
		first := deploy("production", shaA, "success", 50, "d1")
		again := deploy("production", shaA, "success", 50, "d1")
		if first["id"] != again["id"] {
			t.Fatalf("the same Idempotency-Key made two deployments: %v %v", first["id"], again["id"])
		}
		second := deploy("production", shaB, "success", 20, "d2")
		incident := n.must(201, "POST", "/api/v1/incidents", map[string]any{
			"application": "shop", "title": "Checkout fails", "startedAt": at(19), "resolvedAt": at(17), "causedBy": second["id"],
		})
		if incident["id"] == nil {
			t.Fatalf("incident %v", incident)
		}
		bulk := n.must(200, "POST", "/api/v1/deployments/bulk", []map[string]any{
			{"application": "shop", "environment": "production", "environmentClass": "production", "commit": shaB, "repository": "https://git.example.test/shop", "startedAt": at(6), "finishedAt": at(5), "result": "success"},
			{"application": "nobody", "environment": "production", "startedAt": at(6), "finishedAt": at(5), "result": "success"},
		})
		if bulk["succeeded"] != 1.0 || bulk["failed"] != 1.0 {
			t.Fatalf("bulk: %v", bulk)
		}
		n.metricsWithin(t, "application=shop", 3, 1.0/3)
		list := n.must(200, "GET", "/api/v1/metrics/dora/deployment_frequency/items?application=shop", nil)
		if len(items(list)) < 3 {
			t.Fatalf("items behind the frequency: %v", list)
		}
		n.stop()
	})
}

// metricsWithin waits at most a few seconds until the deployments show in the metrics; a benchmark measures how long it
// takes.
func (n *node) metricsWithin(t *testing.T, query string, deployments, failRate float64) {
	t.Helper()
	var last string
	for range 100 {
		m := n.must(200, "GET", "/api/v1/metrics/dora?"+query, nil)
		byKey := map[string]map[string]any{}
		list, _ := m["metrics"].([]any)
		for _, x := range list {
			o := x.(map[string]any)
			byKey[o["key"].(string)] = o
		}
		if len(byKey) != 5 {
			t.Fatalf("metrics: %v", m)
		}
		f, c := byKey["deployment_frequency"], byKey["change_fail_rate"]
		rate, _ := c["value"].(float64)
		if f["n"] == deployments && rate > failRate-1e-9 && rate < failRate+1e-9 {
			return
		}
		last = fmt.Sprint(f["n"], c["value"], c["n"])
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the deployments do not show: %s", last)
}

func TestEveryOperationCarriesItsPermission(t *testing.T) {
	n := serve(t, "--data", t.TempDir())
	doc := n.must(200, "GET", "/api/openapi.json", nil)
	operations := 0
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			o, ok := op.(map[string]any)
			if !ok {
				continue
			}
			operations++
			permission, _ := o["x-permission"].(string)
			if permission == "" {
				t.Errorf("%s %s carries no x-permission", method, path)
			}
			if permission == "public" || method != "get" || strings.Contains(path, "{") {
				continue
			}
			if status, m := n.call("GET", path, nil); status != 401 || m["code"] == nil {
				t.Errorf("GET %s without a token: %d %v", path, status, m)
			}
		}
	}
	if operations < 60 {
		t.Fatalf("only %d operations", operations)
	}
}

func TestAKilledServerLosesNothingItAcknowledged(t *testing.T) {
	engine(t, func(t *testing.T, args []string) {
		n := serve(t, args...)
		n.administer(args)
		root := items(n.must(200, "GET", "/api/v1/units", nil))[0]["id"]
		n.must(201, "POST", "/api/v1/applications", map[string]any{"key": "k", "name": "Killed", "unitId": root})
		acknowledged := make(chan int, 1)
		go func() {
			count := 0
			for i := range 10_000 {
				at := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
				status, _, err := n.try("POST", "/api/v1/deployments", map[string]any{
					"application": "k", "environment": "production", "externalId": fmt.Sprint("x", i), "startedAt": at, "finishedAt": at, "result": "success",
				})
				if err != nil || status != 201 {
					break
				}
				count++
			}
			acknowledged <- count
		}()
		time.Sleep(700 * time.Millisecond)
		n.kill()
		count := <-acknowledged
		if count == 0 {
			t.Fatal("nothing was acknowledged before the kill; the test proves nothing")
		}
		back := serve(t, args...)
		back.token = n.token
		got := 0
		for cursor := ""; ; {
			m := back.must(200, "GET", "/api/v1/deployments?application=k&limit=500&cursor="+cursor, nil)
			got += len(items(m))
			next, _ := m["next"].(string)
			if cursor = next; next == "" {
				break
			}
		}
		if got < count {
			t.Fatalf("%d were acknowledged, %d are there after the kill", count, got)
		}
	})
}

func TestTwoNodesOnOneDatabase(t *testing.T) {
	engine(t, func(t *testing.T, args []string) {
		if len(args) < 4 {
			t.Skip("SQLite has one node")
		}
		one := serve(t, args...)
		one.administer(args)
		two := serve(t, args...)
		two.token = one.token
		root := items(one.must(200, "GET", "/api/v1/units", nil))[0]["id"]
		one.must(201, "POST", "/api/v1/applications", map[string]any{"key": "shared", "name": "Shared", "unitId": root})
		at := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
		one.must(201, "POST", "/api/v1/deployments", map[string]any{"application": "shared", "environment": "production", "startedAt": at, "finishedAt": at, "result": "success"})
		two.metricsWithin(t, "application=shared", 1, 0)
	})
}
