package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"millrace/internal/audit"
	"millrace/internal/connector/cdevents"
	"millrace/internal/delivery"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/telemetry"
	"millrace/internal/platform/vault"
	"millrace/internal/search"
	"millrace/web"
)

// mount registers every slice's routes.
func (a *App) mount() {
	o := a.options
	a.api = httpapi.New(httpapi.Config{
		Version: o.Version, Logger: o.Logger, DB: a.db, Clock: o.Clock, Auth: a.Identity, ClientAddress: clientAddress(o.Config.TrustedProxies),
	})
	a.People.Mount(a.api)
	a.Identity.Mount(a.api)
	a.Catalog.Mount(a.api)
	a.mountAspects()
	a.Delivery.Mount(a.api)
	a.ValueStream.Mount(a.api)
	a.Connector.Mount(a.api)
	a.Environment.Mount(a.api)
	a.Stack.Mount(a.api)
	a.Calendar.Mount(a.api)
	a.Booking.Mount(a.api)
	a.Sheet.Mount(a.api)
	a.Health.Mount(a.api)
	a.EnvironmentKPI.Mount(a.api)
	a.Request.Mount(a.api)
	a.Change.Mount(a.api)
	a.Notify.Mount(a.api)
	cdevents.Mount(a.api, a.Delivery, delivery.PermReport)
	audit.New(a.db).Mount(a.api)
	search.New(a.db, a.searchProviders()...).Mount(a.api)
	a.mountJobs()
	httpapi.HandleRaw(a.api, httpapi.Operation{
		Method: "GET", Path: "/live", ID: "follow-events", Tag: "live", Summary: "Follow what happens, as server-sent events",
		Description: "Each event names a record that changed; ask for it again. Last-Event-ID resumes.",
	}, authz.SignedIn(), a.hub.ServeHTTP)
}

// handler puts everything the server answers together.
func (a *App) handler() http.Handler {
	mux := http.NewServeMux()
	api := a.api.Handler()
	mux.Handle("/api/", api)
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.Handle("/", web.Handler())
	a.metrics.DatabaseWaiting(a.db.Waiting)
	a.metrics.Counts("jobs", "Background jobs by state.", "state", a.jobs.Counts)
	a.metrics.Gauge("live_clients", "Open live streams.", func() float64 { return float64(a.hub.Clients()) })
	return a.metrics.Middleware(a.route(mux), a.tracing, mux)
}

// route tells the pattern of a request: that of the API's own mux where the API answers.
func (a *App) route(outer *http.ServeMux) telemetry.Route {
	return func(r *http.Request) string {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			return a.api.Pattern(r)
		}
		_, pattern := outer.Handler(r)
		return pattern
	}
}

// LogAttrs adds what the request carries to every line logged for it.
func LogAttrs(ctx context.Context) []slog.Attr {
	var out []slog.Attr
	if id := httpapi.RequestID(ctx); id != "" {
		out = append(out, slog.String("requestId", id))
	}
	if p := authz.From(ctx); p != nil {
		out = append(out, slog.String("actor", p.ID()))
	}
	return out
}

// clientAddress believes X-Forwarded-For only as far as trusted proxies wrote it.
func clientAddress(trusted []netip.Prefix) func(*http.Request) string {
	return func(r *http.Request) string {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		address := peer.Addr().Unmap()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && isTrusted(trusted, address); i-- {
			next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			address = next.Unmap()
		}
		return address.String()
	}
}

func isTrusted(trusted []netip.Prefix, a netip.Addr) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func headers(secrets []vault.Secret) []string {
	out := make([]string, len(secrets))
	for i, s := range secrets {
		out[i] = s.Reveal()
	}
	return out
}

// OpenAPI returns the API document. It needs no database, and is the same for every build of one API.
func OpenAPI() ([]byte, error) {
	a, err := wire(nil, nil, Options{Logger: slog.New(slog.DiscardHandler), Version: "1", Clock: clock.System()})
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(a.api.OpenAPI(), "", "  ")
}
