package people

import "millrace/internal/platform/authz"

// The permissions of the slice.
const (
	PermViewUnit     authz.Permission = "people.view_unit"
	PermManageUnit   authz.Permission = "people.manage_unit"
	PermViewPerson   authz.Permission = "people.view_person"
	PermManagePerson authz.Permission = "people.manage_person"
	PermViewTeam     authz.Permission = "people.view_team"
	PermManageTeam   authz.Permission = "people.manage_team"
	PermViewRole     authz.Permission = "people.view_role"
	PermManageRole   authz.Permission = "people.manage_role"
	PermViewGrant    authz.Permission = "people.view_grant"
	PermManageGrant  authz.Permission = "people.manage_grant"
)

// The codes of the built-in roles.
const (
	Administrator      = "administrator"
	ReleaseManager     = "release_manager"
	EnvironmentManager = "environment_manager"
	DeploymentManager  = "deployment_manager"
	Contributor        = "contributor"
	Viewer             = "viewer"
)

var everyRole = []string{ReleaseManager, EnvironmentManager, DeploymentManager, Contributor, Viewer}

var managers = []string{ReleaseManager, EnvironmentManager, DeploymentManager}

// Permissions declares what can be granted about people.
var Permissions = []authz.Declaration{
	{Permission: PermViewUnit, Title: "See the organisation tree", View: true, Roles: everyRole},
	{Permission: PermManageUnit, Title: "Create, rename, move and delete units"},
	{Permission: PermViewPerson, Title: "See persons", View: true, Roles: everyRole},
	{Permission: PermManagePerson, Title: "Create, import, edit, deactivate and reassign persons"},
	{Permission: PermViewTeam, Title: "See teams and their members", View: true, Roles: everyRole},
	{Permission: PermManageTeam, Title: "Create and edit teams and their members", Roles: managers},
	{Permission: PermViewRole, Title: "See roles and what they allow", View: true, Roles: everyRole},
	{Permission: PermManageRole, Title: "Create, edit and delete roles"},
	{Permission: PermViewGrant, Title: "See who holds which role", View: true, Roles: everyRole},
	{Permission: PermManageGrant, Title: "Grant and withdraw roles"},
}
