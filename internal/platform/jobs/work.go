package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
)

// running is one job in the hands of this process.
type running struct {
	client  *Client
	id      int64
	kind    string
	queue   string
	args    string
	attempt int
	max     int
	cancel  context.CancelCauseFunc

	mu          sync.Mutex
	dirty       bool
	done, total int64
	note        string
}

func (r *running) progress(done, total int64, note string) {
	r.mu.Lock()
	r.done, r.total, r.note, r.dirty = done, total, note, true
	r.mu.Unlock()
}

// launch works a claimed job in a goroutine of its own.
func (c *Client) launch(ctx context.Context, r *running) {
	ctx = c.adopt(ctx, r)
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		_ = c.workOne(ctx, r)
		c.Wake()
	}()
}

// adopt notes that this process works r and returns the context to work it with.
func (c *Client) adopt(ctx context.Context, r *running) context.Context {
	ctx, r.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs[r.id] = r
	c.busy[r.queue]++
	return ctx
}

// workOne runs the worker, records the outcome and returns the worker's error.
func (c *Client) workOne(ctx context.Context, r *running) error {
	defer func() {
		c.mu.Lock()
		delete(c.runs, r.id)
		c.busy[r.queue]--
		c.mu.Unlock()
		r.cancel(nil)
	}()
	err := c.guarded(ctx, r)
	if c.killed() {
		return err
	}
	c.settle(ctx, r, err)
	return err
}

func (c *Client) guarded(ctx context.Context, r *running) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			c.log.ErrorContext(ctx, "a job panicked", "job", r.id, "kind", r.kind, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	return c.reg.workers[r.kind](ctx, r)
}

// fate is what becomes of a job after a try.
type fate struct {
	state   string
	runAt   time.Time
	text    string
	uncount bool // the try does not count
}

func (c *Client) decide(ctx context.Context, r *running, err error) fate {
	now := c.clock.Now()
	cause := context.Cause(ctx)
	var put later
	var never permanent
	switch {
	case err == nil:
		return fate{state: StateDone}
	case errors.Is(cause, ErrCancelled):
		return fate{state: StateCancelled, text: ErrCancelled.Error()}
	case errors.Is(cause, ErrStopping):
		return fate{state: StateWaiting, runAt: now, text: ErrStopping.Error(), uncount: true}
	case errors.As(err, &put):
		return fate{state: StateWaiting, runAt: clock.Normalise(put.at), text: err.Error(), uncount: true}
	case errors.As(err, &never), r.attempt >= r.max:
		return fate{state: StateFailed, text: err.Error()}
	default:
		return fate{state: StateWaiting, runAt: now.Add(jitter(Backoff(r.attempt))), text: err.Error()}
	}
}

const (
	settleTries = 5
	errorLength = 2000
)

// settle records the outcome. When the database does not take it, the lease runs out and the job is worked again.
func (c *Client) settle(ctx context.Context, r *running, err error) {
	if errors.Is(context.Cause(ctx), ErrLeaseLost) {
		return
	}
	f := c.decide(ctx, r, err)
	if f.state == StateFailed || (f.state == StateWaiting && !f.uncount) {
		c.log.WarnContext(ctx, "a job failed", "job", r.id, "kind", r.kind, "attempt", r.attempt, "of", r.max, "error", f.text)
	}
	if len(f.text) > errorLength {
		f.text = f.text[:errorLength]
	}
	pause := 50 * time.Millisecond
	for try := range settleTries {
		if try > 0 {
			time.Sleep(pause)
			pause *= 4
		}
		sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		err := c.record(sctx, r, f)
		cancel()
		if err == nil {
			return
		}
		c.warn(context.WithoutCancel(ctx), "recording the outcome of a job failed", err)
	}
}

func (c *Client) record(ctx context.Context, r *running, f fate) error {
	r.mu.Lock()
	done, total, note := r.done, r.total, r.note
	r.mu.Unlock()
	err := c.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		if f.state == StateWaiting {
			return putBack(ctx, tx, c.clock.Now(), r.id, c.name, r.attempt, f)
		}
		_, err := tx.ExecContext(ctx, `UPDATE job SET state = ?, error = ?, finished_at = ?, lease_until = NULL,
  progress_done = ?, progress_total = ?, progress_note = ?
WHERE id = ? AND state = 'running' AND worker = ? AND attempt = ?`,
			f.state, f.text, c.clock.Now(), done, total, note, r.id, c.name, r.attempt)
		return err
	})
	if db.IsUnique(err) { // a twin was enqueued between the check and the update; it is there now
		return c.record(ctx, r, f)
	}
	return err
}

// putBack returns a running job to the waiting ones, unless it was to be cancelled. Where a job of the same key was
// enqueued meanwhile, that one does the work and this one ends. worker is "" for a job whose process is gone.
func putBack(ctx context.Context, tx db.Tx, now time.Time, id int64, worker string, attempt int, f fate) error {
	less := 0
	if f.uncount {
		less = 1
	}
	res, err := tx.ExecContext(ctx, `UPDATE job SET state = 'waiting', run_at = ?, error = ?, attempt = attempt - ?, worker = NULL, lease_until = NULL
WHERE id = ? AND state = 'running' AND coalesce(worker, '') = ? AND attempt = ? AND NOT cancel_requested AND NOT EXISTS (
  SELECT 1 FROM job twin WHERE twin.kind = job.kind AND twin.unique_key = job.unique_key AND twin.state = 'waiting')`,
		f.runAt, f.text, less, id, worker, attempt)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE job SET state = 'cancelled', finished_at = ?, lease_until = NULL,
  error = CASE WHEN cancel_requested THEN ? ELSE ? END
WHERE id = ? AND state = 'running' AND coalesce(worker, '') = ? AND attempt = ?`,
		now, ErrCancelled.Error(), "a newer job with the same key does the work; last error: "+f.text, id, worker, attempt)
	return err
}

func (c *Client) killed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}
