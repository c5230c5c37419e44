package identity

import "millrace/internal/platform/authz"

// The permissions of the slice. Nothing here is held by a built-in role beside administrator: whoever hands out ways to
// sign in hands out everything else too. Everybody signed in manages their own account without a permission.
const (
	PermViewAccount          authz.Permission = "identity.view_account"
	PermManageAccount        authz.Permission = "identity.manage_account"
	PermInvitePerson         authz.Permission = "identity.invite_person"
	PermViewServiceAccount   authz.Permission = "identity.view_service_account"
	PermManageServiceAccount authz.Permission = "identity.manage_service_account"
	PermManageProvider       authz.Permission = "identity.manage_provider"
)

// Permissions declares what can be granted about identity.
var Permissions = []authz.Declaration{
	{Permission: PermViewAccount, Title: "See accounts, their state and their last sign-in"},
	{Permission: PermManageAccount, Title: "Unlock, deactivate and activate accounts and create password links"},
	{Permission: PermInvitePerson, Title: "Invite people to sign in"},
	{Permission: PermViewServiceAccount, Title: "See service accounts and their tokens"},
	{Permission: PermManageServiceAccount, Title: "Create, change and delete service accounts and their tokens"},
	{Permission: PermManageProvider, Title: "Set up sign-in with identity providers"},
}
