package booking

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/environment/environmenttest"
	"millrace/internal/people"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/signedlink"
)

var migrations = append(slices.Clone(environmenttest.Migrations), Migrations, signedlink.Migrations)

// world is a schedule under test, with stand-ins for the other slices.
type world struct {
	*environmenttest.World
	*Service
	Clock     *clock.Fake
	closed    []closing
	approvers map[ref.App][]ref.Person
	said      []string
	deployed  []Deployment
	people    map[ref.Person]*authz.Principal
}

type closing struct {
	env ref.Environment
	interval.Closure
}

func (w *world) Closures(_ context.Context, _ db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	out := map[ref.Environment][]interval.Closure{}
	for _, p := range places {
		for _, c := range w.closed {
			if c.env == p.Environment && c.Overlaps(within) {
				out[p.Environment] = append(out[p.Environment], c.Closure)
			}
		}
	}
	return out, nil
}

func (w *world) BookingApprovers(context.Context, db.Tx, []ref.App) (map[ref.App][]ref.Person, error) {
	return w.approvers, nil
}

func (w *world) NearestHolders(_ context.Context, _ db.Tx, perm authz.Permission, unit ref.Unit) (out []ref.Person, _ error) {
	for id, p := range w.people {
		if p.Can(perm, w.Root.Path) && unit != "" {
			out = append(out, id)
		}
	}
	return out, nil
}

func (w *world) Say(_ context.Context, _ db.Tx, _ ref.Booking, _ ref.Unit, label, text string, about []ref.Person) error {
	w.said = append(w.said, label+": "+text+" → "+string(slices.Concat([]ref.Person{}, about)[0]))
	return nil
}

func (w *world) DeploymentsSince(_ context.Context, _ db.Tx, _ []ref.App, since time.Time) (out []Deployment, _ error) {
	for _, d := range w.deployed {
		if !d.At.Before(since) {
			out = append(out, d)
		}
	}
	return out, nil
}

func (w *world) PrincipalOf(_ context.Context, _ db.Tx, p ref.Person) (*authz.Principal, error) {
	if found := w.people[p]; found != nil {
		return found, nil
	}
	return nil, authz.ErrNotFound
}

type fakeSigner struct{}

func (fakeSigner) Sign(_ string, message []byte) []byte { return message[:min(8, len(message))] }

func (fakeSigner) Verify(_ string, message, signed []byte) bool {
	return string(message[:min(8, len(message))]) == string(signed)
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{people: map[ref.Person]*authz.Principal{}}
	w.World = environmenttest.New(t, d, environmenttest.Options{Events: [][]events.Definition{Events}})
	w.Clock = w.World.Clock
	w.Service = New(Deps{
		DB: d, Events: w.Log, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Environments: w.Environments, Closures: w, Approvers: w, Principals: w,
		Conversation: w, Deployments: w, RequestNames: w, Links: signedlink.New(fakeSigner{}, w.Clock), PublicURL: "https://millrace.example.com",
	})
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

// hours is a span that begins some hours after the clock's start.
func (w *world) hours(from, to int) interval.Span {
	return interval.Span{From: w.start().Add(time.Duration(from) * time.Hour), To: w.start().Add(time.Duration(to) * time.Hour)}
}

func (w *world) start() time.Time { return time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC) }

// as returns a context of a person who may view, create and change own bookings, and what else is named.
func (w *world) as(p people.Person, more ...authz.Permission) context.Context {
	set := map[authz.Permission]struct{}{environment.PermView: {}, PermView: {}, PermCreate: {}}
	for _, perm := range more {
		set[perm] = struct{}{}
	}
	principal := &authz.Principal{Kind: authz.PersonPrincipal, Person: p.ID, Name: p.Name, Grants: []authz.Grant{{Unit: w.Root.ID, Path: w.Root.Path, Permissions: set}}}
	w.people[p.ID] = principal
	return authz.With(w.T.Context(), principal)
}

func auto(e *environment.Environment) { e.AutoApprove = true }

func (w *world) ask(env string, s interval.Span) NewBooking {
	return NewBooking{Targets: Targets{Environment: env}, From: s.From, To: s.To, Intent: ChangeCode, Title: "Test of " + env}
}

// book makes a booking that must go through.
func (w *world) book(ctx context.Context, env string, s interval.Span, options ...func(*NewBooking)) Listed {
	w.T.Helper()
	in := w.ask(env, s)
	for _, o := range options {
		o(&in)
	}
	c, err := w.Create(ctx, in, false)
	if err != nil {
		w.T.Fatalf("booking %s: %v", env, err)
	}
	return c.Bookings[0]
}

func wantCode(t testing.TB, err error, code string) *problem.Error {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Fatalf("error %v, want %s", err, code)
	}
	return problem.Of(err)
}

func wantStatus(t testing.TB, l Listed, s Status) {
	t.Helper()
	if l.Status != s {
		t.Fatalf("%s is %s, want %s", l.Reference, l.Status, s)
	}
}

// trusted lets every request act as a trusted principal.
type trusted struct{}

func (trusted) Authenticate(*http.Request) (*authz.Principal, error) {
	return authz.System("test"), nil
}

func (w *world) lower(env ref.Environment) func(context.Context, db.Tx) error {
	return func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE environment SET capacity = 1 WHERE id = ?`, env); err != nil {
			return err
		}
		return w.CheckSchedules(ctx, tx, []ref.Environment{env})
	}
}

func (w *world) leave(env ref.Environment) func(context.Context, db.Tx) error {
	return func(ctx context.Context, tx db.Tx) error {
		use, err := w.EnvironmentUse(ctx, tx, env)
		if err != nil || len(use) != 1 || use[0].Count != 1 {
			w.T.Errorf("%+v %v", use, err)
		}
		return w.LeaveEnvironment(ctx, tx, env)
	}
}

// RequestNames knows one request, "known".
func (w *world) RequestNames(_ context.Context, _ db.Tx, ids []string) (map[string]string, error) {
	out := map[string]string{}
	if slices.Contains(ids, "known") {
		out["known"] = "EB-7 Regression"
	}
	return out, nil
}
