package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"millrace/internal/platform/db"
)

// plan is a job that is enqueued again and again.
type plan struct {
	name     string
	interval time.Duration
	args     Args
	opts     Options
}

// Every enqueues args once per interval across all nodes, from the first start on; what was missed while nothing ran
// is made up for once. It is called before Start; name is stable and unique, the interval whole seconds. opts may name
// a queue and a number of tries.
func (c *Client) Every(name string, interval time.Duration, args Args, opts ...Options) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started {
		return errors.New("jobs: schedules are set before Start")
	}
	if name == "" || interval < time.Second {
		return fmt.Errorf("jobs: schedule %q needs a name and an interval of a second or more", name)
	}
	if _, known := c.reg.workers[args.Kind()]; !known {
		return fmt.Errorf("jobs: no worker is registered for kind %q", args.Kind())
	}
	if _, err := json.Marshal(args); err != nil {
		return fmt.Errorf("jobs: arguments of schedule %q: %w", name, err)
	}
	p := plan{name: name, interval: interval.Truncate(time.Second), args: args}
	if len(opts) > 0 {
		p.opts = opts[0]
	}
	p.opts.Unique = "schedule:" + name
	c.plans = append(c.plans, p)
	return nil
}

// planFirst makes each schedule known to the database; the first run is due at once.
func (c *Client) planFirst(ctx context.Context) error {
	now := c.clock.Now()
	return c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, p := range c.plans {
			seconds := int64(p.interval / time.Second)
			if _, err := tx.ExecContext(ctx, `INSERT INTO job_schedule (name, interval_seconds, next_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET interval_seconds = excluded.interval_seconds,
  next_at = CASE WHEN job_schedule.next_at > ? THEN ? ELSE job_schedule.next_at END`,
				p.name, seconds, now, now.Add(p.interval), now.Add(p.interval)); err != nil {
				return fmt.Errorf("schedule %s: %w", p.name, err)
			}
		}
		return nil
	})
}

func (c *Client) careWhenDue(ctx context.Context) {
	now := c.clock.Now()
	c.mu.Lock()
	due := c.cared.IsZero() || now.Sub(c.cared) >= c.opts.Poll
	if due {
		c.cared = now
	}
	c.mu.Unlock()
	if !due {
		return
	}
	if err := c.care(ctx, now); err != nil {
		c.warn(ctx, "looking after jobs failed", err)
	}
}

// care finds, in one read transaction, schedules that are due, leases that ran out and cancellations asked for
// through another process, and writes only when there is something to do.
func (c *Client) care(ctx context.Context, now time.Time) error {
	var due []string
	var lost, cancelled []int64
	err := c.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if len(c.plans) > 0 {
			if err := tx.NewRaw(`SELECT name FROM job_schedule WHERE next_at <= ?`, now).Scan(ctx, &due); err != nil {
				return err
			}
		}
		if err := tx.NewRaw(`SELECT id FROM job WHERE state = 'running' AND lease_until < ? ORDER BY lease_until LIMIT 100`, now).Scan(ctx, &lost); err != nil {
			return err
		}
		return tx.NewRaw(`SELECT id FROM job WHERE state = 'running' AND worker = ? AND cancel_requested`, c.name).Scan(ctx, &cancelled)
	})
	if err != nil {
		return err
	}
	for _, id := range cancelled {
		c.cancelHere(id)
	}
	var errs []error
	for _, id := range lost {
		if c.holds(id) {
			continue // still worked here: the database was away, the heartbeat catches up
		}
		errs = append(errs, c.rescue(ctx, id, "the process that worked the job gave no sign of life"))
	}
	for _, name := range due {
		for _, p := range c.plans {
			if p.name == name {
				errs = append(errs, c.fire(ctx, p, now))
			}
		}
	}
	return errors.Join(errs...)
}

func (c *Client) holds(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.runs[id] != nil
}

// fire enqueues a due schedule. The conditional update lets exactly one node do so.
func (c *Client) fire(ctx context.Context, p plan, now time.Time) error {
	return c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var next []time.Time
		if err := tx.NewRaw(`SELECT next_at FROM job_schedule WHERE name = ?`, p.name).Scan(ctx, &next); err != nil || len(next) == 0 {
			return err
		}
		missed := now.Sub(next[0]) / p.interval
		after := next[0].Add((missed + 1) * p.interval)
		res, err := tx.ExecContext(ctx, `UPDATE job_schedule SET next_at = ? WHERE name = ? AND next_at = ? AND next_at <= ?`, after, p.name, next[0], now)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return c.Enqueue(ctx, tx, p.args, p.opts)
	})
}

// rescue takes a job back from a process that is gone. The lease is checked again under the row lock, because the
// process may have given a sign of life meanwhile.
func (c *Client) rescue(ctx context.Context, id int64, why string) error {
	now := c.clock.Now()
	var err error
	for range settleTries {
		err = c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			type row struct {
				Attempt int  `bun:"attempt"`
				Max     int  `bun:"max_attempts"`
				Cancel  bool `bun:"cancel_requested"`
			}
			var rows []row
			if err := tx.NewRaw(`UPDATE job SET worker = NULL WHERE id = ? AND state = 'running' AND lease_until < ?
RETURNING attempt, max_attempts, cancel_requested`, id, now).Scan(ctx, &rows); err != nil || len(rows) == 0 {
				return err
			}
			r := rows[0]
			state := StateFailed
			switch {
			case r.Cancel:
				state, why = StateCancelled, ErrCancelled.Error()
			case r.Attempt < r.Max:
				tx.AfterCommit(c.Wake)
				return putBack(ctx, tx, now, id, "", r.Attempt, fate{runAt: now, text: why})
			}
			_, err := tx.ExecContext(ctx, `UPDATE job SET state = ?, error = ?, finished_at = ?, lease_until = NULL WHERE id = ?`, state, why, now, id)
			return err
		})
		if !db.IsUnique(err) {
			break
		}
	}
	if err == nil {
		c.log.WarnContext(ctx, "a job was taken back from a process that is gone", "job", id)
	}
	return err
}

// takeBack rescues every job that an earlier process left running.
func (c *Client) takeBack(ctx context.Context) error {
	var ids []int64
	err := c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		ids = nil
		return tx.NewRaw(`UPDATE job SET lease_until = ? WHERE state = 'running' AND (worker IS NULL OR worker <> ?) RETURNING id`,
			c.clock.Now().Add(-time.Second), c.name).Scan(ctx, &ids)
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := c.rescue(ctx, id, "the process that worked the job ended"); err != nil {
			return err
		}
	}
	return nil
}
