package booking

import "millrace/internal/platform/authz"

// The permissions of the slice.
const (
	PermView    authz.Permission = "booking.view_booking"
	PermCreate  authz.Permission = "booking.create_booking"
	PermApprove authz.Permission = "booking.approve_booking"
	PermManage  authz.Permission = "booking.manage_booking"
	PermPolicy  authz.Permission = "booking.manage_policy"

	// permOverride belongs to the calendar; it lets its holders pass a freeze with a reason.
	permOverride authz.Permission = "calendar.override_freeze"
)

// Permissions declares what can be granted about bookings.
var Permissions = []authz.Declaration{
	{Permission: PermView, Title: "See bookings, the schedule and its conflicts", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermCreate, Title: "Book environments, and change one's own bookings",
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor"}},
	{Permission: PermApprove, Title: "Approve and reject bookings of environments whose application names no approver", Roles: []string{"environment_manager"}},
	{Permission: PermManage, Title: "Change and cancel everybody's bookings and settle conflicts", Roles: []string{"environment_manager"}},
	{Permission: PermPolicy, Title: "Decide under which rules environments are booked", Roles: []string{"environment_manager"}},
}
