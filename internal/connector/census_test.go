package connector_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/delivery"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// drop deletes things of a list at the fake, by their number or id.
func drop(from *[]connectortest.Thing, key string, values ...string) {
	*from = slices.DeleteFunc(*from, func(t connectortest.Thing) bool { return slices.Contains(values, fmt.Sprint(t[key])) })
}

// deleteQuietly deletes, without a push, two finished deployments, a merged pull request and a closed issue; they are
// returned as a person knows them.
func (w *world) deleteQuietly() map[delivery.RecordKind][]string {
	w.github.Do(func() {
		drop(&w.github.Deployments, "id", "9001", "9003")
		drop(&w.github.Pulls, "number", "12")
		drop(&w.github.Issues, "number", "3")
	})
	return map[delivery.RecordKind][]string{
		delivery.KindDeployment:    {"deployment:DE_9001", "deployment:DE_9003"},
		delivery.KindChangeRequest: {"pull_request:" + w.pull("12")},
		delivery.KindWorkItem:      {"issue:6003"},
	}
}

func (w *world) pull(number string) string {
	w.t.Helper()
	external := w.count("SELECT CAST(substr(external_id, 14) AS BIGINT) FROM change_request WHERE number = " + number)
	return fmt.Sprint(external)
}

// left counts how many of some records are still there.
func (w *world) left(c ref.Connection, records map[delivery.RecordKind][]string) (n int64) {
	w.t.Helper()
	table := map[delivery.RecordKind]string{delivery.KindDeployment: "deployment", delivery.KindChangeRequest: "change_request", delivery.KindWorkItem: "work_item"}
	for kind, externals := range records {
		for _, e := range externals {
			n += w.count("SELECT count(*) FROM "+table[kind]+" WHERE id = ?", int64(delivery.FactID(c, kind, e)))
		}
	}
	return n
}

// asked counts the requests for pages of whole lists since some requests.
func (w *world) asked(since int) (pages []string) {
	for _, r := range w.github.Requests()[since:] {
		if strings.Contains(r, "sort=created") || strings.Contains(r, "/deployments?page=") && !strings.Contains(r, "sha=") {
			pages = append(pages, r)
		}
	}
	return pages
}

// TestWhatIsDeletedWithoutAPushGoesOnceAWeek deletes finished things of which no webhook tells: once a week everything is
// listed, and they go; a replay leaves it so.
func TestWhatIsDeletedWithoutAPushGoesOnceAWeek(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.github.Do(func() { w.github.PerPage = 2 })
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		before := w.facts()
		var gone map[delivery.RecordKind][]string
		total := int64(4)
		if gone = w.deleteQuietly(); w.left(c.ID, gone) != total {
			t.Fatalf("%d of %v were there", w.left(c.ID, gone), gone)
		}
		w.clock.Advance(6 * 24 * time.Hour)
		since := len(w.github.Requests())
		w.finished(c.ID, connector.Pull)
		if n := w.left(c.ID, gone); n != total || strings.Contains(strings.Join(w.github.Requests()[since:], "\n"), "sort=created") {
			t.Fatalf("everything was listed after six days, and %d are left", n)
		}
		w.clock.Advance(25 * time.Hour)
		w.finished(c.ID, connector.Pull)
		check := func(when string) {
			t.Helper()
			after := w.facts()
			if n := w.left(c.ID, gone); n != 0 || after["deployment"] != before["deployment"]-2 || after["change_request"] != before["change_request"]-1 ||
				after["work_item"] != before["work_item"]-1 || after["pipeline_run"] != before["pipeline_run"] || after["repository_commit"] != before["repository_commit"] {
				t.Errorf("%s: %d are left; %v, before %v", when, n, after, before)
			}
			for kind, externals := range gone {
				for _, e := range externals {
					if n := w.retractions(c.ID, kind, e); n != 1 {
						t.Errorf("%s: the history says %d times that %s went", when, n, e)
					}
				}
			}
		}
		check("after a week")
		since = len(w.github.Requests())
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Pull)
		if strings.Contains(strings.Join(w.github.Requests()[since:], "\n"), "sort=created") {
			t.Error("everything was listed again an hour later")
		}
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Replay)
		check("after a replay")
	})
}

// TestAListThatMovesTakesNothingBack deletes the newest issue while the list is read, so that the others move up a place and
// the next page lacks one.
func TestAListThatMovesTakesNothingBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.github.Do(func() { w.github.PerPage = 2 })
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		before := w.facts()
		moved := false
		w.github.Fail(func(r *http.Request) *connectortest.Fault {
			q := r.URL.Query()
			if !moved && strings.HasSuffix(r.URL.Path, "/issues") && q.Get("sort") == "created" && q.Get("page") == "2" {
				moved = true
				drop(&w.github.Issues, "number", "6")
			}
			return nil
		})
		w.clock.Advance(8 * 24 * time.Hour)
		w.finished(c.ID, connector.Pull)
		if after := w.facts(); !moved || after["work_item"] != before["work_item"] || after["change_request"] != before["change_request"] || after["deployment"] != before["deployment"] {
			t.Errorf("%v, before %v (moved: %v)", w.facts(), before, moved)
		}
		// What went behind the reader's back is found the next time.
		w.clock.Advance(8 * 24 * time.Hour)
		w.finished(c.ID, connector.Pull)
		if after := w.facts(); after["work_item"] != before["work_item"]-1 {
			t.Errorf("%v, before %v", after, before)
		}
	})
}

// TestACensusThatIsBrokenOffGoesOn meets the rate limit in the middle, and goes on from there.
func TestACensusThatIsBrokenOffGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.github.Do(func() { w.github.PerPage = 2 })
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		gone := w.deleteQuietly()
		limited := true
		w.github.Fail(func(r *http.Request) *connectortest.Fault {
			if limited && strings.HasSuffix(r.URL.Path, "/issues") && r.URL.Query().Get("sort") == "created" && r.URL.Query().Get("page") == "2" {
				return &connectortest.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}, Body: `{"message":"slow down"}`}
			}
			return nil
		})
		w.clock.Advance(8 * 24 * time.Hour)
		since := len(w.github.Requests())
		run := w.start(c.ID, connector.Pull)
		if _, err := jobstest.Try(t, w.db, w.reg, w.clock); problem.CodeOf(err) != "tool_rate_limited" {
			t.Fatal(err)
		}
		first := w.asked(since)
		w.github.Do(func() { limited = false })
		w.clock.Advance(2 * time.Minute)
		since = len(w.github.Requests())
		if run = w.work(run.ID); run.State != connector.Succeeded {
			t.Fatalf("the run ended %s: %s", run.State, run.Error)
		}
		for _, r := range w.asked(since) {
			if strings.Contains(r, "/pulls?") || strings.Contains(r, "/issues?") && strings.Contains(r, "page=1&") {
				t.Errorf("%s was asked for again; before it broke off: %v", r, first)
			}
		}
		if n := w.left(c.ID, gone); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// TestACensusLeavesTheRateLimitToOthers finds less than a quarter of it left.
func TestACensusLeavesTheRateLimitToOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		gone := w.deleteQuietly()
		w.github.Use(4000)
		w.clock.Advance(8 * 24 * time.Hour)
		since := len(w.github.Requests())
		w.finished(c.ID, connector.Pull)
		if n := w.left(c.ID, gone); n != 4 || strings.Contains(strings.Join(w.github.Requests()[since:], "\n"), "sort=created") {
			t.Fatalf("the census used up what was left; %d records are there", n)
		}
		w.github.Use(-4000)
		w.clock.Advance(time.Hour)
		w.finished(c.ID, connector.Pull)
		if n := w.left(c.ID, gone); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// TestACensusBelievesNoRefusal hides single things and whole lists from the credential.
func TestACensusBelievesNoRefusal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		w.finished(c.ID, connector.Pull)
		before := w.facts()
		for name, status := range map[string]int{"forbidden": http.StatusForbidden, "hidden": http.StatusNotFound} {
			w.github.Fail(func(r *http.Request) *connectortest.Fault {
				if strings.HasSuffix(r.URL.Path, "/deployments") || strings.HasSuffix(r.URL.Path, "/pulls") || strings.HasSuffix(r.URL.Path, "/issues") {
					return &connectortest.Fault{Status: status, Body: `{"message":"no"}`}
				}
				return nil
			})
			w.clock.Advance(8 * 24 * time.Hour)
			w.work(w.start(c.ID, connector.Pull).ID)
			if after := w.facts(); after["work_item"] != before["work_item"] || after["change_request"] != before["change_request"] || after["deployment"] != before["deployment"] {
				t.Errorf("%s: %v, before %v", name, after, before)
			}
		}
		// An issue that was moved to another repository answers there under another id.
		w.github.Fail(func(r *http.Request) *connectortest.Fault {
			if strings.HasSuffix(r.URL.Path, "/issues/4") {
				return &connectortest.Fault{Status: http.StatusOK, Body: `{"id":777777,"number":1,"title":"elsewhere"}`}
			}
			return nil
		})
		w.github.Do(func() { drop(&w.github.Issues, "number", "4") })
		w.clock.Advance(8 * 24 * time.Hour)
		w.finished(c.ID, connector.Pull)
		if n := w.retractions(c.ID, delivery.KindWorkItem, "issue:6004"); n != 1 {
			t.Errorf("the history says %d times that the issue went", n)
		}
	})
}
