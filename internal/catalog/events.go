package catalog

import "millrace/internal/platform/events"

// The kinds of events the slice appends.
const (
	ApplicationCreated   events.Kind = "catalog.application_created"
	ApplicationChanged   events.Kind = "catalog.application_changed"
	ApplicationMoved     events.Kind = "catalog.application_moved"
	ApplicationDeleted   events.Kind = "catalog.application_deleted"
	ApplicationsImported events.Kind = "catalog.applications_imported"
	AliasesChanged       events.Kind = "catalog.aliases_changed"
	RepositoriesChanged  events.Kind = "catalog.repositories_changed"
	ComponentCreated     events.Kind = "catalog.component_created"
	ComponentChanged     events.Kind = "catalog.component_changed"
	ComponentDeleted     events.Kind = "catalog.component_deleted"
	DependencyCreated    events.Kind = "catalog.dependency_created"
	DependencyChanged    events.Kind = "catalog.dependency_changed"
	DependencyDeleted    events.Kind = "catalog.dependency_deleted"
)

// Events declares the kinds. What happens to a component, an alias, a repository or a dependency is told as history of
// its application.
var Events = []events.Definition{
	{Kind: ApplicationCreated, Subject: Subject, Action: events.Added, Sentence: "{actor} created the application {subject}"},
	{Kind: ApplicationChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed the application {subject}"},
	{Kind: ApplicationMoved, Subject: Subject, Action: events.Modified, Sentence: "{actor} moved the application {subject} to {unit}"},
	{Kind: ApplicationDeleted, Subject: Subject, Action: events.Deleted, Sentence: "{actor} deleted the application {subject}"},
	{Kind: ApplicationsImported, Subject: "application_import", Action: events.Added, Sentence: "{actor} imported {created} new and {updated} known applications"},
	{Kind: AliasesChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed the aliases of {subject}"},
	{Kind: RepositoriesChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed the repositories of {subject}"},
	{Kind: ComponentCreated, Subject: Subject, Action: events.Added, Sentence: "{actor} added the component {component} to {subject}"},
	{Kind: ComponentChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed the component {component} of {subject}"},
	{Kind: ComponentDeleted, Subject: Subject, Action: events.Deleted, Sentence: "{actor} removed the component {component} from {subject}"},
	{Kind: DependencyCreated, Subject: Subject, Action: events.Added, Sentence: "{actor} recorded that {subject} depends on {upstream}"},
	{Kind: DependencyChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed how {subject} depends on {upstream}"},
	{Kind: DependencyDeleted, Subject: Subject, Action: events.Deleted, Sentence: "{actor} removed the dependency of {subject} on {upstream}"},
}
