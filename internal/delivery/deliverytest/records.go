package deliverytest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// History builds the records of one application in one repository, the way a connector would send them.
type History struct {
	Repository string
	// Application is the key the deployments name; empty leaves it to the mapping.
	Application string
	Records     []delivery.Record
	count       int
}

func (h *History) next(kind delivery.RecordKind) delivery.Head {
	h.count++
	return delivery.Head{Kind: kind, ExternalID: fmt.Sprintf("%s:%s:%d", kind, h.Application, h.count)}
}

// Commit adds a commit with its parents.
func (h *History) Commit(sha string, at time.Time, parents ...string) *History {
	h.Records = append(h.Records, &delivery.Commit{
		Head: delivery.Head{Kind: delivery.KindCommit, ExternalID: sha}, RepoURL: h.Repository, SHA: sha, ParentSHAs: parents, AuthoredAt: &at, CommittedAt: &at,
	})
	return h
}

// Merged adds a merged change request with the commits it proposed, and returns its id.
func (h *History) Merged(mergeSHA string, at time.Time, commits ...string) ref.Fact {
	r := &delivery.ChangeRequest{
		Head: h.next(delivery.KindChangeRequest), BaseRepoID: h.Repository, Status: delivery.ChangeMerged, CreatedAt: &at, UpdatedAt: &at, MergedAt: &at,
		MergeCommitSHA: mergeSHA, Number: int64(h.count),
	}
	h.Records = append(h.Records, r)
	for _, sha := range commits {
		h.Records = append(h.Records, &delivery.ChangeRequestCommit{
			Head: delivery.Head{Kind: delivery.KindChangeRequestCommit, ExternalID: sha + "|" + r.ExternalID}, ChangeRequestID: r.ExternalID, CommitSHA: sha, CommitAuthoredAt: &at,
		})
	}
	return delivery.FactID("", r.Kind, r.ExternalID)
}

// Deployed adds a deployment of a commit and returns its id; result is one of the delivery.Result values.
func (h *History) Deployed(environment, sha, result string, at time.Time) ref.Fact {
	d := &delivery.Deployment{
		Head: h.next(delivery.KindDeployment), Application: h.Application, Environment: environment, Result: result, StartedAt: &at, FinishedAt: &at,
	}
	h.Records = append(h.Records, d, &delivery.DeploymentCommit{
		Head: delivery.Head{Kind: delivery.KindDeploymentCommit, ExternalID: d.ExternalID + "|" + sha}, DeploymentID: d.ExternalID, CommitSHA: sha, RepoURL: h.Repository,
	})
	return delivery.FactID("", d.Kind, d.ExternalID)
}

// Incident adds an incident and returns its id; a zero resolved leaves it open, causedBy may be empty.
func (h *History) Incident(started, resolved time.Time, causedBy string) ref.Fact {
	i := &delivery.Incident{Head: h.next(delivery.KindIncident), Application: h.Application, Title: "Incident", StartedAt: &started, CausedBy: causedBy}
	if !resolved.IsZero() {
		i.ResolvedAt = &resolved
	}
	h.Records = append(h.Records, i)
	return delivery.FactID("", i.Kind, i.ExternalID)
}

// Store takes the records in, as the API would, and fails the test when one is rejected.
func (h *History) Store(t testing.TB, d *db.DB, c clock.Clock) delivery.Result {
	t.Helper()
	s := delivery.New(delivery.Deps{DB: d, Clock: c, Events: events.NewLog(c, nil, delivery.Events)})
	ctx := authz.With(context.Background(), authz.System("test"))
	res, err := s.Ingest(ctx, delivery.Batch{Source: "test", Records: h.Records})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.Rejected {
		t.Fatalf("record %d (%s) was rejected: %v", r.Index, r.Head.Kind, r.Err)
	}
	return res
}
