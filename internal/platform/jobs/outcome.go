package jobs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// The reasons for which the context of a running job ends; context.Cause tells them.
var (
	// ErrCancelled says that a person cancelled the job.
	ErrCancelled = errors.New("the job was cancelled")
	// ErrStopping says that the process is shutting down; the job is put back and worked again.
	ErrStopping = errors.New("the process is shutting down")
	// ErrLeaseLost says that this process was silent for too long and another one took the job over.
	ErrLeaseLost = errors.New("the job was taken over by another process")
)

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that trying again cannot heal: the job fails at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

type later struct {
	error
	at time.Time
}

func (l later) Unwrap() error { return l.error }

// Later puts the job back to be worked at t and does not count the try, for instance while a tool's rate limit is used
// up. reason is shown beside the waiting job.
func Later(t time.Time, reason error) error {
	if reason == nil {
		reason = fmt.Errorf("put off until %s", t.UTC().Format(time.RFC3339))
	}
	return later{reason, t}
}

const (
	firstPause  = 2 * time.Second
	longestWait = time.Hour
)

// Backoff returns how long a job waits after its nth failed try, before jitter: 2 s, 5 s, 12.5 s … one hour.
func Backoff(attempt int) time.Duration {
	pause := float64(firstPause)
	for range attempt - 1 {
		if pause *= 2.5; pause >= float64(longestWait) {
			return longestWait
		}
	}
	return time.Duration(pause)
}

func jitter(d time.Duration) time.Duration { return d + rand.N(d/5+1) }
