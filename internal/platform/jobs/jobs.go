// Package jobs is the seam behind which background work is done: typed arguments, enqueued in the caller's transaction
// so that a job exists exactly when the change that asked for it does, worked by any node, retried with back-off,
// scheduled, unique, cancellable, and visible when they fail.
package jobs

import (
	"context"
	"time"

	"millrace/internal/platform/db"
)

// Args are the arguments of one kind of job; they travel as JSON.
type Args interface {
	// Kind is the stable name of the work, "connector.run".
	Kind() string
}

// Options say how one job is to be worked; the zero value is right for most.
type Options struct {
	// Unique, when not empty, makes Enqueue do nothing while a job of the same kind and key is waiting to be worked. A
	// job that is already running does not count, so that a change made meanwhile is never lost.
	Unique string
	// RunAt delays the job; the zero time means now.
	RunAt time.Time
	// MaxAttempts bounds the tries; 0 means 10.
	MaxAttempts int
	// Queue separates slow work from quick; "" is the default queue.
	Queue string
}

// Enqueuer adds jobs inside a transaction.
type Enqueuer interface {
	Enqueue(ctx context.Context, tx db.Tx, args Args, opts Options) error
}

// Job is one job being worked.
type Job[A Args] struct {
	ID       int64
	Attempt  int
	Args     A
	Progress func(done, total int64, note string)
}
