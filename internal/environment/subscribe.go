package environment

import (
	"context"

	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

// FollowLookup is the job that brings environments up to date after a value of a list changed.
type FollowLookup struct {
	ID ref.Lookup `json:"id"`
}

// Kind names the job.
func (FollowLookup) Kind() string { return "environment.follow_lookup" }

// lookupChanged is the event of the aspect of fields that the slice follows.
const lookupChanged events.Kind = "field.lookup_changed"

// Subscriptions are the durable subscriptions of the slice; app hands each to the log.
func (s *Service) Subscriptions() []events.Subscription {
	return []events.Subscription{{Kind: lookupChanged, Job: func(e events.Event) (jobs.Args, jobs.Options, bool) {
		return FollowLookup{ID: ref.Lookup(e.SubjectID)}, jobs.Options{Unique: e.SubjectID}, e.SubjectID != ""
	}}}
}

// RegisterWorkers registers the workers of the slice.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[FollowLookup]) error { return s.FollowLookup(ctx, job.Args.ID) })
}
