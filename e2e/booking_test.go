package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// said is what the server last acknowledged about a booking.
type said struct {
	status   string
	from, to string
}

func (n *node) environments(root any, autoApprove bool, keys ...string) {
	for _, key := range keys {
		n.must(201, "POST", "/api/v1/environments", map[string]any{"key": key, "unitId": root, "capacity": 1, "autoApprove": autoApprove})
	}
}

// TestAKilledServerKeepsTheSchedule lets clients book, move and cancel on a few exclusive environments, kills the server in
// the middle, and checks that what was acknowledged is there and that no two approved bookings overlap.
func TestAKilledServerKeepsTheSchedule(t *testing.T) {
	engine(t, func(t *testing.T, args []string) {
		n := serve(t, args...)
		n.administer(args)
		root := items(n.must(200, "GET", "/api/v1/units", nil))[0]["id"]
		keys := []string{"K1", "K2", "K3"}
		n.environments(root, true, keys...)
		var mu sync.Mutex
		acknowledged, open := map[string]said{}, map[string]bool{}
		base := time.Now().UTC().Truncate(time.Hour).Add(48 * time.Hour)
		span := func(r *rand.Rand) (from, to string) {
			at := base.Add(time.Duration(r.IntN(400)) * time.Hour)
			return at.Format(time.RFC3339), at.Add(time.Duration(1+r.IntN(10)) * time.Hour).Format(time.RFC3339)
		}
		note := func(id string, answer map[string]any) {
			mu.Lock()
			defer mu.Unlock()
			acknowledged[id] = said{answer["status"].(string), answer["from"].(string), answer["to"].(string)}
			delete(open, id)
		}
		var clients sync.WaitGroup
		for c := range 6 {
			clients.Add(1)
			go func() {
				defer clients.Done()
				r := rand.New(rand.NewPCG(uint64(c), 7))
				mine := []string{}
				for {
					from, to := span(r)
					if len(mine) == 0 || r.IntN(3) > 0 {
						status, answer, err := n.try("POST", "/api/v1/bookings", map[string]any{"environment": keys[r.IntN(len(keys))], "from": from, "to": to, "intent": "touch", "title": "x"})
						if err != nil {
							return
						}
						if status == 201 {
							id := answer["id"].(string)
							note(id, answer)
							mine = append(mine, id)
						}
						continue
					}
					id := mine[r.IntN(len(mine))]
					mu.Lock()
					open[id] = true
					mu.Unlock()
					var status int
					var answer map[string]any
					var err error
					if r.IntN(2) == 0 {
						status, answer, err = n.try("POST", "/api/v1/bookings/"+id+"/cancel", map[string]any{"reason": "no longer needed"})
					} else {
						var now map[string]any
						if status, now, err = n.try("GET", "/api/v1/bookings/"+id, nil); err == nil && status == 200 {
							status, answer, err = n.try("PATCH", "/api/v1/bookings/"+id, map[string]any{"from": from, "to": to}, "If-Match", fmt.Sprintf(`"%v"`, now["version"]))
						}
					}
					if err != nil {
						return
					}
					if status == 200 {
						note(id, answer)
					} else {
						mu.Lock()
						delete(open, id)
						mu.Unlock()
					}
				}
			}()
		}
		time.Sleep(1500 * time.Millisecond)
		n.kill()
		clients.Wait()
		if len(acknowledged) < 10 {
			t.Fatalf("only %d bookings were acknowledged before the kill; the test proves nothing", len(acknowledged))
		}
		back := serve(t, args...)
		back.token = n.token
		for id, want := range acknowledged {
			got := back.must(200, "GET", "/api/v1/bookings/"+id, nil)
			if have := (said{got["status"].(string), got["from"].(string), got["to"].(string)}); !open[id] && have != want {
				t.Errorf("booking %s is %+v, but %+v was acknowledged", id, have, want)
			}
		}
		for _, key := range keys {
			back.checkDisjoint(t, key)
		}
	})
}

// checkDisjoint compares the approved bookings of an environment, the earliest first.
func (n *node) checkDisjoint(t *testing.T, key string) {
	t.Helper()
	var spans [][2]string
	for cursor := ""; ; {
		m := n.must(200, "GET", "/api/v1/bookings?status=approved&limit=500&environment="+key+"&cursor="+cursor, nil)
		for _, b := range items(m) {
			spans = append(spans, [2]string{b["from"].(string), b["to"].(string)})
		}
		next, _ := m["next"].(string)
		if cursor = next; next == "" {
			break
		}
	}
	slices.SortFunc(spans, func(a, b [2]string) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	})
	for i := 1; i < len(spans); i++ {
		if spans[i][0] < spans[i-1][1] {
			t.Errorf("%s is booked twice: %v and %v", key, spans[i-1], spans[i])
		}
	}
}

// TestAPipelineAsksBeforeItDeploys runs the command a pipeline runs, and reads its exit codes.
func TestAPipelineAsksBeforeItDeploys(t *testing.T) {
	engine(t, func(t *testing.T, args []string) {
		n := serve(t, args...)
		n.administer(args)
		root := items(n.must(200, "GET", "/api/v1/units", nil))[0]["id"]
		n.must(201, "POST", "/api/v1/applications", map[string]any{"key": "payments", "name": "Payments", "unitId": root})
		n.environments(root, true, "FREE", "BOOKED", "DOWN", "GONE")
		now := time.Now().UTC()
		stamp := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
		n.must(201, "POST", "/api/v1/bookings", map[string]any{"environment": "BOOKED", "from": stamp(-time.Hour), "to": stamp(time.Hour), "intent": "change_code", "title": "Theirs"})
		// The pipeline signs in as somebody else than the one who booked.
		command(t, password+"\n", append([]string{"admin", "create", "--email", "pipeline@example.test", "--password-stdin"}, args...)...)
		pipeline := strings.TrimSpace(command(t, "", append([]string{"token", "create", "--email", "pipeline@example.test", "--name", "ci"}, args...)...))
		n.must(201, "POST", "/api/v1/health-events", map[string]any{"environment": "DOWN", "health": "offline"})
		n.must(200, "PATCH", "/api/v1/environments/GONE", map[string]any{"status": "Decommissioned"}, "If-Match", `"1"`)
		check := func(env string) int {
			t.Helper()
			bin, err := binary()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(bin, "env", "check", "--environment", env, "--application", "payments")
			cmd.Env = append(os.Environ(), "MILLRACE_URL="+n.url, "MILLRACE_TOKEN="+pipeline)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			t.Logf("%s: %s", env, out)
			return cmd.ProcessState.ExitCode()
		}
		for env, want := range map[string]int{"FREE": 0, "BOOKED": 10, "DOWN": 12, "GONE": 12} {
			if got := check(env); got != want {
				t.Errorf("%s: exit %d, want %d", env, got, want)
			}
		}
		n.must(201, "POST", "/api/v1/freezes", map[string]any{"name": "Year end", "from": stamp(-time.Hour), "to": stamp(time.Hour)})
		if got := check("FREE"); got != 11 {
			t.Errorf("in a freeze: exit %d, want 11", got)
		}
	})
}
