package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"millrace/internal/aspect/attachment"
	"millrace/internal/aspect/comment"
	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/aspect/workflow"
	"millrace/internal/calendar"
	"millrace/internal/catalog"
	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/environment/request/change"
	"millrace/internal/environment/sheet"
	"millrace/internal/environment/stack"
	"millrace/internal/identity"
	"millrace/internal/insight/environmentkpi"
	"millrace/internal/insight/valuestream"
	"millrace/internal/notify"
	"millrace/internal/people"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/config"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/live"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/outbound"
	"millrace/internal/platform/signedlink"
	"millrace/internal/platform/telemetry"
	"millrace/internal/platform/vault"
)

// Options are what [New] needs.
type Options struct {
	Config  config.Config
	Logger  *slog.Logger
	Clock   clock.Clock
	Version string
}

// App is the product, wired.
type App struct {
	options Options
	db      *db.DB
	events  *events.Log
	jobs    *jobs.Client
	hub     *live.Hub
	metrics *telemetry.Metrics
	tracing *telemetry.Tracing
	out     *outbound.Outbound
	vault   *vault.Vault
	mail    mail.Sender
	api     *httpapi.API
	ready   readiness

	links *signedlink.Links

	Subjects    *subject.Registry
	Stakeholder *stakeholder.Service
	Field       *field.Service
	Workflow    *workflow.Service
	Watch       *watch.Service
	Comment     *comment.Service
	Attachment  *attachment.Service
	People      *people.Service
	Identity    *identity.Service
	Catalog     *catalog.Service
	Delivery    *delivery.Service
	ValueStream *valuestream.Service
	Connector   *connector.Service
	Environment *environment.Service
	Stack       *stack.Service
	Sheet       *sheet.Service
	Calendar    *calendar.Service
	Booking     *booking.Service
	Health      *health.Service
	Request     *request.Service
	Change      *change.Service
	Notify      *notify.Service

	EnvironmentKPI *environmentkpi.Service
}

// New opens the database, brings it to the newest shape and wires everything. Nothing runs before [App.Start].
func New(ctx context.Context, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	d, err := db.Open(ctx, db.Options{URL: o.Config.Database.Reveal(), Dir: o.Config.Data, FullSync: o.Config.FullSync, MaxConns: o.Config.DatabaseConns})
	if err != nil {
		return nil, err
	}
	a, err := open(ctx, d, o)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

func open(ctx context.Context, d *db.DB, o Options) (*App, error) {
	done, err := migrate.Up(ctx, d, Migrations()...)
	if err != nil {
		return nil, err
	}
	for _, r := range done {
		if r.Applied > 0 {
			o.Logger.DebugContext(ctx, "migrated", slog.String("set", r.Set), slog.Int("applied", r.Applied))
		}
	}
	keys, err := vault.LoadKeys(o.Config.Data, o.Config.VaultKeys...)
	if err != nil {
		return nil, err
	}
	a, err := wire(d, vault.New(keys, o.Clock), o)
	if err != nil {
		return nil, err
	}
	if err := a.vault.Check(ctx, d); err != nil {
		return nil, err
	}
	return a, a.ensure(ctx)
}

// wire makes every service. It touches neither network nor database, so that the API document can be made without one.
func wire(d *db.DB, v *vault.Vault, o Options) (*App, error) {
	a := &App{options: o, db: d, vault: v, links: signedlink.New(v, o.Clock)}
	c := o.Config
	a.metrics = telemetry.NewMetrics(o.Version)
	a.out = outbound.New(outbound.Options{AllowPrivate: c.AllowPrivateOutbound, UserAgent: "millrace/" + o.Version, Logger: o.Logger, Clock: o.Clock})
	var err error
	a.mail, err = mail.New(mail.Options{Host: c.Mail.Host, Port: c.Mail.Port, Username: c.Mail.Username, Password: c.Mail.Password.Reveal(), From: c.Mail.From, TLS: c.Mail.TLS})
	if err != nil {
		return nil, err
	}
	registry := jobs.NewRegistry()
	a.jobs, err = jobs.NewClient(d, registry, o.Clock, o.Logger, jobs.ClientOptions{Queues: queues(), Sole: c.SQLite()})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	a.events = events.NewLog(o.Clock, a.jobs, EventKinds()...)
	a.services(filepath.Join(c.Data, "connections"))
	a.mount()
	a.subscribe()
	a.register(registry)
	return a, nil
}

// DB returns the open database.
func (a *App) DB() *db.DB { return a.db }

// API returns the routes.
func (a *App) API() *httpapi.API { return a.api }

// Close closes the database; it is for commands that never started the app.
func (a *App) Close() error { return a.db.Close() }

// Handler returns everything the server answers: API, health, metrics and the web interface.
func (a *App) Handler() http.Handler { return a.handler() }
