package booking

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// ClosureSource knows times in which places are closed: freezes, holidays, maintenance, outages.
type ClosureSource interface {
	Closures(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error)
}

// Approvers knows who decides about bookings of the environments of an application. Applications without anybody are left
// out: then whoever holds booking.approve_booking on the environment's unit decides.
type Approvers interface {
	BookingApprovers(ctx context.Context, tx db.Tx, applications []ref.App) (map[ref.App][]ref.Person, error)
	// NearestHolders returns who holds a permission on a unit by the nearest grants, to be told of what waits for them.
	NearestHolders(ctx context.Context, tx db.Tx, perm authz.Permission, unit ref.Unit) ([]ref.Person, error)
}

// Principals makes the principal of a person with the rights held now, for feeds and links that act for them.
type Principals interface {
	PrincipalOf(ctx context.Context, tx db.Tx, person ref.Person) (*authz.Principal, error)
}

// RequestNames knows what booking requests are called, for the schedule that has them as rows. Those the caller may not see
// are left out.
type RequestNames interface {
	RequestNames(ctx context.Context, tx db.Tx, ids []string) (map[string]string, error)
}

// Conversation keeps what people say about a booking; persons named in about are told of it.
type Conversation interface {
	Say(ctx context.Context, tx db.Tx, booking ref.Booking, unit ref.Unit, label, text string, about []ref.Person) error
}

// Deployment is a sign of life in an environment.
type Deployment struct {
	// Environment is the name by which the tool calls it: a key, an alias or an id.
	Environment string
	Application ref.App
	At          time.Time
	Label       string
}

// Deployments knows what was deployed to environments of some applications since a moment.
type Deployments interface {
	DeploymentsSince(ctx context.Context, tx db.Tx, applications []ref.App, since time.Time) ([]Deployment, error)
}

// Candidate is one way to satisfy what is asked for: an environment, or a lane with its members.
type Candidate struct {
	Name         string
	Group        ref.EnvironmentGroup
	Environments []ref.Environment
}
