package health

import "millrace/internal/platform/authz"

// The permissions of the slice.
const (
	PermView   authz.Permission = "health.view_health"
	PermReport authz.Permission = "health.report_health"
	PermManage authz.Permission = "health.manage_outage"
)

// Permissions declares what can be granted about health.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See the health and the outages of environments", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermReport, Title: "Report how an environment is", Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor"}},
	{Permission: PermManage, Title: "Open, edit and end outages and mark their cause", Roles: []string{"environment_manager", "deployment_manager"}},
}
