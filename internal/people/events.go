package people

import "millrace/internal/platform/events"

// The kinds of events the slice appends.
const (
	UnitCreated events.Kind = "people.unit_created"
	UnitChanged events.Kind = "people.unit_changed"
	UnitMoved   events.Kind = "people.unit_moved"
	UnitDeleted events.Kind = "people.unit_deleted"

	PersonCreated     events.Kind = "people.person_created"
	PersonChanged     events.Kind = "people.person_changed"
	PersonActivated   events.Kind = "people.person_activated"
	PersonDeactivated events.Kind = "people.person_deactivated"
	PersonReactivated events.Kind = "people.person_reactivated"
	PersonExpired     events.Kind = "people.person_expired"
	PersonReassigned  events.Kind = "people.person_reassigned"
	PersonDeleted     events.Kind = "people.person_deleted"
	PersonsImported   events.Kind = "people.persons_imported"

	TeamCreated        events.Kind = "people.team_created"
	TeamChanged        events.Kind = "people.team_changed"
	TeamDeleted        events.Kind = "people.team_deleted"
	TeamMembersChanged events.Kind = "people.team_members_changed"

	RoleCreated events.Kind = "people.role_created"
	RoleChanged events.Kind = "people.role_changed"
	RoleDeleted events.Kind = "people.role_deleted"

	GrantCreated events.Kind = "people.grant_created"
	GrantDeleted events.Kind = "people.grant_deleted"
)

// Events declares the kinds. The members of Data that a sentence names are written by the use case of the same name.
var Events = []events.Definition{
	{Kind: UnitCreated, Subject: "unit", Action: events.Added, Sentence: "{actor} created the unit {subject}"},
	{Kind: UnitChanged, Subject: "unit", Action: events.Modified, Sentence: "{actor} changed the unit {subject}"},
	{Kind: UnitMoved, Subject: "unit", Action: events.Modified, Sentence: "{actor} moved the unit {subject} below {parent}"},
	{Kind: UnitDeleted, Subject: "unit", Action: events.Deleted, Sentence: "{actor} deleted the unit {subject} and moved what it held to {rehomedTo}"},

	{Kind: PersonCreated, Subject: "person", Action: events.Added, Sentence: "{actor} added {subject}"},
	{Kind: PersonChanged, Subject: "person", Action: events.Modified, Sentence: "{actor} changed {subject}"},
	{Kind: PersonActivated, Subject: "person", Action: events.Modified, Sentence: "{subject} became active"},
	{Kind: PersonDeactivated, Subject: "person", Action: events.Modified, Sentence: "{actor} deactivated {subject}"},
	{Kind: PersonReactivated, Subject: "person", Action: events.Modified, Sentence: "{actor} reactivated {subject}"},
	{Kind: PersonExpired, Subject: "person", Action: events.Modified, Sentence: "{subject} became inactive because the valid-until date passed"},
	{Kind: PersonReassigned, Subject: "person", Action: events.Modified, Sentence: "{actor} moved the work of {subject} to {to}"},
	{Kind: PersonDeleted, Subject: "person", Action: events.Deleted, Sentence: "{actor} deleted {subject}"},
	{Kind: PersonsImported, Subject: "person_import", Action: events.Added, Sentence: "{actor} imported {created} new and {updated} known persons"},

	{Kind: TeamCreated, Subject: "team", Action: events.Added, Sentence: "{actor} created the team {subject}"},
	{Kind: TeamChanged, Subject: "team", Action: events.Modified, Sentence: "{actor} changed the team {subject}"},
	{Kind: TeamDeleted, Subject: "team", Action: events.Deleted, Sentence: "{actor} deleted the team {subject}"},
	{Kind: TeamMembersChanged, Subject: "team", Action: events.Modified, Sentence: "{actor} changed the members of {subject}"},

	{Kind: RoleCreated, Subject: "role", Action: events.Added, Sentence: "{actor} created the role {subject}"},
	{Kind: RoleChanged, Subject: "role", Action: events.Modified, Sentence: "{actor} changed the role {subject}"},
	{Kind: RoleDeleted, Subject: "role", Action: events.Deleted, Sentence: "{actor} deleted the role {subject}"},

	{Kind: GrantCreated, Subject: "grant", Action: events.Added, Sentence: "{actor} granted {role} on {unit} to {subject}"},
	{Kind: GrantDeleted, Subject: "grant", Action: events.Deleted, Sentence: "{actor} withdrew {role} on {unit} from {subject}"},
}
