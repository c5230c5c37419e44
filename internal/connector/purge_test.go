package connector_test

import (
	"maps"
	"testing"
	"time"

	"millrace/internal/connector"
	"millrace/internal/connector/connectortest"
	"millrace/internal/platform/jobs/jobstest"
)

// TestOldVersionsOfPagesGo changes things between two collections: their old pages go after the days that are set, and a
// replay of what is left makes the same facts.
func TestOldVersionsOfPagesGo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.connect()
		pages := func() int64 { return w.count("SELECT count(*) FROM raw_page WHERE connection_id = ?", c.ID) }
		w.finished(c.ID, connector.Pull)
		for i, title := range []string{"One", "Two", "Two"} {
			w.clock.Advance(time.Hour)
			w.github.Do(func() {
				for _, issue := range w.github.Issues {
					if issue["number"] == 6 {
						issue["title"], issue["updated_at"] = title, connectortest.Now.Add(time.Duration(i)*time.Minute).Format(time.RFC3339)
					}
				}
			})
			w.finished(c.ID, connector.Pull)
			body := issueHook(77, "1296269")
			body = body[:len(body)-1] + `,"n":"` + title + `"}`
			w.push(c.ID, "issues", title, body, sign(webhookSecret, body))
			jobstest.Run(t, w.db, w.reg, w.clock)
		}
		kept := pages()
		if n, err := w.PurgePages(w.ctx); n != 0 || err != nil || pages() != kept {
			t.Fatalf("%d pages went at once, %v", n, err)
		}
		w.clock.Advance(91 * 24 * time.Hour)
		facts := w.facts()
		n, err := w.PurgePages(w.ctx)
		if err != nil || n < 3 || pages() != kept-n {
			t.Fatalf("%d of %d pages went, %d are left, %v", n, kept, pages(), err)
		}
		if n := w.count("SELECT count(*) FROM raw_page WHERE endpoint = 'webhook.issues'"); n != 1 {
			t.Errorf("%d pushes of one issue are kept", n)
		}
		if n := w.count("SELECT count(*) FROM (SELECT 1 FROM raw_page WHERE subject <> '' GROUP BY connection_id, subject HAVING count(*) > 1) AS n"); n != 0 {
			t.Errorf("%d things have several pages", n)
		}
		w.finished(c.ID, connector.Replay)
		if after := w.facts(); !maps.Equal(after, facts) {
			t.Errorf("after a replay: %v, before %v", after, facts)
		}
		if n := w.count("SELECT count(*) FROM work_item WHERE title = 'Two'"); n != 1 {
			t.Errorf("the newest version of the issue is lost")
		}
		if n, err := w.PurgePages(w.ctx); n != 0 || err != nil {
			t.Errorf("a second time %d went, %v", n, err)
		}
	})
}
