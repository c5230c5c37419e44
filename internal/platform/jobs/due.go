package jobs

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
)

// WorkDue works, one after the other in the order they are due and on every queue, the jobs that are due now and those
// they enqueue that are due as well, until none is left. It is for tests and one-shot commands; the client must not be
// started. It returns how many tries it made and the errors of those that failed.
func (c *Client) WorkDue(ctx context.Context) (worked int, failures, err error) {
	var failed []error
	for {
		var queue []string
		err := c.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewRaw(`SELECT queue FROM job WHERE state = 'waiting' AND run_at <= ? AND kind IN (?) ORDER BY run_at, id LIMIT 1`,
				c.clock.Now(), bun.List(c.kinds())).Scan(ctx, &queue)
		})
		if err != nil || len(queue) == 0 {
			return worked, errors.Join(failed...), err
		}
		got, err := c.claim(ctx, queue[0], 1)
		if err != nil || len(got) == 0 { // another process was quicker: the rest is its business
			return worked, errors.Join(failed...), err
		}
		for _, r := range got {
			worked++
			if err := c.workOne(c.adopt(ctx, r), r); err != nil {
				failed = append(failed, err)
			}
		}
	}
}
