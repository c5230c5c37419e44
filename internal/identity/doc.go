// Package identity knows how people and programs prove who they are.
//
// It owns the tables account, session, access_token, invitation, setup_token, sign_in_throttle, identity_provider,
// account_link, provider_grant and oidc_login. It reads v_person and v_unit of people.
//
// Permissions: identity.view_account, identity.manage_account, identity.invite_person, identity.view_service_account,
// identity.manage_service_account, identity.manage_provider. Nobody can hand out a way to act as an account that holds
// more than they do themselves: see uncovered in rules.go.
//
// Event kinds: identity.*, see events.go. No event carries a secret, a hash or a link.
//
// It asks of others, in ports.go: [People] for the persons behind accounts, [Grants] for the roles they hold, [Vault]
// for the secrets of identity providers, [MailSender] for invitations where mail is configured.
//
// Invariants: secrets that are random (sessions, tokens, links) are stored as SHA-256 only, passwords as argon2id; a
// session's secret is made at sign-in and never taken from the browser; an account acts only while it is active and the
// person behind it is active and valid, which is asked on every request; a revoked session or token is refused at once
// on the node that revoked it and within five seconds on others, see principal_cache.go.
package identity
