package notify

import (
	"context"
	"net/http"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

const tag = "notifications"

func op(method, path, id, summary string, status int) httpapi.Operation {
	return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: tag, Status: status}
}

// IDPath names one record.
type IDPath struct {
	ID string `path:"id"`
}

type threadOut struct {
	Body ThreadView
}

type unreadOut struct {
	Body struct {
		Unread int64 `json:"unread" doc:"How many records of the inbox hold something unread."`
	}
}

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	s.mountInbox(api)
	s.mountChoices(api)
	s.mountTemplates(api)
	s.mountDeliveries(api)
}

func (s *Service) mountInbox(api *httpapi.API) {
	httpapi.Handle(api, op(http.MethodGet, "/inbox", "list-inbox", "List the caller's inbox, the newest first", 200), authz.SignedIn(),
		func(ctx context.Context, in *struct {
			httpapi.Paging
			State  string `query:"state" enum:"unread,read,archived" doc:"Without it, everything that is not archived."`
			Reason string `query:"reason" maxLength:"40"`
			Kind   string `query:"kind" maxLength:"100" doc:"The kind of record."`
			Text   string `query:"q" maxLength:"200" doc:"Looked for in the name of the record."`
		}) (*httpapi.ListOut[ThreadView], error) {
			page, err := s.Inbox(ctx, InboxFilter{State: in.State, Reason: watch.Reason(in.Reason), Kind: in.Kind, Text: in.Text, Cursor: in.Cursor, Limit: in.Limit})
			if err != nil {
				return nil, err
			}
			out := &httpapi.ListOut[ThreadView]{Body: httpapi.Page[ThreadView]{Items: make([]ThreadView, len(page.Items)), Next: page.Next}}
			for i, t := range page.Items {
				out.Body.Items[i] = s.viewThread(t)
			}
			return out, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/inbox/unread-count", "count-unread", "Count what is unread in the caller's inbox", 200), authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*unreadOut, error) {
			n, err := s.Unread(ctx)
			if err != nil {
				return nil, err
			}
			out := &unreadOut{}
			out.Body.Unread = n
			return out, nil
		})
	httpapi.Handle(api, op(http.MethodPost, "/inbox/read-all", "read-inbox", "Mark everything in the caller's inbox as read", 200), authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*unreadOut, error) {
			if _, err := s.MarkAllRead(ctx); err != nil {
				return nil, err
			}
			return &unreadOut{}, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/inbox/{id}", "get-inbox-thread", "Show one thread of the inbox", 200), authz.SignedIn(),
		func(ctx context.Context, in *IDPath) (*threadOut, error) {
			t, err := s.Thread(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &threadOut{s.viewThread(t)}, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/inbox/{id}/notifications", "list-inbox-notifications", "List what the caller was told of one record, the newest first", 200), authz.SignedIn(),
		func(ctx context.Context, in *struct {
			IDPath
			httpapi.Paging
		}) (*httpapi.ListOut[NotificationView], error) {
			page, err := s.Notifications(ctx, in.ID, in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			return &httpapi.ListOut[NotificationView]{Body: httpapi.Page[NotificationView]{Items: viewNotifications(page.Items), Next: page.Next}}, nil
		})
	for _, m := range []struct {
		mark    Mark
		summary string
	}{{MarkRead, "Mark a thread as read"}, {MarkUnread, "Mark a thread as unread"}, {MarkArchive, "Put a thread away until something new happens"}, {MarkRestore, "Bring a thread back from the archive"}} {
		httpapi.Handle(api, op(http.MethodPost, "/inbox/{id}/"+string(m.mark), string(m.mark)+"-inbox-thread", m.summary, 200), authz.SignedIn(),
			func(ctx context.Context, in *IDPath) (*threadOut, error) {
				t, err := s.MarkThread(ctx, in.ID, m.mark)
				if err != nil {
					return nil, err
				}
				return &threadOut{s.viewThread(t)}, nil
			})
	}
}

type choicesOut struct {
	ETag string `header:"ETag"`
	Body ChoicesView
}

func (s *Service) mountChoices(api *httpapi.API) {
	answer := func(c Choices, err error) (*choicesOut, error) {
		if err != nil {
			return nil, err
		}
		return &choicesOut{ETag: httpapi.ETag(c.Version), Body: s.viewChoices(c)}, nil
	}
	httpapi.Handle(api, op(http.MethodGet, "/notification-choices", "get-notification-choices", "Show how the caller is notified, topic by topic", 200), authz.SignedIn(),
		func(ctx context.Context, _ *struct{}) (*choicesOut, error) { return answer(s.MyChoices(ctx)) })
	httpapi.Handle(api, op(http.MethodPut, "/notification-choices", "save-notification-choices", "Choose how to be notified", 200), authz.SignedIn(),
		func(ctx context.Context, in *struct {
			httpapi.IfMatch
			Body NewChoices
		}) (*choicesOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.SaveMyChoices(ctx, version, in.Body))
		})
}
