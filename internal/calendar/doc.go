// Package calendar says when things must not happen: freezes, holidays, maintenance windows, and the working time of units.
//
// It owns the tables freeze_type, calendar_window (freezes, holidays and maintenance windows), calendar_window_scope,
// working_time and calendar_revision.
//
// Permissions: calendar.view_freeze, calendar.manage_freeze, calendar.override_freeze (acting inside a freeze, with a reason).
//
// Event kinds: calendar.freeze_*, holiday_*, maintenance_window_*, freeze_type_* and working_time_*.
//
// It asks of others: v_unit and v_application for access and names, Places for environments and groups, Affected for the
// bookings a closure hits, and any number of ClosureSources, whose closures GET /closures merges with its own.
//
// Invariants: a window covers exactly the targets of its scope rows, a unit with everything below it; a cancelled window
// closes nothing; every change of what closes a place sets a fresh revision, under which readers keep what they expanded.
package calendar
