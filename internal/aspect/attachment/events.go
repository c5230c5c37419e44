package attachment

import "millrace/internal/platform/events"

// The kinds of events the aspect appends.
const (
	Added   events.Kind = "attachment.added"
	Deleted events.Kind = "attachment.deleted"
)

// Events declares the kinds; they can be about any record.
var Events = []events.Definition{
	{Kind: Added, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} attached {name} to {subject}"},
	{Kind: Deleted, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} deleted the attachment {name} of {subject}"},
}
