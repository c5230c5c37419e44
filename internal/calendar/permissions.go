package calendar

import "millrace/internal/platform/authz"

// The permissions of the slice.
const (
	PermView     authz.Permission = "calendar.view_freeze"
	PermManage   authz.Permission = "calendar.manage_freeze"
	PermOverride authz.Permission = "calendar.override_freeze"
)

// Permissions declares what can be granted about the calendar.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See freezes, holidays, maintenance windows and working time", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermManage, Title: "Create, edit, cancel and delete freezes, holidays, maintenance windows and working time",
		Roles: []string{"release_manager", "environment_manager"}},
	{Permission: PermOverride, Title: "Book and deploy inside a freeze, giving a reason", Roles: []string{"release_manager"}},
}
