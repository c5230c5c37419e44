package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"millrace/internal/platform/authz"
)

// Operation describes a route.
type Operation struct {
	Method string
	// Path begins below [Prefix]: "/applications/{id}".
	Path string
	// ID is the operation id, "list-applications".
	ID          string
	Summary     string
	Description string
	// Tag groups routes in the document; use the slice's name.
	Tag string
	// Status is the answer's code on success; 0 lets huma choose (200, or 204 without a body).
	Status int
	// MaxBody bounds the request body in bytes; 0 means 1 MiB.
	MaxBody int64
	// OwnCredentials says that the handler of a raw route checks the caller's credentials itself; the door's
	// Authorization header is then not taken for one of ours.
	OwnCredentials bool
}

const (
	defaultMaxBody = 1 << 20
	// MaxBulkBody bounds the body of the bulk and upload routes.
	MaxBulkBody = 64 << 20
)

// Handle registers a typed route. I and O follow huma's conventions: path, query and header tags, a field Body.
// POST routes accept the header Idempotency-Key.
func Handle[I, O any](a *API, op Operation, guard authz.Guard, fn func(context.Context, *I) (*O, error)) {
	if op.MaxBody == 0 {
		op.MaxBody = defaultMaxBody
	}
	a.note(op, guard)
	doc := a.document(op, guard)
	times := instants(reflect.TypeFor[I]())
	// The guard stands before the input is even read: who may not come in learns nothing about what is expected.
	doc.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		if err := guard.Check(ctx.Context()); err != nil {
			p := a.problem(ctx.Context(), err)
			_ = huma.WriteErr(a.huma, ctx, p.Status, p.Detail, p)
			return
		}
		if len(times) > 0 {
			ctx = dayContext{ctx, times}
		}
		next(ctx)
	}}
	huma.Register(a.huma, doc, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// HandleRaw registers a route whose handler speaks HTTP itself: streams, uploads, webhooks, downloads. The guard is
// checked before the handler runs; problems are reported with [WriteError].
func HandleRaw(a *API, op Operation, guard authz.Guard, h http.HandlerFunc) {
	if op.MaxBody == 0 {
		op.MaxBody = defaultMaxBody
	}
	a.note(op, guard)
	doc := a.document(op, guard)
	doc.Responses = map[string]*huma.Response{"200": {Description: "See the description."}}
	for _, name := range pathParams(op.Path) {
		doc.Parameters = append(doc.Parameters, &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
	}
	a.huma.OpenAPI().AddOperation(&doc)
	pattern := op.Method + " " + Prefix + op.Path
	a.ownCredentials[pattern] = op.OwnCredentials
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := guard.Check(r.Context()); err != nil {
			a.WriteError(w, r, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, op.MaxBody)
		h(w, r)
	})
}

func (a *API) note(op Operation, guard authz.Guard) {
	if op.ID == "" || op.Summary == "" || op.Tag == "" || guard.Name() == "" {
		panic("route " + op.Method + " " + op.Path + " lacks an id, a summary, a tag or a guard")
	}
	a.routes = append(a.routes, Route{Operation: op, Guard: guard})
}

// bodyTime is how long a body may take to arrive: a bulk of the largest size needs about that on a slow line.
const bodyTime = time.Minute

func (a *API) document(op Operation, guard authz.Guard) huma.Operation {
	doc := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: Prefix + op.Path, Summary: op.Summary, Description: op.Description,
		Tags: []string{op.Tag}, DefaultStatus: op.Status, MaxBodyBytes: op.MaxBody, BodyReadTimeout: bodyTime,
		Extensions: map[string]any{"x-permission": guard.Name()},
		Errors:     []int{400, 401, 403, 404, 409, 412, 413, 422, 429, 500, 503},
	}
	if guard.Name() != "public" {
		doc.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	}
	if op.Method == http.MethodPost {
		doc.Parameters = append(doc.Parameters, &huma.Param{
			Name: idempotencyHeader, In: "header", Schema: &huma.Schema{Type: "string"},
			Description: "Send the same key again to get the first answer again instead of a second effect.",
		})
	}
	return doc
}

func pathParams(path string) []string {
	var out []string
	for _, part := range strings.Split(path, "/") {
		if strings.HasPrefix(part, "{") {
			out = append(out, strings.Trim(part, "{}."))
		}
	}
	return out
}
