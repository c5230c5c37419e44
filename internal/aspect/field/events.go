package field

import "millrace/internal/platform/events"

// The kinds of events the aspect appends about lists.
const (
	ListCreated    events.Kind = "field.list_created"
	ListChanged    events.Kind = "field.list_changed"
	ListDeleted    events.Kind = "field.list_deleted"
	LookupCreated  events.Kind = "field.lookup_created"
	LookupChanged  events.Kind = "field.lookup_changed"
	LookupDeleted  events.Kind = "field.lookup_deleted"
	LookupsOrdered events.Kind = "field.lookups_ordered"
)

// What the events are about.
const (
	ListSubject   = "lookup_list"
	LookupSubject = "lookup"
)

// Events declares the kinds.
var Events = []events.Definition{
	{Kind: ListCreated, Subject: ListSubject, Action: events.Added, Sentence: "{actor} created the list {subject}"},
	{Kind: ListChanged, Subject: ListSubject, Action: events.Modified, Sentence: "{actor} changed the list {subject}"},
	{Kind: ListDeleted, Subject: ListSubject, Action: events.Deleted, Sentence: "{actor} deleted the list {subject}"},
	{Kind: LookupCreated, Subject: LookupSubject, Action: events.Added, Sentence: "{actor} added {subject} to the list {list}"},
	{Kind: LookupChanged, Subject: LookupSubject, Action: events.Modified, Sentence: "{actor} changed {subject} in the list {list}"},
	{Kind: LookupDeleted, Subject: LookupSubject, Action: events.Deleted, Sentence: "{actor} deleted {subject} from the list {list}{instead}"},
	{Kind: LookupsOrdered, Subject: ListSubject, Action: events.Modified, Sentence: "{actor} put the values of the list {subject} in another order"},
}
