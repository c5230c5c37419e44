package jobs

import (
	"context"
	"sort"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
)

// dispatch hands due jobs to free workers until ctx ends.
func (c *Client) dispatch(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-timer.C:
		}
		pause := c.turn(ctx)
		timer.Reset(pause)
	}
}

// turn does what is due now and returns how long nothing else will be.
func (c *Client) turn(ctx context.Context) time.Duration {
	if c.stopping() {
		return c.opts.Poll
	}
	c.careWhenDue(ctx)
	pause := c.opts.Poll
	for queue, size := range c.opts.Queues {
		free := size - c.busyIn(queue)
		if free <= 0 {
			continue // a worker that gets free wakes the dispatcher
		}
		next, err := c.peek(ctx, queue)
		if err != nil {
			c.warn(ctx, "looking for due jobs failed", err)
			continue
		}
		if next == nil {
			continue
		}
		if wait := next.Sub(c.clock.Now()); wait > 0 {
			pause = min(pause, wait)
			continue
		}
		got, err := c.claim(ctx, queue, free)
		if err != nil {
			c.warn(ctx, "claiming jobs failed", err)
			continue
		}
		for _, r := range got {
			c.launch(ctx, r)
		}
	}
	return max(pause, time.Millisecond)
}

// peek returns when the first waiting job of a queue is due, in a read transaction, so that an idle process never
// takes SQLite's write lock.
func (c *Client) peek(ctx context.Context, queue string) (*time.Time, error) {
	var at []time.Time
	err := c.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewRaw(`SELECT run_at FROM job WHERE state = 'waiting' AND queue = ? AND kind IN (?) ORDER BY run_at, id LIMIT 1`,
			queue, bun.List(c.kinds())).Scan(ctx, &at)
	})
	if err != nil || len(at) == 0 {
		return nil, err
	}
	return &at[0], nil
}

type claimed struct {
	ID      int64     `bun:"id"`
	Kind    string    `bun:"kind"`
	Queue   string    `bun:"queue"`
	Args    string    `bun:"args"`
	Attempt int       `bun:"attempt"`
	Max     int       `bun:"max_attempts"`
	RunAt   time.Time `bun:"run_at"`
}

// claim takes up to n due jobs of a queue for this process, the longest due first.
func (c *Client) claim(ctx context.Context, queue string, n int) ([]*running, error) {
	var rows []claimed
	now := c.clock.Now()
	err := c.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		rows = nil
		return tx.NewRaw(`WITH due AS MATERIALIZED (
  SELECT id FROM job WHERE state = 'waiting' AND queue = ? AND run_at <= ? AND kind IN (?)
  ORDER BY run_at, id LIMIT ?`+tx.SkipLocked()+`)
UPDATE job SET state = 'running', attempt = attempt + 1, worker = ?, lease_until = ?, started_at = ?, finished_at = NULL,
  cancel_requested = FALSE, progress_done = 0, progress_total = 0, progress_note = ''
FROM due WHERE job.id = due.id AND job.state = 'waiting'
RETURNING job.id, job.kind, job.queue, job.args, job.attempt, job.max_attempts, job.run_at`,
			queue, now, bun.List(c.kinds()), n, c.name, now.Add(c.opts.Lease), now).Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	sort.Slice(rows, func(i, j int) bool {
		if !rows[i].RunAt.Equal(rows[j].RunAt) {
			return rows[i].RunAt.Before(rows[j].RunAt)
		}
		return rows[i].ID < rows[j].ID
	})
	got := make([]*running, len(rows))
	for i, r := range rows {
		got[i] = &running{client: c, id: r.ID, kind: r.Kind, queue: r.Queue, args: r.Args, attempt: r.Attempt, max: r.Max}
	}
	return got, nil
}

func (c *Client) kinds() []string {
	if len(c.reg.workers) == 0 {
		return []string{""}
	}
	return c.reg.Kinds()
}

func (c *Client) busyIn(queue string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy[queue]
}

func (c *Client) stopping() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.started || c.dead
}

func (c *Client) warn(ctx context.Context, message string, err error) {
	if ctx.Err() == nil {
		c.log.WarnContext(ctx, message, "error", err)
	}
}
