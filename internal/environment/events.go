package environment

import "millrace/internal/platform/events"

// The kinds of events the slice appends.
const (
	EnvironmentCreated   events.Kind = "environment.environment_created"
	EnvironmentChanged   events.Kind = "environment.environment_changed"
	EnvironmentMoved     events.Kind = "environment.environment_moved"
	EnvironmentDeleted   events.Kind = "environment.environment_deleted"
	StackChanged         events.Kind = "environment.stack_changed"
	StackCopied          events.Kind = "environment.stack_copied"
	VersionChanged       events.Kind = "environment.version_changed"
	ConfigurationChanged events.Kind = "environment.configuration_changed"
	DataRefreshed        events.Kind = "environment.data_refreshed"
	GroupCreated         events.Kind = "environment.group_created"
	GroupChanged         events.Kind = "environment.group_changed"
	GroupMoved           events.Kind = "environment.group_moved"
	GroupDeleted         events.Kind = "environment.group_deleted"
	MembersChanged       events.Kind = "environment.members_changed"
	ConnectionsChanged   events.Kind = "environment.connections_changed"
	SettingsChanged      events.Kind = "environment.settings_changed"
)

// Events declares the kinds. What happens to the stack, the configuration and the data of an environment is told as its
// history, members and connections as the history of their group.
var Events = []events.Definition{
	{Kind: EnvironmentCreated, Subject: Subject, Action: events.Added, Sentence: "{actor} created the environment {subject}"},
	{Kind: EnvironmentChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed the environment {subject}"},
	{Kind: EnvironmentMoved, Subject: Subject, Action: events.Modified, Sentence: "{actor} moved the environment {subject} to {unit}"},
	{Kind: EnvironmentDeleted, Subject: Subject, Action: events.Deleted, Sentence: "{actor} deleted the environment {subject}"},
	{Kind: StackChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} {what} in the stack of {subject}"},
	{Kind: StackCopied, Subject: Subject, Action: events.Modified, Sentence: "{actor} copied the stack of {source} to {subject}"},
	{Kind: VersionChanged, Subject: Subject, Action: events.Modified, Sentence: "{component} in {subject} went from {from} to {to}"},
	{Kind: ConfigurationChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed the configuration of {subject}"},
	{Kind: DataRefreshed, Subject: Subject, Action: events.Modified, Sentence: "{actor} recorded that the data of {subject} was refreshed"},
	{Kind: GroupCreated, Subject: GroupSubject, Action: events.Added, Sentence: "{actor} created the environment group {subject}"},
	{Kind: GroupChanged, Subject: GroupSubject, Action: events.Modified, Sentence: "{actor} changed the environment group {subject}"},
	{Kind: GroupMoved, Subject: GroupSubject, Action: events.Modified, Sentence: "{actor} moved the environment group {subject} to {unit}"},
	{Kind: GroupDeleted, Subject: GroupSubject, Action: events.Deleted, Sentence: "{actor} deleted the environment group {subject}"},
	{Kind: MembersChanged, Subject: GroupSubject, Action: events.Modified, Sentence: "{actor} changed the members of {subject}"},
	{Kind: ConnectionsChanged, Subject: GroupSubject, Action: events.Modified, Sentence: "{actor} {what} in {subject}"},
	{Kind: SettingsChanged, Subject: "environment_setting", Action: events.Modified, Sentence: "{actor} changed the currency of costs to {currency}"},
}
