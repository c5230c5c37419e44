package valuestream

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/catalog"
	"millrace/internal/delivery"
	"millrace/internal/people"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/ref"
)

// factSets are the migrations a derivation reads and writes.
var factSets = []migrate.Set{people.Migrations, catalog.Migrations, stakeholder.Migrations, delivery.Migrations, Migrations}

// sheet collects the rows of one table and inserts them in transactions of a bounded size.
type sheet struct {
	t       testing.TB
	d       *db.DB
	table   string
	columns []string
	rows    [][]any
}

func (s *sheet) add(values ...any) {
	s.rows = append(s.rows, values)
	if len(s.rows) >= 20_000 {
		s.flush()
	}
}

func (s *sheet) flush() {
	s.t.Helper()
	err := s.d.Write(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return tx.BulkInsert(ctx, s.table, s.columns, s.rows)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.rows = s.rows[:0]
}

// generated is an organisation of facts.
type generated struct {
	unit string
	apps []ref.App
	end  time.Time
}

// generate writes n deployments, n squashed change requests with two commits each, n work items and n/20 incidents over
// the given number of applications and two years.
func generate(t testing.TB, d *db.DB, n, apps int) generated {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 5))
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	g := generated{unit: "root", end: start.AddDate(2, 0, 0)}
	span := g.end.Sub(start)
	sheets := map[string]*sheet{}
	table := func(name string, columns ...string) *sheet {
		s := &sheet{t: t, d: d, table: name, columns: columns}
		sheets[name] = s
		return s
	}
	units := table("unit", "id", "name", "name_key", "path", "depth", "created_at", "updated_at")
	units.add("root", "Root", "root", "/root/", 0, start, start)
	units.flush()
	application := table("application", "id", "key", "key_folded", "name", "name_folded", "unit_id", "criticality", "status", "created_at", "updated_at")
	dependency := table("dependency", "id", "from_id", "to_id", "type", "criticality", "created_at", "updated_at")
	deployment := table("deployment", "id", "external_id", "application_id", "application_by", "name", "display_title", "url", "environment", "environment_raw",
		"environment_class", "class_by", "result", "result_raw", "status", "status_raw", "created_at", "started_at", "finished_at", "at", "duration_sec", "is_rollback", "repository_id", "revision")
	deployed := table("deployment_commit", "deployment_id", "commit_sha", "repository_id", "commit_id", "ref_name", "message")
	commit := table("repository_commit", "id", "repository_id", "sha", "parent1_id", "authored_at", "committed_at", "at", "author_name", "author_email", "message")
	request := table("change_request", "id", "external_id", "repository_id", "number", "title", "url", "status", "status_raw", "author_name", "created_at",
		"merged_at", "at", "merge_commit_sha", "merge_commit_id", "head_ref", "base_ref", "revision", "description")
	proposed := table("change_request_commit", "change_request_id", "commit_sha", "author_name", "author_email", "authored_at")
	item := table("work_item", "id", "external_id", "application_id", "key", "title", "url", "type", "type_raw", "status", "status_raw", "created_at", "resolved_at", "at", "revision", "description")
	incident := table("incident", "id", "external_id", "application_id", "application_by", "key", "title", "url", "severity", "status", "started_at", "resolved_at", "at", "work_item_id", "revision", "description")

	for a := range apps {
		g.apps = append(g.apps, ref.App(fmt.Sprintf("00000000-0000-7000-8000-%012d", a)))
		application.add(string(g.apps[a]), fmt.Sprint("app-", a), fmt.Sprint("app-", a), fmt.Sprint("App ", a), fmt.Sprint("app ", a), "root", "MEDIUM", "ACTIVE", start, start)
	}
	application.flush()
	per := n / apps
	for a, app := range g.apps {
		for k := range 2 {
			if other := (a + 7*(k+1)) % apps; other != a {
				dependency.add(fmt.Sprintf("dep-%d-%d", a, k), string(app), string(g.apps[other]), "RUNTIME", "MEDIUM", start, start)
			}
		}
		url := fmt.Sprintf("https://git.example.test/org/app-%d", a)
		repo := delivery.RepositoryID(url)
		last := ref.Fact(0)
		for i := range per {
			merged := start.Add(time.Duration(float64(span) * (float64(i) + r.Float64()) / float64(per)))
			sha := fmt.Sprintf("%020x%020x", a, i)
			id := delivery.CommitID(repo, sha)
			var parent any
			if last != 0 {
				parent = int64(last)
			}
			commit.add(int64(id), int64(repo), sha, parent, merged, merged, merged, "Dev Eloper", "dev@example.test", "Change the thing so that it does the other thing (#12)\n\nA body that says why, over two lines or so.")
			last = id
			req := delivery.FactID("c1", delivery.KindChangeRequest, fmt.Sprintf("pull:%d/%d", a, i))
			first := merged.Add(-time.Duration(r.ExpFloat64() * float64(30*time.Hour)))
			request.add(int64(req), fmt.Sprintf("pull:%d/%d", a, i), int64(repo), i, "Change the thing so that it does the other thing", url+"/pull/12", "MERGED", "closed", "Dev Eloper", first, merged, merged, sha, int64(id), "feature/thing", "main", 1, "A body that says why, over two lines or so, with a list of what was tried.")
			for c := range 2 {
				proposed.add(int64(req), fmt.Sprintf("%016x%08x%016x", a, c, i), "Dev Eloper", "dev@example.test", first.Add(time.Duration(c)*time.Minute))
			}
			finished := merged.Add(time.Duration(r.ExpFloat64() * float64(4*time.Hour)))
			dep := delivery.FactID("c1", delivery.KindDeployment, fmt.Sprintf("run:%d/%d", a, i))
			result, raw := "SUCCESS", "success"
			if r.IntN(30) == 0 {
				result, raw = "FAILURE", "failure"
			}
			deployment.add(int64(dep), fmt.Sprintf("run:%d/%d", a, i), string(app), "rule", "deploy", "Deploy to production", url+"/actions/runs/123456", "prod-eu", "production", "PRODUCTION", "rule", result, raw, "DONE", "completed",
				finished.Add(-6*time.Minute), finished.Add(-5*time.Minute), finished, finished, 300.0, false, int64(repo), 1)
			deployed.add(int64(dep), sha, int64(repo), int64(id), "main", "Change the thing")
			key := fmt.Sprintf("APP%d-%d", a, i)
			kind := "REQUIREMENT"
			it := delivery.FactID("c2", delivery.KindWorkItem, key)
			if i%20 == 0 {
				kind = "INCIDENT"
				begun := finished.Add(time.Duration(r.ExpFloat64() * float64(5*time.Hour)))
				incident.add(int64(delivery.FactID("c2", delivery.KindIncident, key)), key, string(app), "rule", key, "The thing is broken", url+"/issues/1", "high", "DONE", begun, begun.Add(time.Duration(r.ExpFloat64()*float64(3*time.Hour))), begun, int64(it), 1, "It does the wrong thing.")
			}
			item.add(int64(it), key, string(app), key, "The thing should do the other thing", url+"/issues/1", kind, "Story", "DONE", "Done", first, merged, merged, 1, "As somebody I want it so that it is so.")
		}
	}
	for _, s := range sheets {
		s.flush()
	}
	return g
}
