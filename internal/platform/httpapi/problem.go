package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"millrace/internal/platform/problem"
)

// Problem is the RFC 9457 answer to everything that fails.
type Problem struct {
	Type   string `json:"type" doc:"A URI reference that names the kind of problem: \"about:blank\"." example:"about:blank"`
	Title  string `json:"title" doc:"The HTTP status in words."`
	Status int    `json:"status" doc:"The HTTP status code."`
	Detail string `json:"detail" doc:"What happened and what to do, in a sentence."`
	Code   string `json:"code" doc:"A stable code for programs." example:"unit_name_taken"`
	// Errors point at single fields.
	Errors    []problem.Field `json:"errors,omitempty"`
	RequestID string          `json:"requestId,omitempty" doc:"Quote it when asking for help."`
	Data      map[string]any  `json:"data,omitempty" doc:"Values that belong to the problem, such as the current version. Each also stands beside the other members, as RFC 9457 has extension members."`
}

// MarshalJSON writes the values of Data beside the standard members too, where RFC 9457 puts them; a value that has the
// name of a standard member stays in data alone.
func (p Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	raw, err := json.Marshal(plain(p))
	if err != nil || len(p.Data) == 0 {
		return raw, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	var data map[string]json.RawMessage
	if err := json.Unmarshal(all["data"], &data); err != nil {
		return nil, err
	}
	for name, value := range data {
		if _, standard := all[name]; !standard {
			all[name] = value
		}
	}
	return json.Marshal(all)
}

// Error returns the detail; it makes a Problem an error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status; huma asks for it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes the answer application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders returns Retry-After when the problem says how many seconds to wait (Data "retryAfter"); huma asks for it.
func (p *Problem) GetHeaders() http.Header {
	seconds, ok := p.Data["retryAfter"].(int)
	if !ok {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}

var statuses = map[problem.Kind]int{
	problem.Internal:        http.StatusInternalServerError,
	problem.BadRequest:      http.StatusBadRequest,
	problem.Invalid:         http.StatusUnprocessableEntity,
	problem.Unauthenticated: http.StatusUnauthorized,
	problem.Forbidden:       http.StatusForbidden,
	problem.NotFound:        http.StatusNotFound,
	problem.Conflict:        http.StatusConflict,
	problem.Stale:           http.StatusConflict,
	problem.TooLarge:        http.StatusRequestEntityTooLarge,
	problem.Limited:         http.StatusTooManyRequests,
	problem.Unavailable:     http.StatusServiceUnavailable,
	problem.Unsupported:     http.StatusUnsupportedMediaType,
	problem.Precondition:    http.StatusPreconditionRequired,
}

var notFoundRoute = &Problem{Type: "about:blank", Title: "Not Found", Status: 404, Code: "no_such_route", Detail: "There is no such address in the API."}

// codes of the problems that transport itself finds.
var transportCodes = map[int]string{
	400: "malformed_request", 404: "no_such_route", 405: "method_not_allowed", 406: "not_acceptable", 408: "request_timeout",
	413: "body_too_large", 415: "unsupported_media_type", 422: "validation_failed",
}

func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		code := transportCodes[status]
		if code == "" {
			code = "http_" + strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
		}
		p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: message, Code: code}
		for _, err := range errs {
			if own := (*Problem)(nil); errors.As(err, &own) {
				return own
			}
			f := problem.Field{Code: "invalid", Message: err.Error()}
			var d *huma.ErrorDetail
			if errors.As(err, &d) {
				f.Path, f.Message = d.Location, d.Message
			}
			p.Errors = append(p.Errors, f)
		}
		return p
	}
}

// problem turns any error into the answer, and logs what is our own fault.
func (a *API) problem(ctx context.Context, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	id := requestID(ctx)
	p := problem.Of(err)
	if p == nil {
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			p = problem.Newf(problem.TooLarge, "body_too_large", "The request is larger than the %d bytes this address takes.", tooLarge.Limit)
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
			p = problem.New(problem.Unavailable, "request_cancelled", "The request was cancelled before it was done; nothing was saved.")
		default:
			a.config.Logger.ErrorContext(ctx, "request failed", slog.Any("error", err), slog.String("requestId", id))
			p = problem.New(problem.Internal, "internal", "Something failed on our side; nothing was saved. Quote the request id when asking for help.")
		}
	}
	status, ok := statuses[p.Kind]
	if !ok {
		status = http.StatusInternalServerError
	}
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: p.Message, Code: p.Code,
		Errors: p.Fields, Data: p.Data, RequestID: id,
	}
}

// WriteError answers a raw route's request with the problem in err.
func (a *API) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, a.problem(r.Context(), err))
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// WriteJSON answers a raw route's request.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
