package delivery

import "millrace/internal/platform/events"

// The kinds of events of delivery.
const (
	// EventBatchIngested says that records were taken in. Data holds batch, connection, source, total, counts (by kind),
	// unmapped, rejected, applications (the ids whose facts changed, sorted) and earliest (RFC 3339, the earliest time
	// the changed facts speak of, absent when they have none).
	EventBatchIngested events.Kind = "delivery.batch_ingested"
	// EventMappingReplayed says that stored records were mapped anew. Data holds applications, changed and replay.
	EventMappingReplayed events.Kind = "delivery.mapping_replayed"

	// EventRecordRetracted says that a record was taken back because it is gone at its source. Data holds reason, record
	// (its kind), externalId and connection.
	EventRecordRetracted events.Kind = "delivery.record_retracted"

	// EventIncidentChanged says that a person changed an incident.
	EventIncidentChanged events.Kind = "delivery.incident_changed"

	EventRuleCreated events.Kind = "delivery.mapping_rule_created"
	EventRuleChanged events.Kind = "delivery.mapping_rule_changed"
	EventRuleDeleted events.Kind = "delivery.mapping_rule_deleted"

	EventAccountLinked   events.Kind = "delivery.tool_account_linked"
	EventAccountUnlinked events.Kind = "delivery.tool_account_unlinked"
	EventAccountsMatched events.Kind = "delivery.tool_accounts_matched"
)

// Events declares them.
var Events = []events.Definition{
	{Kind: EventBatchIngested, Subject: "batch", Action: events.Other, Sentence: "{actor} took in {total} records from {source}"},
	{Kind: EventMappingReplayed, Subject: "mapping_replay", Action: events.Other, Sentence: "{actor} mapped stored records anew; {changed} changed"},
	{Kind: EventRecordRetracted, Subject: events.AnySubject, Action: events.Deleted, Sentence: "{actor} took back {subject}, which was {reason}"},
	{Kind: EventIncidentChanged, Subject: "incident", Action: events.Modified, Sentence: "{actor} changed the incident {subject}"},
	{Kind: EventRuleCreated, Subject: "mapping_rule", Action: events.Added, Sentence: "{actor} created the mapping rule {subject}"},
	{Kind: EventRuleChanged, Subject: "mapping_rule", Action: events.Modified, Sentence: "{actor} changed the mapping rule {subject}"},
	{Kind: EventRuleDeleted, Subject: "mapping_rule", Action: events.Deleted, Sentence: "{actor} deleted the mapping rule {subject}"},
	{Kind: EventAccountLinked, Subject: "tool_account", Action: events.Modified, Sentence: "{actor} tied the account {subject} to {person}"},
	{Kind: EventAccountUnlinked, Subject: "tool_account", Action: events.Modified, Sentence: "{actor} untied the account {subject} from its person"},
	{Kind: EventAccountsMatched, Subject: "tool_account", Action: events.Modified, Sentence: "{actor} matched {count} accounts with persons"},
}
