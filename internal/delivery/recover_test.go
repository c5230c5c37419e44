package delivery_test

import (
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/ref"
)

// TestWhatAKilledProcessWroteIsAnnounced leaves behind what a batch leaves that is killed between two transactions.
func TestWhatAKilledProcessWroteIsAnnounced(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		deliverytest.Exec(w, w.db, `INSERT INTO ingest_touch (batch_id, application_id, earliest, at) VALUES ('b', ?, ?, ?), ('b', 'other', NULL, ?)`, app, now.Add(-time.Hour), now, now)
		if err := w.s.RecoverBatches(w.Context(), false); err != nil || len(w.seen) != 0 {
			w.Fatal("a batch that may still run was announced", err)
		}
		w.clock.Advance(11 * time.Minute)
		if err := w.s.RecoverBatches(w.Context(), false); err != nil {
			w.Fatal(err)
		}
		if len(w.seen) != 1 || w.seen[0].Kind != delivery.EventBatchIngested || len(w.seen[0].Data["applications"].([]ref.App)) != 2 ||
			!w.seen[0].Data["earliest"].(time.Time).Equal(now.Add(-time.Hour)) {
			w.Fatalf("%+v", w.seen)
		}
		if n := count(w, "SELECT COUNT(*) FROM ingest_touch"); n != 0 {
			w.Errorf("%d rows left", n)
		}
	})
}
