package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ingestion is one batch being written.
type ingestion struct {
	service *Service
	batch   Batch
	result  *Result
	maker   *rowMaker
	now     time.Time
	// touched holds the applications whose facts changed, each with the earliest time they speak of.
	touched map[ref.App]time.Time
	// deployments are those of the batch: their rows know the repositories of their commits already.
	deployments map[int64]bool
}

// write puts the rows into the database and announces them.
func (r *ingestion) write(ctx context.Context, rows []row) error {
	if len(rows) == 0 && r.result.Counts[KindRepository] == 0 && len(r.touched) == 0 {
		return nil
	}
	links := collectLinks(r.maker.conn, rows)
	r.deployments = map[int64]bool{}
	for _, one := range rows {
		if one.table == tDeployment {
			r.deployments[one.key.a] = true
		}
	}
	engine, slicer := r.service.db.Engine(), &r.service.slicer
	size := bulkRecords(engine)
	begin := r.service.db.WriteBulk
	if r.batch.Interactive && len(rows) <= size {
		begin = r.service.db.Write
	}
	single := len(rows) <= size
	for len(rows) > 0 && !single {
		n := min(slicer.records(engine), len(rows))
		chunk := rows[:n]
		rows = rows[n:]
		if err := begin(ctx, func(ctx context.Context, tx db.Tx) error {
			began := time.Now()
			touched, err := r.writeChunk(ctx, tx, chunk)
			if err != nil {
				return err
			}
			if err := r.service.rememberTouches(ctx, tx, r.result.Batch, touched); err != nil {
				return err
			}
			tx.AfterCommit(func() {
				slicer.took(n, time.Since(began))
				r.keep(chunk, touched)
			})
			return nil
		}); err != nil {
			return r.explain(err)
		}
	}
	err := begin(ctx, func(ctx context.Context, tx db.Tx) error {
		touched := newTouches()
		var err error
		if len(rows) > 0 {
			if touched, err = r.writeChunk(ctx, tx, rows); err != nil {
				return err
			}
		}
		if err := links.resolve(ctx, tx, touched); err != nil {
			return err
		}
		tx.AfterCommit(func() { r.keep(rows, touched) })
		return r.announce(ctx, tx, rows, touched)
	})
	if err != nil {
		return r.explain(err)
	}
	if r.service.onBatch != nil {
		r.service.onBatch(r.result.Touched)
	}
	return nil
}

// explain names the one fault of the database that means two records have the same id.
func (r *ingestion) explain(err error) error {
	if db.IsNotNull(err) {
		return problem.New(problem.Internal, "record_id_collision",
			"Two different records have the same id. Nothing of this part of the batch was saved; report it.").Because(err)
	}
	return err
}

// writeChunk upserts rows inside one transaction and returns what they touch.
func (r *ingestion) writeChunk(ctx context.Context, tx db.Tx, rows []row) (*touches, error) {
	touched := newTouches()
	touched.written = r.deployments
	if err := touched.before(ctx, tx, rows); err != nil {
		return nil, err
	}
	// Rows of one table that share a key go into statements of their own, in order of arrival.
	for len(rows) > 0 {
		t := rows[0].table
		n := slices.IndexFunc(rows, func(x row) bool { return x.table != t })
		if n < 0 {
			n = len(rows)
		}
		for _, layer := range layers(rows[:n]) {
			if err := t.upsert(ctx, tx, layer.whole, false); err != nil {
				return nil, err
			}
			if err := t.upsert(ctx, tx, layer.partial, true); err != nil {
				return nil, err
			}
		}
		touched.after(r.maker.known, rows[:n])
		rows = rows[n:]
	}
	return touched, r.service.follow(ctx, tx, r.maker.known, touched)
}

// layer is rows no two of which share a key.
type layer struct{ whole, partial [][]any }

// layers splits rows into layers that keep the order of rows with the same key.
func layers(rows []row) []layer {
	out := []layer{{whole: make([][]any, 0, len(rows))}}
	seen := make(map[rowKey]int, len(rows))
	for _, r := range rows {
		at := seen[r.key]
		seen[r.key] = at + 1
		if at == len(out) {
			out = append(out, layer{})
		}
		if r.partial {
			out[at].partial = append(out[at].partial, r.values)
		} else {
			out[at].whole = append(out[at].whole, r.values)
		}
	}
	return out
}

// keep notes what a committed transaction did.
func (r *ingestion) keep(rows []row, t *touches) {
	for _, one := range rows {
		r.result.Counts[kindOf[one.table]]++
		if (one.table == tDeployment || one.table == tIncident) && one.values[appColumn[one.table]] == nil {
			r.result.Unmapped++
		}
	}
	r.merge(t)
}

func (r *ingestion) merge(t *touches) {
	for app, at := range t.applications {
		r.touched[app] = earliest(r.touched[app], at)
	}
}

var kindOf = map[*table]RecordKind{
	tToolAccount: KindToolAccount, tBoard: KindBoard, tMilestone: KindMilestone, tWorkItem: KindWorkItem, tWorkItemChange: KindWorkItemChange,
	tWorkItemLabel: KindWorkItemLabel, tWorkItemAssignee: KindWorkItemAssignee, tWorkItemComment: KindWorkItemComment,
	tBoardWorkItem: KindBoardWorkItem, tCommit: KindCommit, tChangeRequest: KindChangeRequest, tChangeRequestCommit: KindChangeRequestCommit,
	tChangeRequestLabel: KindChangeRequestLabel, tChangeRequestItem: KindChangeRequestItem, tReviewComment: KindReviewComment,
	tReviewer: KindReviewer, tPipelineRun: KindPipelineRun, tPipelineRunCommit: KindPipelineRunCommit, tJobRun: KindJobRun,
	tTestRun: KindTestRun, tArtifact: KindArtifact, tRelease: KindRelease, tDeployment: KindDeployment,
	tDeploymentCommit: KindDeploymentCommit, tIncident: KindIncident,
}

// announce appends the event of the batch.
func (r *ingestion) announce(ctx context.Context, tx db.Tx, last []row, t *touches) error {
	res := r.result
	counts := map[string]int{}
	total, unmapped := 0, res.Unmapped
	for k, n := range res.Counts {
		counts[string(k)] += n
		total += n
	}
	for _, one := range last {
		counts[string(kindOf[one.table])]++
		total++
		if (one.table == tDeployment || one.table == tIncident) && one.values[appColumn[one.table]] == nil {
			unmapped++
		}
	}
	all := map[ref.App]time.Time{}
	for _, source := range []map[ref.App]time.Time{r.touched, t.applications} {
		for app, at := range source {
			all[app] = earliest(all[app], at)
		}
	}
	res.Touched = Touched{Batch: res.Batch, Applications: []ref.App{}}
	for app, at := range all {
		res.Applications = append(res.Applications, app)
		res.Earliest = earliest(res.Earliest, at)
	}
	slices.Sort(res.Applications)
	data := map[string]any{
		"batch": res.Batch, "source": r.batch.Source, "connection": r.batch.Connection, "counts": counts, "total": total,
		"unmapped": unmapped, "rejected": len(res.Rejected), "applications": res.Applications,
	}
	if !res.Earliest.IsZero() {
		data["earliest"] = res.Earliest
	}
	if len(r.touched) > 0 {
		if _, err := tx.ExecContext(ctx, `DELETE FROM ingest_touch WHERE batch_id = ?`, res.Batch); err != nil {
			return err
		}
	}
	return r.service.events.Append(ctx, tx, events.Event{
		Kind: EventBatchIngested, SubjectID: res.Batch, SubjectLabel: fmt.Sprintf("%d records from %s", total, r.batch.Source), Data: data,
	})
}
