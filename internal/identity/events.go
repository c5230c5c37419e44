package identity

import "millrace/internal/platform/events"

// The kinds of events the slice appends. No secret, hash or link is ever part of one.
const (
	SignedIn        events.Kind = "identity.signed_in"
	SignedOut       events.Kind = "identity.signed_out"
	SessionRevoked  events.Kind = "identity.session_revoked"
	SessionsRevoked events.Kind = "identity.sessions_revoked"

	AccountCreated     events.Kind = "identity.account_created"
	AccountLocked      events.Kind = "identity.account_locked"
	AccountUnlocked    events.Kind = "identity.account_unlocked"
	AccountDeactivated events.Kind = "identity.account_deactivated"
	AccountActivated   events.Kind = "identity.account_activated"
	AccountLinked      events.Kind = "identity.account_linked"
	ProfileChanged     events.Kind = "identity.profile_changed"

	PasswordChanged     events.Kind = "identity.password_changed"
	PasswordReset       events.Kind = "identity.password_reset"
	PasswordLinkCreated events.Kind = "identity.password_link_created"

	TokenCreated events.Kind = "identity.token_created"
	TokenRevoked events.Kind = "identity.token_revoked"

	AdministratorCreated events.Kind = "identity.administrator_created"
	InvitationCreated    events.Kind = "identity.invitation_created"
	InvitationRevoked    events.Kind = "identity.invitation_revoked"
	InvitationAccepted   events.Kind = "identity.invitation_accepted"

	ServiceAccountCreated events.Kind = "identity.service_account_created"
	ServiceAccountChanged events.Kind = "identity.service_account_changed"
	ServiceAccountDeleted events.Kind = "identity.service_account_deleted"

	ProviderCreated events.Kind = "identity.provider_created"
	ProviderChanged events.Kind = "identity.provider_changed"
	ProviderDeleted events.Kind = "identity.provider_deleted"
)

// Events declares the kinds. The members of Data that a sentence names are written by the use case that appends it.
var Events = []events.Definition{
	{Kind: SignedIn, Subject: "account", Action: events.Other, Sentence: "{subject} signed in with {method}"},
	{Kind: SignedOut, Subject: "account", Action: events.Other, Sentence: "{subject} signed out"},
	{Kind: SessionRevoked, Subject: "account", Action: events.Modified, Sentence: "{actor} ended a session of {subject}"},
	{Kind: SessionsRevoked, Subject: "account", Action: events.Modified, Sentence: "All sessions and tokens of {subject} were ended because {reason}"},

	{Kind: AccountCreated, Subject: "account", Action: events.Added, Sentence: "{subject} received an account"},
	{Kind: AccountLocked, Subject: "account", Action: events.Modified, Sentence: "The account of {subject} was locked after {failures} failed sign-ins"},
	{Kind: AccountUnlocked, Subject: "account", Action: events.Modified, Sentence: "{actor} unlocked the account of {subject}"},
	{Kind: AccountDeactivated, Subject: "account", Action: events.Modified, Sentence: "{actor} deactivated the account of {subject}"},
	{Kind: AccountActivated, Subject: "account", Action: events.Modified, Sentence: "{actor} activated the account of {subject}"},
	{Kind: AccountLinked, Subject: "account", Action: events.Modified, Sentence: "The account of {subject} was linked to {provider}"},
	{Kind: ProfileChanged, Subject: "account", Action: events.Modified, Sentence: "{actor} changed their profile"},

	{Kind: PasswordChanged, Subject: "account", Action: events.Modified, Sentence: "{actor} changed their password"},
	{Kind: PasswordReset, Subject: "account", Action: events.Modified, Sentence: "The password of {subject} was set anew by {way}"},
	{Kind: PasswordLinkCreated, Subject: "account", Action: events.Modified, Sentence: "{actor} created a link with which {subject} can choose a new password"},

	{Kind: TokenCreated, Subject: "token", Action: events.Added, Sentence: "{actor} created the access token {subject} of {account}"},
	{Kind: TokenRevoked, Subject: "token", Action: events.Deleted, Sentence: "{actor} revoked the access token {subject} of {account}"},

	{Kind: AdministratorCreated, Subject: "account", Action: events.Added, Sentence: "{subject} became administrator by {way}"},
	{Kind: InvitationCreated, Subject: "invitation", Action: events.Added, Sentence: "{actor} invited {subject}"},
	{Kind: InvitationRevoked, Subject: "invitation", Action: events.Deleted, Sentence: "{actor} withdrew the invitation of {subject}"},
	{Kind: InvitationAccepted, Subject: "account", Action: events.Modified, Sentence: "{subject} accepted the invitation"},

	{Kind: ServiceAccountCreated, Subject: "account", Action: events.Added, Sentence: "{actor} created the service account {subject}"},
	{Kind: ServiceAccountChanged, Subject: "account", Action: events.Modified, Sentence: "{actor} changed the service account {subject}"},
	{Kind: ServiceAccountDeleted, Subject: "account", Action: events.Deleted, Sentence: "{actor} deleted the service account {subject}"},

	{Kind: ProviderCreated, Subject: "identity_provider", Action: events.Added, Sentence: "{actor} set up sign-in with {subject}"},
	{Kind: ProviderChanged, Subject: "identity_provider", Action: events.Modified, Sentence: "{actor} changed sign-in with {subject}"},
	{Kind: ProviderDeleted, Subject: "identity_provider", Action: events.Deleted, Sentence: "{actor} removed sign-in with {subject}"},
}
