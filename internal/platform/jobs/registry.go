package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
)

// Registry knows which function works which kind of job. It is filled while the product is wired together and only
// read afterwards.
type Registry struct {
	workers map[string]worker
}

type worker func(ctx context.Context, run *running) error

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{workers: map[string]worker{}} }

// Register makes fn the worker of A's kind, which it takes from A's zero value. It panics when the kind has a worker
// already or no name, because both are mistakes of the wiring. fn may run more than once for one job, so it must be
// idempotent; it must return soon after its context ends.
func Register[A Args](reg *Registry, fn func(ctx context.Context, job Job[A]) error) {
	var zero A
	kind := zero.Kind()
	if kind == "" {
		panic("jobs: a kind of job has no name")
	}
	if _, taken := reg.workers[kind]; taken {
		panic("jobs: two workers for kind " + kind)
	}
	reg.workers[kind] = func(ctx context.Context, run *running) error {
		job := Job[A]{ID: run.id, Attempt: run.attempt, Progress: run.progress}
		if err := json.Unmarshal([]byte(run.args), &job.Args); err != nil {
			return Permanent(fmt.Errorf("arguments of %s: %w", kind, err))
		}
		return fn(ctx, job)
	}
}

// Kinds returns the registered kinds in alphabetical order.
func (r *Registry) Kinds() []string {
	kinds := make([]string, 0, len(r.workers))
	for k := range r.workers {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	return kinds
}
