package calendar

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Places knows environments and groups. It returns the environments that are named (by id or key), those of the named groups,
// and, where nothing else is named, those of an application or of a unit and everything below it. What does not exist, or
// lies outside the caller's visible units, is a not-found problem.
type Places interface {
	Places(ctx context.Context, tx db.Tx, environments, groups []string, application, unit string) ([]interval.Place, error)
}

// Finder is a Places that also knows one environment or group by its id or key, with its name for people. Without it names are
// the words they were called by, and a group is recognised by what its environments have in common.
type Finder interface {
	FindPlace(ctx context.Context, tx db.Tx, kind ScopeKind, idOrKey string) (id, name string, unit ref.Unit, err error)
}

// ClosureSource knows times in which places are closed.
type ClosureSource interface {
	Closures(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error)
}

// Affected knows what a closure of places would hit: bookings, above all.
type Affected interface {
	Affected(ctx context.Context, tx db.Tx, places []interval.Place, closed []interval.Span, refuses []interval.Use) ([]Consequence, error)
}

// Consequence is one thing that a change brings about beside itself, or that is worth a second look.
type Consequence struct {
	// Kind is stable: "bookings_hit", "window_long".
	Kind    string `json:"kind"`
	Count   int64  `json:"count"`
	Message string `json:"message" doc:"The consequence in a sentence."`
	// IDs are the records concerned, where they can be named.
	IDs []string `json:"ids,omitempty"`
}
