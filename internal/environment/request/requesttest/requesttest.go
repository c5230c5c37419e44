// Package requesttest builds worlds with requests for the tests of the slice and of those that work with requests.
package requesttest

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
	"millrace/internal/environment/request/change"
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

// Body is a JSON body as a test writes it.
type Body = map[string]any

// Migrations are the sets a [World] needs.
var Migrations = append(slices.Clone(environmenttest.Migrations), workflow.Migrations, booking.Migrations, health.Migrations, request.Migrations)

// World is an organisation with environments, bookings, outages and requests under test.
type World struct {
	*environmenttest.World
	*httpapitest.Server
	Flow     *workflow.Service
	Bookings *booking.Service
	Health   *health.Service
	Requests *request.Service
	Changes  *change.Service
	// Named are the approvers of the environments of applications.
	Named map[ref.App][]ref.Person
}

// BookingApprovers answers for the stakeholders of applications.
func (w *World) BookingApprovers(context.Context, db.Tx, []ref.App) (map[ref.App][]ref.Person, error) {
	return w.Named, nil
}

// New returns a world with a root unit.
func New(t testing.TB, d *db.DB) *World {
	t.Helper()
	w := &World{Named: map[ref.App][]ref.Person{}}
	w.World = environmenttest.New(t, d, environmenttest.Options{
		Events: [][]events.Definition{workflow.Events, booking.Events, health.Events, request.Events}, Lists: request.Lists,
	})
	logger := slog.New(slog.DiscardHandler)
	w.Flow = workflow.New(workflow.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Lookups: w.Fields.Lookups, Mandatory: w.Fields})
	w.Fields.UseStatuses(w.Flow)
	w.Health = health.New(health.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Environments: w.Environments})
	w.Bookings = booking.New(booking.Deps{DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Environments: w.Environments, Closures: w.Health})
	w.Requests = request.New(request.Deps{
		DB: d, Events: w.Log, Clock: w.Clock, Logger: logger, Fields: w.Fields, Workflow: w.Flow, Environments: w.Environments, Bookings: w.Bookings,
		Approvers: w,
	})
	w.Changes = change.New(change.Deps{DB: d, Clock: w.Clock, Requests: w.Requests, Environments: w.Environments, Stacks: w.Stacks, Bookings: w.Bookings, Outages: w.Health})
	w.Server = httpapitest.New(t, d, w.Clock, func(api *httpapi.API) {
		w.Requests.Mount(api)
		w.Changes.Mount(api)
		for _, s := range w.Requests.WorkflowSubjects() {
			w.Flow.MountSubject(api, s)
		}
		for _, s := range w.Requests.FieldSubjects() {
			w.Fields.MountSubject(api, s)
		}
	})
	if err := w.Flow.Ensure(w.Ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

// Each runs a test on both engines.
func Each(t *testing.T, fn func(t *testing.T, w *World)) {
	t.Helper()
	dbtest.Each(t, []migrate.Set(Migrations), func(t *testing.T, d *db.DB) { fn(t, New(t, d)) })
}

// Want checks the status and the code of an answer.
func Want(t testing.TB, a httpapitest.Answer, status int, code string) httpapitest.Answer {
	t.Helper()
	if a.Status != status || status >= 400 && a.Code() != code {
		t.Fatalf("%d %q, want %d %q: %s", a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

// Into decodes an answer that must be a success.
func Into[T any](t testing.TB, a httpapitest.Answer) (v T) {
	t.Helper()
	if a.Status >= 300 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	a.Into(t, &v)
	return v
}

// After is a moment some hours after the clock's start.
func (w *World) After(hours int) time.Time {
	return time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour)
}

// Holder is a person of the organisation who holds the permissions of a contributor and those named, on a unit.
func (w *World) Holder(p people.Person, u people.Unit, more ...authz.Permission) *authz.Principal {
	set := map[authz.Permission]struct{}{
		environment.PermView: {}, booking.PermView: {}, booking.PermCreate: {}, request.PermView: {}, request.PermCreate: {}, "catalog.view_application": {},
	}
	for _, perm := range more {
		set[perm] = struct{}{}
	}
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: p.ID, Name: p.Name, Grants: []authz.Grant{{Unit: u.ID, Path: u.Path, Permissions: set}}}
}

// Ask makes a booking request as whoever acts on the server.
func (w *World) Ask(t testing.TB, title string, from, to int, more Body) request.BookingView {
	t.Helper()
	b := Body{"title": title, "from": w.After(from), "to": w.After(to)}
	for k, v := range more {
		b[k] = v
	}
	return Into[request.BookingView](t, w.Do(t, "POST", "/booking-requests", b))
}

// AskChange makes a change request.
func (w *World) AskChange(t testing.TB, title string, from, to int, more Body) change.View {
	t.Helper()
	b := Body{"title": title, "from": w.After(from), "to": w.After(to)}
	for k, v := range more {
		b[k] = v
	}
	return Into[change.View](t, w.Do(t, "POST", "/environment-change-requests", b))
}

// Auto makes the bookings of an environment need no approval.
func Auto(e *environment.Environment) { e.AutoApprove = true }
