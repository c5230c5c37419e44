package connector_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

func TestRunCollectsAndStaysFresh(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		v, err := w.VerifyConnection(w.ctx, c.ID)
		if err != nil || v.Account != "robot" || len(v.Missing) > 0 {
			t.Fatalf("%+v, %v", v, err)
		}
		available, more, err := w.AvailableScopes(w.ctx, c.ID, "shop", 10)
		if err != nil || more || len(available) != 1 || !available[0].Chosen {
			t.Fatalf("%+v %v %v", available, more, err)
		}
		r := w.finished(c.ID, connector.Pull)
		if r.Records == 0 || r.Pages == 0 || r.Unmapped != 0 || r.Rate == nil || r.Rate.Limit != 5000 || r.FinishedAt == nil {
			left, _ := w.ListUnmapped(w.ctx, c.ID)
			t.Errorf("run %+v, not mapped %+v", r, left)
		}
		facts := w.facts()
		for table, n := range facts {
			if n == 0 {
				t.Errorf("no row in %s", table)
			}
		}
		got := w.connection(c.ID)
		if got.Health.State != "FRESH" || got.LastRun.ID != r.ID || got.VerifiedAccount != "robot" || got.ReplayNeeded || got.Health.UnmappedPages != 0 {
			t.Errorf("connection %s, health %+v", got.Name, got.Health)
		}
		pages := w.count("SELECT count(*) FROM raw_page")
		// Nothing new: what is asked for again is the same and is kept once.
		w.clock.Advance(time.Hour)
		again := w.finished(c.ID, connector.Pull)
		if now := w.facts(); !maps.Equal(now, facts) || w.count("SELECT count(*) FROM raw_page") != pages || again.Pages > 6 {
			t.Errorf("a second run changed %v to %v with %d pages", facts, now, again.Pages)
		}
		w.clock.Advance(2 * time.Hour)
		if h := w.connection(c.ID).Health; h.State != "LATE" {
			t.Errorf("health %+v", h)
		}
	})
}

// The process is killed at every step in turn; the run goes on from the stored progress and nothing is lost or doubled.
func TestKilledRunGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		whole := w.finished(c.ID, connector.Pull)
		want, calls := w.facts(), w.tap.calls
		for at := 1; at <= calls; at += 6 {
			w.forgetFacts(c.ID)
			w.tap.calls, w.tap.breakAt = 0, at
			run := w.start(c.ID, connector.Pull)
			w.kill(run.ID)
			if r := w.run(run.ID); r.State != connector.Running {
				t.Fatalf("killed at %d: %+v", at, r)
			}
			asked := len(w.github.Requests())
			r := w.work(run.ID)
			if got := w.facts(); r.State != connector.Succeeded || !maps.Equal(got, want) {
				t.Fatalf("killed at %d: %s %s\n got %v\nwant %v", at, r.State, r.Error, got, want)
			}
			if r.Records > whole.Records+60 || r.Attempts != 2 {
				t.Errorf("killed at %d: %d records in %d attempts, %d without a kill", at, r.Records, r.Attempts, whole.Records)
			}
			if at > calls*3/4 && len(w.github.Requests())-asked > 30 {
				t.Errorf("killed at %d of %d: GitHub was asked %d times again", at, calls, len(w.github.Requests())-asked)
			}
		}
	})
}

// kill works the run until the tap breaks the process.
func (w *world) kill(id ref.Run) {
	w.t.Helper()
	func() {
		defer func() {
			if p := recover(); p != (killed{}) {
				w.t.Fatalf("the run was not killed: %v", p)
			}
		}()
		if err := w.WorkRun(context.Background(), jobs.Job[connector.RunJob]{Args: connector.RunJob{Run: id}}); err != nil {
			w.t.Error(err)
		}
	}()
	w.tap.breakAt = 0
}

func (w *world) forgetFacts(id ref.Connection) {
	w.t.Helper()
	for table := range w.facts() {
		deliverytest.Exec(w.t, w.db, "DELETE FROM "+table)
	}
	deliverytest.Exec(w.t, w.db, "UPDATE connection_scope SET progress = '', last_success_at = NULL WHERE connection_id = ?", id)
	deliverytest.Exec(w.t, w.db, "DELETE FROM raw_page")
}

func TestIngestionFailureKeepsTheProgress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.tap.failAt = 4
		r := w.work(w.start(c.ID, connector.Pull).ID)
		if r.State != connector.Failed || !strings.Contains(r.Error, "disk") {
			t.Fatalf("%+v", r)
		}
		if h := w.connection(c.ID).Health; h.State != "FAILING" || h.FailingScopes != 1 {
			t.Errorf("health %+v", h)
		}
		asked := len(w.github.Requests())
		w.finished(c.ID, connector.Pull)
		failed := w.facts()
		if again := len(w.github.Requests()) - asked; again >= asked*10 {
			t.Errorf("%d requests", again)
		}
		w.forgetFacts(c.ID)
		w.finished(c.ID, connector.Pull)
		if want := w.facts(); !maps.Equal(failed, want) {
			t.Errorf("after the failure %v, without %v", failed, want)
		}
	})
}

func TestRateLimitPutsTheRunOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		left := 8
		w.github.Fail(func(*http.Request) *connectortest.Fault {
			if left--; left >= 0 {
				return nil
			}
			return &connectortest.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1800"}}}
		})
		run := w.start(c.ID, connector.Pull)
		if _, err := jobstest.Try(t, w.db, w.reg, w.clock); problem.CodeOf(err) != "tool_rate_limited" {
			t.Fatal(err)
		}
		r := w.run(run.ID)
		if r.State != connector.Running || !strings.Contains(r.Note, "rate limit until 12:30") {
			t.Fatalf("%+v", r)
		}
		if h := w.connection(c.ID).Health; h.FailingScopes != 0 {
			t.Errorf("waiting counts as failing: %+v", h)
		}
		w.clock.Advance(29 * time.Minute)
		if n := jobstest.Run(t, w.db, w.reg, w.clock); n != 0 {
			t.Error("the run was tried before the limit opened")
		}
		w.github.Fail(nil)
		w.clock.Advance(2 * time.Minute)
		if r := w.work(run.ID); r.State != connector.Succeeded {
			t.Errorf("%+v", r)
		}
	})
}

func TestFailingScopeDoesNotStopTheOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.choose(c.ID, connector.Scope{ExternalID: "404", Name: "acme/aaa-gone"})
		r := w.work(w.start(c.ID, connector.Pull).ID)
		if r.State != connector.Failed || r.ErrorCode != "scopes_failed" || !strings.Contains(r.Error, "1 of 2 failed (acme/aaa-gone)") {
			t.Errorf("%+v", r)
		}
		scopes, err := w.ListScopes(w.ctx, c.ID)
		if err != nil || len(scopes) != 2 {
			t.Fatal(scopes, err)
		}
		for _, s := range scopes {
			if good := s.Name == "acme/shop"; good != (s.LastSuccessAt != nil) || good != (s.LastError == "") {
				t.Errorf("%+v", s)
			}
		}
		// A credential that is refused concerns every scope: the second is not tried.
		w.github.Do(func() { w.github.Token = "ghp_another" })
		asked := len(w.github.Requests())
		if r := w.work(w.start(c.ID, connector.Pull).ID); r.ErrorCode != "tool_unauthorised" {
			t.Errorf("%+v", r)
		}
		if n := len(w.github.Requests()) - asked; n != 1 {
			t.Errorf("%d requests with a refused credential", n)
		}
	})
}

func TestOneRunAtATimeAndCancel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		run := w.start(c.ID, connector.Pull)
		if _, err := w.RequestRun(w.ctx, c.ID, connector.Replay, ""); problem.CodeOf(err) != "run_active" {
			t.Errorf("error %v", err)
		}
		active, err := w.RunningRuns(w.ctx)
		if err != nil || len(active) != 1 {
			t.Errorf("%v %v", active, err)
		}
		if r, err := w.CancelRun(w.ctx, run.ID); err != nil || r.State != connector.Cancelled {
			t.Fatalf("%+v %v", r, err)
		}
		if r := w.work(run.ID); r.State != connector.Cancelled || r.Pages != 0 {
			t.Errorf("a cancelled run was worked: %+v", r)
		}
		if _, err := w.CancelRun(w.ctx, run.ID); problem.CodeOf(err) != "run_ended" {
			t.Errorf("error %v", err)
		}
		// Cancelled in the middle: what was collected stays, and the next run goes on.
		run = w.start(c.ID, connector.Pull)
		n := 0
		w.github.Fail(func(*http.Request) *connectortest.Fault {
			if n++; n == 12 {
				go func() { _, err := w.CancelRun(w.ctx, run.ID); _ = err }()
				for w.count("SELECT count(*) FROM connection_run WHERE state = 'CANCELLED'") < 2 {
					time.Sleep(time.Millisecond)
				}
			}
			return nil
		})
		if r := w.work(run.ID); r.State != connector.Cancelled || r.Pages == 0 {
			t.Errorf("%+v", r)
		}
		w.finished(c.ID, connector.Pull)
	})
}

func TestScheduleStartsWhatIsDueAndEndsWhatIsLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		due := func() int64 {
			if err := w.StartDueRuns(context.Background(), jobs.Job[connector.ScheduleJob]{}); err != nil {
				t.Fatal(err)
			}
			return w.count("SELECT count(*) FROM connection_run")
		}
		if due() != 1 || due() != 1 {
			t.Fatal("one run is due at first, and none beside it")
		}
		// The run's worker is killed as often as its job is tried.
		deliverytest.Exec(t, w.db, "UPDATE connection_run SET state = 'RUNNING', started_at = created_at")
		deliverytest.Exec(t, w.db, "DELETE FROM job")
		w.clock.Advance(2 * time.Hour)
		if due() != 1 {
			t.Error("a run was given up too early")
		}
		w.clock.Advance(2 * time.Hour)
		if due() != 2 || w.count("SELECT count(*) FROM connection_run WHERE error_code = 'run_lost'") != 1 {
			t.Error("a lost run was not ended and followed by another")
		}
		jobstest.Run(t, w.db, w.reg, w.clock)
		w.clock.Advance(14 * time.Minute)
		if due() != 2 {
			t.Error("a run began before its time")
		}
		w.clock.Advance(2 * time.Minute)
		if due() != 3 {
			t.Error("no run began in time")
		}
		_ = c
	})
}

func TestRunNeedsScopesAndAnActiveConnection(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, err := w.CreateConnection(w.ctx, connector.NewConnection{Kind: "github", Name: "Empty", Unit: deliverytest.North, Settings: w.github.Settings()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.RequestRun(w.ctx, c.ID, connector.Pull, ""); problem.CodeOf(err) != "no_scopes_chosen" {
			t.Errorf("error %v", err)
		}
		hooks, err := w.CreateConnection(w.ctx, connector.NewConnection{Kind: "cdevents", Name: "Events", Unit: deliverytest.North})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.RequestRun(w.ctx, hooks.ID, connector.Pull, ""); problem.CodeOf(err) != "connection_only_receives" {
			t.Errorf("error %v", err)
		}
		paused := "PAUSED"
		if _, err := w.ChangeConnection(w.ctx, c.ID, c.Version, connector.ConnectionChange{State: &paused}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.RequestRun(w.ctx, c.ID, connector.Pull, ""); problem.CodeOf(err) != "connection_paused" {
			t.Errorf("error %v", err)
		}
	})
}
