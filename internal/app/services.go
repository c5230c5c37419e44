package app

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"millrace/internal/catalog"
	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/identity"
	"millrace/internal/insight/valuestream"
	"millrace/internal/notify"
	"millrace/internal/people"
	"millrace/internal/platform/db"
	"millrace/internal/platform/live"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/vault"
)

// services makes every slice's service; workDir is where connectors keep files between runs.
func (a *App) services(workDir string) {
	o, c, log := a.options, a.options.Config, a.log
	a.aspects()
	a.People = people.New(people.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("people"), Permissions: Permissions(),
		Rehomers: []people.Rehomer{rehomer{a}, a.Stakeholder}, Reassigners: a.reassigners(), ServiceAccounts: serviceAccounts{a},
	})
	d := identity.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("identity"),
		Config: identity.Config{PublicURL: c.PublicURL, SessionIdle: c.Session.Idle, SessionLifetime: c.Session.TTL},
		People: persons{a.People}, Grants: persons{a.People}, Vault: vault.ByName{Vault: a.vault}, HTTP: a.out.Client(), Permissions: Permissions(),
	}
	if a.mail.Configured() {
		d.Mail = mail.Text{Sender: a.mail}
	}
	a.Identity = identity.New(d)
	a.Catalog = catalog.New(catalog.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("catalog"), Owners: catalog.StakeholderOwners(a.Stakeholder), Users: []catalog.ApplicationUser{facts{}, hosts{a}}})
	a.Delivery = delivery.New(delivery.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("delivery"), Jobs: a.jobs})
	a.ValueStream = valuestream.New(valuestream.Deps{DB: a.db, Log: a.events, Clock: o.Clock, Logger: log("valuestream"), Jobs: a.jobs})
	a.Connector = connector.New(connector.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("connector"), Jobs: a.jobs, Vault: vault.ByReference{Vault: a.vault}, Ingest: a.Delivery,
		Client: func(secret string) *http.Client { return a.out.Client(secret) }, PublicURL: c.PublicURL, WorkDir: workDir, KeepPagesFor: connector.Days(c.RawPageDays), Connectors: connectors(a.out, c.GitPaths),
	})
	a.environments()
	a.sheets()
	a.Notify = notify.New(notify.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("notify"), Jobs: a.jobs, Mail: a.mail, PublicURL: c.PublicURL, Subjects: a.Subjects,
		Watch: a.Watch, Stakeholders: a.Stakeholder, Principals: principals{a}, Publish: func(n live.Notice) { a.hub.Publish(n) },
	})
	a.Notify.Register(a.topics()...)
	a.hub = live.New(live.Merge(noticeSource{a.db, o.Clock}, a.Notify), visible, o.Clock, log("live"), live.Options{})
}

// log is the logger of a slice.
func (a *App) log(slice string) *slog.Logger {
	return a.options.Logger.With(slog.String("slice", slice))
}

// reassigners pass on what a leaver held.
func (a *App) reassigners() []people.Reassigner {
	return []people.Reassigner{a.Stakeholder, a.Field, a.Watch, later{a}}
}

// ensure brings in what every installation has: the root unit and the built-in roles.
func (a *App) ensure(ctx context.Context) error {
	if _, err := a.People.EnsureRoot(ctx); err != nil {
		return err
	}
	if err := a.People.EnsureRoles(ctx); err != nil {
		return err
	}
	if err := a.Field.Lookups.Ensure(ctx); err != nil {
		return err
	}
	return a.Workflow.Ensure(ctx)
}

// rehomer moves other slices' records when a unit is deleted.
type rehomer struct{ a *App }

// part is a slice whose records belong to units.
type part interface {
	Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error
}

// parts are in the order in which they are asked.
func (r rehomer) parts() []part {
	a := r.a
	return []part{a.Catalog, a.Identity, a.Connector, a.Environment, a.Calendar, a.Booking, a.Sheet, a.EnvironmentKPI, a.Request, a.Watch, a.Comment, a.Attachment, a.Notify}
}

func (r rehomer) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	for _, p := range r.parts() {
		if err := p.Rehome(ctx, tx, from, to); err != nil {
			return err
		}
	}
	return nil
}

func (r rehomer) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	out := []string{}
	for _, p := range r.parts() {
		if shows, ok := p.(interface {
			RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error)
		}); ok {
			more, err := shows.RehomePreview(ctx, tx, from)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
	}
	return out, nil
}

// later asks the slices that are made after people.
type later struct{ a *App }

func (l later) Reassign(ctx context.Context, tx db.Tx, from, to ref.Person, scope string) ([]string, error) {
	bookings, err := l.a.Booking.Reassign(ctx, tx, from, to, scope)
	if err != nil {
		return nil, err
	}
	requests, err := l.a.Request.Reassign(ctx, tx, from, to, scope)
	if err != nil {
		return nil, err
	}
	inbox, err := l.a.Notify.Reassign(ctx, tx, from, to, scope)
	return slices.Concat(bookings, requests, inbox), err
}

// Forget drops what belongs to a person who is deleted.
func (l later) Forget(ctx context.Context, tx db.Tx, person ref.Person) ([]string, error) {
	var out []string
	for _, f := range []people.Forgetter{l.a.Booking, l.a.Request, l.a.Notify, l.a.EnvironmentKPI} {
		more, err := f.Forget(ctx, tx, person)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// ForgetTeam drops a team that is deleted.
func (l later) ForgetTeam(ctx context.Context, tx db.Tx, team ref.Team) ([]string, error) {
	return l.a.Request.ForgetTeam(ctx, tx, team)
}
