package notify

import (
	"context"
	"net/http"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// TopicPath names a topic by its kind of event.
type TopicPath struct {
	Topic string `path:"topic" doc:"The kind of event, booking.booking_approved."`
}

type templateOut struct {
	ETag string `header:"ETag"`
	Body TemplateView
}

func (s *Service) mountTemplates(api *httpapi.API) {
	need := authz.Need(PermManageTemplate)
	answer := func(t MailTemplate, err error) (*templateOut, error) {
		if err != nil {
			return nil, err
		}
		return &templateOut{ETag: httpapi.ETag(t.Version), Body: s.viewTemplate(t)}, nil
	}
	httpapi.Handle(api, op(http.MethodGet, "/mail-templates", "list-mail-templates", "List the mails of all topics", 200), need,
		func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[TemplateView], error) {
			list, err := s.Templates(ctx)
			if err != nil {
				return nil, err
			}
			out := &httpapi.ListOut[TemplateView]{Body: httpapi.Page[TemplateView]{Items: make([]TemplateView, len(list))}}
			for i, t := range list {
				out.Body.Items[i] = s.viewTemplate(t)
			}
			return out, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/mail-templates/{topic}", "get-mail-template", "Show the mail of a topic", 200), need,
		func(ctx context.Context, in *TopicPath) (*templateOut, error) {
			return answer(s.Template(ctx, events.Kind(in.Topic)))
		})
	httpapi.Handle(api, op(http.MethodPut, "/mail-templates/{topic}", "save-mail-template", "Change the mail of a topic", 200), need,
		func(ctx context.Context, in *struct {
			TopicPath
			httpapi.IfMatch
			Body TemplateChange
		}) (*templateOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.SaveTemplate(ctx, events.Kind(in.Topic), version, in.Body))
		})
	httpapi.Handle(api, op(http.MethodDelete, "/mail-templates/{topic}", "reset-mail-template", "Bring the standard mail of a topic back", 200), need,
		func(ctx context.Context, in *struct {
			TopicPath
			httpapi.IfMatch
		}) (*templateOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return answer(s.ResetTemplate(ctx, events.Kind(in.Topic), version))
		})
	httpapi.Handle(api, op(http.MethodPost, "/mail-templates/{topic}/preview", "preview-mail-template", "Write a mail of the topic from samples", 200), need,
		func(ctx context.Context, in *struct {
			TopicPath
			Body Text
		}) (*struct{ Body Preview }, error) {
			p, err := s.PreviewTemplate(ctx, events.Kind(in.Topic), in.Body)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Preview }{p}, nil
		})
}

func (s *Service) mountDeliveries(api *httpapi.API) {
	view := authz.Need(PermViewDelivery)
	mayResend := func(ctx context.Context) bool { return checkWide(ctx, PermResend) == nil }
	httpapi.Handle(api, op(http.MethodGet, "/mail-deliveries", "list-mail-deliveries", "List the mails that were sent or wait, the newest first", 200), view,
		func(ctx context.Context, in *struct {
			httpapi.Paging
			State       string `query:"state" enum:"collecting,queued,sent,failed,dropped"`
			Text        string `query:"q" maxLength:"200" doc:"Looked for in recipient, address, record and subject."`
			SubjectKind string `query:"subjectKind" maxLength:"100"`
			SubjectID   string `query:"subjectId" maxLength:"100"`
			From        string `query:"from" doc:"RFC 3339; made then or later."`
			To          string `query:"to" doc:"RFC 3339; made before."`
		}) (*httpapi.ListOut[DeliveryView], error) {
			f := DeliveryFilter{State: State(in.State), Text: in.Text, SubjectKind: in.SubjectKind, SubjectID: in.SubjectID, Cursor: in.Cursor, Limit: in.Limit}
			var faults problem.Fields
			f.From, f.To = instant(&faults, "query.from", in.From), instant(&faults, "query.to", in.To)
			if err := faults.Err("time_invalid", "A time of the filter cannot be read."); err != nil {
				return nil, err
			}
			page, err := s.Deliveries(ctx, f)
			if err != nil {
				return nil, err
			}
			out := &httpapi.ListOut[DeliveryView]{Body: httpapi.Page[DeliveryView]{Items: make([]DeliveryView, len(page.Items)), Next: page.Next}}
			for i, d := range page.Items {
				out.Body.Items[i] = viewDelivery(d, mayResend(ctx))
			}
			return out, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/mail-deliveries/{id}", "get-mail-delivery", "Show a mail and what it tells", 200), view,
		func(ctx context.Context, in *IDPath) (*struct{ Body DeliveryDetailView }, error) {
			d, err := s.Delivery(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &struct{ Body DeliveryDetailView }{DeliveryDetailView{viewDelivery(d.Delivery, mayResend(ctx)), viewNotifications(d.Notifications)}}, nil
		})
	httpapi.Handle(api, op(http.MethodPost, "/mail-deliveries/{id}/resend", "resend-mail-delivery", "Send a mail again", 200), authz.Need(PermResend),
		func(ctx context.Context, in *IDPath) (*struct{ Body DeliveryView }, error) {
			d, err := s.Resend(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &struct{ Body DeliveryView }{viewDelivery(d, true)}, nil
		})
}

func instant(faults *problem.Fields, place, text string) *time.Time {
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		faults.Add(place, "time_invalid", "A time is written as RFC 3339: 2026-03-02T09:00:00Z.")
		return nil
	}
	t = t.UTC()
	return &t
}
