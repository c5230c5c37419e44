package identity

import (
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

const tag = "identity"

func route(method, path, id, summary string) httpapi.Operation {
	return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: tag}
}

func created(op httpapi.Operation) httpapi.Operation {
	op.Status = http.StatusCreated
	return op
}

// Mount registers the routes of the slice.
func (s *Service) Mount(api *httpapi.API) {
	public, signedIn := authz.Public(), authz.SignedIn()

	httpapi.Handle(api, route("POST", "/auth/sign-in", "sign-in", "Sign in with email and password"), public, s.handleSignIn)
	httpapi.Handle(api, route("POST", "/auth/sign-out", "sign-out", "End the session of this browser"), public, s.handleSignOut)
	httpapi.Handle(api, route("GET", "/setup", "get-setup", "Whether Millrace still waits for its first administrator"), public, s.handleSetupState)
	httpapi.Handle(api, route("POST", "/setup", "set-up", "Create the first administrator with the link the server printed"), public, s.handleSetup)

	httpapi.Handle(api, route("GET", "/me", "get-me", "Who you are and what you may do"), signedIn, s.handleMe)
	httpapi.Handle(api, route("PATCH", "/me", "update-me", "Change your profile"), signedIn, s.handleUpdateMe)
	httpapi.Handle(api, route("POST", "/me/password", "change-password", "Change your password"), signedIn, s.handleChangePassword)
	httpapi.Handle(api, route("GET", "/me/sessions", "list-sessions", "Where you are signed in"), signedIn, s.handleSessions)
	httpapi.Handle(api, route("DELETE", "/me/sessions", "revoke-other-sessions", "End your other sessions"), signedIn, s.handleRevokeSessions)
	httpapi.Handle(api, route("DELETE", "/me/sessions/{id}", "revoke-session", "End one of your sessions"), signedIn, s.handleRevokeSession)

	httpapi.Handle(api, route("GET", "/tokens", "list-tokens", "Your access tokens"), signedIn, s.handleTokens)
	httpapi.Handle(api, created(route("POST", "/tokens", "create-token", "Create an access token; its secret is shown this once")), signedIn, s.handleCreateToken)
	httpapi.Handle(api, route("DELETE", "/tokens/{id}", "revoke-token", "Revoke one of your access tokens"), signedIn, s.handleRevokeToken)

	httpapi.Handle(api, route("GET", "/auth/providers", "list-sign-in-providers", "The identity providers the sign-in page offers"), public, s.handleSignInProviders)
	httpapi.HandleRaw(api, browserRoute("/auth/oidc/{provider}/start", "start-oidc", "Begin a sign-in with an identity provider (the browser goes here)"), public, s.handleOIDCStart)
	httpapi.HandleRaw(api, browserRoute("/auth/oidc/{provider}/callback", "finish-oidc", "Where the identity provider sends the browser back"), public, s.handleOIDCCallback)
	httpapi.Handle(api, route("POST", "/invitations/accept", "accept-invitation", "Choose a password with the link of an invitation"), public, s.handleAccept)
	s.mountAdministration(api)
}

// browserRoute is a route a browser visits by itself. It sends no token of ours, and a stale one must not stop it.
func browserRoute(path, id, summary string) httpapi.Operation {
	op := route("GET", path, id, summary)
	op.Description = "Answers with a redirect; a failure leads to /sign-in?problem=CODE. start takes returnTo, an address inside Millrace."
	op.OwnCredentials = true
	return op
}

func (s *Service) mountAdministration(api *httpapi.API) {
	invite := authz.Need(PermInvitePerson)
	httpapi.Handle(api, route("GET", "/invitations", "list-invitations", "Invitations and what became of them"), invite, s.handleInvitations)
	httpapi.Handle(api, created(route("POST", "/invitations", "invite-person", "Invite somebody; the link is shown this once")), invite, s.handleInvite)
	httpapi.Handle(api, route("DELETE", "/invitations/{id}", "revoke-invitation", "Withdraw an invitation"), invite, s.handleRevokeInvitation)

	view, manage := authz.Need(PermViewAccount), authz.Need(PermManageAccount)
	httpapi.Handle(api, route("GET", "/accounts", "list-accounts", "Accounts of persons, with their state and locks"), view, s.handleAccounts)
	httpapi.Handle(api, route("POST", "/accounts/{id}/unlock", "unlock-account", "Let somebody sign in again who failed too often"), manage, s.handleAccount(s.UnlockAccount))
	httpapi.Handle(api, route("POST", "/accounts/{id}/deactivate", "deactivate-account", "Keep an account from being used and end its sessions and tokens"), manage, s.handleAccount(s.DeactivateAccount))
	httpapi.Handle(api, route("POST", "/accounts/{id}/activate", "activate-account", "Let an account be used again"), manage, s.handleAccount(s.ActivateAccount))
	httpapi.Handle(api, created(route("POST", "/accounts/{id}/password-link", "create-password-link", "Make a link with which somebody chooses a new password")), manage, s.handlePasswordLink)

	viewService, manageService := authz.Need(PermViewServiceAccount), authz.Need(PermManageServiceAccount)
	httpapi.Handle(api, route("GET", "/service-accounts", "list-service-accounts", "Service accounts"), viewService, s.handleServiceAccounts)
	httpapi.Handle(api, created(route("POST", "/service-accounts", "create-service-account", "Create an account for a program")), manageService, s.handleCreateService)
	httpapi.Handle(api, route("GET", "/service-accounts/{id}", "get-service-account", "One service account"), viewService, s.handleServiceAccount)
	httpapi.Handle(api, route("PATCH", "/service-accounts/{id}", "change-service-account", "Change a service account"), manageService, s.handleChangeService)
	httpapi.Handle(api, route("DELETE", "/service-accounts/{id}", "delete-service-account", "Delete a service account with its tokens"), manageService, s.handleDeleteService)
	httpapi.Handle(api, route("POST", "/service-accounts/{id}/deactivate", "deactivate-service-account", "Keep a service account from being used and revoke its tokens"), manageService, s.handleService(s.DeactivateAccount))
	httpapi.Handle(api, route("POST", "/service-accounts/{id}/activate", "activate-service-account", "Let a service account be used again"), manageService, s.handleService(s.ActivateAccount))
	httpapi.Handle(api, route("GET", "/service-accounts/{id}/tokens", "list-service-tokens", "The access tokens of a service account"), viewService, s.handleServiceTokens)
	httpapi.Handle(api, created(route("POST", "/service-accounts/{id}/tokens", "create-service-token", "Create an access token of a service account; its secret is shown this once")), manageService, s.handleCreateServiceToken)
	httpapi.Handle(api, route("DELETE", "/service-accounts/{id}/tokens/{token}", "revoke-service-token", "Revoke an access token of a service account"), manageService, s.handleRevokeServiceToken)

	provider := authz.Need(PermManageProvider)
	httpapi.Handle(api, route("GET", "/identity-providers", "list-identity-providers", "Identity providers"), provider, s.handleProviders)
	httpapi.Handle(api, created(route("POST", "/identity-providers", "create-identity-provider", "Set up sign-in with an identity provider")), provider, s.handleCreateProvider)
	httpapi.Handle(api, route("PATCH", "/identity-providers/{id}", "change-identity-provider", "Change an identity provider"), provider, s.handleChangeProvider)
	httpapi.Handle(api, route("DELETE", "/identity-providers/{id}", "delete-identity-provider", "Remove an identity provider and the roles its groups brought"), provider, s.handleDeleteProvider)
	httpapi.Handle(api, route("POST", "/identity-providers/{id}/test", "test-identity-provider", "Read the provider's discovery document and say what is wrong"), provider, s.handleTestProvider)
}
