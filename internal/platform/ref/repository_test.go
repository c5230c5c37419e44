package ref

import (
	"strings"
	"testing"
)

func TestRepositoryKey(t *testing.T) {
	cases := map[string]string{
		"https://github.com/Acme/Shop":                        "github.com/acme/shop",
		"https://github.com/Acme/Shop.git":                    "github.com/acme/shop",
		"https://github.com/acme/shop/":                       "github.com/acme/shop",
		"https://github.com/acme/shop.git/":                   "github.com/acme/shop",
		"  https://GitHub.com/acme/shop?tab=readme#top ":      "github.com/acme/shop",
		"https://github.com/acme/shop/tree/main/services/web": "github.com/acme/shop",
		"https://github.com/acme/shop/pull/7":                 "github.com/acme/shop",
		"https://api.github.com/repos/acme/shop":              "github.com/acme/shop",
		"https://user:secret@github.com/acme/shop.git":        "github.com/acme/shop",
		"https://x-access-token:a/b@github.com/acme/shop":     "github.com/acme/shop",
		"https://user:p#ss@github.com/acme/shop":              "github.com/acme/shop",
		"git@github.com:acme/shop.git":                        "github.com/acme/shop",
		"github.com:acme/shop.git":                            "github.com/acme/shop",
		"ssh://git@github.com/acme/shop.git":                  "github.com/acme/shop",
		"ssh://git@ssh.github.com:443/acme/shop.git":          "github.com/acme/shop",
		"git+ssh://git@github.com/acme/shop.git":              "github.com/acme/shop",
		"git://github.com/acme/shop":                          "github.com/acme/shop",
		"github.com/acme/shop":                                "github.com/acme/shop",
		"https://git.Example.com:8443/Group/Sub/Shop.git":     "git.example.com/Group/Sub/Shop",
		"ssh://git@git.example.com:2222/Group/Shop.git":       "git.example.com/Group/Shop",
		"ssh://git@git.example.com:Group/Shop.git":            "git.example.com/Group/Shop",
		"git.example.com:8443/Group/Shop":                     "git.example.com/Group/Shop",
		"git@git.example.com:2222/shop":                       "git.example.com/shop",
		"https://git.example.com/g/shop/-/merge_requests/3":   "git.example.com/g/shop",
		"https://gitlab.com/Group/Sub/Shop":                   "gitlab.com/group/sub/shop",
		"https://intranet/git/Shop":                           "intranet/git/Shop",
		"http://localhost:3000/acme/shop":                     "localhost/acme/shop",
		"http://[::1]:3000/acme/shop":                         "[::1]/acme/shop",
		"https://git.example.com//g///shop//":                 "git.example.com/g/shop",
		"/srv/git/shop.git":                                   "/srv/git/shop",
		"/srv/work/shop/.git":                                 "/srv/work/shop",
		"file:///srv/git/shop.git":                            "/srv/git/shop",
		"file://localhost/srv/git/shop":                       "/srv/git/shop",
		`C:\work\Shop`:                                        "c:/work/Shop",
		"./shop":                                              "shop",
		"../shop.git":                                         "../shop",
		"acme/shop":                                           "acme/shop",
		"shop":                                                "shop",
		"https://github.com":                                  "",
		"https://github.com/":                                 "",
		"":                                                    "",
		"   ":                                                 "",
		".git":                                                "",
		"https://":                                            "",
	}
	for in, want := range cases {
		got := RepositoryKey(in)
		if got != want {
			t.Errorf("RepositoryKey(%q) = %q, want %q", in, got, want)
		}
		if again := RepositoryKey(got); again != got {
			t.Errorf("RepositoryKey(%q) = %q, and of that %q", in, got, again)
		}
	}
}

func FuzzRepositoryKey(f *testing.F) {
	for _, s := range []string{"https://github.com/a/b.git", "git@h:2222/x", "[::1]/a", "C:/x", "a:b@c:d/e", "~/x", "..", "x:/:/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := RepositoryKey("https://user:s3cr3t@git.example.com/" + s)
		if strings.Contains(key, "s3cr3t") && !strings.Contains(s, "s3cr3t") {
			t.Fatalf("the password is in the key %q", key)
		}
		got := RepositoryKey("https://git.example.com/" + s)
		if again := RepositoryKey(got); again != got {
			t.Fatalf("%q gives %q and then %q", s, got, again)
		}
	})
}
