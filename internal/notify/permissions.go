package notify

import (
	"context"

	"millrace/internal/platform/authz"
)

// The permissions of the slice. They are about the whole organisation: templates and deliveries belong to no unit.
const (
	PermManageTemplate authz.Permission = "notify.manage_template"
	PermViewDelivery   authz.Permission = "notify.view_delivery"
	PermResend         authz.Permission = "notify.resend_delivery"
)

// Permissions declares them; beside the administrator nobody holds them from the start.
var Permissions = []authz.Declaration{
	{Permission: PermManageTemplate, Title: "Edit the templates of mails"},
	{Permission: PermViewDelivery, Title: "See which mails were sent to whom"},
	{Permission: PermResend, Title: "Send a mail again"},
}

// checkWide demands a permission on the whole organisation.
func checkWide(ctx context.Context, perm authz.Permission) error {
	if p := authz.From(ctx); p == nil {
		return authz.ErrUnauthenticated
	} else if !p.Everywhere(perm) {
		return authz.Forbidden(perm)
	}
	return nil
}
