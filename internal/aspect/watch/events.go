package watch

import "millrace/internal/platform/events"

// The kinds of events the aspect appends.
const (
	Added      events.Kind = "watch.watcher_added"
	Removed    events.Kind = "watch.watcher_removed"
	Followed   events.Kind = "watch.followed"
	Unfollowed events.Kind = "watch.unfollowed"
)

// Events declares the kinds; they can be about any record.
var Events = []events.Definition{
	{Kind: Added, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} made {watcher} follow {subject}"},
	{Kind: Removed, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} made {watcher} stop following {subject}"},
	{Kind: Followed, Subject: events.AnySubject, Action: events.Other, Sentence: "{watcher} follows {subject}"},
	{Kind: Unfollowed, Subject: events.AnySubject, Action: events.Other, Sentence: "{watcher} no longer follows {subject}"},
}
