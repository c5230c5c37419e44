package environmentkpi

import "millrace/internal/platform/authz"

// The permissions of the slice.
const (
	PermViewReport authz.Permission = "environmentkpi.view_report"
	PermSubscribe  authz.Permission = "environmentkpi.subscribe"
)

// Permissions declares what can be granted about reports.
var Permissions = []authz.Declaration{
	{Permission: PermViewReport, Title: "See the figures of environments: use, waiting, outages and cost", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermSubscribe, Title: "Have the monthly report of environments mailed",
		Roles: []string{"release_manager", "environment_manager", "deployment_manager"}},
}
