package valuestream

import (
	"context"
	"fmt"
	"testing"

	"millrace/internal/delivery"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/jobs/jobstest"
	"millrace/internal/platform/ref"
)

// world is an organisation with facts in a database.
type world struct {
	t       testing.TB
	d       *db.DB
	ctx     context.Context // may do everything
	clock   *clock.Fake
	people  *peopletest.World
	unit    people.Unit
	other   people.Unit
	service *Service
	jobs    *jobstest.Recorder
}

func worldSets() []migrate.Set {
	return append(append([]migrate.Set{}, peopletest.Migrations...), append([]migrate.Set{jobs.Migrations}, factSets[1:]...)...)
}

// eachWorld runs a test on both engines.
func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	dbtest.Each(t, worldSets(), func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func newWorld(t testing.TB, d *db.DB) *world {
	w := &world{t: t, d: d, ctx: authz.With(t.Context(), authz.System("test")), clock: clock.NewFake(moment(h(240))), jobs: &jobstest.Recorder{}}
	w.people = peopletest.New(t, d)
	w.unit, w.other = w.people.AddUnit("Retail", ""), w.people.AddUnit("Bank", "")
	w.service = w.node()
	return w
}

// node is another process on the same database.
func (w *world) node() *Service {
	s := New(Deps{DB: w.d, Clock: w.clock, Log: events.NewLog(w.clock, w.jobs, Events), Jobs: w.jobs})
	s.setReady()
	return s
}

func (w *world) insert(table string, values map[string]any) {
	w.t.Helper()
	var columns []string
	var row []any
	for c, v := range values {
		columns, row = append(columns, c), append(row, v)
	}
	err := w.d.Write(w.ctx, func(ctx context.Context, tx db.Tx) error { return tx.BulkInsert(ctx, table, columns, [][]any{row}) })
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	err := w.d.Write(w.ctx, func(ctx context.Context, tx db.Tx) error { _, err := tx.ExecContext(ctx, query, args...); return err })
	if err != nil {
		w.t.Fatal(err)
	}
}

// application adds an application; its key is its name.
func (w *world) application(name string, unit people.Unit) ref.App {
	id := ref.New[ref.App]()
	now := w.clock.Now()
	w.insert("application", map[string]any{"id": string(id), "key": name, "key_folded": name, "name": name, "name_folded": name,
		"unit_id": string(unit.ID), "criticality": "HIGH", "status": "ACTIVE", "created_at": now, "updated_at": now})
	return id
}

func (w *world) dependency(from, to ref.App) {
	now := w.clock.Now()
	w.insert("dependency", map[string]any{"id": string(ref.New[ref.Event]()), "from_id": string(from), "to_id": string(to), "type": "RUNTIME",
		"criticality": "HIGH", "created_at": now, "updated_at": now})
}

func at(us int64) any {
	if us == 0 {
		return nil
	}
	return moment(us)
}

func idOrNil(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// facts writes what a story holds of one application, with the same ids as in memory.
func (w *world) facts(app ref.App, repository int64, commits []CommitFact, requests []RequestFact, deployments ...DeploymentFact) {
	shas := map[int64]string{}
	sha := func(c int64) string { return word(c) }
	for _, c := range commits {
		shas[c.ID] = sha(c.ID)
		w.insert("repository_commit", map[string]any{"id": c.ID, "repository_id": repository, "sha": sha(c.ID), "parent1_id": idOrNil(c.Parent1),
			"parent2_id": idOrNil(c.Parent2), "authored_at": at(c.AuthoredAt), "committed_at": at(c.CommittedAt), "at": at(c.CommittedAt), "message": "Commit " + sha(c.ID) + "\n\nbody"})
	}
	for _, r := range requests {
		status := map[RequestState]string{RequestOpen: delivery.ChangeOpen, RequestMerged: delivery.ChangeMerged, RequestClosed: delivery.ChangeClosed}[r.State]
		w.insert("change_request", map[string]any{"id": r.ID, "external_id": word(r.ID), "repository_id": repository, "title": "Request " + word(r.ID), "status": status,
			"merge_commit_id": idOrNil(r.Merge), "merge_commit_sha": sha(r.Merge), "head_commit_id": idOrNil(r.Head), "merged_at": at(r.MergedAt), "at": moment(r.MergedAt), "revision": 1})
		for _, c := range r.Commits {
			w.insert("change_request_commit", map[string]any{"change_request_id": r.ID, "commit_sha": sha(c.Commit), "authored_at": at(c.AuthoredAt)})
		}
	}
	for _, f := range deployments {
		w.deploy(app, f)
	}
}

func (w *world) deploy(app ref.App, f DeploymentFact) {
	values := map[string]any{"id": f.ID, "external_id": word(f.ID), "application_id": string(app), "environment": f.Environment, "environment_class": f.Class.String(),
		"result": f.Result.String(), "started_at": at(f.StartedAt), "finished_at": at(f.FinishedAt), "at": moment(max(f.FinishedAt, f.StartedAt)), "is_rollback": f.Rollback,
		"display_title": "Deployment " + word(f.ID), "fixes_incident_id": idOrNil(f.FixesIncident), "revision": 1}
	if f.Rework != Unsaid {
		values["rework"] = f.Rework == Yes
	}
	w.insert("deployment", values)
	for _, c := range f.Commits {
		w.insert("deployment_commit", map[string]any{"deployment_id": f.ID, "commit_sha": word(c.Commit), "repository_id": c.Repository, "commit_id": c.Commit})
	}
}

func (w *world) incident(name string, app ref.App, started, resolved, causedBy int64) {
	w.insert("incident", map[string]any{"id": id(name), "external_id": name, "application_id": string(app), "title": "Incident " + name, "key": name,
		"started_at": at(started), "resolved_at": at(resolved), "at": moment(started), "caused_by_deployment_id": idOrNil(causedBy), "revision": 1})
}

// drawn writes the history that TestDrawnHistory draws. Repositories differ so that sha, which has no repository of its
// own in the story, stays unique.
func (w *world) drawn() (shop, pay ref.App) {
	shop, pay = w.application("shop", w.unit), w.application("pay", w.other)
	w.dependency(shop, pay)
	w.facts(shop, 1,
		[]CommitFact{
			c("a1", 0), c("a2", 10, "a1"), c("b1", 12, "a2"), c("b2", 20, "b1"), c("S3", 30, "a2"),
			c("c4", 40, "S3"), c("c5", 50, "c4"), c("M6", 60, "S3", "c5"), c("a7", 70, "M6"),
		},
		[]RequestFact{merged("r1", 30, "S3", "b1", 12, "b2", 20), merged("r2", 60, "M6", "c4", 40, "c5", 50)},
		d("D1", "eu", 11, "a2"), d("D2", "eu", 32, "S3"), d("D3", "eu", 62, "M6"), d("D4", "eu", 64, "S3"),
		d("D5", "eu", 72, "a7"), d("U1", "us", 40, "S3"), d("U2", "us", 73, "a7"))
	rework := d("P2", "main", 92, "p3")
	rework.Rework = Yes
	pays := []DeploymentFact{d("P0", "main", 1, "p1"), d("P1", "main", 88, "p2"), rework}
	for i := range pays {
		pays[i].Commits[0].Repository = 2
	}
	w.facts(pay, 2, []CommitFact{c("p1", 0), c("p2", 87, "p1"), c("p3", 91, "p2")}, nil, pays...)
	w.incident("I1", shop, h(63), h(66), 0)
	w.incident("I2", shop, h(89), h(93), 0)
	return shop, pay
}

func (w *world) dora(s *Service, scope Scope) DoraAnswer {
	w.t.Helper()
	a, err := s.Dora(w.ctx, DoraQuestion{Scope: scope, Class: ClassProduction, From: moment(h(0)), To: moment(h(240))})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// dump is every derived row as text, without revisions and times.
func (w *world) dump() string {
	w.t.Helper()
	out := ""
	err := w.d.Read(w.ctx, func(ctx context.Context, tx db.Tx) error {
		apps := map[int64]string{0: "-"}
		states, err := readAppStates(ctx, tx, nil)
		if err != nil {
			return err
		}
		for _, a := range states {
			apps[a.no] = string(a.app)
		}
		lines := func(s string) { out += s + "\n" }
		if err := readDeploymentRows(ctx, tx, func(a int64, d DeploymentRow) { lines(fmt.Sprintf("%s %+v", apps[a], d)) },
			` ORDER BY deployment_id`); err != nil {
			return err
		}
		if err := readChangeRows(ctx, tx, func(a int64, c ChangeRow) { lines(fmt.Sprintf("%s %+v", apps[a], c)) },
			` ORDER BY change_id, environment_class, kind, deployment_id`); err != nil {
			return err
		}
		return readFailures(ctx, tx, func(f storedFailure) {
			lines(fmt.Sprintf("%s %s %+v", apps[f.app], apps[f.blamed], failureValues(&f)[2:6]) + fmt.Sprint(failureValues(&f)[7:]))
		}, ` ORDER BY incident_id`)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}
