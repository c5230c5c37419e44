package health

import (
	"context"
	"time"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Change is something that was done to an environment and may have broken it.
type Change struct {
	// Kind is one of the keys of [weights]: deployment, version, change_request, configuration, data, outage.
	Kind        string          `json:"kind" enum:"deployment,version,change_request,configuration,data,outage"`
	ID          string          `json:"id"`
	Environment ref.Environment `json:"environmentId"`
	At          time.Time       `json:"at"`
	Label       string          `json:"label" doc:"What was done, in words."`
	Actor       string          `json:"actor,omitempty" doc:"Who did it."`
}

// ChangeSource tells what was done to environments within a time. The slices that record such things satisfy it.
type ChangeSource interface {
	EnvironmentChanges(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span) ([]Change, error)
}

// AffectedBooking is a booking that lost time, or would.
type AffectedBooking struct {
	ID          ref.Booking     `json:"id"`
	Number      string          `json:"number"`
	Title       string          `json:"title"`
	Environment ref.Environment `json:"environmentId"`
	From        time.Time       `json:"from"`
	To          time.Time       `json:"to"`
	Holder      ref.Person      `json:"holderId,omitempty"`
	HolderName  string          `json:"holderName,omitempty"`
	Release     string          `json:"release,omitempty"`
	// LostSeconds is how much of the booking lies within the outage.
	LostSeconds int64 `json:"lostSeconds"`
}

// Bookings tells which approved bookings of environments touch a time.
type Bookings interface {
	BookingsWithin(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span) ([]AffectedBooking, error)
}

// ClosureSource tells when work on environments was announced; an outage in that time is planned.
type ClosureSource interface {
	Closures(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error)
}

// People tells who has a part in an environment.
type People interface {
	// EnvironmentPeople returns owners, stakeholders and watchers of environments.
	EnvironmentPeople(ctx context.Context, tx db.Tx, envs []ref.Environment) ([]watch.Recipient, error)
}
