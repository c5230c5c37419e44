package jobs

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables job and job_schedule.
var Migrations = migrate.Dir("jobs", files)

// DefaultQueue is where jobs go that name no queue.
const DefaultQueue = "default"

// ClientOptions say how a process works jobs; the zero value is right for one node.
type ClientOptions struct {
	// Queues maps each queue this process works to the number of jobs it works at once; empty means 8 on the default
	// queue.
	Queues map[string]int
	// Poll is how often the client looks for what no signal announces: jobs enqueued by other processes, schedules,
	// leases that ran out, cancellations. 0 means one second. A look takes no write lock.
	Poll time.Duration
	// Lease is how long a job stays with a process that gives no sign of life; 0 means 30 seconds. A third of it is the
	// heartbeat.
	Lease time.Duration
	// Beat is how often progress is saved and heartbeats are considered; 0 means one second.
	Beat time.Duration
	// Grace is how long Stop lets running jobs go on before it ends their contexts; 0 means 10 seconds.
	Grace time.Duration
	// Sole says that no other process works jobs of this database, as with SQLite: jobs that an earlier process left
	// running are taken back at once at Start rather than when their lease runs out.
	Sole bool
}

func (o ClientOptions) withDefaults() ClientOptions {
	if len(o.Queues) == 0 {
		o.Queues = map[string]int{DefaultQueue: 8}
	}
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&o.Poll, time.Second)
	set(&o.Lease, 30*time.Second)
	set(&o.Beat, time.Second)
	set(&o.Grace, 10*time.Second)
	return o
}

// Client enqueues jobs and, between Start and Stop, works them. It is safe for concurrent use.
type Client struct {
	db     *db.DB
	reg    *Registry
	clock  clock.Clock
	log    *slog.Logger
	opts   ClientOptions
	name   string
	ids    *ref.Facts
	wake   chan struct{}
	plans  []plan
	work   sync.WaitGroup // running jobs
	loops  sync.WaitGroup // the dispatcher and the heartbeat
	finish context.CancelFunc

	mu      sync.Mutex
	started bool
	runs    map[int64]*running
	busy    map[string]int
	cared   time.Time // when schedules, leases and cancellations were last looked at
	beaten  time.Time // when leases were last renewed
	dead    bool      // tests: the process was killed
}

// NewClient returns a client that is ready to enqueue. It does not work jobs before Start. The registry may be filled
// afterwards. d may be nil where the product is wired only to be described.
func NewClient(d *db.DB, reg *Registry, clk clock.Clock, log *slog.Logger, opts ClientOptions) (*Client, error) {
	if reg == nil || clk == nil {
		return nil, errors.New("jobs: a client needs a registry and a clock")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	for q, n := range opts.Queues {
		if n <= 0 {
			return nil, fmt.Errorf("jobs: queue %q has no workers", q)
		}
	}
	return &Client{
		db: d, reg: reg, clock: clk, log: log, opts: opts.withDefaults(), name: ref.New[string](), ids: ref.NewFacts(),
		wake: make(chan struct{}, 1), runs: map[int64]*running{}, busy: map[string]int{},
	}, nil
}

// Start begins to work jobs and returns at once. The context bounds only the start itself.
func (c *Client) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started || c.db == nil {
		return errors.New("jobs: the client was started already, or has no database")
	}
	if err := c.planFirst(ctx); err != nil {
		return err
	}
	if c.opts.Sole {
		if err := c.takeBack(ctx); err != nil {
			return err
		}
	}
	c.started = true
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.finish = cancel
	c.loops.Go(func() { c.dispatch(run) })
	c.loops.Go(func() { c.beat(run) })
	return nil
}

// Stop claims no more jobs, lets the running ones finish for the grace period, then ends their contexts with
// [ErrStopping] and waits for them until ctx ends. Jobs that give up are put back without counting the try.
func (c *Client) Stop(ctx context.Context) error {
	c.mu.Lock()
	if !c.started {
		c.mu.Unlock()
		return nil
	}
	c.started = false
	c.mu.Unlock()
	idle := make(chan struct{})
	go func() { c.work.Wait(); close(idle) }()
	grace := time.NewTimer(c.opts.Grace)
	defer grace.Stop()
	defer func() {
		c.finish()
		c.loops.Wait()
	}()
	select {
	case <-idle:
		return nil
	case <-grace.C:
	case <-ctx.Done():
	}
	c.mu.Lock()
	for _, r := range c.runs {
		r.cancel(ErrStopping)
	}
	n := len(c.runs)
	c.mu.Unlock()
	// A worker that ignores its context must not hold up the shutdown for ever; its lease runs out and it is worked again.
	last := time.NewTimer(c.opts.Grace)
	defer last.Stop()
	select {
	case <-idle:
		return nil
	case <-last.C:
	}
	return fmt.Errorf("jobs: %d running jobs did not stop; they are worked again when their lease runs out", n)
}

// Wake makes a started client look for due work now. Enqueue does so by itself after the commit; tests call it after
// moving the clock.
func (c *Client) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
