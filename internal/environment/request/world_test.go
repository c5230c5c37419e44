package request_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"millrace/internal/aspect/workflow"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/environment/health"
	"millrace/internal/environment/request"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/ref"
)

type body = map[string]any

var migrations = append(slices.Clone(environmenttest.Migrations), workflow.Migrations, booking.Migrations, health.Migrations, request.Migrations)

// world is an organisation with environments, bookings, outages and requests.
type world struct {
	*environmenttest.World
	*httpapitest.Server
	flow      *workflow.Service
	bookings  *booking.Service
	health    *health.Service
	requests  *request.Service
	approvers map[ref.App][]ref.Person
}

func (w *world) BookingApprovers(context.Context, db.Tx, []ref.App) (map[ref.App][]ref.Person, error) {
	return w.approvers, nil
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{approvers: map[ref.App][]ref.Person{}}
	w.World = environmenttest.New(t, d, environmenttest.Options{
		Events: [][]events.Definition{workflow.Events, booking.Events, health.Events, request.Events}, Lists: request.Lists,
	})
	logger := slog.New(slog.DiscardHandler)
	w.flow = workflow.New(workflow.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Lookups: w.Fields.Lookups, Mandatory: w.Fields})
	w.Fields.UseStatuses(w.flow)
	w.health = health.New(health.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Environments: w.Environments})
	w.bookings = booking.New(booking.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Environments: w.Environments, Closures: w.health})
	w.requests = request.New(request.Deps{
		DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Fields: w.Fields, Workflow: w.flow, Environments: w.Environments, Stacks: w.Stacks, Bookings: w.bookings,
		Outages: w.health, Approvers: w,
	})
	w.Server = httpapitest.New(t, d, w.Clock, func(api *httpapi.API) {
		w.requests.Mount(api)
		for _, s := range w.requests.WorkflowSubjects() {
			w.flow.MountSubject(api, s)
		}
		for _, s := range w.requests.FieldSubjects() {
			w.Fields.MountSubject(api, s)
		}
	})
	if err := w.flow.Ensure(w.Ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, []migrate.Set(migrations), func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func want(t *testing.T, a httpapitest.Answer, status int, code string) httpapitest.Answer {
	t.Helper()
	if a.Status != status || status >= 400 && a.Code() != code {
		t.Fatalf("%d %q, want %d %q: %s", a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

func into[T any](t *testing.T, a httpapitest.Answer) (v T) {
	t.Helper()
	if a.Status >= 300 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	a.Into(t, &v)
	return v
}

// after is a moment some hours after the clock's start.
func (w *world) after(hours int) time.Time {
	return time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour)
}

// holder is a person of the organisation who holds the permissions of a contributor and those named, on a unit.
func (w *world) holder(p people.Person, u people.Unit, more ...authz.Permission) *authz.Principal {
	set := map[authz.Permission]struct{}{
		environment.PermView: {}, booking.PermView: {}, booking.PermCreate: {}, request.PermView: {}, request.PermCreate: {}, "catalog.view_application": {},
	}
	for _, perm := range more {
		set[perm] = struct{}{}
	}
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: p.ID, Name: p.Name, Grants: []authz.Grant{{Unit: u.ID, Path: u.Path, Permissions: set}}}
}

func (w *world) ask(t *testing.T, title string, from, to int, more body) request.BookingView {
	t.Helper()
	b := body{"title": title, "from": w.after(from), "to": w.after(to)}
	for k, v := range more {
		b[k] = v
	}
	return into[request.BookingView](t, w.Do(t, "POST", "/booking-requests", b))
}

func (w *world) change(t *testing.T, title string, from, to int, more body) request.ChangeView {
	t.Helper()
	b := body{"title": title, "from": w.after(from), "to": w.after(to)}
	for k, v := range more {
		b[k] = v
	}
	return into[request.ChangeView](t, w.Do(t, "POST", "/environment-change-requests", b))
}

func auto(e *environment.Environment) { e.AutoApprove = true }
