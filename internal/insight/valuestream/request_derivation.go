package valuestream

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// JobBook tells about jobs; platform/jobs.Client is one.
type JobBook interface {
	List(ctx context.Context, f jobs.Filter) ([]jobs.Info, error)
}

// RequestDerivation has all metrics derived anew in the background. While one is waiting, no other is added.
func (s *Service) RequestDerivation(ctx context.Context) error {
	if s.jobs == nil {
		return problem.New(problem.Unavailable, "jobs_unavailable", "Background work is not running here.")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		err := s.log.Append(ctx, tx, events.Event{Kind: DerivationRequested, SubjectID: string(ref.New[ref.Event]()), SubjectLabel: "all metrics"})
		if err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, DeriveEverything{}, jobs.Options{Unique: uniqueEverything, Queue: QueueDerivation})
	})
}

// Derivations lists the latest derivations of everything, the newest first.
func (s *Service) Derivations(ctx context.Context) ([]jobs.Info, error) {
	if s.book == nil {
		return nil, nil
	}
	return s.book.List(ctx, jobs.Filter{Kinds: []string{DeriveEverything{}.Kind()}, Limit: 20})
}
