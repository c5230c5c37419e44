package field

import (
	"context"

	"millrace/internal/platform/authz"
)

// The permissions of the aspect.
const (
	PermView              authz.Permission = "field.view_field"
	PermManageLookup      authz.Permission = "field.manage_lookup"
	PermManageCustomField authz.Permission = "field.manage_custom_field"
)

var everyRole = []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}

// Permissions declares what can be granted about lists and custom fields.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See lists and custom fields", View: true, Roles: everyRole},
	{Permission: PermManageLookup, Title: "Keep the lists records draw on", Roles: []string{"environment_manager"}},
	{Permission: PermManageCustomField, Title: "Define custom fields"},
}

// everywhere demands a permission on the whole organisation: lists and definitions hold for all units.
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

// somewhere demands a permission on any unit.
func somewhere(ctx context.Context, perm authz.Permission) error {
	p := authz.From(ctx)
	switch {
	case p == nil:
		return authz.ErrUnauthenticated
	case p.CanSomewhere(perm):
		return nil
	}
	return authz.Forbidden(perm)
}
