package demo

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"millrace/internal/aspect/comment"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/calendar"
	"millrace/internal/catalog"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/environment/request/change"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Site is where the environments and their schedule are put in: services that live by a clock that the loader moves
// through the past, so that history comes about by the use cases that make it.
type Site struct {
	DB           *db.DB
	Clock        *clock.Fake
	Environments *environment.Service
	Stack        *stack.Service
	Calendar     *calendar.Service
	Bookings     *booking.Service
	Health       *health.Service
	Stakeholders *stakeholder.Service
	Comments     *comment.Service
	// As returns a context that acts as a person of the organisation, with what that person may do.
	As       func(ctx context.Context, person ref.Person) (context.Context, error)
	Requests *request.Service
	Changes  *change.Service
	// Breach marks the requests that have stood somewhere for too long at a moment.
	Breach func(ctx context.Context, now time.Time) error
	// Tell puts the events since a moment into the inboxes of those they concern.
	Tell func(ctx context.Context, since time.Time) error
}

// estate is the loader of one estate.
type estate struct {
	Site
	plan  *Plan
	of    placed
	admin ref.Person
	e     Estate
	now   time.Time
	ids   []ref.Environment
	lanes []ref.EnvironmentGroup

	Logger *slog.Logger
}

// approverRole is the role of stakeholders who decide about the bookings of an application.
const approverRole = "Booking approver"

// began is how long before the start the catalogue was set up.
const began = 400 * day

// batch is how many records go into one transaction.
const batch = 50

// load puts environments, calendar, bookings, outages and what people say about them in.
func (l *estate) load(ctx context.Context, seed uint64) error {
	l.e = l.plan.Estate(seed)
	l.Clock.Set(l.now.Add(-began))
	for _, step := range []struct {
		what string
		do   func(context.Context, uint64) error
	}{
		{"calendar", l.calendar}, {"environments", l.environments}, {"groups", l.groups}, {"stakeholders", l.parties}, {"versions", l.versions}, {"bookings", l.bookings},
		{"outages", l.outages}, {"open bookings", l.asks}, {"requests", l.requests}, {"comments", l.remarks},
	} {
		from := time.Now()
		if err := step.do(ctx, seed); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		l.Logger.DebugContext(ctx, "demo "+step.what+" loaded", slog.Duration("took", time.Since(from)))
	}
	l.Clock.Set(l.now)
	return l.Tell(ctx, l.now.Add(-36*time.Hour))
}

func (l *estate) environments(ctx context.Context, _ uint64) error {
	l.ids = make([]ref.Environment, len(l.e.Environments))
	// Parents come before their children.
	order := make([]int, len(l.e.Environments))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(min(l.e.Environments[a].Parent, 0), min(l.e.Environments[b].Parent, 0))
	})
	for chunk := range slices.Chunk(order, batch) {
		err := l.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			for _, i := range chunk {
				if err := l.environment(ctx, tx, i); err != nil {
					return fmt.Errorf("environment %s: %w", l.e.Environments[i].Key, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i, e := range l.e.Environments {
		if err := l.contents(ctx, i, e); err != nil {
			return fmt.Errorf("environment %s: %w", e.Key, err)
		}
	}
	l.Clock.Set(l.now.Add(-began))
	return nil
}

func (l *estate) environment(ctx context.Context, tx db.Tx, i int) error {
	e := l.e.Environments[i]
	a := l.plan.Applications[e.Application]
	in := environment.NewEnvironment{
		Key: e.Key, Name: e.Name, Application: a.Key, Usage: e.Usage, Status: e.Status, Kind: e.Kind, Capacity: e.Capacity, AutoApprove: e.AutoApprove,
		DataClass: e.DataClass, Techs: e.Techs, CostPerHour: e.CostPerHour, Alert: e.Alert, Vendor: a.Vendor,
		Description: fmt.Sprintf("%s for %s, looked after by %s.", e.Usage, a.Name, l.plan.Teams[a.Team].Name),
	}
	if e.ExpiresIn > 0 {
		at := l.now.Add(e.ExpiresIn)
		in.ExpiresAt = &at
	}
	if e.Parent >= 0 {
		in.Parent = string(l.ids[e.Parent])
	}
	made, err := l.Environments.Create(ctx, tx, in)
	if err != nil {
		return err
	}
	l.ids[i] = made.ID
	for _, h := range e.Hosts {
		for _, c := range h.Components {
			part := stack.NewComponent{Host: h.Name, Layer: c.Layer, Name: c.Name, Installed: c.Version, Part: c.Part}
			if c.Whole {
				part.Summary, part.Application = true, a.Key
			}
			if c.Part != "" {
				part.Application = a.Key
			}
			if _, err := l.Stack.AddComponent(ctx, tx, made, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// contents are the settings of an environment and the times at which its data was refreshed.
func (l *estate) contents(ctx context.Context, i int, e Environment) error {
	l.Clock.Set(l.now.Add(-began))
	id := string(l.ids[i])
	if len(e.Settings) > 0 {
		var in stack.ConfigurationChange
		for _, s := range e.Settings {
			in.Set = append(in.Set, stack.SetConfigurationItem{Key: s.Key, Value: s.Value, Secret: s.Secret})
		}
		if _, err := l.Stack.ChangeConfiguration(ctx, id, in); err != nil {
			return err
		}
	}
	for _, ago := range e.RefreshedAgo {
		l.Clock.Set(l.now.Add(-ago))
		if _, err := l.Stack.RecordDataRefresh(ctx, id, stack.NewDataRefresh{DataClass: e.DataClass, Source: "Test Data Factory"}); err != nil {
			return err
		}
	}
	return nil
}

func (l *estate) groups(ctx context.Context, _ uint64) error {
	for _, lane := range l.e.Lanes {
		in := environment.NewGroup{Key: lane.Key, Name: lane.Name, Description: lane.Description, Unit: l.of.divisions[lane.Division], Usage: lane.Usage, Colour: lane.Colour}
		for _, m := range lane.Members {
			in.Members = append(in.Members, string(l.ids[m]))
		}
		made, err := l.Environments.CreateGroup(ctx, in)
		if err != nil {
			return fmt.Errorf("group %s: %w", lane.Key, err)
		}
		l.lanes = append(l.lanes, made.ID)
		var links []environment.NewConnection
		for _, c := range lane.Links {
			n := environment.NewConnection{Source: string(l.ids[c.From]), Target: string(l.ids[c.To]), Type: c.Type}
			if c.Both {
				n.Direction = environment.Both
			}
			links = append(links, n)
		}
		if _, err := l.Environments.AddConnections(ctx, string(made.ID), links); err != nil {
			return fmt.Errorf("connections of %s: %w", lane.Key, err)
		}
	}
	return nil
}

// parties makes the leads accountable for the environments of their teams, and names who decides about bookings: the
// demo administrator for some applications, the lead for some others, nobody for the rest.
func (l *estate) parties(ctx context.Context, _ uint64) error {
	for i, e := range l.e.Environments {
		team := l.plan.Applications[e.Application].Team
		part := stakeholder.Part{Person: l.of.leads[team], Flags: stakeholder.Flags{Accountable: true}}
		if _, _, err := l.Stakeholders.Add(ctx, environment.Subject, string(l.ids[i]), part, false); err != nil {
			return err
		}
	}
	for app := range l.plan.Applications {
		part := stakeholder.Part{Roles: []string{approverRole}, Flags: stakeholder.Flags{Consulted: true}}
		switch {
		case l.plan.administered(app):
			part.Person = l.admin
		case app%3 == 0:
			part.Person = l.of.leads[l.plan.Applications[app].Team]
		default:
			continue
		}
		if _, _, err := l.Stakeholders.Add(ctx, catalog.Subject, string(l.of.applications[app]), part, false); err != nil {
			return err
		}
	}
	return nil
}

// versions brings the applications to the environments, one version after the other.
func (l *estate) versions(ctx context.Context, _ uint64) error {
	type step struct {
		env     int
		at      time.Time
		version string
	}
	var steps []step
	for i, e := range l.e.Environments {
		for _, v := range e.Installed {
			steps = append(steps, step{i, l.now.Add(-v.Ago), v.Version})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	for chunk := range slices.Chunk(steps, batch) {
		err := l.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			for _, s := range chunk {
				l.Clock.Set(s.at)
				app := l.of.applications[l.e.Environments[s.env].Application]
				if err := l.Stack.RecordVersion(ctx, tx, l.ids[s.env], app, s.version, s.at, "deployment"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("versions: %w", err)
		}
	}
	return nil
}
