package delivery

import "millrace/internal/platform/authz"

// What can be done here.
const (
	// PermView shows deployments, changes, work items, builds and incidents of the unit's applications.
	PermView authz.Permission = "delivery.view_delivery"
	// PermReport sends facts for the unit's applications.
	PermReport authz.Permission = "delivery.report"
	// PermManageMapping changes the rules that map facts to applications; it is asked for on the whole organisation.
	PermManageMapping authz.Permission = "delivery.manage_mapping"
	// PermLinkAccount ties accounts of tools to persons.
	PermLinkAccount authz.Permission = "delivery.link_account"
)

// Permissions declares them.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See deployments, changes, work items, builds and incidents", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermReport, Title: "Report deployments, incidents and other delivery facts",
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor"}},
	{Permission: PermManageMapping, Title: "Change the rules that map tool data to applications", Roles: []string{"release_manager", "deployment_manager"}},
	{Permission: PermLinkAccount, Title: "Tie accounts of tools to persons", Roles: []string{"release_manager", "deployment_manager"}},
}
