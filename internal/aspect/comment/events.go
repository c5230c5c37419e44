package comment

import "millrace/internal/platform/events"

// The kinds of events the aspect appends. Data holds commentId, internal (never told to outside
// addresses) and, where somebody was mentioned anew, mentions.
const (
	Added   events.Kind = "comment.added"
	Edited  events.Kind = "comment.edited"
	Deleted events.Kind = "comment.deleted"
)

// Events declares the kinds; they can be about any record.
var Events = []events.Definition{
	{Kind: Added, Subject: events.AnySubject, Action: events.Other, Sentence: "{actor} commented on {subject}"},
	{Kind: Edited, Subject: events.AnySubject, Action: events.Other, Sentence: "{actor} edited a comment on {subject}"},
	{Kind: Deleted, Subject: events.AnySubject, Action: events.Other, Sentence: "{actor} deleted a comment by {author} on {subject}"},
}
