package request

import "millrace/internal/platform/events"

// The kinds of events the slice appends. Every event about a request holds number, requesterId, assigneeId and teamId in
// its data, and what its sentence names.
const (
	EventRequestCreated  events.Kind = "request.booking_request_created"
	EventRequestChanged  events.Kind = "request.booking_request_changed"
	EventRequestBooked   events.Kind = "request.booking_request_booked"
	EventRequestReleased events.Kind = "request.booking_request_released"
	EventRequestRehomed  events.Kind = "request.booking_request_rehomed"
	EventChangeCreated   events.Kind = "request.environment_change_request_created"
	EventChangeChanged   events.Kind = "request.environment_change_request_changed"
	EventChangeBooked    events.Kind = "request.environment_change_request_booked"
	EventChangeReleased  events.Kind = "request.environment_change_request_released"
	EventChangeRehomed   events.Kind = "request.environment_change_request_rehomed"
	EventCardMoved       events.Kind = "request.change_card_moved"
	EventSlotSaved       events.Kind = "request.time_slot_saved"
	EventSlotDeleted     events.Kind = "request.time_slot_deleted"
	EventQuestionSaved   events.Kind = "request.question_saved"
	EventQuestionDeleted events.Kind = "request.question_deleted"
	EventPolicyChanged   events.Kind = "request.policy_changed"
)

// Events declares what can happen.
var Events = []events.Definition{
	{Kind: EventRequestCreated, Subject: BookingSubject, Action: events.Added, Sentence: "{actor} made the booking request {subject}"},
	{Kind: EventRequestChanged, Subject: BookingSubject, Action: events.Modified, Sentence: "{actor} changed the booking request {subject}"},
	{Kind: EventRequestBooked, Subject: BookingSubject, Action: events.Modified, Sentence: "{bookings} came of the booking request {subject}"},
	{Kind: EventRequestReleased, Subject: BookingSubject, Action: events.Modified, Sentence: "{bookings} of the booking request {subject} were cancelled"},
	{Kind: EventRequestRehomed, Subject: BookingSubject, Action: events.Modified, Sentence: "{actor} moved the booking request {subject} to {unit}"},
	{Kind: EventChangeCreated, Subject: ChangeSubject, Action: events.Added, Sentence: "{actor} made the environment change request {subject}"},
	{Kind: EventChangeChanged, Subject: ChangeSubject, Action: events.Modified, Sentence: "{actor} changed the environment change request {subject}"},
	{Kind: EventChangeBooked, Subject: ChangeSubject, Action: events.Modified, Sentence: "{bookings} were made for the environment change request {subject}"},
	{Kind: EventChangeReleased, Subject: ChangeSubject, Action: events.Modified, Sentence: "{bookings} of the environment change request {subject} were cancelled"},
	{Kind: EventChangeRehomed, Subject: ChangeSubject, Action: events.Modified, Sentence: "{actor} moved the environment change request {subject} to {unit}"},
	{Kind: EventCardMoved, Subject: ChangeSubject, Action: events.Modified, Sentence: "{actor} set {card} of {subject} to {status}"},
	{Kind: EventSlotSaved, Subject: "booking_time_slot", Action: events.Modified, Sentence: "{actor} saved the time slot {subject}"},
	{Kind: EventSlotDeleted, Subject: "booking_time_slot", Action: events.Deleted, Sentence: "{actor} deleted the time slot {subject}"},
	{Kind: EventQuestionSaved, Subject: "booking_request_question", Action: events.Modified, Sentence: "{actor} saved the question {subject}"},
	{Kind: EventQuestionDeleted, Subject: "booking_request_question", Action: events.Deleted, Sentence: "{actor} deleted the question {subject}"},
	{Kind: EventPolicyChanged, Subject: "request_policy", Action: events.Modified, Sentence: "{actor} changed the policy of requests"},
}
