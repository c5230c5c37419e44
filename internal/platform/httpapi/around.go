package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

type requestIDKey struct{}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// RequestID returns the id under which a request can be found in the log and the history.
func RequestID(ctx context.Context) string { return requestID(ctx) }

var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

func (a *API) origin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !goodRequestID.MatchString(id) {
			id = uuid.NewString()
		}
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		ctx = events.WithOrigin(ctx, events.Origin{RequestID: id, Address: a.config.ClientAddress(r)})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func (a *API) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			a.config.Logger.ErrorContext(r.Context(), "handler panicked", slog.String("panic", fmt.Sprint(v)),
				slog.String("path", r.URL.Path), slog.String("stack", string(debug.Stack())))
			a.WriteError(w, r, problem.New(problem.Internal, "internal", "Something failed on our side; nothing was saved."))
		}()
		next.ServeHTTP(w, r)
	})
}

// readable refuses addresses that hold what no record can: text that is not UTF-8, or a zero byte, which neither engine
// stores.
func (a *API) readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil || !isText(query) || !isText(r.URL.Path) {
			a.WriteError(w, r, problem.New(problem.BadRequest, "malformed_request",
				"The address of the request cannot be read: it holds a zero byte, a broken escape or text that is not UTF-8."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// crossSite refuses unsafe requests that a foreign page made a browser send. Requests that carry a token in a header
// cannot be forged that way.
func (a *API) crossSite(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			if err := a.csrf.Check(r); err != nil {
				a.WriteError(w, r, problem.New(problem.Forbidden, "cross_site_request",
					"This request came from another site and was refused. Open Millrace itself and try again.").Because(err))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (a *API) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := a.mux.Handler(r); a.ownCredentials[pattern] {
			next.ServeHTTP(w, r)
			return
		}
		p, err := a.config.Auth.Authenticate(r)
		if err != nil {
			a.WriteError(w, r, err)
			return
		}
		if p != nil {
			r = r.WithContext(authz.With(r.Context(), p))
		}
		next.ServeHTTP(w, r)
	})
}
