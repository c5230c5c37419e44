package jobs

import (
	"context"
	"encoding/json"
	"fmt"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
)

const defaultAttempts = 10

// enqueueSQL adds a job or, where one with the same key waits, brings that one forward. The update happens even when
// it changes nothing: it locks the waiting job until this transaction ends, so that no worker can take it now and miss
// what this transaction is about to commit. A job that waits for its next try keeps its pause.
const enqueueSQL = `INSERT INTO job (id, kind, queue, args, state, unique_key, run_at, max_attempts, created_at)
VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?)
ON CONFLICT (kind, unique_key) WHERE state = 'waiting' AND unique_key IS NOT NULL DO UPDATE SET
run_at = CASE WHEN job.attempt = 0 AND excluded.run_at < job.run_at THEN excluded.run_at ELSE job.run_at END`

// Enqueue adds a job in the caller's transaction and signals this process's workers once it commits.
func (c *Client) Enqueue(ctx context.Context, tx db.Tx, args Args, opts Options) error {
	kind := args.Kind()
	if _, known := c.reg.workers[kind]; !known {
		return fmt.Errorf("jobs: no worker is registered for kind %q", kind)
	}
	text, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("jobs: arguments of %s: %w", kind, err)
	}
	now := c.clock.Now()
	at := now
	if !opts.RunAt.IsZero() {
		at = clock.Normalise(opts.RunAt)
	}
	queue, tries := opts.Queue, opts.MaxAttempts
	if queue == "" {
		queue = DefaultQueue
	}
	if tries <= 0 {
		tries = defaultAttempts
	}
	var key any
	if opts.Unique != "" {
		key = opts.Unique
	}
	if _, err := tx.ExecContext(ctx, enqueueSQL, int64(c.ids.Next()), kind, queue, string(text), key, at, tries, now); err != nil {
		return fmt.Errorf("enqueue %s: %w", kind, err)
	}
	tx.AfterCommit(c.Wake)
	return nil
}
