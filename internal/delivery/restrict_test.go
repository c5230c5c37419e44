package delivery_test

import (
	"testing"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/problem"
)

// TestABatchIsHeldToTheUnitsOfItsSender sends records past the routes that check each element, as an event receiver does.
func TestABatchIsHeldToTheUnitsOfItsSender(t *testing.T) {
	each(t, func(w *world) {
		deliverytest.Application(w, w.db, deliverytest.North, "north")
		south := deliverytest.Application(w, w.db, deliverytest.South, "south")
		deliverytest.Repository(w, w.db, south, shop, "")
		w.taken("", &delivery.Deployment{Head: head(delivery.KindDeployment, "s1"), Application: "south", FinishedAt: at(-9)})
		ctx := authz.With(w.Context(), deliverytest.Principal(deliverytest.NorthPath, delivery.PermReport))
		res, err := w.s.Ingest(ctx, delivery.Batch{Records: []delivery.Record{
			&delivery.Deployment{Head: head(delivery.KindDeployment, "n1"), Application: "north", FinishedAt: at(-5)},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "n2"), Service: "south", FinishedAt: at(-5)},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "s1"), Application: "north", FinishedAt: at(-5)},
			&delivery.Commit{Head: head(delivery.KindCommit, "aaaa"), RepoURL: shop, SHA: "aaaa"},
			&delivery.Commit{Head: head(delivery.KindCommit, "bbbb"), RepoURL: shop + "-unknown", SHA: "bbbb"},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "n3"), Service: "who knows", FinishedAt: at(-5)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		rejected := map[int]bool{}
		for _, r := range res.Rejected {
			rejected[r.Index] = problem.CodeOf(r.Err) == "application_forbidden"
		}
		if len(rejected) != 3 || !rejected[1] || !rejected[2] || !rejected[3] {
			w.Fatalf("rejected %v", res.Rejected)
		}
		if got := text(w, "SELECT application_id FROM deployment WHERE external_id = 's1'"); got != string(south) {
			w.Error("a deployment was taken over")
		}
	})
}

// TestPartialRecordsKeepWhatIsKnown sends every kind that event sources send, whole and then partial.
func TestPartialRecordsKeepWhatIsKnown(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		partial := func(kind delivery.RecordKind, id string) delivery.Head {
			return delivery.Head{Kind: kind, ExternalID: id, Partial: true}
		}
		one, three := int64(1), int64(3)
		w.taken("",
			&delivery.Deployment{Head: head(delivery.KindDeployment, "d"), Application: "shop", Name: "ship", Environment: "prod", Result: delivery.ResultSuccess, StartedAt: at(-9), FinishedAt: at(-5), IsRollback: true, UpdatedAt: at(-5)},
			&delivery.Incident{Head: head(delivery.KindIncident, "i"), Application: "shop", Title: "Down", StartedAt: at(-9), ResolvedAt: at(-4), CausedBy: "d", UpdatedAt: at(-4)},
			&delivery.ChangeRequest{Head: head(delivery.KindChangeRequest, "c"), BaseRepoID: shop, Title: "Change", Status: delivery.ChangeMerged, Number: 7, CreatedAt: at(-90), MergedAt: at(-80), UpdatedAt: at(-80)},
			&delivery.PipelineRun{Head: head(delivery.KindPipelineRun, "p"), Name: "build", Attempt: 2, Result: delivery.ResultFailure, StartedAt: at(-9), FinishedAt: at(-8), UpdatedAt: at(-8)},
			&delivery.JobRun{Head: head(delivery.KindJobRun, "j"), Name: "job", Result: delivery.ResultFailure, StartedAt: at(-9), FinishedAt: at(-8), UpdatedAt: at(-8)},
			&delivery.TestRun{Head: head(delivery.KindTestRun, "t"), Application: "shop", Name: "unit", Passed: &three, Failed: &one, FinishedAt: at(-8), UpdatedAt: at(-8)},
			&delivery.Artifact{Head: head(delivery.KindArtifact, "a"), Application: "shop", Name: "shop", Version: "1", CreatedAt: at(-8)},
			&delivery.WorkItem{Head: head(delivery.KindWorkItem, "w"), Title: "Do it", Status: delivery.StatusDone, CreatedAt: at(-80), UpdatedAt: at(-80)},
			&delivery.Repository{Head: head(delivery.KindRepository, "r"), Name: "shop", URL: shop, Description: "The shop", UpdatedAt: at(-80)},
		)
		before := w.dumpAll("deployment", "incident", "change_request", "pipeline_run", "job_run", "test_run", "artifact", "work_item", "repository")
		later := at(-1)
		w.taken("",
			&delivery.Deployment{Head: partial(delivery.KindDeployment, "d"), UpdatedAt: later},
			&delivery.Incident{Head: partial(delivery.KindIncident, "i"), UpdatedAt: later},
			&delivery.ChangeRequest{Head: partial(delivery.KindChangeRequest, "c"), UpdatedAt: later},
			&delivery.PipelineRun{Head: partial(delivery.KindPipelineRun, "p"), UpdatedAt: later},
			&delivery.JobRun{Head: partial(delivery.KindJobRun, "j"), UpdatedAt: later},
			&delivery.TestRun{Head: partial(delivery.KindTestRun, "t"), UpdatedAt: later},
			&delivery.Artifact{Head: partial(delivery.KindArtifact, "a"), CreatedAt: nil},
			&delivery.WorkItem{Head: partial(delivery.KindWorkItem, "w"), UpdatedAt: later},
			&delivery.Repository{Head: partial(delivery.KindRepository, "r"), URL: shop, UpdatedAt: later},
		)
		after := w.dumpAll("deployment", "incident", "change_request", "pipeline_run", "job_run", "test_run", "artifact", "work_item", "repository")
		if diff := difference(before, after); before == "" || after != before {
			w.Errorf("something known was lost:\n%s", diff)
		}
		w.taken("", &delivery.Deployment{Head: partial(delivery.KindDeployment, "d"), Version: "2", Environment: "prod-2", UpdatedAt: later})
		if n := count(w, "SELECT COUNT(*) FROM deployment WHERE application_id = ? AND version = '2' AND environment = 'prod-2' AND name = 'ship'", app); n != 1 {
			w.Error("what a partial record says was not taken")
		}
	})
}
