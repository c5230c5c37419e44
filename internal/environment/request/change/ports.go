package change

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

// Change is something that a change request did to an environment. It has the members of a change that health knows.
type Change struct {
	Kind        string
	ID          string
	Environment ref.Environment
	At          time.Time
	Label       string
	Actor       string
}
