// Package booking keeps the schedule of environments: who may use which one when, and for what.
//
// Tables: booking, booking_environment (one row per environment of a booking: the schedule), booking_series,
// booking_number, booking_policy, booking_settlement, schedule_view, calendar_feed. It publishes v_booking and
// v_booking_environment.
//
// Permissions: booking.view_booking, booking.create_booking, booking.approve_booking, booking.manage_booking,
// booking.manage_policy. Event kinds: booking.*, see events.go.
//
// It asks of others, see ports.go: closures of environments, who approves, whose right a person has, a place for
// conversations, deployments as signs of life, and what a capability means.
//
// Invariants: approved bookings of one environment never overlap beyond its capacity or with intents that do not go
// together. This is decided in one place, [stage.clashes], after the schedules of all environments concerned were locked
// in the order of their ids, in the transaction that writes. Every path leads there: creating, changing, approving,
// extending, promoting from the waitlist, accepting a settlement, importing. The rows of booking_environment repeat the
// times, the intent and the status of their booking and are written with it.
package booking
