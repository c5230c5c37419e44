package request

import (
	"context"

	"millrace/internal/platform/authz"
)

// The permissions of the slice.
const (
	PermView   authz.Permission = "request.view_request"
	PermCreate authz.Permission = "request.create_request"
	PermManage authz.Permission = "request.manage_request"
	// PermSettings concerns the whole organisation.
	PermSettings authz.Permission = "request.manage_settings"
)

// Permissions declares what can be granted about requests.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See booking requests and environment change requests", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermCreate, Title: "Make requests, and edit those one made or is assigned to",
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor"}},
	{Permission: PermManage, Title: "Edit and move everybody's requests", Roles: []string{"release_manager", "environment_manager"}},
	{Permission: PermSettings, Title: "Keep time slots, questions and the policy of requests", Roles: []string{"environment_manager"}},
}

// everywhere demands a permission on the whole organisation: settings hold for all units.
func everywhere(ctx context.Context, perm authz.Permission) error {
	p := authz.From(ctx)
	switch {
	case p == nil:
		return authz.ErrUnauthenticated
	case p.Everywhere(perm):
		return nil
	}
	return authz.Forbidden(perm)
}
