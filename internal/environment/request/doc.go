// Package request keeps what people ask of those who look after test environments: booking requests, which bring
// bookings along, and environment change requests, which say where something is changed, when, and whom it hits.
//
// Booking requests and what both sorts have are kept here, change requests in package change.
//
// Tables: booking_request, booking_request_line, booking_request_environment, booking_time_slot,
// booking_request_question, environment_change_request, environment_change_card (the progression path),
// environment_change_outage, request_policy and request_number. It publishes v_booking_request,
// v_environment_change_request and v_environment_change_target.
//
// Permissions: request.view_request, request.create_request (also: edit what one made or is assigned to),
// request.manage_request, request.manage_settings. Event kinds: request.*, see events.go; what the aspects do to requests
// stands in the same history.
//
// Types are lists ([Lists]), statuses are drawn in workflows ([Service.WorkflowSubjects]), fields of the organisation's
// own come with [Service.FieldSubjects], comments, attachments and watchers with [Service.Subjects].
//
// It calls environment and booking, and asks others through ports.go.
//
// Invariants: numbers are given once per kind and without gaps. Bookings come and go through booking alone, in the
// transaction of the request: outside the modes planning and cancelled every line has its bookings, inside them it has
// none that are live.
package request
