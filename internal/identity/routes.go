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
}
