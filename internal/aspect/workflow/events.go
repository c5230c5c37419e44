package workflow

import "millrace/internal/platform/events"

// The kinds of events the aspect appends.
const (
	StatusChanged events.Kind = "workflow.status_changed"
	Breached      events.Kind = "workflow.sla_breached"
	GraphChanged  events.Kind = "workflow.graph_changed"
	GraphDeleted  events.Kind = "workflow.graph_deleted"
)

// GraphSubject is what the events about graphs are about.
const GraphSubject = "workflow"

// Events declares the kinds. Data of the first two holds status, statusId, mode, and of a change from, fromId and note.
var Events = []events.Definition{
	{Kind: StatusChanged, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} moved {subject} from {from} to {status}"},
	{Kind: Breached, Subject: events.AnySubject, Action: events.Other, Sentence: "{subject} has stood on {status} for longer than agreed"},
	{Kind: GraphChanged, Subject: GraphSubject, Action: events.Modified, Sentence: "{actor} changed the workflow of {subject}"},
	{Kind: GraphDeleted, Subject: GraphSubject, Action: events.Deleted, Sentence: "{actor} deleted the workflow of {subject}"},
}
