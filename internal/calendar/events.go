package calendar

import "millrace/internal/platform/events"

// Subjects are the kinds of records history and attachments know the calendar's windows by.
const (
	FreezeSubject      = "freeze"
	HolidaySubject     = "holiday"
	MaintenanceSubject = "maintenance_window"
	TypeSubject        = "freeze_type"
	WorkingTimeSubject = "working_time"
)

// The kinds of events the slice appends.
const (
	FreezeCreated          events.Kind = "calendar.freeze_created"
	FreezeChanged          events.Kind = "calendar.freeze_changed"
	FreezeCancelled        events.Kind = "calendar.freeze_cancelled"
	FreezeReinstated       events.Kind = "calendar.freeze_reinstated"
	FreezeDeleted          events.Kind = "calendar.freeze_deleted"
	HolidayCreated         events.Kind = "calendar.holiday_created"
	HolidayChanged         events.Kind = "calendar.holiday_changed"
	HolidayCancelled       events.Kind = "calendar.holiday_cancelled"
	HolidayReinstated      events.Kind = "calendar.holiday_reinstated"
	HolidayDeleted         events.Kind = "calendar.holiday_deleted"
	MaintenanceCreated     events.Kind = "calendar.maintenance_window_created"
	MaintenanceChanged     events.Kind = "calendar.maintenance_window_changed"
	MaintenanceCancelled   events.Kind = "calendar.maintenance_window_cancelled"
	MaintenanceReinstated  events.Kind = "calendar.maintenance_window_reinstated"
	MaintenanceDeleted     events.Kind = "calendar.maintenance_window_deleted"
	FreezeApproaching      events.Kind = "calendar.freeze_approaching"
	MaintenanceApproaching events.Kind = "calendar.maintenance_window_approaching"
	TypeCreated            events.Kind = "calendar.freeze_type_created"
	TypeChanged            events.Kind = "calendar.freeze_type_changed"
	TypeDeleted            events.Kind = "calendar.freeze_type_deleted"
	WorkingTimeSet         events.Kind = "calendar.working_time_set"
	WorkingTimeRemoved     events.Kind = "calendar.working_time_removed"
)

// act is what can happen to a window.
type act int

const (
	created act = iota
	changed
	cancelled
	reinstated
	deleted
)

// noun says how a kind of window is called.
type noun struct {
	subject, one, many, path string
	kinds                    [5]events.Kind
}

var nouns = map[Kind]noun{
	Freeze:      {FreezeSubject, "freeze", "freezes", "freezes", [5]events.Kind{FreezeCreated, FreezeChanged, FreezeCancelled, FreezeReinstated, FreezeDeleted}},
	Holiday:     {HolidaySubject, "holiday", "holidays", "holidays", [5]events.Kind{HolidayCreated, HolidayChanged, HolidayCancelled, HolidayReinstated, HolidayDeleted}},
	Maintenance: {MaintenanceSubject, "maintenance window", "maintenance windows", "maintenance-windows", [5]events.Kind{MaintenanceCreated, MaintenanceChanged, MaintenanceCancelled, MaintenanceReinstated, MaintenanceDeleted}},
}

// Events declares the kinds.
var Events = func() []events.Definition {
	list := []events.Definition{
		{Kind: TypeCreated, Subject: TypeSubject, Action: events.Added, Sentence: "{actor} created the freeze type {subject}"},
		{Kind: TypeChanged, Subject: TypeSubject, Action: events.Modified, Sentence: "{actor} changed the freeze type {subject}"},
		{Kind: TypeDeleted, Subject: TypeSubject, Action: events.Deleted, Sentence: "{actor} deleted the freeze type {subject}"},
		{Kind: WorkingTimeSet, Subject: WorkingTimeSubject, Action: events.Modified, Sentence: "{actor} set the working time of {subject}"},
		{Kind: FreezeApproaching, Subject: FreezeSubject, Action: events.Other, Sentence: "The freeze {subject} is about to begin: {when}"},
		{Kind: MaintenanceApproaching, Subject: MaintenanceSubject, Action: events.Other, Sentence: "The maintenance window {subject} is about to begin: {when}"},
		{Kind: WorkingTimeRemoved, Subject: WorkingTimeSubject, Action: events.Deleted, Sentence: "{actor} removed the working time of {subject}"},
	}
	for _, kind := range []Kind{Freeze, Holiday, Maintenance} {
		n := nouns[kind]
		list = append(list,
			events.Definition{Kind: n.kinds[created], Subject: n.subject, Action: events.Added, Sentence: "{actor} created the " + n.one + " {subject}: {when}"},
			events.Definition{Kind: n.kinds[changed], Subject: n.subject, Action: events.Modified, Sentence: "{actor} changed the " + n.one + " {subject}: {when}"},
			events.Definition{Kind: n.kinds[cancelled], Subject: n.subject, Action: events.Modified, Sentence: "{actor} cancelled the " + n.one + " {subject}"},
			events.Definition{Kind: n.kinds[reinstated], Subject: n.subject, Action: events.Modified, Sentence: "{actor} put the " + n.one + " {subject} back into force"},
			events.Definition{Kind: n.kinds[deleted], Subject: n.subject, Action: events.Deleted, Sentence: "{actor} deleted the " + n.one + " {subject}"})
	}
	return list
}()
