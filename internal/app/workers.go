package app

import (
	"context"
	"errors"
	"time"

	"millrace/internal/calendar"
	"millrace/internal/connector"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/sheet"
	"millrace/internal/insight/environmentkpi"
	"millrace/internal/insight/valuestream"
	"millrace/internal/notify"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/jobs"
)

// queues are the queues of a node and how many jobs of each it works at once.
func queues() map[string]int {
	return map[string]int{jobs.DefaultQueue: 6, connector.RunQueue: 3, valuestream.QueueDerivation: 2, notify.QueueNews: 2, notify.QueueMail: 2, sheet.Queue: 1}
}

// Upkeep is the daily housekeeping.
type Upkeep struct{}

// Kind names the job.
func (Upkeep) Kind() string { return "app.upkeep" }

// ServiceLevels looks for records that stand on a status for longer than agreed.
type ServiceLevels struct{}

// Kind names the job.
func (ServiceLevels) Kind() string { return "app.service_levels" }

// register makes every slice's workers known.
func (a *App) register(reg *jobs.Registry) {
	a.ValueStream.RegisterWorkers(reg)
	a.Connector.Register(reg)
	a.Identity.RegisterWorkers(reg)
	a.Delivery.RegisterJobs(reg)
	a.Notify.RegisterWorkers(reg)
	a.Environment.RegisterWorkers(reg)
	a.Stack.RegisterWorkers(reg, deployments{})
	a.Booking.RegisterWorkers(reg)
	a.Calendar.RegisterWorkers(reg)
	a.Sheet.RegisterWorkers(reg)
	a.EnvironmentKPI.RegisterWorkers(reg)
	jobs.Register(reg, func(ctx context.Context, _ jobs.Job[ServiceLevels]) error {
		_, err := a.Workflow.Breaches(authz.With(ctx, authz.System("Service levels")), a.options.Clock.Now())
		return err
	})
	jobs.RegisterSweep(reg, a.db, a.options.Clock.Now)
	jobs.Register(reg, func(ctx context.Context, _ jobs.Job[Upkeep]) error { return a.upkeep(ctx) })
}

// schedule names what runs again and again.
func (a *App) schedule() error {
	return errors.Join(
		a.jobs.Every("connector.schedule", connector.Schedule, connector.ScheduleJob{}),
		a.jobs.Every("app.upkeep", time.Hour, Upkeep{}),
		a.jobs.Every("app.service_levels", time.Minute, ServiceLevels{}),
		a.jobs.Every("calendar.remind", calendar.RemindEvery, calendar.RemindJob{}),
		a.jobs.Every("booking.sweep", booking.Sweep, booking.SweepJob{}),
		a.jobs.Every("environmentkpi.due_reports", environmentkpi.DueEvery, environmentkpi.DueReports{}),
		a.jobs.Every("notify.sweep", time.Minute, notify.Sweep{}),
		a.jobs.Every("jobs.sweep", time.Hour, jobs.Sweep{DoneDays: 2, FailedDays: 60}),
	)
}

// upkeep lets what has a last day pass it.
func (a *App) upkeep(ctx context.Context) error {
	ctx = authz.With(ctx, authz.System("Upkeep"))
	_, persons := a.People.ExpirePersons(ctx)
	_, grants := a.People.ExpireGrants(ctx)
	_, pages := a.Connector.PurgePages(ctx)
	return errors.Join(persons, grants, pages, a.Identity.Purge(ctx), a.Delivery.RecoverBatches(ctx, false), a.api.PurgeIdempotencyKeys(ctx), a.links.Purge(ctx, a.db),
		a.Notify.Purge(ctx), a.Attachment.Purge(ctx), a.Sheet.Purge(ctx))
}
