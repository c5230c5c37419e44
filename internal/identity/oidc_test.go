package identity_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"millrace/internal/identity"
	"millrace/internal/identity/identitytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

// sso is a fixture with one identity provider.
type sso struct {
	*identitytest.Fixture
	issuer   *identitytest.Issuer
	provider *identity.Provider
}

func withIssuer(t *testing.T, d *db.DB, change ...func(*identity.Provider)) *sso {
	t.Helper()
	f := identitytest.New(t, d)
	i := identitytest.NewIssuer(t, f.Clock)
	p := identity.Provider{Name: "Acme SSO", Issuer: i.URL, ClientID: identitytest.ClientID, Enabled: true, AutoProvision: true,
		GroupsClaim: "groups", GroupRoles: []identity.GroupRole{
			{Group: "devs", Role: identitytest.Viewer, Unit: identitytest.Left},
			{Group: "leads", Role: identitytest.Manager, Unit: identitytest.Right},
		}}
	for _, fn := range change {
		fn(&p)
	}
	created, err := f.CreateProvider(authz.With(t.Context(), authz.System("test")), p, identitytest.ClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	i.Person("ada-sub", "ada@example.org", "devs")
	return &sso{f, i, created}
}

// begin visits the start of a sign-in and the issuer, and returns the query the issuer sends back.
func (s *sso) begin(t *testing.T, c *identitytest.Client, returnTo string) url.Values {
	t.Helper()
	a := c.Do(t, "GET", "/auth/oidc/"+s.provider.ID+"/start?returnTo="+url.QueryEscape(returnTo), nil)
	if a.Status != 303 {
		t.Fatalf("start: %d %s", a.Status, a.Body)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(a.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatalf("the issuer answered %d: %v", res.StatusCode, err)
	}
	if want := "http://millrace.test/api/v1/auth/oidc/" + s.provider.ID + "/callback"; back.Scheme+"://"+back.Host+back.Path != want {
		t.Fatalf("sent back to %s", back)
	}
	return back.Query()
}

// finish brings the issuer's answer back and returns where the browser is sent.
func (s *sso) finish(t *testing.T, c *identitytest.Client, q url.Values) (string, identitytest.Answer) {
	t.Helper()
	a := c.Do(t, "GET", "/auth/oidc/"+s.provider.ID+"/callback?"+q.Encode(), nil)
	if a.Status != 303 {
		t.Fatalf("callback: %d %s", a.Status, a.Body)
	}
	return strings.TrimPrefix(a.Header.Get("Location"), "http://millrace.test"), a
}

func (s *sso) signIn(t *testing.T, c *identitytest.Client) string {
	t.Helper()
	to, _ := s.finish(t, c, s.begin(t, c, "/applications?q=x"))
	return to
}

func eachSSO(t *testing.T, fn func(t *testing.T, s *sso), change ...func(*identity.Provider)) {
	t.Helper()
	dbtest.Each(t, identitytest.Sets, func(t *testing.T, d *db.DB) { fn(t, withIssuer(t, d, change...)) })
}

func roles(t *testing.T, c *identitytest.Client) string {
	t.Helper()
	var me identity.Me
	a := c.Do(t, "GET", "/me", nil)
	if a.Status != 200 {
		t.Fatalf("/me: %d %s", a.Status, a.Body)
	}
	a.Into(t, &me)
	var out []string
	for _, g := range me.Grants {
		out = append(out, string(g.RoleID)+"@"+string(g.UnitID))
	}
	return strings.Join(out, " ")
}

func TestOIDCSignsInAndFollowsGroups(t *testing.T) {
	eachSSO(t, func(t *testing.T, s *sso) {
		c := s.Client(t)
		if a := c.Do(t, "GET", "/auth/providers", nil); a.Status != 200 || !strings.Contains(string(a.Body), `"name":"Acme SSO"`) || strings.Contains(string(a.Body), "issuer") {
			t.Fatalf("%s", a.Body)
		}
		if to := s.signIn(t, c); to != "/applications?q=x" {
			t.Fatalf("sent to %s", to)
		}
		if got := roles(t, c); got != "viewer@left" {
			t.Fatalf("roles %q", got)
		}
		if a := c.Do(t, "POST", "/me/password", map[string]string{"currentPassword": "no account has this password", "password": identitytest.Password}); a.Status != 409 || a.Code() != "account_without_password" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		// A role given by hand, which a group will bring too, and one that only the group brings.
		var me identity.Me
		c.Do(t, "GET", "/me", nil).Into(t, &me)
		s.Organisation.Grant(t, identity.Subject{Person: me.Person.ID}, identitytest.Manager, identitytest.Right)
		s.issuer.Person("ada-sub", "ada@example.org", "devs", "leads")
		s.signIn(t, c)
		if got := roles(t, c); got != "viewer@left manager@right" {
			t.Fatalf("roles %q", got)
		}
		s.issuer.Person("ada-sub", "ada@example.org", "unknown")
		s.signIn(t, c)
		if got := roles(t, c); got != "manager@right" {
			t.Fatalf("the group is gone, yet: %q", got)
		}
		if n := countRows(t, s.Fixture, "provider_grant"); n != 0 {
			t.Fatalf("%d provider grants are left", n)
		}
		if n := countRows(t, s.Fixture, "account"); n != 1 {
			t.Fatalf("%d accounts", n)
		}
	})
}

func TestOIDCRemovingTheProviderTakesItsRoles(t *testing.T) {
	eachSSO(t, func(t *testing.T, s *sso) {
		c := s.Client(t)
		s.signIn(t, c)
		if err := s.DeleteProvider(authz.With(t.Context(), authz.System("test")), s.provider.ID, s.provider.Version); err != nil {
			t.Fatal(err)
		}
		if got := roles(t, c); got != "" || s.Vault.Len() != 0 {
			t.Fatalf("roles %q, %d secrets", got, s.Vault.Len())
		}
	})
}

// TestOIDCRefusals goes through what can be wrong with an answer of the issuer; none may open a session.
func TestOIDCRefusals(t *testing.T) {
	claim := func(name string, v any) func(*identitytest.Issuer) {
		return func(i *identitytest.Issuer) { i.Change = func(c map[string]any) { c[name] = v } }
	}
	cases := []struct {
		name  string
		spoil func(*identitytest.Issuer)
		code  string
	}{
		{"wrong nonce", claim("nonce", "another"), "oidc_token_invalid"},
		{"no nonce", func(i *identitytest.Issuer) { i.Change = func(c map[string]any) { delete(c, "nonce") } }, "oidc_token_invalid"},
		{"wrong audience", claim("aud", "another-client"), "oidc_token_invalid"},
		{"wrong issuer", claim("iss", "https://elsewhere.example"), "oidc_token_invalid"},
		{"expired", claim("exp", identitytest.Start.Add(-time.Second).Unix()), "oidc_token_invalid"},
		{"foreign key", func(i *identitytest.Issuer) { i.ForeignKey = true }, "oidc_token_invalid"},
		{"tampered payload", func(i *identitytest.Issuer) { i.Tamper = swapEmail }, "oidc_token_invalid"},
		{"no signature", func(i *identitytest.Issuer) { i.Tamper = unsigned }, "oidc_token_invalid"},
		{"no token", func(i *identitytest.Issuer) { i.Tamper = func(string) string { return "" } }, "oidc_token_invalid"},
		{"unverified email", claim("email_verified", false), "oidc_email_unverified"},
		{"unverified as text", claim("email_verified", "false"), "oidc_email_unverified"},
		{"unmarked email", func(i *identitytest.Issuer) { i.Change = func(c map[string]any) { delete(c, "email_verified") } }, "oidc_email_unverified"},
		{"no email", func(i *identitytest.Issuer) { i.Change = func(c map[string]any) { delete(c, "email") } }, "oidc_email_unverified"},
		{"foreign domain", claim("email", "ada@elsewhere.example"), "oidc_domain_refused"},
		{"lookalike domain", claim("email", "ada@notexample.org"), "oidc_domain_refused"},
		{"refused", func(i *identitytest.Issuer) { i.Refuse = "access_denied" }, "oidc_refused"},
	}
	d := dbtest.SQLite(t, identitytest.Sets...)
	s := withIssuer(t, d, func(p *identity.Provider) { p.AllowedDomains = []string{"@Example.org"} })
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s.issuer.Change, s.issuer.Tamper, s.issuer.Refuse, s.issuer.ForeignKey = nil, nil, "", false
			c.spoil(s.issuer)
			to, a := s.finish(t, s.Client(t), s.begin(t, s.Client(t), "/"))
			if to != "/sign-in?problem=oidc_state_invalid" {
				t.Fatalf("another browser finished: %s", to)
			}
			client := s.Client(t)
			to, a = s.finish(t, client, s.begin(t, client, "/"))
			if to != "/sign-in?problem="+c.code || a.Cookie(identity.SessionCookie) != nil {
				t.Fatalf("sent to %s", to)
			}
		})
	}
	if n := countRows(t, s.Fixture, "session") + countRows(t, s.Fixture, "account"); n != 0 {
		t.Fatalf("%d sessions and accounts were made", n)
	}
	s.issuer.Change, s.issuer.Tamper, s.issuer.Refuse, s.issuer.ForeignKey = nil, nil, "", false
	if to := s.signIn(t, s.Client(t)); to != "/applications?q=x" {
		t.Fatalf("an unspoilt answer: %s", to) // the control
	}
}

func swapEmail(token string) string {
	parts := strings.Split(token, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var c map[string]any
	_ = json.Unmarshal(raw, &c)
	c["email"] = "root@example.org"
	raw, _ = json.Marshal(c)
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(raw) + "." + parts[2]
}

func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
}

func TestOIDCStateAndCodeWorkOnce(t *testing.T) {
	eachSSO(t, func(t *testing.T, s *sso) {
		c := s.Client(t)
		q := s.begin(t, c, "/")
		spoilt := url.Values{"state": {"made-up"}, "code": q["code"]}
		if to, _ := s.finish(t, c, spoilt); to != "/sign-in?problem=oidc_state_invalid" {
			t.Fatalf("made-up state: %s", to)
		}
		c = s.Client(t)
		q = s.begin(t, c, "/")
		cookies := cookieHeader(t, s, c)
		if to, _ := s.finish(t, c, q); to != "/" {
			t.Fatalf("%s", to)
		}
		again := func() string {
			a := s.Client(t).Do(t, "GET", "/auth/oidc/"+s.provider.ID+"/callback?"+q.Encode(), nil, "Cookie", cookies)
			return strings.TrimPrefix(a.Header.Get("Location"), "http://millrace.test")
		}
		if to := again(); to != "/sign-in?problem=oidc_state_invalid" {
			t.Fatalf("the state again: %s", to)
		}
		// The code again, under a fresh state.
		c = s.Client(t)
		fresh := s.begin(t, c, "/")
		fresh["code"] = q["code"]
		if to, _ := s.finish(t, c, fresh); to != "/sign-in?problem=oidc_refused" {
			t.Fatalf("the code again: %s", to)
		}
		c = s.Client(t)
		q = s.begin(t, c, "/")
		s.Clock.Advance(10 * time.Minute)
		if to, _ := s.finish(t, c, q); to != "/sign-in?problem=oidc_state_invalid" {
			t.Fatalf("too late: %s", to)
		}
		s.begin(t, s.Client(t), "/") // sweeps what was begun and never finished
		if n := countRows(t, s.Fixture, "oidc_login"); n != 1 {
			t.Fatalf("%d logins are left", n)
		}
	})
}

// cookieHeader begins nothing: it reads the cookies a client would send to the callback.
func cookieHeader(t *testing.T, s *sso, c *identitytest.Client) string {
	t.Helper()
	var out []string
	for _, k := range c.Cookies(t, "/api/v1/auth/oidc/"+s.provider.ID+"/callback") {
		out = append(out, k.Name+"="+k.Value)
	}
	if len(out) == 0 {
		t.Fatal("the start set no cookie")
	}
	return strings.Join(out, "; ")
}

func TestOIDCProvisioning(t *testing.T) {
	eachSSO(t, func(t *testing.T, s *sso) {
		// Somebody who is known by a password is the same person; the subject links them for good.
		s.Member(t, "ADA@example.org", identitytest.Viewer, identitytest.Right)
		c := s.Client(t)
		if to := s.signIn(t, c); to != "/applications?q=x" {
			t.Fatalf("%s", to)
		}
		s.issuer.Person("ada-sub", "ada.married@example.org", "devs")
		s.signIn(t, c)
		var me identity.Me
		c.Do(t, "GET", "/me", nil).Into(t, &me)
		if me.Person.Email != "ADA@example.org" {
			t.Fatalf("%+v", me.Person)
		}
		// The mailbox is given to somebody else: they do not get Ada's account.
		s.issuer.Person("other-sub", "ada@example.org")
		if to := s.signIn(t, s.Client(t)); to != "/sign-in?problem=oidc_linked_to_other" {
			t.Fatalf("%s", to)
		}
		// A leaver stays out, also when the issuer still knows them.
		s.issuer.Person("ada-sub", "ada@example.org")
		s.Organisation.Leave(t, me.Person.ID)
		if to := s.signIn(t, s.Client(t)); to != "/sign-in?problem=oidc_account_inactive" {
			t.Fatalf("%s", to)
		}
		// Nobody comes uninvited once the provider may not bring people.
		off := false
		if _, err := s.ChangeProvider(authz.With(t.Context(), authz.System("test")), s.provider.ID, 1, identity.ProviderChange{AutoProvision: &off}); err != nil {
			t.Fatal(err)
		}
		s.issuer.Person("new-sub", "new@example.org", "devs")
		if to := s.signIn(t, s.Client(t)); to != "/sign-in?problem=oidc_not_invited" {
			t.Fatalf("%s", to)
		}
	})
}

func TestOIDCTakesGroupsFromUserInfo(t *testing.T) {
	s := withIssuer(t, dbtest.SQLite(t, identitytest.Sets...))
	s.issuer.Claims = map[string]any{"sub": "ada-sub"}
	s.issuer.UserInfo = map[string]any{"sub": "ada-sub", "email": "ada@example.org", "email_verified": "true", "groups": "devs"}
	c := s.Client(t)
	s.signIn(t, c)
	if got := roles(t, c); got != "viewer@left" {
		t.Fatalf("%q", got)
	}
	s.issuer.UserInfo["sub"] = "somebody-else"
	if to := s.signIn(t, s.Client(t)); to != "/sign-in?problem=oidc_token_invalid" {
		t.Fatalf("%s", to)
	}
}

func TestOIDCReturnsOnlyInside(t *testing.T) {
	s := withIssuer(t, dbtest.SQLite(t, identitytest.Sets...))
	for _, evil := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/api/v1/auth/sign-out", ""} {
		c := s.Client(t)
		if to, _ := s.finish(t, c, s.begin(t, c, evil)); to != "/" {
			t.Fatalf("%q leads to %s", evil, to)
		}
	}
}

func TestOIDCWhenTheIssuerIsAway(t *testing.T) {
	s := withIssuer(t, dbtest.SQLite(t, identitytest.Sets...), func(p *identity.Provider) { p.Issuer = "http://127.0.0.1:1" })
	a := s.Client(t).Do(t, "GET", "/auth/oidc/"+s.provider.ID+"/start", nil)
	if a.Status != 303 || !strings.HasSuffix(a.Header.Get("Location"), "/sign-in?problem=provider_unreachable") {
		t.Fatalf("%d %v", a.Status, a.Header)
	}
	a = s.Client(t).Do(t, "GET", "/auth/oidc/nothing/start", nil)
	if a.Status != 303 || !strings.HasSuffix(a.Header.Get("Location"), "/sign-in?problem=not_found") {
		t.Fatalf("%d %v", a.Status, a.Header)
	}
}

func TestOIDCNeedsThePublicAddress(t *testing.T) {
	s := withIssuer(t, dbtest.SQLite(t, identitytest.Sets...))
	s.SetPublicURL("")
	a := s.Client(t).Do(t, "GET", "/auth/oidc/"+s.provider.ID+"/start", nil)
	if a.Status != 303 || a.Header.Get("Location") != "/sign-in?problem=public_url_missing" {
		t.Fatalf("%d %v", a.Status, a.Header)
	}
	test, err := s.TestProvider(authz.With(t.Context(), authz.System("test")), s.provider.ID)
	if err != nil || test.OK || !strings.Contains(test.Message, "public address") {
		t.Fatalf("%+v %v", test, err)
	}
	s.SetPublicURL("http://millrace.test/")
	if to := s.signIn(t, s.Client(t)); to != "/applications?q=x" {
		t.Fatalf("%s", to)
	}
}
