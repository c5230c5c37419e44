package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"millrace/web"
)

func build() fstest.MapFS {
	return fstest.MapFS{
		".gitkeep":             {},
		".vite/manifest.json":  {Data: []byte(`{}`)},
		"index.html":           {Data: []byte(`<html><meta nonce="__CSP_NONCE__"></html>`)},
		"theme.js":             {Data: []byte("let theme")},
		"assets/app-abc.js":    {Data: []byte("let plain")},
		"assets/app-abc.js.gz": {Data: []byte("compressed")},
	}
}

func get(t *testing.T, files fstest.MapFS, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	web.NewHandler(files).ServeHTTP(rec, req)
	return rec
}

func TestEveryAddressOfTheApplicationGetsThePage(t *testing.T) {
	nonce := regexp.MustCompile(`style-src 'self' 'nonce-([^']+)'`)
	seen := map[string]bool{}
	for _, target := range []string{"/", "/sign-in", "/people/persons/018f?unit=1", "/a.b/c", "/index.html"} {
		rec := get(t, build(), http.MethodGet, target)
		if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s: %d %s", target, rec.Code, rec.Header().Get("Content-Type"))
		}
		match := nonce.FindStringSubmatch(rec.Header().Get("Content-Security-Policy"))
		if match == nil {
			t.Fatalf("%s: no nonce in %q", target, rec.Header().Get("Content-Security-Policy"))
		}
		if want := `nonce="` + match[1] + `"`; !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: the page does not carry the nonce of its policy: %s", target, rec.Body)
		}
		if seen[match[1]] {
			t.Errorf("%s: the nonce was used before", target)
		}
		seen[match[1]] = true
		if rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a page with a nonce must not be kept: %q", target, rec.Header().Get("Cache-Control"))
		}
	}
}

func TestHashedAssetsAreKeptAndCompressed(t *testing.T) {
	rec := get(t, build(), http.MethodGet, "/assets/app-abc.js", "Accept-Encoding", "br, gzip")
	if rec.Body.String() != "compressed" || rec.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("want the compressed twin, got %q %q", rec.Body, rec.Header().Get("Content-Encoding"))
	}
	if !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("Cache-Control: %q", rec.Header().Get("Cache-Control"))
	}
	for _, accept := range []string{"", "br", "gzip;q=0"} {
		rec := get(t, build(), http.MethodGet, "/assets/app-abc.js", "Accept-Encoding", accept)
		if rec.Body.String() != "let plain" || rec.Header().Get("Content-Encoding") != "" {
			t.Errorf("Accept-Encoding %q: got %q", accept, rec.Body)
		}
	}
	again := get(t, build(), http.MethodGet, "/assets/app-abc.js", "If-None-Match", rec.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("a known version was sent again: %d", again.Code)
	}
	if c := get(t, build(), http.MethodGet, "/theme.js").Header().Get("Cache-Control"); c != "no-cache" {
		t.Errorf("a file without a hash in its name must be checked each time: %q", c)
	}
}

func TestWhatIsNotThereIsNotAPage(t *testing.T) {
	for _, target := range []string{"/assets/gone-123.js", "/assets/app-abc.js.gz", "/api/v1/nothing", "/api"} {
		if rec := get(t, build(), http.MethodGet, target); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", target, rec.Code)
		}
	}
	rec := get(t, build(), http.MethodGet, "/.vite/manifest.json")
	if strings.HasPrefix(rec.Body.String(), "{") {
		t.Error("the build's manifest is served")
	}
	if rec := get(t, build(), http.MethodPost, "/sign-in"); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", rec.Code)
	}
	if rec := get(t, build(), http.MethodHead, "/"); rec.Code != http.StatusOK || rec.Body.Len() != 0 {
		t.Errorf("HEAD: %d with %d bytes", rec.Code, rec.Body.Len())
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	for _, target := range []string{"/", "/theme.js", "/assets/app-abc.js", "/assets/gone.js"} {
		head := get(t, build(), http.MethodGet, target).Header()
		csp := head.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp+";", part) {
				t.Errorf("%s: the policy lacks %q: %s", target, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is not strict: %s", target, csp)
		}
		if head.Get("X-Content-Type-Options") != "nosniff" || head.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: headers missing: %v", target, head)
		}
	}
}

func TestAnEmptyBuildSaysHowToGetOne(t *testing.T) {
	rec := get(t, fstest.MapFS{".gitkeep": {}}, http.MethodGet, "/")
	if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "make build") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
