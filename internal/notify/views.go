package notify

import (
	"millrace/internal/platform/events"
)

// ThreadView is a thread of the inbox as the API shows it.
type ThreadView struct {
	Thread
	Because string   `json:"because" doc:"The reason in words: because you hold it."`
	Path    string   `json:"path,omitempty" doc:"Where the web interface shows the record."`
	Actions []string `json:"actions" nullable:"false" doc:"What the caller may do with it now: read, unread, archive, restore."`
}

func (s *Service) viewThread(t Thread) ThreadView {
	v := ThreadView{Thread: t, Because: t.Reason.Because(), Actions: []string{}}
	if kind, ok := s.subjects.Of(t.SubjectKind); ok {
		v.Path = kind.PagePath(t.SubjectID)
	}
	if t.Unread > 0 {
		v.Actions = append(v.Actions, string(MarkRead))
	} else if !t.Archived {
		v.Actions = append(v.Actions, string(MarkUnread))
	}
	if t.Archived {
		v.Actions = append(v.Actions, string(MarkRestore))
	} else {
		v.Actions = append(v.Actions, string(MarkArchive))
	}
	return v
}

// NotificationView is one notification as the API shows it.
type NotificationView struct {
	Notification
	Because string `json:"because" doc:"The reason in words."`
}

func viewNotifications(list []Notification) []NotificationView {
	out := make([]NotificationView, len(list))
	for i, n := range list {
		out[i] = NotificationView{Notification: n, Because: n.Reason.Because()}
	}
	return out
}

// ChoiceView is how the caller is told of one topic, as the API shows it.
type ChoiceView struct {
	Choice
	Title    string   `json:"title"`
	Group    string   `json:"group,omitempty"`
	Standard Channels `json:"standard" doc:"What holds for those who chose nothing."`
}

// ChoicesView is how the caller is told, as the API shows it.
type ChoicesView struct {
	Setting
	PersonZone string       `json:"personTimeZone,omitempty" doc:"The zone of the person, which holds where timeZone is empty."`
	Mail       bool         `json:"mail" doc:"Whether mail can be sent at all; without a mail server there is only the inbox."`
	Topics     []ChoiceView `json:"topics" nullable:"false"`
}

func (s *Service) viewChoices(c Choices) ChoicesView {
	v := ChoicesView{Setting: c.Setting, PersonZone: c.PersonZone, Mail: s.mail.Configured(), Topics: make([]ChoiceView, len(c.Topics))}
	for i, t := range c.Topics {
		topic := s.topics[t.Topic]
		v.Topics[i] = ChoiceView{Choice: t, Title: topic.Title, Group: topic.Group, Standard: topic.Standard}
	}
	return v
}

// TemplateView is the mail of a topic as the API shows it.
type TemplateView struct {
	MailTemplate
	Title        string        `json:"title"`
	Group        string        `json:"group,omitempty"`
	Standard     Text          `json:"standard" doc:"What a reset brings back."`
	Changed      bool          `json:"changed" doc:"Whether it differs from the standard."`
	Placeholders []Placeholder `json:"placeholders" nullable:"false"`
}

func (s *Service) viewTemplate(t MailTemplate) TemplateView {
	topic := s.topics[t.Topic]
	changed := events.Diff(MailTemplate{Topic: t.Topic, Active: true, Text: topic.Template}, t, "updatedBy")
	return TemplateView{MailTemplate: t, Title: topic.Title, Group: topic.Group, Standard: topic.Template, Changed: len(changed) > 0, Placeholders: topic.placeholders()}
}

// DeliveryView is a mail as the API shows it.
type DeliveryView struct {
	Delivery
	Actions []string `json:"actions" nullable:"false" doc:"What the caller may do with it now: resend."`
}

func viewDelivery(d Delivery, mayResend bool) DeliveryView {
	v := DeliveryView{Delivery: d, Actions: []string{}}
	if mayResend && d.State != Collecting && d.State != Queued {
		v.Actions = append(v.Actions, "resend")
	}
	return v
}

// DeliveryDetailView is a mail with what it tells, as the API shows it.
type DeliveryDetailView struct {
	DeliveryView
	Notifications []NotificationView `json:"notifications" nullable:"false"`
}
