package field

import (
	"embed"
	"errors"
	"log/slog"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the aspect.
var Migrations = migrate.Dir("field", files)

// Deps is what the aspect needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
}

// Service holds the use cases of the aspect.
type Service struct {
	// Lookups are the lists; owners take this part alone where they have no custom fields.
	Lookups *Lookups

	db       *db.DB
	events   *events.Log
	clock    clock.Clock
	logger   *slog.Logger
	subjects map[string]Subject
	statuses Statuses
}

// New returns the service. Owners register their lists and kinds of records before it serves.
func New(d Deps) *Service {
	s := &Service{
		Lookups: &Lookups{db: d.DB, events: d.Events, clock: d.Clock, lists: map[string]List{}, users: map[string][]User{}},
		db:      d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, subjects: map[string]Subject{},
	}
	s.Lookups.fields = s
	return s
}

// Consequence is one thing that a change brings about beside itself.
type Consequence struct {
	// Kind is stable: "records_replaced", "records_keep".
	Kind    string `json:"kind"`
	Count   int64  `json:"count"`
	Message string `json:"message" doc:"The consequence in a sentence."`
}

// errDryRun rolls a transaction back that did all its work only to tell what it would do.
var errDryRun = errors.New("dry run")

func dryRun(err error) error {
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// errNotFound is what cannot be found; lists and definitions are not of a unit.
var errNotFound = authz.ErrNotFound
