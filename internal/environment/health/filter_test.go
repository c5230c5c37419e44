package health_test

import (
	"strings"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/environment/health"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi/httpapitest"
)

// TestEnvironmentsByHealth narrows the list of environments to how they are.
func TestEnvironmentsByHealth(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		here, there := w.AddUnit("Here", ""), w.AddUnit("There", "")
		for _, key := range []string{"UP", "DOWN", "SLOW", "ODD", "QUIET"} {
			w.AddEnvironment(key, func(e *environment.Environment) { e.Unit = here.ID })
		}
		w.AddEnvironment("FAR", func(e *environment.Environment) { e.Unit = there.ID })
		now := w.Clock.Now()
		w.says(t, "UP", "offline", now.Add(-time.Hour))
		for env, how := range map[string]string{"UP": "online", "DOWN": "offline", "SLOW": "issue", "ODD": "unknown", "FAR": "online"} {
			w.says(t, env, how, now)
		}
		server := httpapitest.New(t, w.DB, w.Clock, w.Environments.Mount)
		list := func(query string) string {
			t.Helper()
			page := into[struct {
				Items []struct{ Key string }
				Total int
			}](t, server.Do(t, "GET", "/environments?sort=key&"+query, nil))
			var keys []string
			for _, e := range page.Items {
				keys = append(keys, e.Key)
			}
			if page.Total != len(keys) {
				t.Errorf("%s: a total of %d for %v", query, page.Total, keys)
			}
			return strings.Join(keys, " ")
		}
		if got := list("health=online"); got != "" {
			t.Errorf("nobody knows the health, and %q is online", got)
		}
		if got := list("health=none"); got != "DOWN FAR ODD QUIET SLOW UP" {
			t.Errorf("nobody knows the health: %q", got)
		}
		w.Environments.Use(w.health)
		for query, want := range map[string]string{
			"health=online": "FAR UP", "health=offline": "DOWN", "health=issue": "SLOW", "health=unknown": "ODD", "health=none": "QUIET",
			"health=issue,none": "QUIET SLOW", "health=online&q=up": "UP", "": "DOWN FAR ODD QUIET SLOW UP",
		} {
			if got := list(query); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		want(t, server.Do(t, "GET", "/environments?health=banana", nil), 422, "validation_failed")
		server = server.As(authz.From(w.World.As(here, environment.PermView, health.PermView)))
		if got := list("health=online"); got != "UP" {
			t.Errorf("as somebody of the unit: %q", got)
		}
		server = server.As(authz.From(w.World.As(here, environment.PermView)))
		if got := list("health=online") + list("health=none"); got != "" {
			t.Errorf("without the permission to see health: %q", got)
		}
	})
}
