package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// noncePlaceholder stands in index.html where the nonce of one answer goes.
const noncePlaceholder = "__CSP_NONCE__"

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Millrace</title>
<p>The web interface is not part of this build. Build it with "make build" and start the new binary.
The API answers under <a href="/api/docs">/api/docs</a>.</p></html>`

// asset is one file of the build, held ready to be written.
type asset struct {
	plain, gzipped []byte
	contentType    string
	etag           string
	immutable      bool
}

type handler struct {
	page   []byte // index.html, or nil when the interface was not built
	assets map[string]*asset
}

// NewHandler serves the build found in files. All files are read once; nothing touches the file system afterwards.
func NewHandler(files fs.FS) http.Handler {
	h := &handler{assets: map[string]*asset{}}
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".gz") {
			return nil // hidden files (the manifest) and compressed twins are not addresses of their own
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil
		}
		if name == "index.html" {
			h.page = body
			return nil
		}
		sum := sha256.Sum256(body)
		a := &asset{
			plain:       body,
			contentType: contentType(name),
			etag:        `"` + hex.EncodeToString(sum[:12]) + `"`,
			immutable:   strings.HasPrefix(name, "assets/"),
		}
		a.gzipped, _ = fs.ReadFile(files, name+".gz")
		h.assets["/"+name] = a
		return nil
	})
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This address only answers GET and HEAD.", http.StatusMethodNotAllowed)
		return
	}
	name := path.Clean("/" + r.URL.Path)
	if a, ok := h.assets[name]; ok {
		h.serveAsset(w, r, a)
		return
	}
	// An old page may ask for a chunk of a build that is gone. It must see that, not a page where a script should be.
	if strings.HasPrefix(name, "/assets/") || name == "/api" || strings.HasPrefix(name, "/api/") {
		http.Error(w, "There is nothing at this address.", http.StatusNotFound)
		return
	}
	h.servePage(w, r)
}

func (h *handler) serveAsset(w http.ResponseWriter, r *http.Request, a *asset) {
	head := w.Header()
	head.Set("Content-Type", a.contentType)
	if a.immutable {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		head.Set("Cache-Control", "no-cache")
	}
	head.Set("ETag", a.etag)
	head.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if len(a.gzipped) > 0 && acceptsGzip(r) {
		head.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	write(w, r, http.StatusOK, body)
}

func (h *handler) servePage(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	if h.page == nil {
		write(w, r, http.StatusServiceUnavailable, []byte(notBuilt))
		return
	}
	nonce := newNonce()
	head.Set("Content-Security-Policy", policy("'nonce-"+nonce+"'"))
	write(w, r, http.StatusOK, bytes.ReplaceAll(h.page, []byte(noncePlaceholder), []byte(nonce)))
}

// secure sets the headers that every answer carries.
func secure(head http.Header) {
	head.Set("Content-Security-Policy", policy(""))
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}

// policy is the Content-Security-Policy. Scripts come only from files of the build; style elements need the nonce of
// their page; pictures may also be drawn in the browser (a chart saved as PNG).
func policy(styleNonce string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		strings.TrimSpace("style-src 'self' " + styleNonce),
		"img-src 'self' data: blob:",
		"font-src 'self'",
		"connect-src 'self'",
		"worker-src 'self'",
		"manifest-src 'self'",
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

func newNonce() string {
	var b [18]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails; it ends the program when the system has no randomness
	return base64.StdEncoding.EncodeToString(b[:])
}

func write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if (name == "gzip" || name == "*") && strings.ReplaceAll(q, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// contentType does not rely on the machine's own table of types, which differs between systems.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	case ".wasm":
		return "application/wasm"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
