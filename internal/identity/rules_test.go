package identity

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/problem"
)

func TestRulesAreIndependentOfDatabaseAndTransport(t *testing.T) {
	for _, file := range []string{"rules.go", "common_passwords.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if p := i.Path.Value; strings.Contains(p, "/db") || strings.Contains(p, "/httpapi") || strings.Contains(p, "net/http") {
				t.Errorf("%s imports %s", file, p)
			}
		}
	}
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	for password, code := range map[string]string{
		"green otters sing":               "",
		"Zwölf Ähren!":                    "",
		"correct battery horse staple":    "",
		"elevenchars":                     "password_too_short",
		"":                                "password_too_short",
		strings.Repeat("x1y2", 65):        "password_too_long",
		"ada.lovelace@example.org":        "password_is_email",
		"ADA.Lovelace@Example.org":        "password_is_email",
		"ada.lovelace":                    "password_is_email",
		"Ada.Lovelace2026!":               "password_is_email",
		"password1234":                    "password_too_common",
		"PASSWORD1234":                    "password_too_common",
		"correct horse battery staple":    "password_too_common",
		"aaaaaaaaaaaaaa":                  "password_too_common",
		"abcabcabcabcabc":                 "password_too_common",
		"abcdefghijklmnop":                "password_too_common",
		"1234567890123456":                "password_too_common",
		"zyxwvutsrqponm":                  "password_too_common",
		"bad utf8 \xff\xfe in a password": "password_not_text",
	} {
		err := checkPassword(password, "ada.lovelace@example.org")
		got := ""
		if p := problem.Of(err); p != nil {
			got = p.Fields[0].Code
			if strings.Contains(err.Error(), password) && password != "" {
				t.Errorf("the refusal repeats the password: %v", err)
			}
		}
		if got != code {
			t.Errorf("%q: %q, want %q", password, got, code)
		}
	}
}

func TestCommonPasswordsCouldBeChosen(t *testing.T) {
	t.Parallel()
	if len(commonPasswords) < 100 {
		t.Fatalf("only %d", len(commonPasswords))
	}
	for p := range commonPasswords {
		if p != strings.ToLower(p) || len(p) > maxPassword {
			t.Errorf("%q can never match", p)
		}
	}
}

func TestSafeReturn(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/":                             "/",
		"/applications?q=a#b":           "/applications?q=a#b",
		"/a//b":                         "/a//b",
		"":                              "/",
		"applications":                  "/",
		"//evil.example":                "/",
		"///evil.example":               "/",
		"/\\evil.example":               "/",
		"/%5cevil.example":              "/",
		"/%2fevil.example":              "/",
		"/\tevil":                       "/",
		"/\r\nLocation: x":              "/",
		"https://evil.example":          "/",
		"javascript:alert(1)":           "/",
		"/api/v1/auth/sign-out":         "/",
		"/" + strings.Repeat("a", 2000): "/",
	} {
		if got := safeReturn(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

func FuzzSafeReturn(f *testing.F) {
	for _, s := range []string{"/a", "//a", "/\\a", "/%2f%2fa", "http://a", "/a?b=//c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := safeReturn(path)
		if got != "/" && got != path {
			t.Fatalf("%q became %q", path, got)
		}
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n\t") {
			t.Fatalf("%q passes as %q", path, got)
		}
	})
}

func TestThrottleWaitGrowsAndEnds(t *testing.T) {
	t.Parallel()
	last := time.Duration(0)
	for n := range 100 {
		w := throttleWait(n, 3, time.Minute)
		if w < last || w > time.Minute || (n <= 3) != (w == 0) {
			t.Fatalf("%d failures wait %s after %s", n, w, last)
		}
		last = w
	}
	if last != time.Minute {
		t.Fatalf("ends at %s", last)
	}
}

func TestAddressKey(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8::1": "2001:db8::/64",
		"2001:db8:0:0:ffff::2": "2001:db8::/64", "fe80::1%eth0": "fe80::/64", "unknown": "unknown",
	} {
		if got := addressKey(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestUncovered(t *testing.T) {
	t.Parallel()
	set := func(perms ...authz.Permission) map[authz.Permission]struct{} {
		m := map[authz.Permission]struct{}{}
		for _, p := range perms {
			m[p] = struct{}{}
		}
		return m
	}
	known := []authz.Declaration{{Permission: "a"}, {Permission: "b"}}
	held := func(path string, all bool, perms ...authz.Permission) []Grant {
		return []Grant{{Grant: authz.Grant{Path: path, All: all, Permissions: set(perms...)}}}
	}
	p := &authz.Principal{Grants: []authz.Grant{{Path: "/r/x/", Permissions: set("a", "b")}}}
	for _, c := range []struct {
		held   []Grant
		scopes []authz.Permission
		want   authz.Permission
	}{
		{nil, nil, ""},
		{held("/r/x/", false, "a", "b"), nil, ""},
		{held("/r/x/y/", true), nil, ""},
		{held("/r/", false, "a"), nil, "a"},
		{held("/r/z/", true), nil, "a"},
		{held("/r/x/", false, "c"), nil, "c"},
		{held("/r/x/", false, "a", "c"), []authz.Permission{"a"}, ""},
		{held("/r/", true), []authz.Permission{"b"}, "b"},
	} {
		if got := uncovered(p, c.held, known, c.scopes); got != c.want {
			t.Errorf("%+v %v: %q, want %q", c.held, c.scopes, got, c.want)
		}
	}
	p.Limit = []authz.Permission{"a"}
	if got := uncovered(p, held("/r/x/", false, "a", "b"), known, nil); got != "b" {
		t.Errorf("a narrowed token covers %q", got)
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from State
		act  Act
		to   State
	}{
		{Pending, ActAccept, Active}, {Active, ActAccept, Active}, {Inactive, ActAccept, ""},
		{Pending, ActDeactivate, Inactive}, {Active, ActDeactivate, Inactive}, {Inactive, ActDeactivate, ""},
		{Inactive, ActActivate, Active}, {Active, ActActivate, ""}, {Pending, ActActivate, ""},
	} {
		got, err := move(c.from, c.act)
		if got.To != c.to || (err == nil) != (c.to != "") {
			t.Errorf("%s %s: %s %v", c.from, c.act, got.To, err)
		}
	}
}

func TestPasswordHashes(t *testing.T) {
	t.Parallel()
	h := newHasher(HashParams{Memory: 64, Time: 1, Threads: 1})
	a, b := h.hash("secret words here"), h.hash("secret words here")
	if a == b {
		t.Fatal("two hashes of one password are equal")
	}
	if ok, outdated := h.check("secret words here", a); !ok || outdated {
		t.Fatal("the right password fails")
	}
	if ok, _ := h.check("secret words herE", a); ok {
		t.Fatal("a wrong password passes")
	}
	// An account without a password accepts none, not even the one behind the dummy hash.
	for _, p := range []string{"", "no account has this password"} {
		if ok, _ := h.check(p, ""); ok {
			t.Fatalf("%q opens an account without a password", p)
		}
	}
	for _, broken := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAA", "$argon2id$v=18$m=64,t=1,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=0,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$"} {
		if ok, _ := h.check("", broken); ok {
			t.Fatalf("%q lets somebody in", broken)
		}
	}
	if p, _, _, err := parseHash(newHasher(DefaultHash).hash("x")); err != nil || p != DefaultHash {
		t.Fatalf("%+v %v", p, err)
	}
}

func TestCacheForgetsWhatWasReadBeforeAChange(t *testing.T) {
	t.Parallel()
	c := newPrincipalCache()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	p := &authz.Principal{Name: "x"}
	_, generation := c.get("k", now)
	c.empty() // a revocation commits between the read and the put
	c.put("k", p, now.Add(principalTTL), generation)
	if got, _ := c.get("k", now); got != nil {
		t.Fatal("a principal read before a revocation was kept")
	}
	_, generation = c.get("k", now)
	c.put("k", p, now.Add(principalTTL), generation)
	if got, _ := c.get("k", now.Add(principalTTL-1)); got != p {
		t.Fatal("nothing is cached") // the control
	}
	if got, _ := c.get("k", now.Add(principalTTL)); got != nil {
		t.Fatal("an entry outlives its time")
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		s := newSecret()
		if len(s) != 52 || seen[s] || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Fatalf("%q", s)
		}
		seen[s] = true
	}
	if hashSecret("a") != "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" {
		t.Fatal("not SHA-256")
	}
}
