package workflow

import (
	"context"

	"millrace/internal/platform/authz"
)

// The permissions of the aspect.
const (
	PermView   authz.Permission = "workflow.view_workflow"
	PermManage authz.Permission = "workflow.manage_workflow"
)

// Permissions declares what can be granted about workflows.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See the workflows of records", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermManage, Title: "Draw the workflows of records"},
}

// may decides about graphs, which hold for all units: changing takes the permission on the whole organisation, seeing
// takes it anywhere.
func may(ctx context.Context, perm authz.Permission) error {
	p := authz.From(ctx)
	switch {
	case p == nil:
		return authz.ErrUnauthenticated
	case perm == PermView && p.CanSomewhere(perm), p.Everywhere(perm):
		return nil
	}
	return authz.Forbidden(perm)
}
