package jobs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// The states of a job.
const (
	StateWaiting   = "waiting"
	StateRunning   = "running"
	StateDone      = "done"
	StateFailed    = "failed"
	StateCancelled = "cancelled"
)

// States are all states, in the order of a job's life.
var States = []string{StateWaiting, StateRunning, StateDone, StateFailed, StateCancelled}

// Info is what a screen shows of a job.
type Info struct {
	ID            int64           `bun:"id"`
	Kind          string          `bun:"kind"`
	Queue         string          `bun:"queue"`
	State         string          `bun:"state"`
	Args          json.RawMessage `bun:"-"`
	ArgsText      string          `bun:"args" json:"-"`
	Unique        string          `bun:"unique_key"`
	RunAt         time.Time       `bun:"run_at"`
	Attempt       int             `bun:"attempt"`
	MaxAttempts   int             `bun:"max_attempts"`
	Cancelling    bool            `bun:"cancel_requested"`
	ProgressDone  int64           `bun:"progress_done"`
	ProgressTotal int64           `bun:"progress_total"`
	ProgressNote  string          `bun:"progress_note"`
	// Error is the last error, also of a job that waits for its next try.
	Error      string     `bun:"error"`
	CreatedAt  time.Time  `bun:"created_at"`
	StartedAt  *time.Time `bun:"started_at"`
	FinishedAt *time.Time `bun:"finished_at"`
}

// Remaining estimates how long a running job still takes from what it has done so far; ok is false when that cannot be
// told.
func (i Info) Remaining(now time.Time) (left time.Duration, ok bool) {
	if i.State != StateRunning || i.StartedAt == nil || i.ProgressDone <= 0 || i.ProgressTotal < i.ProgressDone {
		return 0, false
	}
	spent := now.Sub(*i.StartedAt)
	return time.Duration(float64(spent) * float64(i.ProgressTotal-i.ProgressDone) / float64(i.ProgressDone)), true
}

// Filter narrows [Client.List]; empty members do not.
type Filter struct {
	States []string
	Kinds  []string
	Queue  string
	// Before continues a list: only jobs with a smaller id, that is enqueued earlier.
	Before int64
	// Limit is 1 to 500; 0 means 100.
	Limit int
}

const columns = `id, kind, queue, state, args, coalesce(unique_key, '') AS unique_key, run_at, attempt, max_attempts,
cancel_requested, progress_done, progress_total, progress_note, error, created_at, started_at, finished_at`

// List returns jobs, the newest first.
func (c *Client) List(ctx context.Context, f Filter) ([]Info, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	var rows []Info
	err := c.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().Table("job").ColumnExpr(columns).OrderExpr("id DESC").Limit(int64(min(limit, 500)))
		if len(f.States) > 0 {
			q = q.Where("state IN (?)", bun.List(f.States))
		}
		if len(f.Kinds) > 0 {
			q = q.Where("kind IN (?)", bun.List(f.Kinds))
		}
		if f.Queue != "" {
			q = q.Where("queue = ?", f.Queue)
		}
		if f.Before > 0 {
			q = q.Where("id < ?", f.Before)
		}
		return q.Scan(ctx, &rows)
	})
	for i := range rows {
		rows[i].Args = json.RawMessage(rows[i].ArgsText)
	}
	return rows, err
}

// Get returns one job.
func (c *Client) Get(ctx context.Context, id int64) (Info, error) {
	var rows []Info
	err := c.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Table("job").ColumnExpr(columns).Where("id = ?", id).Scan(ctx, &rows)
	})
	if err != nil {
		return Info{}, err
	}
	if len(rows) == 0 {
		return Info{}, notFound(id)
	}
	rows[0].Args = json.RawMessage(rows[0].ArgsText)
	return rows[0], nil
}

// Counts returns how many jobs are in each state; states without jobs count 0.
func (c *Client) Counts(ctx context.Context) (map[string]int64, error) {
	type row struct {
		State string `bun:"state"`
		N     int64  `bun:"n"`
	}
	var rows []row
	err := c.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewRaw(`SELECT state, count(*) AS n FROM job GROUP BY state`).Scan(ctx, &rows)
	})
	counts := make(map[string]int64, len(States))
	for _, s := range States {
		counts[s] = 0
	}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, err
}

func notFound(id int64) error {
	return problem.Newf(problem.NotFound, "job_not_found", "There is no job %d; it may have been finished and cleared away.", id)
}
