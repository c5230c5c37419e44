package comment

import (
	"context"
	"net/http"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

// View is a comment as the API shows it.
type View struct {
	Comment
	Actions []string `json:"actions" nullable:"false" doc:"What the caller may do with it now: reply, edit, delete."`
}

// RecordPath is the part of an address that names the record.
type RecordPath struct {
	ID string `path:"id"`
}

// CommentPath names a comment on a record.
type CommentPath struct {
	RecordPath
	Comment string `path:"commentId"`
}

type commentOut struct {
	ETag string `header:"ETag"`
	Body View
}

func answer(ctx context.Context, c Comment, err error) (*commentOut, error) {
	if err != nil {
		return nil, err
	}
	return &commentOut{ETag: httpapi.ETag(c.Version), Body: View{Comment: c, Actions: actions(c, authz.From(ctx).ID(), true, false)}}, nil
}

// Mount registers a kind of record and the routes of its comments below the record's own address.
func (s *Service) Mount(api *httpapi.API, of subject.Subject) {
	s.subjects.Register(of)
	kind, path := of.Kind, of.PathPrefix+"/{id}/comments"
	view, write := authz.Need(of.View), authz.Need(PermWrite)
	op := func(method, below, id, summary string, status int) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path + below, ID: id, Summary: summary, Tag: of.RouteTag(), Status: status}
	}
	httpapi.Handle(api, op(http.MethodGet, "", "list-"+kind+"-comments", "List the comments on the record", 200), view,
		func(ctx context.Context, in *struct {
			RecordPath
			httpapi.Paging
			Sort string `query:"sort" enum:"createdAt,-createdAt" default:"createdAt"`
		}) (*httpapi.ListOut[View], error) {
			page, err := s.List(ctx, kind, in.ID, Filter{Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit})
			if err != nil {
				return nil, err
			}
			out := &httpapi.ListOut[View]{Body: httpapi.Page[View]{Items: make([]View, len(page.Items)), Next: page.Next}}
			for i, c := range page.Items {
				out.Body.Items[i] = View{Comment: c.Comment, Actions: c.Actions}
			}
			return out, nil
		})
	httpapi.Handle(api, op(http.MethodPost, "", "add-"+kind+"-comment", "Comment on the record, or reply", 201), write,
		func(ctx context.Context, in *struct {
			RecordPath
			Body NewComment
		}) (*commentOut, error) {
			c, err := s.Add(ctx, kind, in.ID, in.Body)
			return answer(ctx, c, err)
		})
	httpapi.Handle(api, op(http.MethodPatch, "/{commentId}", "edit-"+kind+"-comment", "Change what one's own comment says", 200), write,
		func(ctx context.Context, in *struct {
			CommentPath
			httpapi.IfMatch
			Body struct {
				Body string `json:"body" maxLength:"80000"`
			}
		}) (*commentOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			c, err := s.Edit(ctx, kind, in.ID, version, in.Comment, in.Body.Body)
			return answer(ctx, c, err)
		})
	httpapi.Handle(api, op(http.MethodDelete, "/{commentId}", "delete-"+kind+"-comment", "Delete a comment; it stays in its place as deleted", 204), write,
		func(ctx context.Context, in *struct {
			CommentPath
			httpapi.IfMatch
		}) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.Delete(ctx, kind, in.ID, version, in.Comment)
		})
	httpapi.Handle(api, op(http.MethodGet, "/{commentId}/revisions", "list-"+kind+"-comment-revisions", "List what a comment said before, oldest first", 200), view,
		func(ctx context.Context, in *CommentPath) (*httpapi.ListOut[Revision], error) {
			list, err := s.Revisions(ctx, kind, in.ID, in.Comment)
			if err != nil {
				return nil, err
			}
			return &httpapi.ListOut[Revision]{Body: httpapi.Page[Revision]{Items: list}}, nil
		})
}
