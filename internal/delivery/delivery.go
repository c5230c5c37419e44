package delivery

import (
	"embed"
	"log/slog"
	"sync/atomic"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of delivery facts and of the rules that map them.
var Migrations = migrate.Dir("delivery", files)

// Deps is what the service needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Jobs enqueues replays of mapping rules; without it they cannot be asked for.
	Jobs jobs.Enqueuer
	// OnBatch, when set, is called after each batch is kept. It must not block.
	OnBatch func(Touched)
}

// Service is delivery.
type Service struct {
	db      *db.DB
	events  *events.Log
	clock   clock.Clock
	log     *slog.Logger
	jobs    jobs.Enqueuer
	onBatch func(Touched)
	rules   atomic.Pointer[ruleset]
	slicer  slicer
}

// New returns the service.
func New(d Deps) *Service {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, log: d.Logger, jobs: d.Jobs, onBatch: d.OnBatch}
}

// OnBatch sets the function that is called after each batch is kept; it must not block. Wiring calls it before Start,
// where the reader of batches is made after the service.
func (s *Service) OnBatch(fn func(Touched)) { s.onBatch = fn }
