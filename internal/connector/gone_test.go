package connector_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/delivery"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/ref"
)

// retractions returns how often the history says that the fact of a kind was taken back.
func (w *world) retractions(c ref.Connection, kind delivery.RecordKind, external string) int64 {
	w.t.Helper()
	return w.count("SELECT count(*) FROM event WHERE kind = ? AND subject_kind = ? AND subject_id = ?", delivery.EventRecordRetracted, string(kind), delivery.FactID(c, kind, external).String())
}

// TestWhatIsDeletedAtTheToolGoes deletes an unfinished deployment and run and a release at GitHub: the next collection
// takes them back, and a replay leaves it so.
func TestWhatIsDeletedAtTheToolGoes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		before := w.facts()
		deployment := delivery.FactID(c.ID, delivery.KindDeployment, "deployment:"+w.github.Deployments[4]["node_id"].(string))
		has := func() int64 { return w.count("SELECT count(*) FROM deployment WHERE id = ?", int64(deployment)) }
		if has() != 1 {
			t.Fatal("the unfinished deployment did not come")
		}

		// While the list cannot be read, nothing that seems gone is taken back.
		w.github.Fail(func(r *http.Request) *connectortest.Fault {
			if r.URL.Path == "/api/v3/repos/acme/shop/deployments/9005" {
				return &connectortest.Fault{Status: http.StatusNotFound, Body: `{"message":"Not Found"}`}
			}
			if r.URL.Path == "/api/v3/repos/acme/shop/deployments" || r.URL.Path == "/api/v3/repos/acme/shop/releases" {
				return &connectortest.Fault{Status: http.StatusOK, Body: `[{"id":"not a number"}]`}
			}
			return nil
		})
		w.clock.Advance(time.Hour)
		if r := w.work(w.start(c.ID, connector.Pull).ID); r.State != connector.Failed {
			t.Fatalf("the run ended %s", r.State)
		}
		if has() != 1 {
			t.Error("a deployment went although the list could not be read")
		}
		w.github.Fail(nil)

		w.github.Do(func() {
			w.github.Deployments = slices.DeleteFunc(w.github.Deployments, func(d connectortest.Thing) bool { return fmt.Sprint(d["id"]) == "9005" })
			w.github.Runs = slices.DeleteFunc(w.github.Runs, func(d connectortest.Thing) bool { return fmt.Sprint(d["id"]) == "30005" })
			w.github.Releases = slices.DeleteFunc(w.github.Releases, func(d connectortest.Thing) bool { return d["node_id"] == "RE_v1.0.0" })
			w.github.Milestones = nil
		})
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Pull)
		check := func(when string) {
			t.Helper()
			after := w.facts()
			if has() != 0 || after["deployment"] >= before["deployment"] || after["pipeline_run"] != before["pipeline_run"]-1 || after["repository_release"] != before["repository_release"]-1 ||
				w.count("SELECT count(*) FROM milestone") != 0 || w.count("SELECT count(*) FROM deployment_commit WHERE deployment_id = ?", int64(deployment)) != 0 {
				t.Errorf("%s: %v, before %v", when, after, before)
			}
			for kind, external := range map[delivery.RecordKind]string{delivery.KindPipelineRun: "run:1296269/30005", delivery.KindRelease: "release:RE_v1.0.0", delivery.KindMilestone: "milestone:41"} {
				if n := w.retractions(c.ID, kind, external); n != 1 {
					t.Errorf("%s: the history says %d times that %s went", when, n, external)
				}
			}
		}
		check("after the collection")
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Pull)
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Replay)
		check("after a replay")
	})
}

// TestAPushThatSomethingWasDeletedTakesItBack deletes an issue of which a collection brought everything.
func TestAPushThatSomethingWasDeletedTakesItBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		item := int64(delivery.FactID(c.ID, delivery.KindWorkItem, "issue:6004"))
		parts := func() (out int64) {
			for _, table := range []string{"work_item_change", "work_item_comment", "work_item_label", "board_work_item"} {
				out += w.count("SELECT count(*) FROM "+table+" WHERE work_item_id = ?", item)
			}
			return out
		}
		if parts() == 0 || w.count("SELECT count(*) FROM incident WHERE external_id = 'issue:6004'") != 1 {
			t.Fatal("the issue did not come")
		}
		body := `{"action":"deleted","issue":{"id":6004,"number":4,"title":"Issue 4"},"repository":{"id":1296269,"full_name":"acme/shop"}}`
		w.push(c.ID, "issues", "gone", body, sign(webhookSecret, body))
		jobstest.Run(t, w.db, w.reg, w.clock)
		for _, when := range []string{"at once", "after a replay"} {
			if n := w.count("SELECT count(*) FROM work_item WHERE id = ?", item) + w.count("SELECT count(*) FROM incident WHERE external_id = 'issue:6004'") + parts(); n != 0 {
				t.Errorf("%s: %d rows of the issue are left", when, n)
			}
			if n := w.retractions(c.ID, delivery.KindWorkItem, "issue:6004"); n != 1 {
				t.Errorf("%s: the history says %d times that it went", when, n)
			}
			w.clock.Advance(time.Hour)
			w.finished(c.ID, connector.Replay)
		}
	})
}
