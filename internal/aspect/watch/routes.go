package watch

import (
	"context"
	"html/template"
	"net/http"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

const apiPrefix = httpapi.Prefix

// RecordPath is the part of an address that names the record.
type RecordPath struct {
	ID string `path:"id"`
}

type listOut struct {
	Body ListView
}

func answer(ctx context.Context, l Listing, err error) (*listOut, error) {
	if err != nil {
		return nil, err
	}
	return &listOut{Body: viewList(l, authz.From(ctx).Person != "")}, nil
}

// Mount registers a kind of record and the routes of its watchers below the record's own address.
func (s *Service) Mount(api *httpapi.API, of subject.Subject) {
	s.subjects.Register(of)
	kind, path := of.Kind, of.PathPrefix+"/{id}/watchers"
	view, manage := authz.Need(of.View), authz.Need(of.Manage)
	op := func(method, below, id, summary string) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path + below, ID: id, Summary: summary, Tag: of.RouteTag(), Status: http.StatusOK}
	}
	httpapi.Handle(api, op(http.MethodGet, "", "list-"+kind+"-watchers", "List who follows the record"), view,
		func(ctx context.Context, in *RecordPath) (*listOut, error) {
			l, err := s.List(ctx, kind, in.ID)
			return answer(ctx, l, err)
		})
	httpapi.Handle(api, op(http.MethodPost, "", "add-"+kind+"-watcher", "Make a person, a team or an outside mail address follow the record"), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			Body NewWatcher
		}) (*listOut, error) {
			l, err := s.Add(ctx, kind, in.ID, in.Body)
			return answer(ctx, l, err)
		})
	httpapi.Handle(api, op(http.MethodPut, "/me", "follow-"+kind, "Follow the record"), view,
		func(ctx context.Context, in *RecordPath) (*listOut, error) {
			l, err := s.Follow(ctx, kind, in.ID)
			return answer(ctx, l, err)
		})
	httpapi.Handle(api, op(http.MethodDelete, "/me", "unfollow-"+kind, "Stop following the record, also through teams"), view,
		func(ctx context.Context, in *RecordPath) (*listOut, error) {
			l, err := s.Unfollow(ctx, kind, in.ID)
			return answer(ctx, l, err)
		})
	remove := op(http.MethodDelete, "/{watcherId}", "remove-"+kind+"-watcher", "Make somebody stop following the record")
	remove.Status = http.StatusNoContent
	httpapi.Handle(api, remove, manage, func(ctx context.Context, in *struct {
		RecordPath
		Watcher string `path:"watcherId"`
	}) (*struct{}, error) {
		return nil, s.Remove(ctx, kind, in.ID, in.Watcher)
	})
}

// MountUnsubscribe registers the page behind the link at the end of mails to outside addresses. GET shows what would
// happen, because mail servers open links; POST does it, which is also what mail programs send by themselves (RFC 8058).
func (s *Service) MountUnsubscribe(api *httpapi.API) {
	op := httpapi.Operation{Path: unsubscribePath, Tag: "watch", Description: "The query token is that of the link. The answer is a page for people."}
	op.Method, op.ID, op.Summary = http.MethodGet, "show-unsubscribe", "Show what an unsubscribe link would end"
	httpapi.HandleRaw(api, op, authz.Public(), func(w http.ResponseWriter, r *http.Request) {
		sub, err := s.ShowSubscription(r.Context(), r.URL.Query().Get("token"))
		s.writePage(api, w, r, page{Subscription: sub, Token: r.URL.Query().Get("token")}, err)
	})
	op.Method, op.ID, op.Summary = http.MethodPost, "unsubscribe", "End what an unsubscribe link is about"
	httpapi.HandleRaw(api, op, authz.Public(), func(w http.ResponseWriter, r *http.Request) {
		sub, err := s.EndSubscription(r.Context(), r.URL.Query().Get("token"))
		s.writePage(api, w, r, page{Subscription: sub, Done: true}, err)
	})
}

type page struct {
	Subscription
	Token string
	Done  bool
}

func (s *Service) writePage(api *httpapi.API, w http.ResponseWriter, r *http.Request, p page, err error) {
	if err != nil {
		api.WriteError(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the token
	h.Set("Cache-Control", "no-store")
	_ = unsubscribePage.Execute(w, p)
}

var unsubscribePage = template.Must(template.New("unsubscribe").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Stop mails - Millrace</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}button{font:inherit;padding:.5rem 1rem}</style></head>
<body><main><h1>Stop mails</h1>
{{if .Gone}}<p>This address does not get mails about this record any longer.</p>
{{else if .Done}}<p>{{.Email}} gets no more mails about <strong>{{.Label}}</strong>.</p>
{{else}}<p>Shall {{.Email}} get no more mails about <strong>{{.Label}}</strong>?</p>
<form method="post" action="?token={{.Token}}"><button type="submit">Stop these mails</button></form>{{end}}
</main></body></html>
`))
