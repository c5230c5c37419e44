package valuestream

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Derived tells what a derivation of everything did.
type Derived struct {
	Applications int
	Deployments  int
	Changes      int
	Incidents    int
	Rewritten    int // applications whose rows were not the same as before
	Took         time.Duration
}

// DeriveAll derives every application from the facts. Readers see each application's rows change at once, from the old
// to the new, and what did not change is not written. progress may be nil.
func (s *Service) DeriveAll(ctx context.Context, progress func(done, total int64, note string)) (Derived, error) {
	if progress == nil {
		progress = func(int64, int64, string) {}
	}
	begun := time.Now()
	run := &derivation{s: s, columns: map[ref.App]*columns{}, rows: map[ref.App][]DeploymentRow{}}
	progress(0, 0, "reading")
	if err := run.read(ctx); err != nil {
		return Derived{}, err
	}
	if err := run.derive(ctx, progress); err != nil {
		return Derived{}, err
	}
	progress(run.total, run.total, "attributing incidents")
	if err := run.blame(ctx); err != nil {
		return Derived{}, err
	}
	if err := run.publish(ctx); err != nil {
		return Derived{}, err
	}
	run.result.Took = time.Since(begun)
	return run.result, nil
}

// derivation is one run of DeriveAll.
type derivation struct {
	s       *Service
	before  map[ref.App]appState
	apps    []ref.App
	facts   *facts
	repos   map[int64]*Repository
	users   map[int64]int // applications that still need a repository
	rows    map[ref.App][]DeploymentRow
	columns map[ref.App]*columns
	lost    map[ref.App]bool // somebody derived them meanwhile, from newer facts
	raised  map[int64]int64  // how often this run raised the revision of an application
	total   int64
	result  Derived
}

// read takes the revisions before the facts: a revision that has moved when rows are written tells of newer facts.
func (r *derivation) read(ctx context.Context) error {
	err := r.s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		r.before, err = readAppStates(ctx, tx, nil)
		return err
	})
	if err != nil {
		return err
	}
	if r.facts, err = gather(ctx, r.s.db, nil); err != nil {
		return err
	}
	r.apps = r.facts.names()
	for a := range r.before { // all facts gone: the rows go too
		if _, have := r.facts.apps.number[a]; !have {
			r.apps = append(r.apps, a)
		}
	}
	r.lost, r.raised = map[ref.App]bool{}, map[int64]int64{}
	return r.s.number(ctx, r.apps, r.before, r.lost)
}

// number gives a number to applications that have none yet. One that got its number elsewhere in the meantime is lost
// to this run.
func (s *Service) number(ctx context.Context, apps []ref.App, known map[ref.App]appState, lost map[ref.App]bool) error {
	var fresh []ref.App
	for _, a := range apps {
		if _, ok := known[a]; !ok {
			fresh = append(fresh, a)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := s.giveNumbers(ctx, fresh); err != nil {
		return err
	}
	return s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		states, err := readAppStates(ctx, tx, fresh)
		for a, state := range states {
			if lost != nil && state.revision > 0 {
				lost[a] = true
			}
			known[a] = state
		}
		return err
	})
}

// giveNumbers gives the next numbers to applications. Where somebody else gave the same numbers to others in the meantime it
// takes the ones behind.
func (s *Service) giveNumbers(ctx context.Context, fresh []ref.App) error {
	for {
		err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			var last int64
			if err := tx.NewRaw(`SELECT COALESCE(MAX(app_no), 0) FROM dora_application`).Scan(ctx, &last); err != nil {
				return err
			}
			rows := make([][]any, len(fresh))
			for i, a := range fresh {
				rows[i] = []any{last + int64(i) + 1, string(a)}
			}
			return tx.BulkUpsert(ctx, "dora_application", []string{"app_no", "application_id"}, []string{"application_id"}, nil, "", rows)
		})
		if !db.IsUnique(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (r *derivation) repository(id int64) *Repository {
	if repo, built := r.repos[id]; built {
		return repo
	}
	repo := r.facts.repository(id)
	r.repos[id] = repo
	return repo
}

func (r *derivation) derive(ctx context.Context, progress func(done, total int64, note string)) error {
	r.repos, r.users = map[int64]*Repository{}, map[int64]int{}
	r.total = int64(r.facts.deployments.n)
	for _, app := range r.apps {
		for _, id := range r.facts.repositoriesOf(app) {
			r.users[id]++
		}
	}
	w := newRowWriter(ctx, r.s.db, r.before, r.s.clock.Now())
	var v Deriver
	for i, app := range r.apps {
		if ctx.Err() != nil {
			break
		}
		f := AppFacts{Application: app, Deployments: r.facts.deploymentsOf(app), Repositories: map[int64]*Repository{}}
		used := r.facts.repositoriesOf(app)
		for _, id := range used {
			f.Repositories[id] = r.repository(id)
		}
		rows := v.Application(&f)
		for _, id := range used {
			if r.users[id]--; r.users[id] == 0 {
				delete(r.repos, id)
			}
		}
		c := &columns{}
		c.layChanges(rows.Changes)
		r.columns[app], r.rows[app] = c, rows.Deployments
		r.result.Deployments += len(rows.Deployments)
		r.result.Changes += len(rows.Changes)
		if !r.lost[app] {
			w.add(app, rows)
		}
		if i%100 == 99 {
			progress(int64(r.result.Deployments), r.total, "deriving")
		}
	}
	r.result.Applications = len(r.apps)
	r.facts = nil
	rewritten, lost, err := w.close()
	r.result.Rewritten = len(rewritten)
	for _, n := range rewritten {
		r.raised[n]++
	}
	for _, a := range lost {
		r.lost[a] = true
	}
	return cmp.Or(err, ctx.Err())
}

// blame decides all incidents and stores the decisions that are new.
func (r *derivation) blame(ctx context.Context) error {
	var incidents []IncidentFact
	var dependsOn map[ref.App][]ref.App
	var overrides map[int64]Override
	stored := map[int64]storedFailure{}
	err := r.s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if incidents, err = readIncidents(ctx, tx, ""); err != nil {
			return err
		}
		if dependsOn, _, err = readDependencies(ctx, tx); err != nil {
			return err
		}
		if overrides, err = readOverrides(ctx, tx, nil); err != nil {
			return err
		}
		return readFailures(ctx, tx, func(f storedFailure) { stored[f.row.Incident] = f }, "")
	})
	if err != nil {
		return err
	}
	var apps []ref.App
	named := map[int64]bool{}
	for i := range incidents {
		named[incidents[i].CausedBy] = true
		if len(apps) == 0 || apps[len(apps)-1] != incidents[i].Application {
			apps = append(apps, incidents[i].Application)
		}
	}
	if err := r.s.number(ctx, apps, r.before, nil); err != nil {
		return err
	}
	b := NewBlame(dependsOn, overrides)
	for app, rows := range r.rows {
		b.Add(app, rows, func(id int64) bool { return named[id] })
	}
	against, own := map[ref.App][]FailureRow{}, map[ref.App][]FailureRow{}
	var changed []storedFailure
	for i := range incidents {
		f := b.Failure(&incidents[i])
		next := storedFailure{app: r.before[f.Application].no, blamed: r.before[f.Decision.Application].no, row: f}
		if old, known := stored[f.Incident]; !known || !old.same(&next) {
			changed = append(changed, next)
		}
		delete(stored, f.Incident)
		own[f.Application] = append(own[f.Application], f)
		if f.Decision.Deployment != 0 {
			against[f.Decision.Application] = append(against[f.Decision.Application], f)
		}
	}
	r.result.Incidents = len(incidents)
	for app := range own { // incidents of an application without deployments
		if r.columns[app] == nil {
			r.columns[app] = &columns{}
		}
	}
	for app, c := range r.columns {
		c.layDeployments(r.rows[app], against[app])
		c.layIncidents(own[app])
	}
	touched, err := r.s.storeFailures(ctx, changed, stored)
	for _, n := range touched {
		r.raised[n]++
	}
	return err
}

// storeFailures writes decisions and removes those of incidents that are gone, and bumps the revision of every
// application whose numbers they change; it returns their numbers.
func (s *Service) storeFailures(ctx context.Context, changed []storedFailure, gone map[int64]storedFailure) ([]int64, error) {
	touched := map[int64]bool{}
	var ids []int64
	for id, f := range gone {
		ids = append(ids, id)
		touched[f.app], touched[f.blamed] = true, true
	}
	for _, part := range db.Chunks(changed, 2000) {
		if err := s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error { return writeFailures(ctx, tx, part) }); err != nil {
			return nil, err
		}
		for i := range part {
			touched[part[i].app], touched[part[i].blamed] = true, true
		}
	}
	if len(touched) == 0 {
		return nil, nil
	}
	delete(touched, 0)
	numbers := make([]int64, 0, len(touched))
	for n := range touched {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers, s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := deleteFailures(ctx, tx, ids); err != nil {
			return err
		}
		for _, part := range db.Chunks(numbers, 1000) {
			if _, err := tx.ExecContext(ctx, `UPDATE dora_application SET revision = revision + 1 WHERE app_no IN (?)`, bun.List(part)); err != nil {
				return err
			}
		}
		return nil
	})
}

// publish puts the new columns into memory, and has those applications derived again that changed meanwhile.
func (r *derivation) publish(ctx context.Context) error {
	var states map[ref.App]appState
	err := r.s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		states, err = readAppStates(ctx, tx, nil)
		return err
	})
	if err != nil {
		return err
	}
	ready := make([]appState, 0, len(states))
	var moved []ref.App
	for app := range r.columns {
		now, before := states[app], r.before[app]
		if r.lost[app] || now.revision != before.revision+r.raised[now.no] {
			moved = append(moved, app) // somebody else wrote rows of it: what is stored counts
			delete(r.columns, app)
			continue
		}
		ready = append(ready, now)
	}
	r.s.publish(ready, r.columns)
	if len(moved) > 0 {
		if err := r.s.reload(ctx, moved); err != nil {
			return err
		}
	}
	if r.s.jobs == nil || len(r.lost) == 0 {
		return nil
	}
	return r.s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		for app := range r.lost {
			args, opts := derivationOf([]ref.App{app})
			if err := r.s.jobs.Enqueue(ctx, tx, args, opts); err != nil {
				return err
			}
		}
		return nil
	})
}
