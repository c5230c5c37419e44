package connector_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
)

// BenchmarkWebhookUnderIngest measures how long a push of a usual size waits for its acknowledgement, through the HTTP
// door, while a collection takes records in without a pause.
func BenchmarkWebhookUnderIngest(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{
		"sqlite":   func(t testing.TB) *db.DB { return dbtest.SQLite(t, sets...) },
		"postgres": func(t testing.TB) *db.DB { return dbtest.Postgres(t, sets...) },
	} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b))
			c, err := w.CreateConnection(w.ctx, connector.NewConnection{Kind: "github", Name: "Bench", Unit: deliverytest.North, Settings: w.github.Settings(), WebhookSecret: webhookSecret})
			if err != nil {
				b.Fatal(err)
			}
			w.choose(c.ID, connector.Scope{ExternalID: "1296269", Name: "acme/shop"})
			w.api.As(nil)
			ctx, stop := context.WithCancel(w.ctx)
			var ingested atomic.Int64
			var wait sync.WaitGroup
			wait.Go(func() {
				for round := 0; ctx.Err() == nil; round++ {
					batch := delivery.Batch{Connection: c.ID, Source: "bench", Records: benchRecords(round, 500)}
					if _, err := w.tap.Service.Ingest(ctx, batch); err != nil && ctx.Err() == nil {
						b.Error(err)
						return
					}
					ingested.Add(500)
				}
			})
			for ingested.Load() == 0 {
				time.Sleep(time.Millisecond)
			}
			took := make([]time.Duration, 0, b.N)
			began, before := time.Now(), ingested.Load()
			b.ResetTimer()
			for i := range b.N {
				body := strings.Replace(issueHook(i, "1296269"), `"labels":[]`, `"labels":[],"body":"`+strings.Repeat("Words of an issue. ", 400)+`"`, 1)
				signature := sign(webhookSecret, body)
				at := time.Now()
				if got := w.push(c.ID, "issues", fmt.Sprint("delivery-", i), body, signature); got.Status != 202 {
					b.Fatalf("%d %s", got.Status, got.Body)
				}
				took = append(took, time.Since(at))
			}
			b.StopTimer()
			rate := float64(ingested.Load()-before) / time.Since(began).Seconds()
			stop()
			wait.Wait()
			slices.Sort(took)
			at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
			b.ReportMetric(at(0.5), "p50-ms")
			b.ReportMetric(at(0.99), "p99-ms")
			b.ReportMetric(rate, "records/s")
		})
	}
}

func benchRecords(round, n int) []delivery.Record {
	var out []delivery.Record
	const repo = "https://github.example.com/acme/shop"
	at := connectortest.Now.Add(-time.Hour)
	for i := 0; len(out) < n; i++ {
		k := fmt.Sprintf("%d-%d", round, i)
		sha := connectortest.SHA(k)
		out = append(out,
			delivery.Commit{Head: delivery.Head{Kind: delivery.KindCommit, ExternalID: sha}, RepoURL: repo, SHA: sha, Message: k, AuthoredAt: &at, CommittedAt: &at},
			delivery.WorkItem{Head: delivery.Head{Kind: delivery.KindWorkItem, ExternalID: "issue:" + k}, Key: k, Title: k, Status: delivery.StatusDone, CreatedAt: &at, UpdatedAt: &at, ResolvedAt: &at},
			delivery.PipelineRun{Head: delivery.Head{Kind: delivery.KindPipelineRun, ExternalID: "run:" + k}, Name: "build", Result: delivery.ResultSuccess, Status: delivery.StatusDone, CreatedAt: &at, StartedAt: &at, FinishedAt: &at},
			delivery.Deployment{Head: delivery.Head{Kind: delivery.KindDeployment, ExternalID: "deployment:" + k}, Name: "deploy", Result: delivery.ResultSuccess, Status: delivery.StatusDone, Environment: "prod", StartedAt: &at, FinishedAt: &at},
		)
	}
	return out[:n]
}
