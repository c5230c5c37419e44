package connector_test

import (
	"net/http"
	"strings"
	"testing"

	"millrace/internal/connector"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

func TestSecretsAreEncryptedAndNeverShown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		token := w.github.Token
		for _, path := range []string{"", "/" + string(c.ID), "/" + string(c.ID) + "/scopes", "/" + string(c.ID) + "/runs", "/" + string(c.ID) + "/webhook-deliveries"} {
			got := w.api.Do(t, "GET", "/connections"+path, nil)
			if got.Status != 200 || strings.Contains(string(got.Body), token) || strings.Contains(string(got.Body), webhookSecret) {
				t.Errorf("%s: %d %s", path, got.Status, got.Body)
			}
		}
		for query, what := range map[string]string{
			"SELECT count(*) FROM vault_secret WHERE sealed LIKE ?":                                                           "vault",
			"SELECT count(*) FROM event WHERE COALESCE(CAST(changes AS TEXT), '') || COALESCE(CAST(data AS TEXT), '') LIKE ?": "events",
			"SELECT count(*) FROM connection WHERE CAST(settings AS TEXT) LIKE ?":                                             "settings",
			"SELECT count(*) FROM job WHERE args LIKE ?":                                                                      "jobs",
		} {
			for _, secret := range []string{token, webhookSecret} {
				if n := w.count(query, "%"+secret+"%"); n != 0 {
					t.Errorf("a secret can be read in %s", what)
				}
			}
		}
		if strings.Contains(w.log.String(), token) {
			t.Error("the token is in the log")
		}
		if n := w.count("SELECT count(*) FROM vault_secret"); n != 2 {
			t.Errorf("%d secrets", n)
		}
		got := w.api.Do(t, "DELETE", "/connections/"+string(c.ID), nil, "If-Match", `"1"`)
		if got.Status != http.StatusNoContent || w.count("SELECT count(*) FROM vault_secret")+w.count("SELECT count(*) FROM raw_page") != 0 {
			t.Errorf("%d %s: secrets or pages stay behind", got.Status, got.Body)
		}
		if w.count("SELECT count(*) FROM repository_commit") == 0 {
			t.Error("the facts went with the connection")
		}
	})
}

func TestCredentialIsNotSentElsewhere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		path := "/connections/" + string(c.ID)
		if got := w.api.Do(t, "PATCH", path, map[string]any{"settings": settings(w, "baseUrl", "https://evil.example.com")}, "If-Match", `"1"`); got.Code() != "credential_needed" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := w.api.Do(t, "PATCH", path, map[string]any{"settings": settings(w, "historyDays", "30")}, "If-Match", `"1"`); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := w.api.Do(t, "PATCH", path, map[string]any{"settings": settings(w, "baseUrl", "https://ghe.example.com"), "credential": "ghp_other"}, "If-Match", `"2"`); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := w.api.Do(t, "PATCH", path, map[string]any{"settings": settings(w, "baseUrl", "https://u:p@ghe.example.com"), "credential": "x"}, "If-Match", `"3"`); got.Code() != "connection_settings_invalid" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
}

func TestStaleEditAndInput(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		path := "/connections/" + string(c.ID)
		for _, try := range []struct {
			what, method, path string
			body               any
			match, code        string
			status             int
		}{
			{"no If-Match", "PATCH", path, map[string]any{"name": "A"}, "", "if_match_required", 428},
			{"an edit", "PATCH", path, map[string]any{"name": "Renamed"}, `"1"`, "", 200},
			{"a stale edit", "PATCH", path, map[string]any{"name": "Other"}, `"1"`, "stale", 409},
			{"a stale removal", "DELETE", path, nil, `"1"`, "stale", 409},
			{"a name that is taken", "POST", "/connections", map[string]any{"kind": "github", "name": "renamed", "unitId": deliverytest.North}, "", "connection_name_taken", 409},
			{"an unknown kind", "POST", "/connections", map[string]any{"kind": "abacus", "name": "X", "unitId": deliverytest.North}, "", "connection_kind_unknown", 422},
			{"an unknown setting", "POST", "/connections", map[string]any{"kind": "github", "name": "X", "unitId": deliverytest.North, "settings": map[string]string{"x": "y"}}, "", "connection_settings_invalid", 422},
			{"an unknown unit", "POST", "/connections", map[string]any{"kind": "github", "name": "X", "unitId": ref.New[ref.Unit]()}, "", "not_found", 404},
			{"the kinds", "GET", "/connector-kinds", nil, "", "", 200},
		} {
			var headers []string
			if try.match != "" {
				headers = []string{"If-Match", try.match}
			}
			got := w.api.Do(t, try.method, try.path, try.body, headers...)
			if got.Status != try.status || got.Code() != try.code {
				t.Errorf("%s: %d %s", try.what, got.Status, got.Body)
			}
		}
	})
}

func TestPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		run := w.start(c.ID, connector.Pull)
		path, hook := "/connections/"+string(c.ID), map[string]any{"kind": "PULL"}
		routes := []struct {
			method, path string
			body         any
			perm         authz.Permission
		}{
			{"GET", path, nil, connector.PermView},
			{"GET", path + "/scopes", nil, connector.PermView},
			{"GET", path + "/runs", nil, connector.PermView},
			{"GET", path + "/unmapped-pages", nil, connector.PermView},
			{"GET", path + "/webhook-deliveries", nil, connector.PermView},
			{"GET", "/connection-runs/" + string(run.ID), nil, connector.PermView},
			{"PATCH", path, map[string]any{"name": "X"}, connector.PermManage},
			{"DELETE", path, nil, connector.PermManage},
			{"POST", path + "/verifications", nil, connector.PermManage},
			{"GET", path + "/available-scopes", nil, connector.PermManage},
			{"PATCH", path + "/scopes", map[string]any{}, connector.PermManage},
			{"POST", path + "/runs", hook, connector.PermRun},
			{"POST", "/connection-runs/" + string(run.ID) + "/cancellation", nil, connector.PermRun},
			{"POST", path + "/webhook-deliveries/x/retry", nil, connector.PermRun},
		}
		// Everything on the other unit: nothing of this connection exists.
		other := deliverytest.Principal(deliverytest.SouthPath, connector.PermView, connector.PermManage, connector.PermRun)
		// Seeing alone on this unit, and everything on the other.
		viewer := deliverytest.Principal(deliverytest.NorthPath, connector.PermView)
		viewer.Grants = append(viewer.Grants, other.Grants...)
		for _, r := range routes {
			if got := w.api.As(other).Do(t, r.method, r.path, r.body, "If-Match", `"1"`); got.Status != http.StatusNotFound {
				t.Errorf("%s %s from another unit: %d %s", r.method, r.path, got.Status, got.Body)
			}
			got := w.api.As(viewer).Do(t, r.method, r.path, r.body, "If-Match", `"1"`)
			if want := map[bool]int{true: 200, false: 403}[r.perm == connector.PermView]; got.Status != want {
				t.Errorf("%s %s by a viewer: %d %s", r.method, r.path, got.Status, got.Body)
			}
			if got := w.api.As(nil).Do(t, r.method, r.path, r.body, "If-Match", `"1"`); got.Status != http.StatusUnauthorized {
				t.Errorf("%s %s by nobody: %d", r.method, r.path, got.Status)
			}
		}
		for who, want := range map[*authz.Principal]int{other: 0, viewer: 1} {
			for _, list := range []string{"/connections", "/connection-runs"} {
				var page httpapi.Page[map[string]any]
				w.api.As(who).Do(t, "GET", list, nil).Into(t, &page)
				if len(page.Items) != want {
					t.Errorf("%s lists %d, want %d", list, len(page.Items), want)
				}
			}
		}
		// Moving a connection needs the right on both units.
		north := deliverytest.Principal(deliverytest.NorthPath, connector.PermView, connector.PermManage)
		if got := w.api.As(north).Do(t, "PATCH", path, map[string]any{"unitId": deliverytest.South}, "If-Match", `"1"`); got.Status != http.StatusNotFound {
			t.Errorf("moved to a unit out of sight: %d %s", got.Status, got.Body)
		}
	})
}
