package identity_test

import (
	"sync"
	"testing"

	"millrace/internal/identity"
	"millrace/internal/identity/identitytest"
)

// TestASecretIsMadeOnce sends each request that shows a secret twice at once, and once more, under one Idempotency-Key.
func TestASecretIsMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "root@example.org", identitytest.Administrator, identitytest.Root)
		c := f.SignedIn(t, "root@example.org")
		var robot identity.ServiceAccountView
		c.Do(t, "POST", "/service-accounts", map[string]any{"name": "robot", "unitId": identitytest.Left}).Into(t, &robot)
		robots := "/service-accounts/" + string(robot.ID) + "/tokens"
		for _, made := range []struct {
			path, list, secret string
			body               map[string]any
		}{
			{"/tokens", "/tokens", "token", map[string]any{"name": "mine"}},
			{robots, robots, "token", map[string]any{"name": "its"}},
			{"/invitations", "/invitations", "link", map[string]any{"email": "new@example.org", "name": "New", "unitId": identitytest.Left}},
		} {
			answers := make([]identitytest.Answer, 2)
			var wait sync.WaitGroup
			for i := range answers {
				wait.Go(func() { answers[i] = c.Do(t, "POST", made.path, made.body, "Idempotency-Key", "once "+made.path) })
			}
			wait.Wait()
			last := c.Do(t, "POST", made.path, made.body, "Idempotency-Key", "once "+made.path)
			var told struct{ ID string }
			if last.Into(t, &told); last.Status != 409 || last.Code() != "secret_shown_once" || told.ID == "" {
				t.Fatalf("POST %s again: %d %s", made.path, last.Status, last.Body)
			}
			secrets := 0
			for _, a := range answers {
				var out map[string]any
				a.Into(t, &out)
				secret, _ := out[made.secret].(string)
				if secret == "" {
					if code := a.Code(); code != "idempotency_in_progress" && code != "secret_shown_once" {
						t.Errorf("POST %s: %d %s", made.path, a.Status, a.Body)
					}
					continue
				}
				secrets++
				if out["id"] != told.ID || rowsContaining(t, f, secret) != 0 {
					t.Errorf("POST %s made %v, the repetition tells %s, and %d rows hold the secret", made.path, out["id"], told.ID, rowsContaining(t, f, secret))
				}
			}
			var list struct{ Items []struct{ ID string } }
			c.Do(t, "GET", made.list, nil).Into(t, &list)
			if secrets != 1 || len(list.Items) != 1 || list.Items[0].ID != told.ID {
				t.Errorf("POST %s showed %d secrets and left %+v", made.path, secrets, list.Items)
			}
			// A new key is a new request.
			again := c.Do(t, "POST", made.path, made.body, "Idempotency-Key", "another "+made.path)
			var out map[string]any
			if again.Into(t, &out); again.Status != 201 || out["id"] == told.ID {
				t.Errorf("POST %s under a new key: %d %s", made.path, again.Status, again.Body)
			}
			// A request that was refused made nothing, so it may be sent again.
			for range 2 {
				if bad := c.Do(t, "POST", made.path, map[string]any{"name": ""}, "Idempotency-Key", "bad "+made.path); bad.Status != 422 {
					t.Errorf("POST %s refused: %d %s", made.path, bad.Status, bad.Body)
				}
			}
		}
	})
}
