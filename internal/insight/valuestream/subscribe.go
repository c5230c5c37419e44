package valuestream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

// DeriveApplications is the job that derives some applications anew after their facts changed.
type DeriveApplications struct {
	Apps []ref.App `json:"apps"`
}

// Kind names the job.
func (DeriveApplications) Kind() string { return "valuestream.derive_applications" }

// DeriveEverything is the job that derives all applications anew.
type DeriveEverything struct{}

// Kind names the job.
func (DeriveEverything) Kind() string { return "valuestream.derive_everything" }

// QueueDerivation is the queue of derivations.
const QueueDerivation = "derivation"

// uniqueEverything keeps one derivation of everything waiting at a time.
const uniqueEverything = "everything"

// RegisterWorkers registers the workers of the slice.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[DeriveApplications]) error {
		for i, app := range job.Args.Apps {
			if err := s.DeriveApplication(ctx, app); err != nil {
				return err
			}
			job.Progress(int64(i+1), int64(len(job.Args.Apps)), "deriving")
		}
		return nil
	})
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[DeriveEverything]) error {
		_, err := s.DeriveAll(ctx, job.Progress)
		return err
	})
}

// The events of other slices after which metrics change. Facts come from delivery, dependencies from the catalog.
const (
	factsIngested events.Kind = "delivery.batch_ingested"
	factsReplayed events.Kind = "delivery.mapping_replayed"
)

var dependenciesMoved = []events.Kind{
	"catalog.dependency_created", "catalog.dependency_changed", "catalog.dependency_deleted",
}

// largeBatch is how many records make a batch part of a collection rather than news: its derivation waits a moment, so
// that the next batches join it.
const (
	largeBatch  = 200
	joinBatches = 3 * time.Second
)

// Subscriptions are the durable subscriptions of the slice; app hands each to the log.
func (s *Service) Subscriptions() []events.Subscription {
	var out []events.Subscription
	for _, kind := range []events.Kind{factsIngested, factsReplayed} {
		out = append(out, events.Subscription{Kind: kind, Job: s.jobForFacts})
	}
	for _, kind := range dependenciesMoved {
		out = append(out, events.Subscription{Kind: kind, Job: func(e events.Event) (jobs.Args, jobs.Options, bool) {
			if e.SubjectID == "" {
				return nil, jobs.Options{}, false
			}
			args, opts := derivationOf([]ref.App{ref.App(e.SubjectID)})
			return args, opts, true
		}})
	}
	return out
}

func (s *Service) jobForFacts(e events.Event) (jobs.Args, jobs.Options, bool) {
	apps := appsIn(e.Data["applications"])
	if len(apps) == 0 {
		return nil, jobs.Options{}, false
	}
	args, opts := derivationOf(apps)
	if total, ok := e.Data["total"].(int); ok && total >= largeBatch {
		opts.RunAt = s.clock.Now().Add(joinBatches)
	}
	return args, opts, true
}

// derivationOf makes the job for some applications. While the same ones are waiting to be derived, another is not added.
func derivationOf(apps []ref.App) (jobs.Args, jobs.Options) {
	apps = slices.Compact(slices.Sorted(slices.Values(apps)))
	words := make([]string, len(apps))
	for i, a := range apps {
		words[i] = string(a)
	}
	key := strings.Join(words, ",")
	if len(words) > 1 {
		sum := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(sum[:])
	}
	return DeriveApplications{Apps: apps}, jobs.Options{Unique: key, Queue: QueueDerivation}
}

func appsIn(v any) []ref.App {
	switch x := v.(type) {
	case []ref.App:
		return x
	case []string:
		out := make([]ref.App, len(x))
		for i := range x {
			out[i] = ref.App(x[i])
		}
		return out
	case []any:
		var out []ref.App
		for _, one := range x {
			if s, ok := one.(string); ok {
				out = append(out, ref.App(s))
			}
		}
		return out
	}
	return nil
}
