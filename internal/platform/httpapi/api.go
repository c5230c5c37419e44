// Package httpapi is the transport: it registers routes with their guard, turns problems into RFC 9457 answers once,
// and enforces what every route shares: body limits, If-Match, idempotency keys, request ids, protection against
// cross-site requests. A handler only translates between wire and use case.
package httpapi

import (
	"embed"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the table idempotency_key.
var Migrations = migrate.Dir("httpapi", files)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// Authenticator tells who sends a request. A nil principal with a nil error means nobody; an error means that a
// credential was shown and is not good.
type Authenticator interface {
	Authenticate(r *http.Request) (*authz.Principal, error)
}

// Config is what the API needs.
type Config struct {
	Version string
	Logger  *slog.Logger
	DB      *db.DB
	Clock   clock.Clock
	Auth    Authenticator
	// ClientAddress tells the caller's address; nil means the peer of the connection.
	ClientAddress func(*http.Request) string
}

// API collects routes.
type API struct {
	huma   huma.API
	mux    *http.ServeMux
	config Config
	csrf   *http.CrossOriginProtection
	routes []Route
	// ownCredentials holds, by pattern of the mux, the routes that check their callers themselves.
	ownCredentials map[string]bool
}

// Route is what a test or the documentation page wants to know about one registered route.
type Route struct {
	Operation
	Guard authz.Guard
}

// New returns an API without routes.
func New(c Config) *API {
	if c.ClientAddress == nil {
		c.ClientAddress = peerAddress
	}
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Millrace", c.Version)
	cfg.Info.Description = "Value stream management: organisation, applications, delivery facts and the metrics computed from them."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "/api/openapi", "", ""
	cfg.CreateHooks = nil
	cfg.Formats = map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()}
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer"},
		"session": {Type: "apiKey", In: "cookie", Name: "millrace_session"},
	}
	a := &API{huma: humago.New(mux, cfg), mux: mux, config: c, csrf: http.NewCrossOriginProtection(), ownCredentials: map[string]bool{}}
	mux.HandleFunc("GET /api/docs", a.serveDocs)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, notFoundRoute)
	})
	return a
}

// schemaName prefixes a schema with the slice it belongs to, so that two slices may both have a type View; the type
// inside a generic one is named in the same way: PageDeliveryAccountView.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Name() == "" || t.PkgPath() == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	return qualified(t.PkgPath() + "." + t.Name())
}

// qualified turns "millrace/internal/people.Unit" into PeopleUnit and goes into the brackets of generic types.
func qualified(name string) string {
	outer, inner, generic := strings.Cut(name, "[")
	slash := strings.LastIndexByte(outer, '/')
	pkg, typ, ok := strings.Cut(outer[slash+1:], ".")
	if !ok {
		pkg, typ = "", pkg
	}
	out := upper(typ)
	if pkg != "" && pkg != "httpapi" && !strings.HasPrefix(strings.ToLower(typ), pkg) {
		out = upper(pkg) + out
	}
	if generic {
		for _, part := range strings.Split(strings.TrimSuffix(inner, "]"), ",") {
			out += qualified(strings.TrimLeft(part, "*[]"))
		}
	}
	return out
}

func upper(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

// OpenAPI returns the API document.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// Routes returns every registered route.
func (a *API) Routes() []Route { return a.routes }

// Handler returns the API with everything that surrounds its routes.
func (a *API) Handler() http.Handler {
	return a.recoverer(a.origin(a.readable(a.crossSite(a.authenticate(a.idempotency(a.mux))))))
}

// Pattern returns the pattern of the route that answers a request, for metrics; it never holds values of the path.
func (a *API) Pattern(r *http.Request) string {
	_, pattern := a.mux.Handler(r)
	return pattern
}
