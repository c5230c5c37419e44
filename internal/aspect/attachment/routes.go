package attachment

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// RecordPath is the part of an address that names the record.
type RecordPath struct {
	ID string `path:"id"`
}

// ListView is a page of attachments as the API shows it.
type ListView struct {
	httpapi.Page[Attachment]
	Actions []string `json:"actions" nullable:"false" doc:"What the caller may do now: add, delete."`
}

// framing is what a multipart body has beside the file.
const framing = 64 << 10

// Mount registers a kind of record and the routes of its attachments below the record's own address.
func (s *Service) Mount(api *httpapi.API, of subject.Subject) {
	s.subjects.Register(of)
	kind, path := of.Kind, of.PathPrefix+"/{id}/attachments"
	view, manage := authz.Need(of.View), authz.Need(of.Manage)
	op := func(method, below, id, summary string, status int) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path + below, ID: id, Summary: summary, Tag: of.RouteTag(), Status: status}
	}
	httpapi.Handle(api, op(http.MethodGet, "", "list-"+kind+"-attachments", "List the attachments of the record", 200), view,
		func(ctx context.Context, in *struct {
			RecordPath
			httpapi.Paging
		}) (*struct{ Body ListView }, error) {
			l, err := s.List(ctx, kind, in.ID, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			v := ListView{Page: l.Page, Actions: []string{}}
			if l.Manageable {
				v.Actions = append(v.Actions, "add", "delete")
			}
			return &struct{ Body ListView }{v}, nil
		})
	httpapi.Handle(api, op(http.MethodPost, "/urls", "attach-"+kind+"-url", "Attach an address", 201), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			Body NewURL
		}) (*struct{ Body Attachment }, error) {
			a, err := s.AttachURL(ctx, kind, in.ID, in.Body)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Attachment }{a}, nil
		})
	httpapi.Handle(api, op(http.MethodDelete, "/{attachmentId}", "delete-"+kind+"-attachment", "Delete an attachment", 204), manage,
		func(ctx context.Context, in *struct {
			RecordPath
			Attachment string `path:"attachmentId"`
		}) (*struct{}, error) {
			return nil, s.Delete(ctx, kind, in.ID, in.Attachment)
		})
	upload := op(http.MethodPost, "", "attach-"+kind+"-file", "Attach a file", 201)
	upload.Description = "The body is the file itself, with its name in the query name, or multipart/form-data with one file. The answer is the attachment."
	upload.MaxBody = s.limits.File + framing
	httpapi.HandleRaw(api, upload, manage, func(w http.ResponseWriter, r *http.Request) {
		name, content, err := file(r)
		var a Attachment
		if err == nil {
			a, err = s.AttachFile(r.Context(), kind, r.PathValue("id"), name, content)
		}
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		httpapi.WriteJSON(w, http.StatusCreated, a)
	})
	download := op(http.MethodGet, "/{attachmentId}/content", "download-"+kind+"-attachment", "Download a file", 200)
	download.Description = "Takes Range and If-None-Match. A file always comes as a download."
	httpapi.HandleRaw(api, download, view, func(w http.ResponseWriter, r *http.Request) {
		a, content, err := s.Open(r.Context(), kind, r.PathValue("id"), r.PathValue("attachmentId"))
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		send(w, r, a, content)
	})
}

func send(w http.ResponseWriter, r *http.Request, a Attachment, content io.ReadSeeker) {
	h := w.Header()
	h.Set("Content-Type", a.ContentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+a.SHA256+`"`)
	http.ServeContent(w, r, "", a.CreatedAt, content)
}

// file finds the file in a request without reading it.
func file(r *http.Request) (name string, content io.Reader, err error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return r.URL.Query().Get("name"), r.Body, nil
	}
	broken := problem.New(problem.BadRequest, "upload_broken", "The form holds no file, or cannot be read.")
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, broken.Because(err)
	}
	for {
		var p *multipart.Part
		if p, err = parts.NextPart(); err != nil {
			if !errors.Is(err, io.EOF) {
				broken = broken.Because(err)
			}
			return "", nil, broken
		}
		if p.FileName() != "" {
			if name = r.URL.Query().Get("name"); name == "" {
				name = p.FileName()
			}
			return name, p, nil
		}
	}
}
