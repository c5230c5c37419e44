package valuestream

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// rowWriter stores the rows of whole applications behind the back of whoever derives them, several applications to a
// transaction. What can be done outside of the transaction is done by whoever derives.
type rowWriter struct {
	ctx    context.Context
	db     *db.DB
	before map[ref.App]appState
	at     time.Time
	limit  int // rows to a transaction

	batch []pendingRows
	size  int
	work  chan []pendingRows
	done  sync.WaitGroup

	mu        sync.Mutex
	rewritten []int64 // numbers of applications
	lost      []ref.App
	err       error
}

type pendingRows struct {
	state                appState
	digest               int64
	deployments, changes [][]any // in the order of their keys
}

// rowsPerWrite is how many rows go into one transaction on SQLite, so that it stays short for interactive writers. On
// PostgreSQL nobody waits for it; there are more rows to a transaction, and two of them at a time.
const rowsPerWrite = 2000

// appsPerWrite bounds the applications of one transaction, however few rows they have.
const appsPerWrite = 500

func newRowWriter(ctx context.Context, d *db.DB, before map[ref.App]appState, at time.Time) *rowWriter {
	w := &rowWriter{ctx: ctx, db: d, before: before, at: at, limit: rowsPerWrite, work: make(chan []pendingRows, 2)}
	writers := 1
	if d.Engine() == db.Postgres {
		w.limit, writers = 8*rowsPerWrite, 2
	}
	for range writers {
		w.done.Go(func() {
			for batch := range w.work {
				if w.failed() {
					continue
				}
				if err := w.write(batch); err != nil {
					w.mu.Lock()
					w.err = errors.Join(w.err, err)
					w.mu.Unlock()
				}
			}
		})
	}
	return w
}

func (w *rowWriter) failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err != nil
}

// add queues an application whose rows are not those stored.
func (w *rowWriter) add(app ref.App, rows AppRows) {
	state, sum := w.before[app], digest(&rows)
	if state.digest == sum && state.deployments == int64(len(rows.Deployments)) && state.changes == int64(len(rows.Changes)) {
		return
	}
	p := pendingRows{state: state, digest: sum, deployments: make([][]any, len(rows.Deployments)), changes: make([][]any, len(rows.Changes))}
	for i, d := range inKeyOrder(rows.Deployments, compareDeploymentKeys) {
		p.deployments[i] = deploymentValues(state.no, d)
	}
	for i, c := range inKeyOrder(rows.Changes, compareChangeKeys) {
		p.changes[i] = changeValues(state.no, c)
	}
	w.batch = append(w.batch, p)
	if w.size += len(rows.Deployments) + len(rows.Changes); w.size >= w.limit || len(w.batch) >= appsPerWrite {
		w.work <- w.batch
		w.batch, w.size = nil, 0
	}
}

// close waits until everything is stored and returns how many applications were rewritten and which were lost to a
// derivation that knew more.
func (w *rowWriter) close() (rewritten []int64, lost []ref.App, err error) {
	if len(w.batch) > 0 {
		w.work <- w.batch
	}
	close(w.work)
	w.done.Wait()
	return w.rewritten, w.lost, w.err
}

func (w *rowWriter) write(batch []pendingRows) error {
	numbers := make([]int64, len(batch))
	for i := range batch {
		numbers[i] = batch[i].state.no
	}
	var lost []ref.App
	var kept []int64
	err := w.db.WriteBulk(w.ctx, func(ctx context.Context, tx db.Tx) error {
		lost, kept = nil, nil
		now, err := touch(ctx, tx, numbers)
		if err != nil {
			return err
		}
		var replaced []int64
		var deployments, changes, states [][]any
		for i := range batch {
			p := &batch[i]
			if now[p.state.no] != p.state.revision+1 {
				lost = append(lost, p.state.app)
				continue
			}
			kept = append(kept, p.state.no)
			if p.state.deployments+p.state.changes > 0 {
				replaced = append(replaced, p.state.no)
			}
			deployments, changes = append(deployments, p.deployments...), append(changes, p.changes...)
			states = append(states, []any{p.state.no, string(p.state.app), p.digest, int64(len(p.deployments)), int64(len(p.changes)), w.at})
		}
		if len(replaced) > 0 {
			if _, err := tx.ExecContext(ctx, `DELETE FROM dora_deployment WHERE app_no IN (?)`, bun.List(replaced)); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM dora_change WHERE app_no IN (?)`, bun.List(replaced)); err != nil {
				return err
			}
		}
		if err := tx.BulkInsert(ctx, "dora_deployment", deploymentColumns, deployments); err != nil {
			return err
		}
		if err := tx.BulkInsert(ctx, "dora_change", changeColumns, changes); err != nil {
			return err
		}
		return writeStates(ctx, tx, states)
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rewritten = append(w.rewritten, kept...)
	w.lost = append(w.lost, lost...)
	return nil
}

// inKeyOrder points to rows in the order of their primary key, in which a B-tree grows at its end. The rows stay where
// they are: others hold them in order of time.
func inKeyOrder[R any](rows []R, compare func(a, b *R) int) []*R {
	out := make([]*R, len(rows))
	for i := range rows {
		out[i] = &rows[i]
	}
	slices.SortFunc(out, compare)
	return out
}

func compareDeploymentKeys(a, b *DeploymentRow) int { return cmp.Compare(a.ID, b.ID) }

func compareChangeKeys(a, b *ChangeRow) int {
	return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// touch locks applications by raising their revisions and returns the new ones.
func touch(ctx context.Context, tx db.Tx, numbers []int64) (map[int64]int64, error) {
	now := make(map[int64]int64, len(numbers))
	for _, part := range db.Chunks(numbers, 1000) {
		err := scanRows(ctx, tx, 2, func(v []any) error {
			now[number(v[0])] = number(v[1])
			return nil
		}, `UPDATE dora_application SET revision = revision + 1 WHERE app_no IN (?) RETURNING app_no, revision`, bun.List(part))
		if err != nil {
			return nil, err
		}
	}
	return now, nil
}

func writeStates(ctx context.Context, tx db.Tx, states [][]any) error {
	return tx.BulkUpsert(ctx, "dora_application", []string{"app_no", "application_id", "digest", "deployments", "changes", "derived_at"},
		[]string{"app_no"}, []string{"digest", "deployments", "changes", "derived_at"}, "", states)
}
