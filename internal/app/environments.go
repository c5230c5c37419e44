package app

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/watch"
	"millrace/internal/calendar"
	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/environment/request/change"
	"millrace/internal/environment/stack"
	"millrace/internal/insight/environmentkpi"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// environments makes the slices of test environments and lets them know each other.
func (a *App) environments() {
	o, c := a.options, a.options.Config
	a.Field.Lookups.Register(environment.Lists...)
	a.Field.Lookups.Register(request.Lists...)
	a.Environment = environment.New(environment.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("environment"), Lookups: a.Field.Lookups, Owners: a.Stakeholder})
	for _, l := range environment.Lists {
		a.Field.Lookups.UsedBy(l.Key, a.Environment)
	}
	a.Stack = stack.New(stack.Deps{DB: a.db, Clock: o.Clock, Lookups: a.Field.Lookups, Environments: a.Environment})
	a.Calendar = calendar.New(calendar.Deps{DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("calendar"), Places: places{a}})
	a.Booking = booking.New(booking.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("booking"), Environments: a.Environment, Closures: closures{a}, Approvers: approvers{a},
		Principals: principals{a}, Conversation: conversation{a}, Deployments: deployments{}, RequestNames: requestNames{}, Links: a.links, PublicURL: c.PublicURL,
	})
	a.Health = health.New(health.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("health"), Environments: a.Environment,
		Announced: []health.ClosureSource{a.Calendar}, Changes: []health.ChangeSource{versions{}, requested{a}}, Bookings: booked{}, People: environmentPeople{a},
	})
	a.Request = request.New(request.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("request"), Fields: a.Field, Workflow: a.Workflow, Environments: a.Environment,
		Bookings: a.Booking, Approvers: approvers{a}, Movers: []request.RecordMover{a.Watch, a.Comment, a.Attachment, a.Notify},
	})
	a.Change = change.New(change.Deps{
		DB: a.db, Clock: o.Clock, Requests: a.Request, Environments: a.Environment, Stacks: a.Stack, Bookings: a.Booking, Outages: a.Health,
	})
	a.EnvironmentKPI = environmentkpi.New(environmentkpi.Deps{
		DB: a.db, Events: a.events, Clock: o.Clock, Logger: a.log("environmentkpi"), Jobs: a.jobs, Mail: a.mail, Principals: principals{a}, PublicURL: c.PublicURL,
	})
	a.Calendar.AddSource(a.Health)
	a.Calendar.SetAffected(closing{a})
	a.Calendar.SetParties(closing{a})
	a.Environment.Use(a.Booking, a.Health, a.Request, frozen{a})
}

// requested are the change requests that were carried out, as changes that may have broken something.
type requested struct{ a *App }

func (r requested) EnvironmentChanges(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span) ([]health.Change, error) {
	list, err := r.a.Change.EnvironmentChanges(ctx, tx, envs, within)
	out := make([]health.Change, len(list))
	for i, c := range list {
		out[i] = health.Change(c)
	}
	return out, err
}

// hosts keeps an application with environments from being deleted.
type hosts struct{ a *App }

func (h hosts) ApplicationUse(ctx context.Context, tx db.Tx, app ref.App) ([]catalog.Consequence, error) {
	list, err := h.a.Environment.ApplicationUse(ctx, tx, app)
	out := make([]catalog.Consequence, len(list))
	for i, c := range list {
		out[i] = catalog.Consequence{Kind: c.Kind, Count: c.Count, Message: c.Message, Blocking: c.Blocking}
	}
	return out, err
}

// closures are all times in which places are closed: the calendar's and those of every slice that closes places.
type closures struct{ a *App }

func (c closures) Closures(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	return c.a.Calendar.AllClosures(ctx, tx, places, within)
}

// places gives the calendar the environments and groups that the catalogue keeps.
type places struct{ a *App }

func (p places) Places(ctx context.Context, tx db.Tx, environments, groups []string, application, unit string) ([]interval.Place, error) {
	ids := []ref.Environment{}
	for _, name := range environments {
		e, err := p.a.Environment.Find(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, e.ID)
	}
	for _, name := range groups {
		g, err := p.a.Environment.FindGroup(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		members, err := p.a.Environment.Members(ctx, tx, g.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, members...)
	}
	if len(environments)+len(groups) == 0 {
		var err error
		if ids, err = environmentsOf(ctx, tx, application, unit); err != nil {
			return nil, err
		}
	}
	list, err := p.a.Environment.Bookables(ctx, tx, ids)
	return environment.Places(list), err
}

// environmentsOf are the environments of an application, or of a unit and everything below it, that the caller may see.
func environmentsOf(ctx context.Context, tx db.Tx, application, unit string) ([]ref.Environment, error) {
	ids := []ref.Environment{}
	q := tx.NewSelect().TableExpr("v_environment AS e").Column("e.id").Where("e.state = 'active'").Apply(authz.Filter(ctx, environment.PermView, "e.unit_id")).OrderExpr("e.id")
	if application != "" {
		q = q.Where("e.application_id IN (SELECT application_id FROM v_application_name WHERE name_key IN (?, ?))", application, ref.NameKey(application))
	}
	if unit != "" {
		q = q.Where("e.unit_id IN (SELECT b.id FROM v_unit AS a JOIN v_unit AS b ON b.path >= a.path AND b.path < a.path || '~' WHERE a.id = ?)", unit)
	}
	return ids, q.Scan(ctx, &ids)
}

// FindPlace names an environment or a group.
func (p places) FindPlace(ctx context.Context, tx db.Tx, kind calendar.ScopeKind, idOrKey string) (id, name string, unit ref.Unit, err error) {
	if kind == calendar.ForGroup {
		g, err := p.a.Environment.FindGroup(ctx, tx, idOrKey)
		return string(g.ID), g.Name, g.Unit, err
	}
	e, err := p.a.Environment.Find(ctx, tx, idOrKey)
	return string(e.ID), e.Name, e.Unit, err
}

// approverRole is the role of stakeholders of an application who decide about bookings of its environments.
const approverRole = "Booking approver"

// approvers are the stakeholders of applications who play the role of the booking approver.
type approvers struct{ a *App }

func (p approvers) BookingApprovers(ctx context.Context, tx db.Tx, applications []ref.App) (map[ref.App][]ref.Person, error) {
	ids := make([]string, len(applications))
	for i, app := range applications {
		ids[i] = string(app)
	}
	found, err := p.a.Stakeholder.Playing(ctx, tx, catalog.Subject, ids, approverRole)
	out := make(map[ref.App][]ref.Person, len(found))
	for id, persons := range found {
		out[ref.App(id)] = persons
	}
	return out, err
}

func (p approvers) NearestHolders(ctx context.Context, tx db.Tx, perm authz.Permission, unit ref.Unit) ([]ref.Person, error) {
	return p.a.People.NearestHolders(ctx, tx, perm, unit)
}

// principals makes the principal of a person with what they hold now.
type principals struct{ a *App }

func (p principals) PrincipalOf(ctx context.Context, tx db.Tx, person ref.Person) (*authz.Principal, error) {
	var row struct {
		Name  string `bun:"name"`
		State string `bun:"state"`
	}
	err := tx.NewSelect().Table("v_person").Column("name", "state").Where("id = ?", person).Scan(ctx, &row)
	if db.IsNoRows(err) || row.State == "INACTIVE" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	grants, err := p.a.People.GrantsOfPerson(ctx, tx, person)
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: person, Name: row.Name, Grants: grants}, err
}

// conversation lets people talk about a booking in its comments.
type conversation struct{ a *App }

func (c conversation) Say(ctx context.Context, tx db.Tx, id ref.Booking, unit ref.Unit, label, text string, about []ref.Person) error {
	return c.a.Comment.Say(ctx, tx, booking.Subject, string(id), unit, label, text, about)
}

// deployments are the deployments that tools reported, as signs of life in environments.
type deployments struct{}

func (deployments) DeploymentsSince(ctx context.Context, tx db.Tx, applications []ref.App, since time.Time) ([]booking.Deployment, error) {
	out := []booking.Deployment{}
	for _, chunk := range db.Chunks(applications, 500) {
		var rows []struct {
			ID          int64     `bun:"id"`
			Environment string    `bun:"environment"`
			Application ref.App   `bun:"application_id"`
			At          time.Time `bun:"at"`
			Version     string    `bun:"version"`
		}
		err := tx.NewRaw(`SELECT d.id, d.environment, d.application_id, COALESCE(d.finished_at, d.started_at) AS at, d.version FROM deployment AS d
			WHERE d.application_id IN (?) AND COALESCE(d.finished_at, d.started_at) >= ? ORDER BY 4, 1`, bun.In(chunk), since.UTC()).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			label := "Deployment"
			if r.Version != "" {
				label += " of " + r.Version
			}
			out = append(out, booking.Deployment{Environment: r.Environment, Application: r.Application, At: r.At.UTC(), Label: label})
		}
	}
	return out, nil
}

// Deployed returns the deployments that succeeded since a moment, oldest first.
func (deployments) Deployed(ctx context.Context, tx db.Tx, apps []ref.App, since time.Time, after string, limit int) ([]stack.Deployed, error) {
	out := []stack.Deployed{}
	if len(apps) == 0 {
		return out, nil
	}
	q := tx.NewSelect().TableExpr("deployment AS d").
		ColumnExpr("CAST(d.id AS TEXT) AS id, d.application_id AS application, d.environment, d.version, d.finished_at AS at").
		Where("d.application_id IN (?) AND d.finished_at >= ? AND d.result = 'SUCCESS' AND d.environment <> '' AND d.version <> ''", bun.In(apps), since.UTC()).
		OrderExpr("d.finished_at, d.id").Limit(int64(limit))
	if after != "" {
		id, err := ref.ParseFact(after)
		if err != nil {
			return nil, err
		}
		q = q.Where("(d.finished_at, d.id) > (SELECT l.finished_at, l.id FROM deployment AS l WHERE l.id = ?)", id)
	}
	return out, q.Scan(ctx, &out)
}

// versions are what ran where, as changes that may have broken something.
type versions struct{}

func (versions) EnvironmentChanges(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span) ([]health.Change, error) {
	out := []health.Change{}
	for _, chunk := range db.Chunks(envs, 500) {
		err := tx.NewRaw(`SELECT CASE WHEN source = 'deployment' THEN 'deployment' ELSE 'version' END AS kind, CAST(id AS TEXT) AS id, environment_id AS environment, at,
				name || CASE WHEN previous = '' THEN ' ' ELSE ' ' || previous || ' to ' END || version AS label, actor FROM environment_version
			WHERE environment_id IN (?0) AND at >= ?1 AND at < ?2
			UNION ALL SELECT 'data', CAST(id AS TEXT), environment_id, at, 'Data refreshed' || CASE WHEN source = '' THEN '' ELSE ' from ' || source END, actor FROM environment_data_refresh
			WHERE environment_id IN (?0) AND at >= ?1 AND at < ?2
			UNION ALL SELECT 'configuration', environment_id || '/' || key, environment_id, changed_at, 'Configuration ' || key, '' FROM environment_configuration
			WHERE environment_id IN (?0) AND changed_at >= ?1 AND changed_at < ?2 ORDER BY 4, 2`, bun.In(chunk), within.From.UTC(), within.To.UTC()).Scan(ctx, &out)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// booked are the approved bookings that an outage takes time from.
type booked struct{}

func (booked) BookingsWithin(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span) ([]health.AffectedBooking, error) {
	out := []health.AffectedBooking{}
	for _, chunk := range db.Chunks(envs, 500) {
		var rows []struct {
			ID          ref.Booking     `bun:"id"`
			Number      int64           `bun:"number"`
			Title       string          `bun:"title"`
			Environment ref.Environment `bun:"environment_id"`
			From        time.Time       `bun:"from_at"`
			To          time.Time       `bun:"to_at"`
			Holder      ref.Person      `bun:"holder_id,nullzero"`
			HolderName  string          `bun:"holder_name"`
			Release     string          `bun:"release"`
		}
		err := tx.NewSelect().TableExpr("v_booking_environment AS s").Join("JOIN v_booking AS b ON b.id = s.booking_id").Join("LEFT JOIN v_person AS p ON p.id = b.holder_id").
			ColumnExpr("b.id, b.number, b.title, s.environment_id, s.from_at, s.to_at, b.holder_id, COALESCE(p.name, '') AS holder_name, b.release").
			Where("s.environment_id IN (?) AND s.status = 'approved' AND s.from_at < ? AND s.to_at > ?", bun.In(chunk), within.To.UTC(), within.From.UTC()).
			Apply(authz.Filter(ctx, booking.PermView, "b.unit_id")).OrderExpr("s.from_at, b.id").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			lost, _ := interval.Span{From: r.From, To: r.To}.Intersect(within)
			out = append(out, health.AffectedBooking{
				ID: r.ID, Number: (&booking.Booking{Number: r.Number}).Reference(), Title: r.Title, Environment: r.Environment, From: r.From.UTC(), To: r.To.UTC(), Holder: r.Holder, HolderName: r.HolderName,
				Release: r.Release, LostSeconds: int64(lost.Length() / time.Second),
			})
		}
	}
	return out, nil
}

// environmentPeople are the stakeholders and followers of environments.
type environmentPeople struct{ a *App }

func (p environmentPeople) EnvironmentPeople(ctx context.Context, tx db.Tx, envs []ref.Environment) ([]watch.Recipient, error) {
	ids := make([]string, len(envs))
	var out []watch.Recipient
	for i, e := range envs {
		list, err := p.a.Watch.Recipients(ctx, tx, environment.Subject, string(e)) // outside addresses among them
		if err != nil {
			return nil, err
		}
		ids[i], out = string(e), append(out, list...)
	}
	stakeholders, err := partiesOf(ctx, tx, environment.Subject, ids)
	return watch.Merge(out, stakeholders), err
}
