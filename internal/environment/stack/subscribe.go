package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

// Deployed is a deployment that succeeded.
type Deployed struct {
	ID          string
	Application ref.App
	// Environment is the name a tool gave the place it went to.
	Environment string
	Version     string
	At          time.Time
}

// Deployments tells of deployments; the wiring reads them from delivery.
type Deployments interface {
	// Deployed returns the deployments of some applications that succeeded since a moment, oldest first, with an
	// environment and a version, up to limit after the given one.
	Deployed(ctx context.Context, tx db.Tx, apps []ref.App, since time.Time, after string, limit int) ([]Deployed, error)
}

// FollowDeployments is the job that brings the versions of environments up to date after deployments became known.
type FollowDeployments struct {
	Apps  []ref.App `json:"apps"`
	Since time.Time `json:"since"`
}

// Kind names the job.
func (FollowDeployments) Kind() string { return "environment.follow_deployments" }

// factsIngested is the event of delivery that the slice follows.
const factsIngested events.Kind = "delivery.batch_ingested"

// followWindow is how far before the earliest fact of a batch deployments are asked for, so that none is missed whose
// application was found later.
const followWindow = time.Hour

// Subscriptions are the durable subscriptions of the slice; app hands each to the log.
func (s *Service) Subscriptions() []events.Subscription {
	return []events.Subscription{{Kind: factsIngested, Job: s.jobForFacts}}
}

// jobForFacts makes a job of a batch that may hold deployments.
func (s *Service) jobForFacts(e events.Event) (jobs.Args, jobs.Options, bool) {
	var apps []ref.App
	switch x := e.Data["applications"].(type) {
	case []ref.App:
		apps = slices.Clone(x)
	case []string:
		for _, a := range x {
			apps = append(apps, ref.App(a))
		}
	}
	if counts, ok := e.Data["counts"].(map[string]int); ok && len(counts) > 0 && counts["deployment"] == 0 {
		return nil, jobs.Options{}, false
	}
	since, _ := e.Data["earliest"].(time.Time)
	if len(apps) == 0 || since.IsZero() {
		return nil, jobs.Options{}, false
	}
	slices.Sort(apps)
	words := []string{since.UTC().Format(time.RFC3339)}
	for _, a := range apps {
		words = append(words, string(a))
	}
	sum := sha256.Sum256([]byte(strings.Join(words, ",")))
	return FollowDeployments{Apps: slices.Compact(apps), Since: since.Add(-followWindow)}, jobs.Options{Unique: hex.EncodeToString(sum[:])}, true
}

// RegisterWorkers registers the workers of the slice.
func (s *Service) RegisterWorkers(reg *jobs.Registry, deployments Deployments) {
	jobs.Register(reg, func(ctx context.Context, job jobs.Job[FollowDeployments]) error {
		return s.FollowDeployments(ctx, deployments, job.Args.Apps, job.Args.Since)
	})
}

// followBatch is how many deployments are looked at in one transaction.
const followBatch = 50

// FollowDeployments records the versions that deployments since a moment brought to environments. A deployment that was
// recorded before changes nothing, so that it may run again.
func (s *Service) FollowDeployments(ctx context.Context, source Deployments, apps []ref.App, since time.Time) error {
	for after := ""; ; {
		n := 0
		err := s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			list, err := source.Deployed(ctx, tx, apps, since, after, followBatch)
			if n = len(list); err != nil || n == 0 {
				return err
			}
			for _, d := range list {
				env, found, err := s.environments.FindByName(ctx, tx, d.Environment, d.Application)
				if err != nil {
					return err
				}
				if found {
					if err := s.recordVersion(ctx, tx, env, d.Application, d.Version, d.At, "deployment", d.ID); err != nil {
						return err
					}
				}
			}
			after = list[n-1].ID
			return nil
		})
		if err != nil || n < followBatch {
			return err
		}
	}
}
