package jobs

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
)

// beat saves progress and renews the leases of running jobs until ctx ends.
func (c *Client) beat(ctx context.Context) {
	tick := time.NewTicker(c.opts.Beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if c.killed() {
			return
		}
		c.saveProgress(ctx)
		c.renew(ctx)
	}
}

func (c *Client) mine() []*running {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*running, 0, len(c.runs))
	for _, r := range c.runs {
		all = append(all, r)
	}
	return all
}

func (c *Client) saveProgress(ctx context.Context) {
	type change struct {
		r           *running
		done, total int64
		note        string
	}
	var changes []change
	for _, r := range c.mine() {
		r.mu.Lock()
		if r.dirty {
			changes = append(changes, change{r, r.done, r.total, r.note})
			r.dirty = false
		}
		r.mu.Unlock()
	}
	if len(changes) == 0 {
		return
	}
	err := c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, ch := range changes {
			if _, err := tx.ExecContext(ctx, `UPDATE job SET progress_done = ?, progress_total = ?, progress_note = ?
WHERE id = ? AND state = 'running' AND worker = ? AND attempt = ?`, ch.done, ch.total, ch.note, ch.r.id, c.name, ch.r.attempt); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.warn(ctx, "saving the progress of jobs failed", err)
	}
}

// renew lengthens the leases of running jobs once a third of a lease has passed. A job that is no longer ours, because
// this process was silent for too long, is told to stop.
func (c *Client) renew(ctx context.Context) {
	now := c.clock.Now()
	c.mu.Lock()
	due := len(c.runs) > 0 && now.Sub(c.beaten) >= c.opts.Lease/3
	c.mu.Unlock()
	if !due {
		return
	}
	runs := c.mine()
	ids := make([]int64, len(runs))
	for i, r := range runs {
		ids[i] = r.id
	}
	type row struct {
		ID      int64 `bun:"id"`
		Attempt int   `bun:"attempt"`
	}
	var kept []row
	err := c.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		kept = nil
		return tx.NewRaw(`UPDATE job SET lease_until = ? WHERE id IN (?) AND state = 'running' AND worker = ? RETURNING id, attempt`,
			now.Add(c.opts.Lease), bun.List(ids), c.name).Scan(ctx, &kept)
	})
	if err != nil {
		c.warn(ctx, "renewing the leases of jobs failed", err)
		return
	}
	ours := make(map[int64]int, len(kept))
	for _, k := range kept {
		ours[k.ID] = k.Attempt
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beaten = now
	for _, r := range runs {
		if attempt, ok := ours[r.id]; (!ok || attempt != r.attempt) && c.runs[r.id] == r {
			r.cancel(ErrLeaseLost)
		}
	}
}
