package health

import "millrace/internal/platform/events"

// The kinds of events of the slice.
const (
	HealthChanged     events.Kind = "health.health_changed"
	OutageOpened      events.Kind = "health.outage_opened"
	OutageChanged     events.Kind = "health.outage_changed"
	OutageContinued   events.Kind = "health.outage_continued"
	OutageEnded       events.Kind = "health.outage_ended"
	OutageCauseMarked events.Kind = "health.outage_cause_marked"
	OutageDeleted     events.Kind = "health.outage_deleted"
)

// Subject is the kind under which history, comments and search know an outage.
const Subject = "outage"

// Events declares what can happen.
var Events = []events.Definition{
	{Kind: HealthChanged, Subject: "environment", Action: events.Modified, Sentence: "{subject} is now {health}, said {source}"},
	{Kind: OutageOpened, Subject: Subject, Action: events.Added, Sentence: "{subject} began"},
	{Kind: OutageChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed the outage {subject}"},
	{Kind: OutageContinued, Subject: Subject, Action: events.Modified, Sentence: "{subject} goes on, said {source}"},
	{Kind: OutageEnded, Subject: Subject, Action: events.Modified, Sentence: "{subject} ended after {lasted}"},
	{Kind: OutageCauseMarked, Subject: Subject, Action: events.Modified, Sentence: "{actor} marked {cause} as the cause of {subject}"},
	{Kind: OutageDeleted, Subject: Subject, Action: events.Deleted, Sentence: "{actor} deleted the outage {subject}"},
}
