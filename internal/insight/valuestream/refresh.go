package valuestream

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// appState is a row of dora_application.
type appState struct {
	no          int64
	app         ref.App
	revision    int64
	digest      int64
	deployments int64
	changes     int64
}

func readAppStates(ctx context.Context, tx db.Tx, apps []ref.App) (map[ref.App]appState, error) {
	out := map[ref.App]appState{}
	read := func(v []any) error {
		a := appState{number(v[0]), ref.App(text(v[1])), number(v[2]), number(v[3]), number(v[4]), number(v[5])}
		out[a.app] = a
		return nil
	}
	const query = `SELECT app_no, application_id, revision, digest, deployments, changes FROM dora_application`
	if apps == nil {
		return out, scanRows(ctx, tx, 6, read, query)
	}
	for _, part := range db.Chunks(apps, 500) {
		if err := scanRows(ctx, tx, 6, read, query+` WHERE application_id IN (?)`, bun.List(part)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Refresh reloads the applications whose derived rows are newer than what the memory holds. When nothing changed it
// reads one row.
func (s *Service) Refresh(ctx context.Context) error {
	return s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var total int64
		if err := tx.NewRaw(`SELECT CAST(COALESCE(SUM(revision), 0) AS BIGINT) FROM dora_application`).Scan(ctx, &total); err != nil {
			return err
		}
		s.mu.Lock()
		held := int64(0)
		for _, r := range s.revisions {
			held += r
		}
		s.mu.Unlock()
		if held == total {
			return nil
		}
		states, err := readAppStates(ctx, tx, nil)
		if err != nil {
			return err
		}
		var stale []appState
		s.mu.Lock()
		for app, a := range states {
			if s.revisions[app] < a.revision {
				stale = append(stale, a)
			}
		}
		s.mu.Unlock()
		return s.load(ctx, tx, stale)
	})
}

// reload brings the given applications into memory at once, in a snapshot of its own.
func (s *Service) reload(ctx context.Context, apps []ref.App) error {
	return s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		states, err := readAppStates(ctx, tx, apps)
		if err != nil {
			return err
		}
		stale := make([]appState, 0, len(states))
		for _, a := range states {
			stale = append(stale, a)
		}
		return s.load(ctx, tx, stale)
	})
}

// loadedAtOnce bounds the rows held twice while memory is filled.
const loadedAtOnce = 50_000

func (s *Service) load(ctx context.Context, tx db.Tx, stale []appState) error {
	for len(stale) > 0 {
		n, rows := 0, int64(0)
		for n < len(stale) && n < 500 && (n == 0 || rows+stale[n].deployments+stale[n].changes <= loadedAtOnce) {
			rows += stale[n].deployments + stale[n].changes
			n++
		}
		part := stale[:n]
		stale = stale[n:]
		loaded, err := loadColumns(ctx, tx, part)
		if err != nil {
			return err
		}
		s.publish(part, loaded)
	}
	return nil
}

// publish puts columns into memory unless it already holds a newer revision of the application.
func (s *Service) publish(states []appState, loaded map[ref.App]*columns) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range states {
		if s.revisions[a.app] > a.revision {
			delete(loaded, a.app)
			continue
		}
		s.revisions[a.app] = a.revision
	}
	s.store.replace(loaded)
}

// loadColumns lays out the derived rows of applications.
func loadColumns(ctx context.Context, tx db.Tx, states []appState) (map[ref.App]*columns, error) {
	type parts struct {
		rows         AppRows
		against, own []FailureRow
	}
	by := make(map[int64]*parts, len(states))
	numbers := make([]int64, 0, len(states))
	for _, a := range states {
		by[a.no] = &parts{}
		numbers = append(numbers, a.no)
	}
	err := readDeploymentRows(ctx, tx, func(app int64, d DeploymentRow) {
		by[app].rows.Deployments = append(by[app].rows.Deployments, d)
	}, ` WHERE app_no IN (?)`, bun.List(numbers))
	if err != nil {
		return nil, err
	}
	err = readChangeRows(ctx, tx, func(app int64, c ChangeRow) {
		by[app].rows.Changes = append(by[app].rows.Changes, c)
	}, ` WHERE app_no IN (?)`, bun.List(numbers))
	if err != nil {
		return nil, err
	}
	err = readFailures(ctx, tx, func(f storedFailure) {
		if p := by[f.app]; p != nil {
			p.own = append(p.own, f.row)
		}
		if p := by[f.blamed]; p != nil && f.row.Decision.Deployment != 0 {
			p.against = append(p.against, f.row)
		}
	}, ` WHERE app_no IN (?) OR deployment_app_no IN (?)`, bun.List(numbers), bun.List(numbers))
	if err != nil {
		return nil, err
	}
	out := make(map[ref.App]*columns, len(states))
	for _, a := range states {
		p := by[a.no]
		out[a.app] = newColumns(&p.rows, p.against, p.own)
	}
	return out, nil
}
