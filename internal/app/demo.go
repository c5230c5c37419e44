package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/connector"
	"millrace/internal/connector/cdevents"
	"millrace/internal/connector/git"
	"millrace/internal/connector/github"
	"millrace/internal/demo"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Demo tells how to enter the demo organisation.
type Demo struct {
	// Loaded is true when it was put in now, Known when it was there already.
	Loaded, Known   bool
	Email, Password string
}

// LoadDemo puts the demo organisation into an empty database and leaves any other alone.
func (a *App) LoadDemo(ctx context.Context) (Demo, error) {
	out := Demo{Email: demo.Email, Password: demo.Password}
	ctx = authz.With(ctx, authz.System("Demo"))
	empty, err := a.isEmpty(ctx)
	if err != nil {
		return out, err
	}
	if !empty {
		out.Known, err = a.hasPerson(ctx, demo.Email)
		return out, err
	}
	if _, err := a.Identity.CreateAdministrator(ctx, demo.Email, "Demo Administrator", demo.Password); err != nil && problem.CodeOf(err) != "administrator_exists" {
		return out, err
	}
	now := a.options.Clock.Now()
	target := a.past(now)
	if target.Administrator, err = a.personOf(ctx, demo.Email); err != nil {
		return out, err
	}
	err = demo.Load(ctx, target, demo.Seed, now)
	out.Loaded = err == nil
	return out, err
}

// past makes services on the same database that live by a clock of their own and whose events only the metrics follow: what
// they do happened in the past. Runs of connections are worked by the loader, not by the queue, and reach no network.
func (a *App) past(now time.Time) demo.Target {
	fake := clock.NewFake(now)
	past := &App{options: a.options, db: a.db, vault: a.vault, links: a.links, out: a.out, jobs: a.jobs, metrics: a.metrics}
	past.options.Clock = fake
	past.mail, _ = mail.New(mail.Options{}) // nobody gets mail of the past
	past.events = events.NewLog(fake, a.jobs, EventKinds()...)
	past.services(filepath.Join(a.options.Config.Data, "connections"))
	for _, s := range past.ValueStream.Subscriptions() {
		past.events.Subscribe(s)
	}
	past.mount()
	tools := demo.Tools{Clock: fake, Fails: new(bool), Folder: filepath.Join(a.options.Config.Data, "demo")}
	deps := past.Connector.Deps
	deps.Jobs, deps.Ingest = unqueued{}, past.Delivery
	deps.Connectors = []connector.Connector{
		demo.Rehearsal{Connector: github.New(), Now: fake.Now, Pass: func(d time.Duration) { fake.Advance(d) }, Fails: tools.Fails},
		git.New(a.out.Client(), tools.Folder), cdevents.Connector{},
	}
	tools.Connector = connector.New(deps)
	site := demo.Site{
		DB: a.db, Clock: fake, Environments: past.Environment, Stack: past.Stack, Calendar: past.Calendar, Bookings: past.Booking, Health: past.Health,
		Stakeholders: past.Stakeholder, Comments: past.Comment,
		Requests: past.Request, Changes: past.Change, Breach: func(ctx context.Context, now time.Time) error {
			_, err := past.Workflow.Breaches(ctx, now)
			return err
		},
		As: past.as, Tell: past.tellSince,
	}
	return demo.Target{People: past.People, Catalog: past.Catalog, Delivery: past.Delivery, Own: past.own, Site: site, Tools: tools, Logger: a.options.Logger}
}

// unqueued takes jobs that somebody else works.
type unqueued struct{}

func (unqueued) Enqueue(context.Context, db.Tx, jobs.Args, jobs.Options) error { return nil }

// as acts as a person, with what that person may do.
func (a *App) as(ctx context.Context, person ref.Person) (context.Context, error) {
	var p *authz.Principal
	err := a.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		p, err = principals{a}.PrincipalOf(ctx, tx, person)
		return err
	})
	return authz.With(ctx, p), err
}

// tellSince puts what happened since a moment into the inboxes of those it concerns.
func (a *App) tellSince(ctx context.Context, since time.Time) error {
	var ids []ref.Event
	kinds := []events.Kind{}
	for _, t := range a.topics() {
		kinds = append(kinds, t.Event)
	}
	err := a.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Table("event").Column("id").Where("at >= ? AND kind IN (?)", since, bun.In(kinds)).OrderExpr("at, id").Scan(ctx, &ids)
	})
	for _, id := range ids {
		if err := a.Notify.Tell(ctx, id); err != nil {
			return err
		}
	}
	return err
}

// personOf finds a person by email.
func (a *App) personOf(ctx context.Context, email string) (id ref.Person, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Table("v_person").Column("id").Where("email = ?", email).Scan(ctx, &id)
	})
	return id, err
}

func (a *App) isEmpty(ctx context.Context) (empty bool, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.NewSelect().Table("v_application").Limit(1).Count(ctx)
		if err != nil || n > 0 {
			return err
		}
		n, err = tx.NewSelect().Table("v_unit").Count(ctx)
		empty = n <= 1
		return err
	})
	return empty, err
}

func (a *App) hasPerson(ctx context.Context, email string) (found bool, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.NewSelect().Table("v_person").Where("email = ?", email).Count(ctx)
		found = n > 0
		return err
	})
	return found, err
}
