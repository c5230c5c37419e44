package delivery_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

// mixedRecords returns n records in the proportions of a busy repository, distinct for every round.
func mixedRecords(round, n int) []delivery.Record {
	var out []delivery.Record
	repo := "https://github.com/acme/shop-" + fmt.Sprint(round%20)
	for i := 0; len(out) < n; i++ {
		k := fmt.Sprintf("%d-%d", round, i)
		sha := fmt.Sprintf("%08x%032x", round+1, i)
		parent := fmt.Sprintf("%08x%032x", round+1, i+1)
		t0 := now.Add(-time.Duration(round*1000+i+60) * time.Minute)
		t1 := t0.Add(10 * time.Minute)
		head := func(kind delivery.RecordKind, id string) delivery.Head {
			return delivery.Head{Kind: kind, ExternalID: id}
		}
		out = append(out,
			&delivery.Commit{Head: head(delivery.KindCommit, sha), RepoURL: repo, SHA: sha, ParentSHAs: []string{parent}, Message: "Change the price of " + k, AuthorName: "Ada", AuthorEmail: "ada@example.test", AuthoredAt: &t0, CommittedAt: &t0},
			&delivery.ChangeRequest{Head: head(delivery.KindChangeRequest, "pr:"+k), BaseRepoID: repo, Status: delivery.ChangeMerged, StatusRaw: "closed", Number: int64(i), Title: "Change the price of " + k, URL: repo + "/pull/" + k, AuthorID: "account:1", AuthorName: "Ada", CreatedAt: &t0, UpdatedAt: &t1, MergedAt: &t1, ClosedAt: &t1, MergeCommitSHA: sha, HeadCommitSHA: sha, HeadRef: "feature", BaseRef: "main"},
			&delivery.ChangeRequestCommit{Head: head(delivery.KindChangeRequestCommit, sha+"|pr:"+k), ChangeRequestID: "pr:" + k, CommitSHA: sha, CommitAuthorName: "Ada", CommitAuthorEmail: "ada@example.test", CommitAuthoredAt: &t0},
			&delivery.ReviewComment{Head: head(delivery.KindReviewComment, "review:"+k), ChangeRequestID: "pr:" + k, AccountID: "account:2", Type: delivery.CommentReview, Status: "APPROVED", CreatedAt: &t0},
			&delivery.WorkItem{Head: head(delivery.KindWorkItem, "issue:"+k), Key: "SHOP-" + k, Title: "A thing to do " + k, Type: delivery.TypeTask, TypeRaw: "Task", Status: delivery.StatusDone, StatusRaw: "closed", CreatedAt: &t0, UpdatedAt: &t1, ResolvedAt: &t1},
			&delivery.WorkItemChange{Head: head(delivery.KindWorkItemChange, "change:"+k), WorkItemID: "issue:" + k, FieldName: "status", FromValue: "TODO", ToValue: "DONE", CreatedAt: &t1},
			&delivery.PipelineRun{Head: head(delivery.KindPipelineRun, "run:"+k), Name: "build", URL: repo + "/runs/" + k, Result: "SUCCESS", ResultRaw: "success", Status: "DONE", StatusRaw: "completed", CreatedAt: &t0, StartedAt: &t0, FinishedAt: &t1},
			&delivery.PipelineRunCommit{Head: head(delivery.KindPipelineRunCommit, "run:"+k+"|"+sha), PipelineRunID: "run:" + k, CommitSHA: sha, Branch: "main", RepoURL: repo},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "deployment:"+k), Name: "deploy", URL: repo + "/deployments/" + k, Result: "SUCCESS", ResultRaw: "success", Status: "DONE", Environment: "prod-eu", StartedAt: &t0, FinishedAt: &t1},
			&delivery.DeploymentCommit{Head: head(delivery.KindDeploymentCommit, "deployment:"+k+"|"+sha), DeploymentID: "deployment:" + k, CommitSHA: sha, RepoURL: repo},
		)
	}
	return out[:n]
}

// BenchmarkIngest measures records per second with batches of 2,000 mixed records, on a database that grows meanwhile.
func BenchmarkIngest(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			d := open(b, engine)
			w := newWorld(b, d)
			for i := range 20 {
				app := deliverytest.Application(b, d, deliverytest.North, fmt.Sprintf("shop-%d", i))
				deliverytest.Repository(b, d, app, fmt.Sprintf("https://github.com/acme/shop-%d", i), "")
			}
			ctx := authz.With(context.Background(), authz.System("bench"))
			const size = 2000
			batches := make([][]delivery.Record, b.N)
			for i := range batches {
				batches[i] = mixedRecords(i, size)
			}
			b.ResetTimer()
			start := time.Now()
			for i := range b.N {
				res, err := w.s.Ingest(ctx, delivery.Batch{Connection: "c1", Source: "bench", Records: batches[i]})
				if err != nil || len(res.Rejected) > 0 {
					b.Fatal(err, res.Rejected)
				}
			}
			b.ReportMetric(float64(b.N*size)/time.Since(start).Seconds(), "records/s")
		})
	}
}

func open(b testing.TB, engine db.Engine) *db.DB {
	if engine == db.SQLite {
		return dbtest.SQLite(b, sets...)
	}
	return dbtest.Postgres(b, sets...)
}

// BenchmarkAcknowledgeWhileIngesting measures how long a small write that somebody waits for takes while a collection
// runs without a pause.
func BenchmarkAcknowledgeWhileIngesting(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			d := open(b, engine)
			w := newWorld(b, d)
			ctx, stop := context.WithCancel(authz.With(context.Background(), authz.System("bench")))
			done := make(chan error, 1)
			go func() {
				for round := 0; ctx.Err() == nil; round++ {
					if _, err := w.s.Ingest(ctx, delivery.Batch{Connection: "c1", Source: "bench", Records: mixedRecords(round, 2000)}); err != nil && ctx.Err() == nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
			took := make([]time.Duration, 0, b.N)
			b.ResetTimer()
			for i := range b.N {
				start := time.Now()
				deliverytest.Exec(b, d, `INSERT INTO v_person (id, name, email, unit_id, state) VALUES (?, 'x', 'x', 'x', 'x')`, fmt.Sprint(i))
				took = append(took, time.Since(start))
				time.Sleep(time.Millisecond)
			}
			b.StopTimer()
			stop()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
