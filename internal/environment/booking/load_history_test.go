package booking

import (
	"context"
	"testing"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func TestHistoryIsLoadedWithItsOutcomes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.AddEnvironment("SIT1"), w.AddEnvironment("SIT2")
		asked, used := w.Clock.Now().Add(-50*24*time.Hour), w.hours(-90, 0).From
		row := func(status Status, from, to int, envs ...ref.Environment) HistoryRow {
			return HistoryRow{Title: "Past", Intent: Touch, Status: status, Environments: envs, From: w.hours(from, 0).From, To: w.hours(0, to).To,
				Requester: "p1", RequesterName: "Somebody", AskedAt: asked, DecidedAt: &asked, DecidedBy: "Ada", LastUseAt: &used}
		}
		load := func(rows ...HistoryRow) error {
			return w.DB.Write(w.Ctx, func(ctx context.Context, tx db.Tx) error { return w.LoadHistory(ctx, tx, rows) })
		}
		weekly := func(r HistoryRow) HistoryRow {
			r.Series, r.Recurrence = "weekly", interval.Recurrence{Rule: "FREQ=WEEKLY"}
			return r
		}
		err := load(weekly(row(Approved, -100, -80, a.ID, b.ID)), weekly(row(Approved, 68, 88, a.ID)), row(Rejected, -95, -85, a.ID), row(Requested, 70, 90, a.ID), row(Expired, -70, -60, b.ID))
		if err != nil {
			t.Fatal(err)
		}
		page := must(w.List(w.Ctx, ListFilter{Limit: 50}))
		counts, series := map[Status]int{}, map[string]int{}
		for _, l := range page.Items {
			counts[l.Status]++
			series[l.Series]++
			if !l.CreatedAt.Equal(asked) || l.LastUseAt == nil || !l.LastUseAt.Equal(used) {
				t.Errorf("%s was asked for at %s, used at %v", l.Reference, l.CreatedAt, l.LastUseAt)
			}
		}
		if counts[Approved] != 2 || counts[Rejected] != 1 || counts[Requested] != 1 || counts[Expired] != 1 || len(series) != 2 {
			t.Fatalf("%v in %d series", counts, len(series)-1)
		}
		// Two approved bookings of one place are refused as a whole, within a load and against what is there.
		for _, rows := range [][]HistoryRow{{row(Approved, 200, 210, a.ID), row(Approved, 205, 215, a.ID)}, {row(Approved, 300, 310, b.ID), row(Approved, -81, -79, b.ID)}} {
			if err := load(rows...); problem.CodeOf(err) != "booking_overlaps" {
				t.Fatalf("%v", err)
			}
		}
		if err := load(row("lost", 1, 2, a.ID)); problem.CodeOf(err) != "booking_invalid" {
			t.Fatalf("%v", err)
		}
		if again := must(w.List(w.Ctx, ListFilter{Limit: 50})); len(again.Items) != 5 {
			t.Fatalf("%d bookings", len(again.Items))
		}
	})
}
