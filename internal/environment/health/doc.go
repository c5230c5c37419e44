// Package health knows how environments are: what monitors and people said last, when an environment was out, what it
// hurt, and what the likely cause was.
//
// It owns the tables health_event, environment_health and outage and publishes the views v_outage and
// v_environment_health.
//
// Permissions: health.view_health, health.report_health, health.manage_outage.
//
// Event kinds: health.health_changed (about an environment; only when the health differs from before, so that a chatty
// monitor does not fill the history), health.outage_opened, outage_changed, outage_continued, outage_ended,
// outage_cause_marked, outage_deleted.
//
// It asks of others through ports: what was changed lately ([ChangeSource]), what is booked ([Bookings]) and when work on
// an environment was announced ([ClosureSource]).
//
// Invariants: the event with the latest time wins, whatever the order of arrival; the first Offline opens an outage and
// the next Online ends it; an outage during announced work is planned. Who ends an outage by hand says how the environment
// is since then, which is a health event like those of monitors; a monitor that sees it offline within [goesOnWithin] of it
// continues the outage instead of opening another.
package health
