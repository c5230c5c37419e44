package delivery_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/delivery/deliverytest"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const shop = "https://github.com/acme/shop"

func head(kind delivery.RecordKind, id string) delivery.Head {
	return delivery.Head{Kind: kind, ExternalID: id}
}

func TestIdsAreHashesOfWhoKnowsWhat(t *testing.T) {
	a := delivery.FactID("c", delivery.KindDeployment, "x")
	if a <= 0 || a != delivery.FactID("c", delivery.KindDeployment, "x") {
		t.Fatal("not stable")
	}
	for _, other := range []ref.Fact{
		delivery.FactID("", delivery.KindDeployment, "cx"), delivery.FactID("c", delivery.KindIncident, "x"), delivery.FactID("c", delivery.KindDeployment, "y"),
	} {
		if other == a {
			t.Fatal("two records share an id")
		}
	}
	if delivery.FactID("c", delivery.KindDeployment, "") != 0 || delivery.RepositoryID("") != 0 || delivery.CommitID(0, "a") != 0 {
		t.Fatal("nothing has an id")
	}
	if delivery.RepositoryID("git@github.com:Acme/Shop.git") != delivery.RepositoryID("https://github.com/acme/shop/") {
		t.Fatal("one repository has two ids")
	}
}

func TestABatchTwiceIsTheSameAsOnce(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		deliverytest.Repository(w, w.db, app, shop+"-0", "")
		records := mixedRecords(0, 400)
		first := w.taken("c1", records...)
		if len(first.Applications) != 1 || first.Applications[0] != app || first.Unmapped != 0 || first.Counts[delivery.KindDeployment] != 40 {
			w.Fatalf("%+v", first)
		}
		w.taken("c1", records...)
		for table, n := range map[string]int64{
			"deployment": 40, "deployment_commit": 40, "repository_commit": 40, "change_request": 40, "change_request_commit": 40,
			"review_comment": 40, "work_item": 40, "work_item_change": 40, "pipeline_run": 40, "pipeline_run_commit": 40, "repository": 1,
		} {
			if got := count(w, "SELECT COUNT(*) FROM "+table); got != n {
				w.Errorf("%s holds %d rows, want %d", table, got, n)
			}
		}
		if got := count(w, "SELECT COUNT(*) FROM ingest_touch"); got != 0 {
			w.Errorf("%d rows of unannounced touches are left", got)
		}
		if len(w.seen) != 2 || w.seen[0].Kind != delivery.EventBatchIngested {
			w.Fatalf("%d events", len(w.seen))
		}
		if e := w.seen[0].Data["earliest"].(time.Time); !e.Equal(first.Earliest) || !e.Before(now) {
			w.Errorf("earliest is %v", e)
		}
	})
}

// TestOrderDoesNotMatter feeds one history in many orders and sizes of batches and compares everything that is stored.
func TestOrderDoesNotMatter(t *testing.T) {
	story := func() []delivery.Record {
		updated := func(m int, title, status string) *delivery.WorkItem {
			return &delivery.WorkItem{Head: head(delivery.KindWorkItem, "issue:1"), Key: "1", Title: title, Status: status, CreatedAt: at(-500), UpdatedAt: at(m)}
		}
		return []delivery.Record{
			&delivery.Repository{Head: head(delivery.KindRepository, "repo:7"), Name: "shop", URL: shop, CreatedAt: at(-9000), UpdatedAt: at(-50)},
			updated(-400, "first", delivery.StatusTodo), updated(-300, "second", delivery.StatusInProgress), updated(-200, "third", delivery.StatusDone),
			&delivery.Commit{Head: head(delivery.KindCommit, "aaaa"), RepoURL: shop, SHA: "aaaa", CommittedAt: at(-300), AuthoredAt: at(-301), Message: "a"},
			&delivery.Commit{Head: head(delivery.KindCommit, "bbbb"), RepoURL: shop, SHA: "bbbb", ParentSHAs: []string{"aaaa"}, CommittedAt: at(-290), AuthoredAt: at(-295), Message: "b"},
			&delivery.ChangeRequest{Head: head(delivery.KindChangeRequest, "pr:1"), BaseRepoID: "repo:7", Status: delivery.ChangeOpen, CreatedAt: at(-310), UpdatedAt: at(-310)},
			&delivery.ChangeRequest{Head: head(delivery.KindChangeRequest, "pr:1"), BaseRepoID: "repo:7", Status: delivery.ChangeMerged, MergeCommitSHA: "bbbb", CreatedAt: at(-310), UpdatedAt: at(-290), MergedAt: at(-290)},
			&delivery.ChangeRequestCommit{Head: head(delivery.KindChangeRequestCommit, "x"), ChangeRequestID: "pr:1", CommitSHA: "bbbb", CommitAuthoredAt: at(-295)},
			&delivery.PipelineRun{Head: head(delivery.KindPipelineRun, "run:1"), ScopeID: "repo:7", Name: "deploy", Attempt: 1, Result: delivery.ResultFailure, Status: delivery.StatusDone, StartedAt: at(-280), FinishedAt: at(-279)},
			&delivery.PipelineRun{Head: head(delivery.KindPipelineRun, "run:1"), ScopeID: "repo:7", Name: "deploy", Attempt: 2, Status: delivery.StatusInProgress, StartedAt: at(-270)},
			&delivery.PipelineRun{Head: head(delivery.KindPipelineRun, "run:1"), ScopeID: "repo:7", Name: "deploy", Attempt: 2, Result: delivery.ResultSuccess, Status: delivery.StatusDone, FinishedAt: at(-265)},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "d:1"), ScopeID: "repo:7", Environment: "prod", StartedAt: at(-270), CreatedAt: at(-271)},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "d:1"), ScopeID: "repo:7", Environment: "prod", Result: delivery.ResultSuccess, FinishedAt: at(-264), URL: shop + "/d/1", CreatedAt: at(-271)},
			&delivery.DeploymentCommit{Head: head(delivery.KindDeploymentCommit, "d:1|bbbb"), DeploymentID: "d:1", CommitSHA: "bbbb", RepoID: "repo:7"},
			&delivery.Incident{Head: head(delivery.KindIncident, "i:1"), Service: "shop", Title: "Down", StartedAt: at(-200), CausedBy: shop + "/d/1"},
			&delivery.Incident{Head: head(delivery.KindIncident, "i:1"), Service: "shop", Title: "Down", StartedAt: at(-200), ResolvedAt: at(-150), CausedBy: shop + "/d/1"},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "d:2"), Service: "shop", Environment: "prod", Result: delivery.ResultSuccess, StartedAt: at(-160), FinishedAt: at(-155), FixesIncident: "i:1"},
		}
	}
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		deliverytest.Repository(w, w.db, app, shop, "")
		tables := []string{"repository", "repository_alias", "repository_application", "work_item", "repository_commit", "change_request", "change_request_commit",
			"pipeline_run", "deployment", "deployment_commit", "incident"}
		dump := func() string { return w.dumpAll(tables...) }
		random := rand.New(rand.NewPCG(1, 2))
		want := ""
		for round := range 25 {
			records := story()
			if round > 0 {
				random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			}
			for len(records) > 0 {
				n := 1 + random.IntN(len(records))
				w.taken("c1", records[:n]...)
				records = records[n:]
			}
			got := dump()
			if round == 0 {
				want = got
				if !strings.Contains(got, "deployment.application_id="+string(app)) || !strings.Contains(got, "work_item.title=third") {
					w.Fatal(got)
				}
			} else if got != want {
				w.Fatalf("round %d differs:\n%s", round, difference(want, got))
			}
			for _, table := range tables {
				deliverytest.Exec(w, w.db, "DELETE FROM "+table)
			}
		}
	})
}

// dumpAll returns everything that is stored in tables, but for the columns that order versions.
func (w *world) dumpAll(tables ...string) string {
	w.Helper()
	var b strings.Builder
	for _, table := range tables {
		rows, err := w.db.SQL().QueryContext(w.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2")
		if err != nil {
			w.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				w.Fatal(err)
			}
			for i, c := range columns {
				if c != "revision" && c != "updated_at" && c != "seen_at" {
					fmt.Fprintf(&b, "%s.%s=%v\n", table, c, *values[i].(*any))
				}
			}
		}
		_ = rows.Close()
	}
	return b.String()
}

func difference(a, b string) string {
	var out []string
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			out = append(out, "- "+x[i], "+ "+y[i])
		}
	}
	return strings.Join(out, "\n") + fmt.Sprintf("\n%d and %d lines", len(x), len(y))
}

func TestWhatRealDataHolds(t *testing.T) {
	each(t, func(w *world) {
		long := strings.Repeat("é", 10_000)
		res := w.taken("c1",
			&delivery.WorkItem{Head: head(delivery.KindWorkItem, "issue:1"), Title: "a\x00b \xff c", Description: long, CreatedAt: at(-1)},
			delivery.WorkItemAssignee{Head: head(delivery.KindWorkItemAssignee, "issue:1|"), WorkItemID: "issue:1"},
			delivery.WorkItemAssignee{Head: head(delivery.KindWorkItemAssignee, "issue:1|ghost"), WorkItemID: "issue:1", AssigneeName: "Gone User"},
			delivery.BoardWorkItem{Head: head(delivery.KindBoardWorkItem, "b1|issue:1"), BoardID: "b1", WorkItemID: "issue:1"},
			delivery.BoardWorkItem{Head: head(delivery.KindBoardWorkItem, "b2|issue:1"), BoardID: "b2", WorkItemID: "issue:1"},
			&delivery.WorkItemChange{Head: head(delivery.KindWorkItemChange, "ch:1"), WorkItemID: "issue:1", FieldName: "status", FromValue: "TODO", ToValue: "DONE", CreatedAt: at(-1)},
			&delivery.WorkItemLabel{Head: head(delivery.KindWorkItemLabel, "issue:1|bug"), WorkItemID: "issue:1", LabelName: "bug"},
			&delivery.ReviewComment{Head: head(delivery.KindReviewComment, "r:1"), ChangeRequestID: "pr:404", Body: `"a JSON string"`, CreatedAt: at(-1)},
			&delivery.Commit{Head: head(delivery.KindCommit, "dddd"), RepoURL: shop, SHA: "DDDD", ParentSHAs: []string{"aaaa", "bbbb", "cccc", "eeee"}, AuthoredAt: at(-20), CommittedAt: at(60 * 24)},
		)
		if got := text(w, "SELECT title FROM work_item"); got != "ab \uFFFD c" {
			w.Errorf("title is %q", got)
		}
		if got := text(w, "SELECT description FROM work_item"); len(got) > 16_000 || !strings.HasPrefix(long, got) || len(res.Notes) < 2 {
			w.Errorf("description has %d bytes; notes %v", len(got), res.Notes)
		}
		if got := count(w, "SELECT COUNT(*) FROM work_item_assignee"); got != 1 {
			w.Errorf("%d assignees", got)
		}
		if got := count(w, "SELECT COUNT(*) FROM board_work_item"); got != 2 {
			w.Errorf("an issue on two boards is on %d", got)
		}
		if got := count(w, "SELECT COUNT(*) FROM repository_commit WHERE sha = 'dddd' AND parent2_id = ? AND committed_at <= ?",
			int64(delivery.CommitID(delivery.RepositoryID(shop), "bbbb")), now); got != 1 {
			w.Error("the merge of four branches, committed in the future, is not as it should be")
		}
		if got := text(w, "SELECT more_parent_ids FROM repository_commit"); !strings.Contains(got, delivery.CommitID(delivery.RepositoryID(shop), "eeee").String()) {
			w.Errorf("more parents: %s", got)
		}
		// The same commit again, from another connection and knowing less.
		w.taken("c2", &delivery.Commit{Head: head(delivery.KindCommit, "other"), RepoURL: "git@github.com:acme/shop.git", SHA: "dddd", Message: "late message"})
		if got := text(w, "SELECT message FROM repository_commit"); got != "late message" {
			w.Errorf("message is %q", got)
		}
		if got := count(w, "SELECT COUNT(*) FROM repository_commit WHERE authored_at IS NOT NULL AND parent1_id IS NOT NULL"); got != 1 {
			w.Error("the poorer version took something away")
		}
	})
}

func TestWrongRecordsAreRejectedAlone(t *testing.T) {
	each(t, func(w *world) {
		res := w.ingest("c1",
			&delivery.Deployment{Head: head(delivery.KindDeployment, "future"), Service: "x", FinishedAt: at(6), Result: delivery.ResultSuccess},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "backwards"), Service: "x", StartedAt: at(-1), FinishedAt: at(-2)},
			&delivery.Deployment{Head: head(delivery.KindDeployment, "fine"), Service: "x", StartedAt: at(-2), FinishedAt: at(4)},
			&delivery.Deployment{Head: head(delivery.KindDeployment, ""), Service: "x", StartedAt: at(-2)},
			&delivery.Deployment{Head: head(delivery.KindDeployment, strings.Repeat("x", 501)), StartedAt: at(-2)},
			&delivery.Commit{Head: head(delivery.KindCommit, "nowhere"), SHA: "aaaa"},
			&delivery.DeploymentCommit{Head: head(delivery.KindDeploymentCommit, "bad"), DeploymentID: "fine", CommitSHA: "no such\nthing"},
			&delivery.Repository{Head: head(delivery.KindRepository, "repo:0"), URL: ""},
		)
		codes := map[int]string{}
		for _, r := range res.Rejected {
			codes[r.Index] = problem.Of(r.Err).Fields[0].Code
		}
		want := map[int]string{0: "time_in_future", 1: "time_order", 3: "required", 4: "too_long", 5: "repository_required", 6: "malformed", 7: "repository_url_malformed"}
		if fmt.Sprint(codes) != fmt.Sprint(want) {
			w.Fatalf("rejected %v, want %v", codes, want)
		}
		if got := count(w, "SELECT COUNT(*) FROM deployment"); got != 1 {
			w.Errorf("%d deployments", got)
		}
	})
}

func TestMoreThanTheParametersOfAStatement(t *testing.T) {
	if testing.Short() {
		t.Skip("65,536 records")
	}
	each(t, func(w *world) {
		records := make([]delivery.Record, 65_536)
		for i := range records {
			records[i] = &delivery.WorkItemLabel{Head: head(delivery.KindWorkItemLabel, fmt.Sprint(i)), WorkItemID: fmt.Sprint("issue:", i), LabelName: "l"}
		}
		if res := w.taken("c1", records...); res.Counts[delivery.KindWorkItemLabel] != len(records) {
			w.Fatal(res.Counts)
		}
	})
}

func TestARecordThatTakesAnothersIdIsAnError(t *testing.T) {
	each(t, func(w *world) {
		d := &delivery.Deployment{Head: head(delivery.KindDeployment, "d:1"), Service: "x", StartedAt: at(-2)}
		w.taken("c1", d)
		deliverytest.Exec(w, w.db, "UPDATE deployment SET external_id = 'someone else'")
		_, err := w.s.Ingest(w.Context(), delivery.Batch{Connection: "c1", Records: []delivery.Record{d}})
		if problem.CodeOf(err) != "record_id_collision" {
			w.Fatal(err)
		}
		if got := text(w, "SELECT external_id FROM deployment"); got != "someone else" {
			w.Fatal("the other record was overwritten")
		}
	})
}

func TestWorkItemsTouchTheApplicationsOfTheirBoards(t *testing.T) {
	each(t, func(w *world) {
		app := deliverytest.Application(w, w.db, deliverytest.North, "shop")
		deliverytest.Repository(w, w.db, app, shop, "")
		board := []delivery.Record{
			&delivery.Repository{Head: head(delivery.KindRepository, "repo:1"), URL: shop}, &delivery.Board{Head: head(delivery.KindBoard, "repo:1"), Name: "shop"},
			&delivery.BoardWorkItem{Head: head(delivery.KindBoardWorkItem, "x"), BoardID: "repo:1", WorkItemID: "issue:1"},
		}
		item := &delivery.WorkItem{Head: head(delivery.KindWorkItem, "issue:1"), Type: delivery.TypeIncident, CreatedAt: at(-5)}
		w.taken("c1", board...)
		if res := w.taken("c1", item); len(res.Applications) != 1 || res.Applications[0] != app || !res.Earliest.Equal(*at(-5)) {
			w.Fatalf("touched %v since %v", res.Applications, res.Earliest)
		}
		s := w.api().As(deliverytest.Principal(deliverytest.NorthPath, delivery.PermView))
		if n := len(items(w.get(s, "/work-items?application=shop"))); n != 1 {
			w.Errorf("the application has %d work items", n)
		}
	})
}
