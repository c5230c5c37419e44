package environmentkpi

import "millrace/internal/platform/events"

// The kinds of events of this slice.
const (
	EventSubscribed   events.Kind = "environmentkpi.report_subscribed"
	EventChanged      events.Kind = "environmentkpi.report_subscription_changed"
	EventUnsubscribed events.Kind = "environmentkpi.report_unsubscribed"
	// EventSent: a report left for its recipients. Data holds month, format and recipients.
	EventSent events.Kind = "environmentkpi.report_sent"
)

// Subject is the kind under which the history knows subscriptions.
const Subject = "report_subscription"

// Events declares the kinds.
var Events = []events.Definition{
	{Kind: EventSubscribed, Subject: Subject, Action: events.Added, Sentence: "{actor} asked to have the environment report of {subject} mailed every month"},
	{Kind: EventChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed how the environment report of {subject} is mailed"},
	{Kind: EventUnsubscribed, Subject: Subject, Action: events.Deleted, Sentence: "{actor} ended the mails with the environment report of {subject}"},
	{Kind: EventSent, Subject: Subject, Action: events.Other, Sentence: "The environment report of {subject} for {month} was mailed to {recipients}"},
}
