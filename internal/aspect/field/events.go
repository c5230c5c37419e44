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

// The kinds of events the aspect appends about custom fields.
const (
	FieldCreated  events.Kind = "field.custom_field_created"
	FieldChanged  events.Kind = "field.custom_field_changed"
	FieldDeleted  events.Kind = "field.custom_field_deleted"
	FieldsOrdered events.Kind = "field.custom_fields_ordered"
	ValuesChanged events.Kind = "field.values_changed"
)

// What the events are about.
const (
	ListSubject   = "lookup_list"
	LookupSubject = "lookup"
	FieldSubject  = "custom_field"
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
	{Kind: FieldCreated, Subject: FieldSubject, Action: events.Added, Sentence: "{actor} defined the custom field {subject} ({records})"},
	{Kind: FieldChanged, Subject: FieldSubject, Action: events.Modified, Sentence: "{actor} changed the custom field {subject} ({records})"},
	{Kind: FieldDeleted, Subject: FieldSubject, Action: events.Deleted, Sentence: "{actor} deleted the custom field {subject} ({records})"},
	{Kind: FieldsOrdered, Subject: FieldSubject, Action: events.Modified, Sentence: "{actor} put the custom fields of {subject} in another order"},
	{Kind: ValuesChanged, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} changed fields of {subject}"},
}
