package valuestream

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// errMoved says that an application was derived by somebody else between reading and writing.
var errMoved = errors.New("the application was derived meanwhile")

// derivationTries bounds how often a derivation starts over because another one came between.
const derivationTries = 5

// DeriveApplication derives one application after its facts changed, and decides anew the incidents that its
// deployments may have caused, its own and those of the applications that depend on it. When it returns, the metrics of
// this process show the change.
func (s *Service) DeriveApplication(ctx context.Context, app ref.App) error {
	for range derivationTries {
		err := s.deriveOnce(ctx, app)
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

func (s *Service) deriveOnce(ctx context.Context, app ref.App) error {
	known := map[ref.App]appState{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		states, err := readAppStates(ctx, tx, []ref.App{app})
		for a, state := range states {
			known[a] = state
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.number(ctx, []ref.App{app}, known, nil); err != nil {
		return err
	}
	state := known[app]
	gathered, err := gather(ctx, s.db, []ref.App{app})
	if err != nil {
		return err
	}
	f := AppFacts{Application: app, Deployments: gathered.deploymentsOf(app), Repositories: map[int64]*Repository{}}
	for _, id := range gathered.repositoriesOf(app) {
		f.Repositories[id] = gathered.repository(id)
	}
	var v Deriver
	rows := v.Application(&f)

	var change rowChange
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		change, err = compare(ctx, tx, state, &rows)
		return err
	})
	if err != nil {
		return err
	}
	blamed, err := s.blameAround(ctx, app, rows.Deployments, change.from, change.to)
	if err != nil {
		return err
	}
	if change.empty() && blamed.empty() && state.digest == digest(&rows) {
		return nil // nothing to say, to no node
	}
	touched := append(blamed.touched(), state.no)
	slices.Sort(touched)
	touched = slices.Compact(touched)
	var apps []ref.App
	err = s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		now, err := touch(ctx, tx, touched)
		if err != nil {
			return err
		}
		if now[state.no] != state.revision+1 {
			return errMoved
		}
		if err := change.write(ctx, tx, state.no); err != nil {
			return err
		}
		if err := blamed.write(ctx, tx); err != nil {
			return err
		}
		apps = apps[:0]
		if err := tx.NewRaw(`SELECT application_id FROM dora_application WHERE app_no IN (?)`, bun.List(touched)).Scan(ctx, &apps); err != nil {
			return err
		}
		return writeStates(ctx, tx, [][]any{{state.no, string(app), digest(&rows), int64(len(rows.Deployments)), int64(len(rows.Changes)), s.clock.Now()}})
	})
	if err != nil {
		return err
	}
	return s.reload(ctx, apps)
}

// rowChange is the difference between stored and new rows of one application.
type rowChange struct {
	deployments, changes [][]any
	goneDeployments      []int64
	goneChanges          []ChangeRow
	from, to             int64 // when the deployments that differ ended; from is past to when none does
}

func compare(ctx context.Context, tx db.Tx, state appState, rows *AppRows) (rowChange, error) {
	c := rowChange{from: math.MaxInt64}
	span := func(d *DeploymentRow) {
		c.from, c.to = min(c.from, d.StartedAt, max(d.FinishedAt, d.StartedAt)), max(c.to, d.FinishedAt, d.StartedAt)
	}
	stored := map[int64]DeploymentRow{}
	if err := readDeploymentRows(ctx, tx, func(_ int64, d DeploymentRow) { stored[d.ID] = d }, ` WHERE app_no = ?`, state.no); err != nil {
		return c, err
	}
	for i := range rows.Deployments {
		d := &rows.Deployments[i]
		if old, known := stored[d.ID]; !known || old != *d {
			c.deployments = append(c.deployments, deploymentValues(state.no, d))
			span(d)
			if known {
				span(&old)
			}
		}
		delete(stored, d.ID)
	}
	for id, d := range stored {
		c.goneDeployments = append(c.goneDeployments, id)
		span(&d)
	}
	type key struct {
		class Class
		kind  ChangeKind
		id    int64
	}
	changes := map[key]ChangeRow{}
	if err := readChangeRows(ctx, tx, func(_ int64, r ChangeRow) { changes[key{r.Class, r.Kind, r.ID}] = r }, ` WHERE app_no = ?`, state.no); err != nil {
		return c, err
	}
	for i := range rows.Changes {
		r := &rows.Changes[i]
		k := key{r.Class, r.Kind, r.ID}
		if changes[k] != *r {
			c.changes = append(c.changes, changeValues(state.no, r))
		}
		delete(changes, k)
	}
	for _, r := range changes {
		c.goneChanges = append(c.goneChanges, r)
	}
	return c, nil
}

func (c *rowChange) empty() bool {
	return len(c.deployments)+len(c.changes)+len(c.goneDeployments)+len(c.goneChanges) == 0
}

func (c *rowChange) write(ctx context.Context, tx db.Tx, app int64) error {
	for _, part := range db.Chunks(c.goneDeployments, 1000) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM dora_deployment WHERE app_no = ? AND deployment_id IN (?)`, app, bun.List(part)); err != nil {
			return err
		}
	}
	for _, r := range c.goneChanges {
		_, err := tx.ExecContext(ctx, `DELETE FROM dora_change WHERE app_no = ? AND environment_class = ? AND kind = ? AND change_id = ?`,
			app, int64(r.Class), int64(r.Kind), r.ID)
		if err != nil {
			return err
		}
	}
	if err := tx.BulkUpsert(ctx, "dora_deployment", deploymentColumns, deploymentColumns[:2], deploymentColumns[2:], "", c.deployments); err != nil {
		return err
	}
	return tx.BulkUpsert(ctx, "dora_change", changeColumns, changeColumns[:4], changeColumns[4:], "", c.changes)
}
