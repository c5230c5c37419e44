package connector

import (
	"millrace/internal/platform/authz"
	"millrace/internal/platform/events"
)

// The permissions of this slice.
const (
	PermView   authz.Permission = "connector.view_connection"
	PermManage authz.Permission = "connector.manage_connection"
	PermRun    authz.Permission = "connector.run_connection"
)

// Permissions declares them for the role editor.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See connections, their runs and how fresh their data is", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermManage, Title: "Add, change and remove connections and their mapping rules"},
	{Permission: PermRun, Title: "Start and cancel runs and replays", Roles: []string{"release_manager", "environment_manager", "deployment_manager"}},
}

// The kinds of events of this slice.
const (
	ConnectionCreated  events.Kind = "connector.connection_created"
	ConnectionChanged  events.Kind = "connector.connection_changed"
	ConnectionRemoved  events.Kind = "connector.connection_removed"
	ConnectionVerified events.Kind = "connector.connection_verified"
	RulesChanged       events.Kind = "connector.rules_changed"
	ScopesChosen       events.Kind = "connector.scopes_chosen"
	RunRequested       events.Kind = "connector.run_requested"
	RunFinished        events.Kind = "connector.run_finished"
	RunCancelled       events.Kind = "connector.run_cancelled"
	WebhookRetried     events.Kind = "connector.webhook_retried"
)

// Events declares them.
var Events = []events.Definition{
	{Kind: ConnectionCreated, Subject: "connection", Action: events.Added, Sentence: "{actor} added the connection {subject}"},
	{Kind: ConnectionChanged, Subject: "connection", Action: events.Modified, Sentence: "{actor} changed the connection {subject}", Sensitive: []string{"credential", "webhookSecret"}},
	{Kind: ConnectionRemoved, Subject: "connection", Action: events.Deleted, Sentence: "{actor} removed the connection {subject}"},
	{Kind: ConnectionVerified, Subject: "connection", Action: events.Other, Sentence: "{actor} verified the connection {subject}: {outcome}"},
	{Kind: RulesChanged, Subject: "connection", Action: events.Modified, Sentence: "{actor} changed the mapping rules of {subject}"},
	{Kind: ScopesChosen, Subject: "connection", Action: events.Modified, Sentence: "{actor} chose what {subject} collects"},
	{Kind: RunRequested, Subject: "connection", Action: events.Other, Sentence: "{actor} asked for a {kind} of {subject}"},
	{Kind: RunFinished, Subject: "connection", Action: events.Other, Sentence: "The {kind} of {subject} ended: {outcome}"},
	{Kind: RunCancelled, Subject: "connection", Action: events.Other, Sentence: "{actor} cancelled the {kind} of {subject}"},
	{Kind: WebhookRetried, Subject: "connection", Action: events.Other, Sentence: "{actor} asked to work a webhook of {subject} again"},
}
