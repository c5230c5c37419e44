package connector_test

import (
	"maps"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/problem"
)

func (w *world) changeRules(c connector.Connection, change func(map[string]any)) connector.Connection {
	w.t.Helper()
	c = w.connection(c.ID)
	c, err := w.ChangeConnection(w.ctx, c.ID, c.Version, connector.ConnectionChange{Rules: rules(w.t, change)})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func TestReplayMapsHistoryWithoutAskingTheTool(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		if c := w.changeRules(c, func(r map[string]any) { r["bugLabel"] = "^x$" }); c.ReplayNeeded {
			t.Error("a replay is asked for before there is history")
		}
		w.finished(c.ID, connector.Pull)
		all := w.facts()
		before := all["incident"]
		bugs := func() int64 { return w.count("SELECT count(*) FROM work_item WHERE type = 'BUG'") }
		if bugs() != 0 {
			t.Fatal("bugs before the rule")
		}
		w.clock.Advance(time.Hour)
		c = w.changeRules(c, func(r map[string]any) { r["incidentLabel"] = "^(incident|bug)$" })
		if !c.ReplayNeeded || c.RulesVersion != 3 {
			t.Errorf("%+v", c)
		}
		asked := len(w.github.Requests())
		run := w.finished(c.ID, connector.Replay)
		if n := len(w.github.Requests()) - asked; n != 0 {
			t.Errorf("the replay asked GitHub %d times", n)
		}
		if bugs() != 2 || w.count("SELECT count(*) FROM incident") != before+2 {
			t.Errorf("%d bugs, %d incidents", bugs(), w.count("SELECT count(*) FROM incident"))
		}
		// What the rules no longer make is taken back.
		w.clock.Advance(time.Hour)
		w.changeRules(c, func(r map[string]any) { r["incidentLabel"] = "^outage$" })
		w.finished(c.ID, connector.Replay)
		if n := w.count("SELECT count(*) FROM incident"); n != 0 {
			t.Errorf("%d incidents stay that no rule makes any more", n)
		}
		all["incident"] = 0
		if n := w.facts(); !maps.Equal(n, all) {
			t.Errorf("the replay took too much back: %v of %v", n, all)
		}
		w.tap.retracted = w.tap.retracted[:1]
		if run.Total == 0 || run.Done != run.Total || w.connection(c.ID).ReplayNeeded {
			t.Errorf("run %+v", run)
		}
		if len(w.tap.retracted) != 1 || !w.tap.retracted[0].Equal(*run.StartedAt) {
			t.Errorf("retracted %v", w.tap.retracted)
		}
	})
}

func TestKilledReplayGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		w.clock.Advance(time.Hour)
		w.changeRules(c, func(r map[string]any) { r["incidentLabel"] = "^bug$" })
		w.tap.calls, w.tap.breakAt = 0, 2
		run := w.start(c.ID, connector.Replay)
		w.kill(run.ID)
		calls := w.tap.calls
		w.clock.Advance(time.Minute)
		r := w.work(run.ID)
		if r.State != connector.Succeeded || r.Done != r.Total || r.Attempts != 2 {
			t.Errorf("%+v", r)
		}
		if w.tap.calls-calls != calls-1 && w.tap.calls-calls > calls {
			t.Errorf("%d batches after the kill, %d before", w.tap.calls-calls, calls)
		}
		if len(w.tap.retracted) != 1 || !w.tap.retracted[0].Equal(*r.StartedAt) {
			t.Errorf("retracted before %v, the run began %v", w.tap.retracted, r.StartedAt)
		}
	})
}

func TestUnmappedWaitsUntilAReplayClearsIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.github.Do(func() {
			delete(w.github.IssueParts["3/timeline"][0], "id") // an event without an id
			w.github.IssueParts["4/timeline"][0]["created_at"] = "when?"
		})
		r := w.finished(c.ID, connector.Pull)
		left, err := w.ListUnmapped(w.ctx, c.ID)
		if err != nil || r.Unmapped != 2 || len(left) != 2 || left[0].Occurrences != 1 || left[0].Sample == "" {
			t.Fatalf("%+v, %+v, %v", r, left, err)
		}
		for range 2 {
			w.clock.Advance(time.Hour)
			w.finished(c.ID, connector.Replay)
		}
		if again, _ := w.ListUnmapped(w.ctx, c.ID); len(again) != 2 || again[0].Occurrences != 1 || !again[0].FirstSeenAt.Equal(left[0].FirstSeenAt) {
			t.Errorf("replays count the same pages anew: %+v", again)
		}
		deliverytest.Exec(t, w.db, "DELETE FROM raw_page WHERE endpoint = 'timeline'")
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Replay)
		if left, _ := w.ListUnmapped(w.ctx, c.ID); len(left) != 0 || w.connection(c.ID).Health.UnmappedPages != 0 {
			t.Errorf("%+v", left)
		}
	})
}

// Two states of one thing are replayed in the order they came, however often each came.
func TestReplayOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		w.github.Happen()
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Pull)
		want := w.facts()
		state := func() string {
			return deliverytest.Value[string](t, w.db, "SELECT status FROM work_item WHERE external_id = 'issue:6006'")
		}
		if state() != "DONE" {
			t.Fatal(state())
		}
		w.forgetRows()
		w.finished(c.ID, connector.Replay)
		if got := w.facts(); state() != "DONE" || got["commit"] != want["commit"] || got["deployment"] != want["deployment"] || got["work_item_change"] != want["work_item_change"] {
			t.Errorf("%s, got %v, want %v", state(), got, want)
		}
	})
}

func (w *world) forgetRows() {
	w.t.Helper()
	for table := range w.facts() {
		deliverytest.Exec(w.t, w.db, "DELETE FROM "+table)
	}
}

func TestBadRulesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		for _, bad := range []func(map[string]any){
			func(r map[string]any) { r["bugLabel"] = "(" },
			func(r map[string]any) { r["bugLable"] = "x" },
		} {
			if _, err := w.ChangeConnection(w.ctx, c.ID, c.Version, connector.ConnectionChange{Rules: rules(t, bad)}); problem.CodeOf(err) != "bad_mapping_rules" {
				t.Errorf("error %v", err)
			}
		}
	})
}
