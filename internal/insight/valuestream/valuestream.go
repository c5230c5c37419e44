package valuestream

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of derived rows and of what people decided about attributions.
var Migrations = migrate.Dir("valuestream", files)

// The permissions of this slice.
const (
	PermViewMetrics        authz.Permission = "valuestream.view_metrics"
	PermCorrectAttribution authz.Permission = "valuestream.correct_attribution"
	PermDerive             authz.Permission = "valuestream.derive_metrics"
)

// Permissions declares the permissions for the role editor.
var Permissions = []authz.Declaration{
	{Permission: PermViewMetrics, Title: "See delivery metrics and what they rest on", View: true,
		Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor", "viewer"}},
	{Permission: PermCorrectAttribution, Title: "Correct which deployment an incident is put down to", Roles: []string{"release_manager", "deployment_manager", "contributor"}},
	{Permission: PermDerive, Title: "Derive all delivery metrics anew", Roles: []string{}},
}

// Deps is what the service needs.
type Deps struct {
	DB    *db.DB
	Clock clock.Clock
	Log   *events.Log
	Jobs  jobs.Enqueuer
	// JobBook shows the progress of derivations; nil means Jobs, where that is one.
	JobBook JobBook
	Logger  *slog.Logger
}

// Service derives and answers delivery metrics. Between [Service.Start] and [Service.Stop] it keeps its memory equal to
// the derived rows, also when another node writes them.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	log    *events.Log
	jobs   jobs.Enqueuer
	book   JobBook
	logger *slog.Logger
	store  *Store

	mu        sync.Mutex
	revisions map[ref.App]int64 // of what the store holds
	ready     chan struct{}     // closed once the store has been filled
	cancel    context.CancelFunc
	done      chan struct{}
}

// New returns a service whose memory is empty until [Service.Start].
func New(d Deps) *Service {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if book, ok := d.Jobs.(JobBook); ok && d.JobBook == nil {
		d.JobBook = book
	}
	return &Service{db: d.DB, clock: d.Clock, log: d.Log, jobs: d.Jobs, book: d.JobBook, logger: d.Logger, store: NewStore(),
		revisions: map[ref.App]int64{}, ready: make(chan struct{})}
}

// refreshEvery is how often a node looks for derivations other nodes made; its own it sees at once.
const refreshEvery = 500 * time.Millisecond

// Start fills the memory from the derived rows in the background and then keeps it up to date. Questions wait until it
// is filled.
func (s *Service) Start(ctx context.Context) error {
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		tick := time.NewTicker(refreshEvery)
		defer tick.Stop()
		for filled := false; ; {
			if err := s.Refresh(ctx); err != nil {
				if ctx.Err() != nil {
					return
				}
				s.logger.WarnContext(ctx, "refreshing delivery metrics failed", "error", err)
			} else if !filled {
				filled = true
				s.setReady()
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return nil
}

// Stop ends the refreshing.
func (s *Service) Stop(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) setReady() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ready:
	default:
		close(s.ready)
	}
}

// await returns once the memory has been filled.
func (s *Service) await(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
