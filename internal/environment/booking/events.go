package booking

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
)

// The kinds of events the slice appends.
const (
	EventRequested    events.Kind = "booking.booking_requested"
	EventBooked       events.Kind = "booking.booking_booked"
	EventApproved     events.Kind = "booking.booking_approved"
	EventPartApproved events.Kind = "booking.booking_partly_approved"
	EventRejected     events.Kind = "booking.booking_rejected"
	EventChanged      events.Kind = "booking.booking_changed"
	EventCancelled    events.Kind = "booking.booking_cancelled"
	EventExtended     events.Kind = "booking.booking_extended"
	EventReleased     events.Kind = "booking.booking_released"
	EventHandedOver   events.Kind = "booking.booking_handed_over"
	EventSplit        events.Kind = "booking.booking_split"
	EventExpired      events.Kind = "booking.booking_expired"
	EventWaiting      events.Kind = "booking.booking_waiting"
	EventPromoted     events.Kind = "booking.booking_promoted"
	EventUnused       events.Kind = "booking.booking_unused"
	EventUsed         events.Kind = "booking.booking_used"
	EventHolderAsked  events.Kind = "booking.holder_asked"
	EventMoved        events.Kind = "booking.booking_moved"
	EventSettled      events.Kind = "booking.settlement_accepted"
	EventPolicy       events.Kind = "booking.policy_changed"
	EventPolicyGone   events.Kind = "booking.policy_removed"
	EventViewSaved    events.Kind = "booking.schedule_view_saved"
	EventViewDeleted  events.Kind = "booking.schedule_view_deleted"
	EventFeedCreated  events.Kind = "booking.calendar_feed_created"
	EventFeedRevoked  events.Kind = "booking.calendar_feed_revoked"
	EventLoaded       events.Kind = "booking.bookings_loaded"
)

// Events declares the kinds. Every event about a booking holds number, environments (their names), environmentIds, from,
// to, status, holderId and requesterId in its data.
var Events = []events.Definition{
	{Kind: EventRequested, Subject: Subject, Action: events.Added, Sentence: "{actor} asked for {environments} from {from} to {to}: {subject}"},
	{Kind: EventBooked, Subject: Subject, Action: events.Added, Sentence: "{actor} booked {environments} from {from} to {to}: {subject}"},
	{Kind: EventWaiting, Subject: Subject, Action: events.Added, Sentence: "{actor} put {subject} on the waitlist of {environments}"},
	{Kind: EventApproved, Subject: Subject, Action: events.Modified, Sentence: "{actor} approved {subject} in {environments}"},
	{Kind: EventPartApproved, Subject: Subject, Action: events.Modified, Sentence: "{actor} approved a part of {subject}: {approved}"},
	{Kind: EventRejected, Subject: Subject, Action: events.Modified, Sentence: "{actor} rejected {subject}: {reason}"},
	{Kind: EventChanged, Subject: Subject, Action: events.Modified, Sentence: "{actor} changed {subject}"},
	{Kind: EventCancelled, Subject: Subject, Action: events.Modified, Sentence: "{actor} cancelled {subject} in {environments}"},
	{Kind: EventExtended, Subject: Subject, Action: events.Modified, Sentence: "{actor} extended {subject} to {to}"},
	{Kind: EventReleased, Subject: Subject, Action: events.Modified, Sentence: "{actor} released {environments} early: {subject}"},
	{Kind: EventHandedOver, Subject: Subject, Action: events.Modified, Sentence: "{actor} handed {subject} over to {holder}"},
	{Kind: EventSplit, Subject: Subject, Action: events.Modified, Sentence: "{actor} split {subject} at {at}"},
	{Kind: EventExpired, Subject: Subject, Action: events.Modified, Sentence: "{environments} was freed because {subject} was not used"},
	{Kind: EventPromoted, Subject: Subject, Action: events.Modified, Sentence: "{subject} left the waitlist of {environments}"},
	{Kind: EventUnused, Subject: Subject, Action: events.Other, Sentence: "No sign of life was seen in {environments} since {since}: {subject}"},
	{Kind: EventUsed, Subject: Subject, Action: events.Other, Sentence: "{actor} showed that {subject} is used"},
	{Kind: EventHolderAsked, Subject: Subject, Action: events.Other, Sentence: "{actor} asked the holder of {subject}: {text}"},
	{Kind: EventMoved, Subject: Subject, Action: events.Modified, Sentence: "{actor} moved {subject} to {unit}"},
	{Kind: EventSettled, Subject: "booking_settlement", Action: events.Modified, Sentence: "{actor} accepted {accepted} moves of a settlement; {refused} were refused"},
	{Kind: EventPolicy, Subject: "booking_policy", Action: events.Modified, Sentence: "{actor} changed the booking policy of {subject}"},
	{Kind: EventPolicyGone, Subject: "booking_policy", Action: events.Deleted, Sentence: "{actor} removed the booking policy of {subject}"},
	{Kind: EventViewSaved, Subject: "schedule_view", Action: events.Modified, Sentence: "{actor} saved the view {subject} of the schedule"},
	{Kind: EventViewDeleted, Subject: "schedule_view", Action: events.Deleted, Sentence: "{actor} deleted the view {subject} of the schedule"},
	{Kind: EventFeedCreated, Subject: "calendar_feed", Action: events.Added, Sentence: "{actor} made the calendar feed {subject}"},
	{Kind: EventFeedRevoked, Subject: "calendar_feed", Action: events.Deleted, Sentence: "{actor} revoked the calendar feed {subject}"},
	{Kind: EventLoaded, Subject: Subject, Action: events.Added, Sentence: "{actor} took in {count} bookings"},
}

// say appends an event about a booking.
func (s *Service) say(ctx context.Context, tx db.Tx, kind events.Kind, d *draft, before, after any, more map[string]any) error {
	var batch db.Batch
	if err := s.sayIn(ctx, tx, &batch, kind, d, before, after, more); err != nil {
		return err
	}
	return tx.Run(ctx, &batch)
}

// sayIn is say as a part of a batch.
func (s *Service) sayIn(ctx context.Context, tx db.Tx, batch *db.Batch, kind events.Kind, d *draft, before, after any, more map[string]any) error {
	b := d.Booking
	data := map[string]any{
		"number": b.Reference(), "environments": d.names(), "environmentIds": d.ids(), "from": b.From.Format(time.RFC3339), "to": b.To.Format(time.RFC3339),
		"status": b.Status, "holderId": b.Holder, "requesterId": b.Requester,
	}
	for k, v := range more {
		data[k] = v
	}
	e := events.Event{Kind: kind, SubjectID: string(b.ID), SubjectLabel: b.Reference() + " " + b.Title, Unit: b.Unit, Data: data}
	if before != nil || after != nil {
		e.Changes = events.Diff(before, after, "asked", "number", "decidedAt", "decidedBy") // the event says who decided, and when
	}
	return s.Events.AppendIn(ctx, tx, batch, e)
}
