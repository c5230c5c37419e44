package booking

import (
	"slices"

	"millrace/internal/platform/problem"
)

// Status is where a booking stands.
type Status string

// The statuses. Only approved bookings hold an environment; requested and approved ones are live.
const (
	Requested Status = "requested"
	Approved  Status = "approved"
	Rejected  Status = "rejected"
	Waiting   Status = "waiting"
	Cancelled Status = "cancelled"
	// Ended bookings were released before their end, Expired ones freed because nobody used them.
	Ended   Status = "ended"
	Expired Status = "expired"
)

// Live are the statuses that stand on the schedule.
var Live = []Status{Requested, Approved}

// Act is something that is done to a booking.
type Act string

// The acts.
const (
	ActChange       Act = "change"
	ActApprove      Act = "approve"
	ActReject       Act = "reject"
	ActCancel       Act = "cancel"
	ActExtend       Act = "extend"
	ActReleaseEarly Act = "release_early"
	ActHandOver     Act = "hand_over"
	ActAskHolder    Act = "ask_holder"
	ActConfirmUse   Act = "confirm_use"
	ActSplit        Act = "split"
	ActExpire       Act = "expire"
	ActPromote      Act = "promote"
)

// acts lists, per act, the statuses it can be done in, in the order in which answers name them.
var acts = []struct {
	act  Act
	from []Status
	// running acts need a booking that has begun and not ended, open acts one that has not ended.
	running, open bool
}{
	{ActApprove, []Status{Requested}, false, true},
	{ActReject, []Status{Requested, Waiting}, false, false},
	{ActChange, []Status{Requested, Approved, Waiting}, false, true},
	{ActExtend, []Status{Requested, Approved}, false, true},
	{ActSplit, []Status{Requested, Approved}, false, true},
	{ActHandOver, []Status{Requested, Approved, Waiting}, false, true},
	{ActConfirmUse, []Status{Approved}, true, true},
	{ActReleaseEarly, []Status{Approved}, true, true},
	{ActCancel, []Status{Requested, Approved, Waiting}, false, true},
	{ActAskHolder, []Status{Requested, Approved}, false, true},
	{ActExpire, []Status{Approved}, true, true},
	{ActPromote, []Status{Waiting}, false, true},
}

// phase tells where a moment lies in the time of a booking.
type phase struct{ begun, over bool }

// mayDo reports whether an act fits a status and a phase.
func mayDo(act Act, from Status, p phase) bool {
	for _, a := range acts {
		if a.act == act {
			return slices.Contains(a.from, from) && (!a.running || p.begun && !p.over) && (!a.open || !p.over)
		}
	}
	return false
}

// checkAct returns the problem of an act that does not fit.
func checkAct(act Act, from Status, p phase) error {
	if mayDo(act, from, p) {
		return nil
	}
	when := ""
	switch {
	case p.over:
		when = " and over"
	case p.begun:
		when = " and running"
	}
	return problem.Newf(problem.Conflict, "booking_state", "This booking is %s%s; it cannot be changed in this way now.", from, when).
		WithData("status", from).WithData("act", act)
}
