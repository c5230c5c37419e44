package identity_test

import (
	"strings"
	"testing"

	"millrace/internal/identity"
	"millrace/internal/identity/identitytest"
	"millrace/internal/platform/httpapi"
)

func TestProvidersThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, f *identitytest.Fixture) {
		f.Member(t, "root@example.org", identitytest.Administrator, identitytest.Root)
		f.Member(t, "left@example.org", identitytest.Administrator, identitytest.Left)
		f.Organisation.AddRole(t, "sso_manager", false, identity.PermManageProvider)
		f.Member(t, "sso@example.org", "sso_manager", identitytest.Root)
		i := identitytest.NewIssuer(t, f.Clock)
		body := map[string]any{"name": "SSO", "issuer": i.URL, "clientId": "x", "clientSecret": "very-secret-value", "enabled": true}
		for email, code := range map[string]string{"left@example.org": "permission_missing", "sso@example.org": "provider_needs_administrator"} {
			if a := f.SignedIn(t, email).Do(t, "POST", "/identity-providers", body); a.Status != 403 || a.Code() != code {
				t.Fatalf("%s: %d %s", email, a.Status, a.Body)
			}
		}
		root := f.SignedIn(t, "root@example.org")
		bad := map[string]any{"name": "SSO", "issuer": "http://elsewhere.example", "clientId": "x", "groupRoles": []map[string]string{{"group": "g", "roleId": "viewer", "unitId": "nowhere"}}}
		if a := root.Do(t, "POST", "/identity-providers", bad); a.Status != 422 || a.Code() != "provider_invalid" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		a := root.Do(t, "POST", "/identity-providers", body)
		var p identity.ProviderView
		a.Into(t, &p)
		if a.Status != 201 || !p.HasSecret || strings.Contains(string(a.Body), "very-secret") || f.Vault.Len() != 1 || rowsContaining(t, f, "very-secret-value") != 0 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		var test identity.ProviderTest
		root.Do(t, "POST", "/identity-providers/"+p.ID+"/test", nil).Into(t, &test)
		if !test.OK || !strings.HasSuffix(test.RedirectURL, "/api/v1/auth/oidc/"+p.ID+"/callback") {
			t.Fatalf("%+v", test)
		}
		path := "/identity-providers/" + p.ID
		if a := root.Do(t, "PATCH", path, map[string]any{"name": "X"}); a.Status != 428 {
			t.Fatalf("without If-Match: %d", a.Status)
		}
		a = root.Do(t, "PATCH", path, map[string]any{"issuer": i.URL + "/nothing", "clientSecret": ""}, "If-Match", httpapi.ETag(1))
		if a.Status != 200 || a.Header.Get("ETag") != `"2"` || f.Vault.Len() != 0 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		if a := root.Do(t, "PATCH", path, map[string]any{"name": "X"}, "If-Match", httpapi.ETag(1)); a.Status != 409 || a.Code() != "stale" {
			t.Fatalf("stale: %d %s", a.Status, a.Body)
		}
		root.Do(t, "POST", path+"/test", nil).Into(t, &test)
		if test.OK || test.Message == "" {
			t.Fatalf("%+v", test)
		}
		if a := root.Do(t, "DELETE", path, nil, "If-Match", httpapi.ETag(2)); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	})
}
