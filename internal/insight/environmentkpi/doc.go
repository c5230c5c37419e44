// Package environmentkpi computes the key figures of test environments: how much of their capacity is booked and used,
// how often bookings are refused or clash, how long decisions and requests take, how long environments are out, what is
// asked for against what there is, what it costs whom, and which environments could go.
//
// It owns the tables report_subscription and report_dispatch, declares the permissions environmentkpi.view_report and
// environmentkpi.subscribe and the events environmentkpi.report_subscribed, .report_subscription_changed,
// .report_unsubscribed and .report_sent, and asks app for the rights of a subscriber at the moment of sending.
//
// One pass gathers plain records (record.go, gather.go); everything else is pure (rules_*.go). A value that cannot be
// known is null, which is not 0; every value says on how many items it rests and where they are listed.
// docs/reference/environment-kpi.md defines each figure.
package environmentkpi
