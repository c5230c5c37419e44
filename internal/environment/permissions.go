package environment

import "millrace/internal/platform/authz"

// The permissions of the slice.
const (
	PermView        authz.Permission = "environment.view_environment"
	PermManage      authz.Permission = "environment.manage_environment"
	PermManageStack authz.Permission = "environment.manage_stack"
	PermSettings    authz.Permission = "environment.manage_settings"
)

// Permissions declares what can be granted about environments.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See environments, groups, what runs in them and how they differ", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermManage, Title: "Create, edit and delete environments, groups and connections", Roles: []string{"environment_manager"}},
	{Permission: PermManageStack, Title: "Record hosts, components, versions, configuration and data refreshes of environments",
		Roles: []string{"environment_manager", "deployment_manager"}},
	{Permission: PermSettings, Title: "Change the currency of the costs of environments", Roles: []string{"environment_manager"}},
}
