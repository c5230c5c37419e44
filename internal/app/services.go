package app

import (
	"context"
	"log/slog"
	"net/http"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/connector"
	"millrace/internal/delivery"
	"millrace/internal/identity"
	"millrace/internal/insight/valuestream"
	"millrace/internal/people"
	"millrace/internal/platform/db"
	"millrace/internal/platform/live"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/vault"
)

// services makes every slice's service; workDir is where connectors keep files between runs.
func (a *App) services(workDir string) {
	o, c := a.options, a.options.Config
	log := func(slice string) *slog.Logger { return o.Logger.With(slog.String("slice", slice)) }

	a.Stakeholder = stakeholder.New(stakeholder.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("stakeholder")})
	a.People = people.New(people.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("people"), Permissions: Permissions(),
		Rehomers: []people.Rehomer{rehomer{a}, a.Stakeholder}, Reassigners: []people.Reassigner{a.Stakeholder}, ServiceAccounts: serviceAccounts{a},
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
	a.Catalog = catalog.New(catalog.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("catalog"), Owners: catalog.StakeholderOwners(a.Stakeholder), Users: []catalog.ApplicationUser{facts{}}})
	a.Delivery = delivery.New(delivery.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("delivery"), Jobs: a.jobs})
	a.ValueStream = valuestream.New(valuestream.Deps{DB: a.db, Log: a.events, Clock: o.Clock, Logger: log("valuestream"), Jobs: a.jobs})
	a.Connector = connector.New(connector.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: log("connector"), Jobs: a.jobs, Vault: vault.ByReference{Vault: a.vault}, Ingest: a.Delivery,
		Client: func(secret string) *http.Client { return a.out.Client(secret) }, PublicURL: c.PublicURL, WorkDir: workDir, KeepPagesFor: connector.Days(c.RawPageDays), Connectors: connectors(a.out, c.GitPaths),
	})
	a.hub = live.New(noticeSource{a.db, o.Clock}, visible, o.Clock, log("live"), live.Options{})
}

// ensure brings in what every installation has: the root unit and the built-in roles.
func (a *App) ensure(ctx context.Context) error {
	if _, err := a.People.EnsureRoot(ctx); err != nil {
		return err
	}
	return a.People.EnsureRoles(ctx)
}

// rehomer moves other slices' records when a unit is deleted.
type rehomer struct{ a *App }

func (r rehomer) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	if err := r.a.Catalog.Rehome(ctx, tx, from, to); err != nil {
		return err
	}
	if err := r.a.Identity.Rehome(ctx, tx, from, to); err != nil {
		return err
	}
	return r.a.Connector.Rehome(ctx, tx, from, to)
}

func (r rehomer) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	applications, err := r.a.Catalog.RehomePreview(ctx, tx, from)
	if err != nil {
		return nil, err
	}
	accounts, err := r.a.Identity.RehomePreview(ctx, tx, from)
	return append(applications, accounts...), err
}
