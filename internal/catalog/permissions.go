package catalog

import "millrace/internal/platform/authz"

// The permissions of the slice.
const (
	PermView   authz.Permission = "catalog.view_application"
	PermManage authz.Permission = "catalog.manage_application"
)

// Permissions declares what can be granted about the catalog.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See applications, their components, repositories and dependencies", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermManage, Title: "Create, import, edit and delete applications and their dependencies",
		Roles: []string{"release_manager", "environment_manager", "deployment_manager"}},
}
