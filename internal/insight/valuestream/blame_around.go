package valuestream

import (
	"context"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// decisions are the attributions one derivation changes.
type decisions struct {
	changed []storedFailure
	gone    []int64
	numbers []int64 // applications whose numbers the changes move
}

func (d *decisions) touched() []int64 { return d.numbers }

func (d *decisions) empty() bool { return len(d.changed)+len(d.gone) == 0 }

func (d *decisions) move(f *storedFailure) {
	for _, n := range []int64{f.app, f.blamed} {
		if n != 0 {
			d.numbers = append(d.numbers, n)
		}
	}
}

func (d *decisions) write(ctx context.Context, tx db.Tx) error {
	if err := deleteFailures(ctx, tx, d.gone); err != nil {
		return err
	}
	return writeFailures(ctx, tx, d.changed)
}

// blameAround decides the incidents of an application, and those of applications depending on it that began where its
// deployments of the span from..to may have caused them. rows are the application's new rows.
func (s *Service) blameAround(ctx context.Context, app ref.App, rows []DeploymentRow, from, to int64) (*decisions, error) {
	var incidents []IncidentFact
	var blame *Blame
	stored := map[int64]storedFailure{}
	numbers := map[ref.App]appState{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		dependsOn, dependents, err := readDependencies(ctx, tx)
		if err != nil {
			return err
		}
		if incidents, err = readIncidents(ctx, tx, ` AND i.application_id = ?`, string(app)); err != nil {
			return err
		}
		if from <= to {
			low, high := moment(from-longestRollout), moment(to+attributionWindow+longestRollout)
			for _, part := range db.Chunks(dependents[app], 500) {
				more, err := readIncidents(ctx, tx, ` AND i.application_id IN (?) AND i.started_at BETWEEN ? AND ?`, bun.List(part), low, high)
				if err != nil {
					return err
				}
				incidents = append(incidents, more...)
			}
		}
		read := func(f storedFailure) { stored[f.row.Incident] = f }
		if err := readFailures(ctx, tx, read, ` WHERE app_no IN (SELECT app_no FROM dora_application WHERE application_id = ?)`, string(app)); err != nil {
			return err
		}
		ids := make([]int64, len(incidents))
		for i := range incidents {
			ids[i] = incidents[i].ID
		}
		for _, part := range db.Chunks(ids, 1000) {
			if err := readFailures(ctx, tx, read, ` WHERE incident_id IN (?)`, bun.List(part)); err != nil {
				return err
			}
		}
		overrides, err := readOverrides(ctx, tx, ids)
		if err != nil {
			return err
		}
		blame = NewBlame(dependsOn, overrides)
		return addSuspects(ctx, tx, blame, incidents, app, rows)
	})
	if err != nil {
		return nil, err
	}
	apps := []ref.App{app}
	for i := range incidents {
		apps = append(apps, incidents[i].Application)
	}
	for a := range blame.suspects {
		apps = append(apps, a)
	}
	for _, n := range blame.named {
		apps = append(apps, n.app)
	}
	for _, o := range blame.overrides {
		if o.Application != "" {
			apps = append(apps, o.Application)
		}
	}
	slices.Sort(apps)
	apps = slices.Compact(apps)
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		numbers, err = readAppStates(ctx, tx, apps)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.number(ctx, apps, numbers, nil); err != nil {
		return nil, err
	}
	out := &decisions{}
	for i := range incidents {
		f := blame.Failure(&incidents[i])
		next := storedFailure{app: numbers[f.Application].no, blamed: numbers[f.Decision.Application].no, row: f}
		old, known := stored[f.Incident]
		delete(stored, f.Incident)
		if known && old.same(&next) {
			continue
		}
		out.changed = append(out.changed, next)
		out.move(&next)
		if known {
			out.move(&old)
		}
	}
	for id, f := range stored { // incidents that are gone or belong to another application now
		out.gone = append(out.gone, id)
		out.move(&f)
	}
	return out, nil
}

// addSuspects loads the deployments that may have caused the incidents; those of app itself are given.
func addSuspects(ctx context.Context, tx db.Tx, blame *Blame, incidents []IncidentFact, app ref.App, rows []DeploymentRow) error {
	first, last := int64(math.MaxInt64), int64(0)
	var wanted []ref.App
	named := map[int64]bool{}
	for i := range incidents {
		in := &incidents[i]
		first, last = min(first, in.StartedAt), max(last, in.StartedAt)
		wanted = append(append(wanted, in.Application), blame.dependsOn[in.Application]...)
		if in.CausedBy != 0 {
			named[in.CausedBy] = true
		}
	}
	isNamed := func(id int64) bool { return named[id] }
	blame.Add(app, rows, isNamed)
	for i := range rows {
		delete(named, rows[i].ID)
	}
	if len(incidents) == 0 {
		return nil
	}
	slices.Sort(wanted)
	wanted = slices.DeleteFunc(slices.Compact(wanted), func(a ref.App) bool { return a == app })
	states, err := readAppStates(ctx, tx, wanted)
	if err != nil {
		return err
	}
	for _, a := range wanted {
		state, known := states[a]
		if !known {
			continue
		}
		var found []DeploymentRow
		// Later deployments matter too: one of them may say that it answers an incident.
		err := readDeploymentRows(ctx, tx, func(_ int64, d DeploymentRow) { found = append(found, d) },
			` WHERE app_no = ? AND finished_at >= ? AND (finished_at <= ? OR fixes_incident <> 0) ORDER BY finished_at, deployment_id`,
			state.no, first-attributionWindow, last+longestRollout)
		if err != nil {
			return err
		}
		blame.Add(a, found, isNamed)
	}
	return addNamed(ctx, tx, blame, named)
}

// addNamed finds deployments that incidents name and that are not among the suspects.
func addNamed(ctx context.Context, tx db.Tx, blame *Blame, named map[int64]bool) error {
	var ids []int64
	for id := range named {
		if _, found := blame.named[id]; !found {
			ids = append(ids, id)
		}
	}
	for _, part := range db.Chunks(ids, 500) {
		apps := map[int64]ref.App{}
		var numbers []int64
		err := scanRows(ctx, tx, 3, func(v []any) error {
			apps[number(v[0])] = ref.App(text(v[1]))
			numbers = append(numbers, number(v[2]))
			return nil
		}, `SELECT d.id, d.application_id, a.app_no FROM deployment d JOIN dora_application a ON a.application_id = d.application_id WHERE d.id IN (?)`, bun.List(part))
		if err != nil {
			return err
		}
		if len(numbers) == 0 {
			continue
		}
		err = readDeploymentRows(ctx, tx, func(_ int64, d DeploymentRow) {
			blame.named[d.ID] = namedDeployment{apps[d.ID], &d}
		}, ` WHERE app_no IN (?) AND deployment_id IN (?)`, bun.List(numbers), bun.List(part))
		if err != nil {
			return err
		}
	}
	return nil
}
