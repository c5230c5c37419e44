package delivery_test

import (
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
)

func TestRetractTakesWhatDidNotComeAgain(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		deliverytest.Repository(w, w.db, app, shop+"-0", "")
		records := mixedRecords(0, 500)
		w.taken("c1", records...)
		w.taken("c2", mixedRecords(0, 10)...)
		w.taken("c1", &delivery.Incident{Head: head(delivery.KindIncident, "i"), Service: "shop", Title: "Down", StartedAt: at(-5), CausedBy: "deployment:0-40"})
		w.clock.Advance(time.Hour)
		again := w.clock.Now()
		w.taken("c1", append(records[:300:300], &delivery.Incident{Head: head(delivery.KindIncident, "i"), Service: "shop", Title: "Down", StartedAt: at(-5), CausedBy: "deployment:0-40"})...)
		if n := count(w, "SELECT COUNT(*) FROM incident WHERE caused_by_deployment_id IS NOT NULL"); n != 1 {
			w.Fatal("the incident has no cause")
		}
		before := len(w.seen)
		removed, err := w.s.Retract(w.Context(), "c1", again)
		if err != nil {
			w.Fatal(err)
		}
		if removed != 6*20 { // six of the ten kinds of record have an id of their own, apart from commits
			w.Errorf("%d went", removed)
		}
		for table, want := range map[string]int64{"deployment": 31, "deployment_commit": 31, "work_item": 31, "change_request": 31, "change_request_commit": 31, "pipeline_run_commit": 31, "repository_commit": 50, "incident": 1} {
			if got := count(w, "SELECT COUNT(*) FROM "+table); got != want {
				w.Errorf("%s holds %d, want %d", table, got, want)
			}
		}
		if n := count(w, "SELECT COUNT(*) FROM incident WHERE caused_by_deployment_id IS NULL"); n != 1 {
			w.Error("the incident points to a deployment that is gone")
		}
		if len(w.seen) != before+1 || w.seen[before].Kind != delivery.EventBatchIngested {
			w.Error("nobody was told")
		}
		if removed, err := w.s.Retract(w.Context(), "c1", again); removed != 0 || err != nil {
			w.Errorf("a second time took %d %v", removed, err)
		}
	})
}
