package jobs

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Cancel ends a job: a waiting one at once, a running one by ending its context, on whichever node it runs. A running
// job that finishes all the same counts as done.
func (c *Client) Cancel(ctx context.Context, id int64) error {
	now := c.clock.Now()
	return c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var states []string
		if err := tx.NewRaw(`UPDATE job SET
  cancel_requested = TRUE,
  finished_at = CASE WHEN state = 'waiting' THEN ? ELSE finished_at END,
  error = CASE WHEN state = 'waiting' THEN ? ELSE error END,
  state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END
WHERE id = ? AND state IN ('waiting', 'running') RETURNING state`, now, ErrCancelled.Error(), id).Scan(ctx, &states); err != nil {
			return err
		}
		if len(states) == 0 {
			return unfit(ctx, tx, id, "job_finished", "The job has ended already.")
		}
		if states[0] == StateRunning {
			tx.AfterCommit(func() { c.cancelHere(id) })
		}
		return nil
	})
}

func (c *Client) cancelHere(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.runs[id]; r != nil {
		r.cancel(ErrCancelled)
	}
}

// Retry makes a failed or cancelled job wait again, with all its tries.
func (c *Client) Retry(ctx context.Context, id int64) error {
	now := c.clock.Now()
	err := c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE job SET state = 'waiting', attempt = 0, run_at = ?, cancel_requested = FALSE,
  worker = NULL, finished_at = NULL, started_at = NULL WHERE id = ? AND state IN ('failed', 'cancelled')`, now, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return unfit(ctx, tx, id, "job_not_failed", "Only a failed or cancelled job can be tried again.")
		}
		tx.AfterCommit(c.Wake)
		return nil
	})
	if db.IsUnique(err) {
		return problem.New(problem.Conflict, "job_waiting_already", "A job that does the same work is waiting already.")
	}
	return err
}

func unfit(ctx context.Context, tx db.Tx, id int64, code, message string) error {
	n, err := tx.NewSelect().Table("job").Where("id = ?", id).Count(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return notFound(id)
	}
	return problem.New(problem.Conflict, code, message)
}

// Sweep are the arguments of the housekeeping job that clears away jobs that ended long ago.
type Sweep struct {
	DoneDays   int `json:"doneDays"`
	FailedDays int `json:"failedDays"`
}

// Kind names the housekeeping job.
func (Sweep) Kind() string { return "jobs.sweep" }

// RegisterSweep makes the housekeeping job known; schedule it with
// client.Every("jobs.sweep", time.Hour, Sweep{DoneDays: 2, FailedDays: 60}).
func RegisterSweep(reg *Registry, d *db.DB, now func() time.Time) {
	Register(reg, func(ctx context.Context, job Job[Sweep]) error {
		ended := func(states []string, days int) error {
			for {
				var n int64
				err := d.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
					res, err := tx.ExecContext(ctx, `DELETE FROM job WHERE id IN (
  SELECT id FROM job WHERE state IN (?) AND finished_at < ? LIMIT 500)`, bun.List(states), now().AddDate(0, 0, -days))
					if err == nil {
						n, err = res.RowsAffected()
					}
					return err
				})
				if err != nil || n < 500 {
					return err
				}
			}
		}
		if err := ended([]string{StateDone}, job.Args.DoneDays); err != nil {
			return err
		}
		return ended([]string{StateFailed, StateCancelled}, job.Args.FailedDays)
	})
}
