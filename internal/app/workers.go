package app

import (
	"context"
	"errors"
	"time"

	"millrace/internal/connector"
	"millrace/internal/insight/valuestream"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/jobs"
)

// queues are the queues of a node and how many jobs of each it works at once.
func queues() map[string]int {
	return map[string]int{jobs.DefaultQueue: 6, connector.RunQueue: 3, valuestream.QueueDerivation: 2}
}

// Upkeep is the daily housekeeping.
type Upkeep struct{}

// Kind names the job.
func (Upkeep) Kind() string { return "app.upkeep" }

// register makes every slice's workers known.
func (a *App) register(reg *jobs.Registry) {
	a.ValueStream.RegisterWorkers(reg)
	a.Connector.Register(reg)
	a.Identity.RegisterWorkers(reg)
	a.Delivery.RegisterJobs(reg)
	jobs.RegisterSweep(reg, a.db, a.options.Clock.Now)
	jobs.Register(reg, func(ctx context.Context, _ jobs.Job[Upkeep]) error { return a.upkeep(ctx) })
}

// schedule names what runs again and again.
func (a *App) schedule() error {
	return errors.Join(
		a.jobs.Every("connector.schedule", connector.Schedule, connector.ScheduleJob{}),
		a.jobs.Every("app.upkeep", time.Hour, Upkeep{}),
		a.jobs.Every("jobs.sweep", time.Hour, jobs.Sweep{DoneDays: 2, FailedDays: 60}),
	)
}

// upkeep lets what has a last day pass it.
func (a *App) upkeep(ctx context.Context) error {
	ctx = authz.With(ctx, authz.System("Upkeep"))
	_, persons := a.People.ExpirePersons(ctx)
	_, grants := a.People.ExpireGrants(ctx)
	_, pages := a.Connector.PurgePages(ctx)
	return errors.Join(persons, grants, pages, a.Identity.Purge(ctx), a.Delivery.RecoverBatches(ctx, false), a.api.PurgeIdempotencyKeys(ctx))
}
