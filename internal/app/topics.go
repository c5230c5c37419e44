package app

import (
	"millrace/internal/aspect/workflow"
	"millrace/internal/calendar"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/notify"
	"millrace/internal/platform/events"
)

// topics are the kinds of events people are told of, in the order of the page of choices.
func (a *App) topics() []notify.Topic {
	inbox := notify.Channels{Inbox: true, Mail: notify.Off}
	book := func(kind events.Kind, title string) notify.Topic {
		return notify.Topic{Event: kind, Group: "Bookings", Title: title, Audience: a.Booking.Audience}
	}
	decide := func(kind events.Kind, title, body string) notify.Topic {
		t := book(kind, title)
		t.Values, t.Placeholders = a.Booking.DecisionValues, decisionPlaceholders
		t.Template = notify.Text{Subject: "[[Record]]: [[Title]]", Body: body}
		return t
	}
	ask := func(kind events.Kind, title string) notify.Topic {
		return notify.Topic{Event: kind, Group: "Requests", Title: title, Audience: a.Request.Audience}
	}
	closed := func(kind events.Kind, title string) notify.Topic {
		return notify.Topic{Event: kind, Group: "Freezes and maintenance", Title: title, Audience: a.Calendar.Audience, Through: a.Calendar.Through,
			Template: notify.Text{Subject: "[[Record]]: [[Title]]", Body: "[[Sentence]]\n[[Time]]"}}
	}
	return append([]notify.Topic{
		decide(booking.EventRequested, "A booking waits for approval", "[[Sentence]]\n[[Time]]\n\n[[Decide]]"),
		book(booking.EventBooked, "An environment was booked"),
		book(booking.EventApproved, "A booking was approved"),
		book(booking.EventRejected, "A booking was rejected"),
		decide(booking.EventChanged, "A booking was changed", "[[Sentence]]\n[[Time]]\n\n[[Changes]]\n\n[[Decide]]"),
		book(booking.EventMoved, "A booking was moved by a settlement"),
		book(booking.EventCancelled, "A booking was cancelled"),
		decide(booking.EventExtended, "A booking was extended", "[[Sentence]]\n[[Time]]\n\n[[Changes]]\n\n[[Decide]]"),
		book(booking.EventReleased, "An environment was released early"),
		book(booking.EventHandedOver, "A booking was handed over"),
		book(booking.EventPromoted, "A booking left the waitlist"),
		book(booking.EventUnused, "A booking seems unused"),
		book(booking.EventExpired, "An unused booking was freed"),
		book(booking.EventHolderAsked, "Somebody asks the holder of a booking"),
		{Event: health.OutageOpened, Group: "Outages", Title: "An environment is out, or an outage is planned", Audience: a.Health.Audience},
		{Event: health.OutageContinued, Group: "Outages", Title: "An outage that was ended by hand goes on", Audience: a.Health.Audience},
		{Event: health.OutageEnded, Group: "Outages", Title: "An outage ended", Audience: a.Health.Audience},
		{Event: health.OutageCauseMarked, Group: "Outages", Title: "The cause of an outage was marked", Audience: a.Health.Audience},
		{Event: health.HealthChanged, Group: "Outages", Title: "The health of an environment changed", Audience: a.Health.Audience, Standard: inbox},
		closed(calendar.FreezeCreated, "A freeze was set up"),
		closed(calendar.FreezeChanged, "A freeze was changed"),
		closed(calendar.FreezeCancelled, "A freeze was cancelled"),
		closed(calendar.FreezeReinstated, "A freeze is back in force"),
		closed(calendar.FreezeDeleted, "A freeze was removed"),
		closed(calendar.FreezeApproaching, "A freeze is about to begin"),
		closed(calendar.MaintenanceCreated, "A maintenance window was set up"),
		closed(calendar.MaintenanceChanged, "A maintenance window was changed"),
		closed(calendar.MaintenanceCancelled, "A maintenance window was cancelled"),
		closed(calendar.MaintenanceReinstated, "A maintenance window is back in force"),
		closed(calendar.MaintenanceDeleted, "A maintenance window was removed"),
		closed(calendar.MaintenanceApproaching, "A maintenance window is about to begin"),
		{Event: environment.EnvironmentChanged, Group: "Environments", Title: "An environment was changed", Audience: a.Environment.Audience, Standard: inbox},
		{Event: environment.VersionChanged, Group: "Environments", Title: "A version was deployed to an environment", Audience: a.Environment.Audience, Standard: inbox},
		{Event: environment.DataRefreshed, Group: "Environments", Title: "The data of an environment was refreshed", Audience: a.Environment.Audience, Standard: inbox},
		{Event: environment.EnvironmentDeleted, Group: "Environments", Title: "An environment was deleted", Audience: a.Environment.Audience},
		ask(request.EventRequestCreated, "A booking request was made"),
		ask(request.EventRequestChanged, "A booking request was changed"),
		ask(request.EventChangeCreated, "An environment change request was made"),
		ask(request.EventChangeChanged, "An environment change request was changed"),
		ask(request.EventCardMoved, "A step of a progression path moved on"),
		ask(workflow.StatusChanged, "A request moved to another status"),
		{Event: workflow.Breached, Audience: a.Request.Audience, Group: "Requests", Title: "A service level was breached"},
	}, notify.CommentTopics(a.Comment)...)
}

// decisionPlaceholders are for those who decide about the booking and empty in the mails of all others.
var decisionPlaceholders = []notify.Placeholder{
	{Name: booking.DecideValue, Title: "The links that approve and reject, with what to know of them; for those who decide alone", Sample: "Approve: https://millrace.example/bookings/1/decision?token=x&act=approve\nReject: https://millrace.example/bookings/1/decision?token=x&act=reject"},
	{Name: booking.ApproveValue, Title: "The link that approves; for those who decide alone", Sample: "https://millrace.example/bookings/1/decision?token=x&act=approve"},
	{Name: booking.RejectValue, Title: "The link that rejects; for those who decide alone", Sample: "https://millrace.example/bookings/1/decision?token=x&act=reject"},
}
