package stakeholder

import "millrace/internal/platform/events"

// The kinds of events the aspect appends.
const (
	Added      events.Kind = "stakeholder.added"
	Changed    events.Kind = "stakeholder.changed"
	Removed    events.Kind = "stakeholder.removed"
	Reassigned events.Kind = "stakeholder.reassigned"
)

// Events declares the kinds; they can be about any record.
var Events = []events.Definition{
	{Kind: Added, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} made {stakeholder} a stakeholder of {subject} ({part})"},
	{Kind: Changed, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} changed the part of {stakeholder} in {subject} ({part})"},
	{Kind: Removed, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} removed {stakeholder} from the stakeholders of {subject}"},
	{Kind: Reassigned, Subject: events.AnySubject, Action: events.Modified, Sentence: "{actor} gave the part of {from} in {subject} to {stakeholder}"},
}
