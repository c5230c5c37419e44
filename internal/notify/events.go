package notify

import "millrace/internal/platform/events"

// The kinds of events the slice appends.
const (
	TemplateChanged events.Kind = "notify.template_changed"
	TemplateReset   events.Kind = "notify.template_reset"
	DeliveryResent  events.Kind = "notify.delivery_resent"
	ChoicesChanged  events.Kind = "notify.choices_changed"
)

// Events declares the kinds.
var Events = []events.Definition{
	{Kind: TemplateChanged, Subject: "mail_template", Action: events.Modified, Sentence: "{actor} changed the mail template {subject}"},
	{Kind: TemplateReset, Subject: "mail_template", Action: events.Modified, Sentence: "{actor} reset the mail template {subject} to the standard"},
	{Kind: DeliveryResent, Subject: "mail_delivery", Action: events.Other, Sentence: "{actor} sent the mail about {subject} to {recipient} again"},
	{Kind: ChoicesChanged, Subject: "person", Action: events.Modified, Sentence: "{actor} changed how they are notified"},
}
