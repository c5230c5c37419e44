package request

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Approvers knows who decides about bookings of the environments of an application; booking has the same port.
type Approvers interface {
	BookingApprovers(ctx context.Context, tx db.Tx, applications []ref.App) (map[ref.App][]ref.Person, error)
}

// RecordMover is an aspect that keeps the unit of records: it follows a request that moves to another unit.
type RecordMover interface {
	MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error
}
