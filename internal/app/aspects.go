package app

import (
	"context"
	"time"

	"millrace/internal/aspect/attachment"
	"millrace/internal/aspect/comment"
	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/aspect/workflow"
	"millrace/internal/calendar"
	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// aspects makes what any record can carry.
func (a *App) aspects() {
	o, c := a.options, a.options.Config
	a.Subjects = subject.NewRegistry()
	a.Stakeholder = stakeholder.New(stakeholder.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("stakeholder")})
	a.Field = field.New(field.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("field")})
	a.Workflow = workflow.New(workflow.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("workflow"), Lookups: a.Field.Lookups, Mandatory: a.Field, Calendar: workingTime{a}})
	a.Field.UseStatuses(a.Workflow)
	a.Watch = watch.New(watch.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("watch"), Subjects: a.Subjects, Links: a.links, PublicURL: c.PublicURL})
	a.Comment = comment.New(comment.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("comment"), Subjects: a.Subjects, Watch: a.Watch})
	a.Attachment = attachment.New(attachment.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("attachment"), Subjects: a.Subjects})
}

// workingTime gives workflows the working time that the calendar keeps.
type workingTime struct{ a *App }

// WorkingHours returns the week and the holidays of the two years after from. A day with a break counts from its first
// to its last minute.
func (w workingTime) WorkingHours(ctx context.Context, tx db.Tx, unit ref.Unit, from time.Time) (workflow.Hours, error) {
	hours, holidays, err := w.a.Calendar.Hours(ctx, tx, unit, interval.Span{From: from, To: from.AddDate(2, 0, 0)})
	out := workflow.Hours{Zone: hours.Zone, Holidays: map[string]bool{}}
	for day, stretches := range hours.Days {
		for i, t := range stretches {
			if i == 0 {
				out.Week[day].From = t.From
			}
			out.Week[day].To = t.To
		}
	}
	zone := hours.Zone
	if zone == nil {
		zone = time.UTC
	}
	for _, h := range holidays {
		for at := h.From.In(zone); at.Before(h.To); at = at.AddDate(0, 0, 1) {
			out.Holidays[at.Format(time.DateOnly)] = true
		}
	}
	return out, err
}

// mountAspects registers every kind of record with the aspects it carries.
func (a *App) mountAspects() {
	a.Subjects.Register(maintenanceSubject())
	a.Field.Mount(a.api)
	a.Workflow.Mount(a.api)
	a.Watch.MountUnsubscribe(a.api)
	app := catalog.StakeholderSubject()
	env, group := environmentSubject(a.Environment), groupSubject(a.Environment)
	for _, s := range []subject.Subject{app, env, group} {
		a.Stakeholder.Mount(a.api, s)
	}
	a.Field.MountSubject(a.api, field.Subject{
		Kind: env.Kind, Title: "Environment", PathPrefix: env.PathPrefix, Tag: env.Tag, View: env.View, Manage: env.Manage, Resolve: fieldRecord(env),
	})
	for _, s := range a.Request.FieldSubjects() {
		a.Field.MountSubject(a.api, s)
	}
	for _, s := range a.Request.WorkflowSubjects() {
		a.Workflow.MountSubject(a.api, s)
	}
	a.Watch.RegisterParties(booking.Subject, func(ctx context.Context, tx db.Tx, id string) ([]watch.Recipient, error) {
		return a.Booking.Audience(ctx, tx, events.Event{SubjectKind: booking.Subject, SubjectID: id})
	})
	for kind, parties := range a.Request.Parties() {
		a.Watch.RegisterParties(kind, parties)
	}
	for _, s := range append(a.Request.Subjects(), app, env, group, a.Booking.SubjectOf(), outageSubject(), freezeSubject()) {
		a.Watch.Mount(a.api, s)
		a.Comment.Mount(a.api, s)
		a.Attachment.Mount(a.api, s)
	}
}

func fieldRecord(s subject.Subject) func(ctx context.Context, tx db.Tx, id string) (field.Record, error) {
	return func(ctx context.Context, tx db.Tx, id string) (field.Record, error) {
		r, err := s.Resolve(ctx, tx, id)
		return field.Record{ID: r.ID, Unit: r.Unit, Label: r.Label}, err
	}
}

func environmentSubject(s *environment.Service) subject.Subject {
	return subject.Subject{
		Kind: environment.Subject, PathPrefix: "/environments", Tag: "environment", View: environment.PermView, Manage: environment.PermManage,
		Resolve: func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
			e, err := s.Find(ctx, tx, id)
			return subject.Record{ID: string(e.ID), Unit: e.Unit, Label: e.Name}, err
		},
	}
}

func groupSubject(s *environment.Service) subject.Subject {
	return subject.Subject{
		Kind: environment.GroupSubject, PathPrefix: "/environment-groups", Tag: "environment", View: environment.PermView, Manage: environment.PermManage,
		Resolve: func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
			g, err := s.FindGroup(ctx, tx, id)
			return subject.Record{ID: string(g.ID), Unit: g.Unit, Label: g.Name}, err
		},
	}
}

func outageSubject() subject.Subject {
	return subject.Subject{
		Kind: health.Subject, PathPrefix: "/outages", Tag: "health", View: health.PermView, Manage: health.PermManage,
		Resolve: resolve(`SELECT o.id, e.unit_id, o.title AS label FROM v_outage AS o JOIN v_environment AS e ON e.id = o.environment_id WHERE o.id = ?`),
	}
}

func freezeSubject() subject.Subject {
	return subject.Subject{
		Kind: calendar.FreezeSubject, PathPrefix: "/freezes", Page: "/calendar/freezes/{id}", Tag: "calendar", View: calendar.PermView, Manage: calendar.PermManage,
		Resolve: resolve(`SELECT id, unit_id, name AS label FROM calendar_window WHERE kind = 'freeze' AND id = ?`),
	}
}

// maintenanceSubject is known for notices alone: maintenance windows have no page of their own and carry no comments.
func maintenanceSubject() subject.Subject {
	return subject.Subject{
		Kind: calendar.MaintenanceSubject, PathPrefix: "/maintenance-windows", Page: "/calendar/maintenance-windows", Tag: "calendar", View: calendar.PermView, Manage: calendar.PermManage,
		Resolve: resolve(`SELECT id, unit_id, name AS label FROM calendar_window WHERE kind = 'maintenance' AND id = ?`),
	}
}

// resolve finds a record by a query of the owner's published view.
func resolve(query string) func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
	return func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
		var row struct {
			ID    string   `bun:"id"`
			Unit  ref.Unit `bun:"unit_id"`
			Label string   `bun:"label"`
		}
		err := tx.NewRaw(query, id).Scan(ctx, &row)
		if db.IsNoRows(err) {
			return subject.Record{}, authz.ErrNotFound
		}
		return subject.Record{ID: row.ID, Unit: row.Unit, Label: row.Label}, err
	}
}
