package request

import (
	"context"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Outages keeps the outages that change requests announce; health implements it. A zero until takes one away.
type Outages interface {
	Planned(ctx context.Context, tx db.Tx, env environment.Environment, source, reference, title string, from, until time.Time) error
}

// Approvers knows who decides about bookings of the environments of an application; booking has the same port.
type Approvers interface {
	BookingApprovers(ctx context.Context, tx db.Tx, applications []ref.App) (map[ref.App][]ref.Person, error)
}

// Change is something that a change request did to an environment. It has the members of a change that health knows.
type Change struct {
	Kind        string
	ID          string
	Environment ref.Environment
	At          time.Time
	Label       string
	Actor       string
}

// RecordMover is an aspect that keeps the unit of records: it follows a request that moves to another unit.
type RecordMover interface {
	MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error
}
