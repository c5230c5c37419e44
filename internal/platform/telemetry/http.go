package telemetry

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Route tells the pattern a request matches ("GET /api/v1/units/{id}"), never its path: labels must be few.
type Route func(r *http.Request) string

// MuxRoute asks a ServeMux.
func MuxRoute(mux *http.ServeMux) Route {
	return func(r *http.Request) string {
		_, pattern := mux.Handler(r)
		return pattern
	}
}

// Middleware measures every request and, where tracing is on, makes a span of it that continues the caller's trace. A
// stream of events is counted when it begins to flow, with the time until then. tracing may be nil.
func (m *Metrics) Middleware(route Route, tracing *Tracing, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		pattern := path(route(r))
		rec := &recorder{ResponseWriter: w}
		if tracing.On() {
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span := tracing.tracer.Start(ctx, method(r)+" "+pattern, trace.WithSpanKind(trace.SpanKindServer),
				trace.WithAttributes(attribute.String("http.request.method", method(r)), attribute.String("http.route", pattern)))
			defer func() {
				span.SetAttributes(attribute.Int("http.response.status_code", rec.code()))
				if rec.code() >= 500 {
					span.SetStatus(codes.Error, "")
				}
				span.End()
			}()
			r = r.WithContext(ctx)
		}
		rec.onStream = func() { m.observe(r, pattern, rec.code(), began) }
		m.inFlight.Inc()
		defer func() {
			m.inFlight.Dec()
			if !rec.streaming {
				m.observe(r, pattern, rec.code(), began)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

func (m *Metrics) observe(r *http.Request, pattern string, status int, began time.Time) {
	m.duration.WithLabelValues(method(r), pattern, strconv.Itoa(status)).Observe(time.Since(began).Seconds())
}

// path takes the method off a pattern, because it is a label of its own.
func path(pattern string) string {
	if _, p, ok := strings.Cut(pattern, " "); ok {
		pattern = p
	}
	if pattern == "" {
		return "(none)"
	}
	return pattern
}

// method bounds the label against invented methods.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// recorder remembers the status. Flush and deadlines reach the writer below through Unwrap.
type recorder struct {
	http.ResponseWriter
	status    int
	streaming bool
	onStream  func()
}

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// WriteHeader notes the status and passes it on.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
		if strings.HasPrefix(r.Header().Get("Content-Type"), "text/event-stream") {
			r.streaming = true
			r.onStream()
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write passes the bytes on.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(b)
}

// Flush passes the wish on, for handlers that ask for http.Flusher.
func (r *recorder) Flush() {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Unwrap gives http.ResponseController the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
