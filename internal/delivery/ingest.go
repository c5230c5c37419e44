package delivery

import (
	"context"
	"slices"
	"strconv"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Batch is records that arrive together.
type Batch struct {
	// Connection is where they come from; empty for records sent through the API.
	Connection ref.Connection
	// Source names the origin for people: "API", "Connection Acme GitHub".
	Source  string
	Records []Record
	// Interactive says that a person or a pipeline waits for the answer: a small batch then goes before those of
	// running collections.
	Interactive bool
	// element tells for each record which element of a request it belongs to; a rejected record takes the others of its
	// element with it.
	element []int
	// authorised says that it was checked already that the caller may report every record.
	authorised bool
}

// Result is what became of a batch.
type Result struct {
	// Batch identifies it in the history.
	Batch string
	// Counts are the records that were taken, by kind, including those that changed nothing.
	Counts map[RecordKind]int
	// Unmapped counts deployments and incidents of the batch for which no application was found.
	Unmapped int
	// Rejected are the records that cannot be taken, in the order of the batch.
	Rejected []Rejection
	// Notes tell what was changed in records to take them: text that was cut, times that were moved.
	Notes []Note
	Touched
}

// Rejection is one record that was not taken and why.
type Rejection struct {
	Index int
	Head  Head
	Err   error
}

// Note is a remark about one record that was taken.
type Note struct {
	Index int
	Text  string
}

// Touched is which applications' facts a batch changed.
type Touched struct {
	Batch        string
	Applications []ref.App
	// Earliest is the earliest time the changed facts speak of; the zero time when they have none.
	Earliest time.Time
}

// bulkRecords is how many records one transaction takes. On SQLite so few that the single writer is free again after a
// few milliseconds for whoever waits; PostgreSQL has many writers, and larger transactions are cheaper there.
func bulkRecords(e db.Engine) int {
	if e == db.Postgres {
		return 500
	}
	return 120
}

// Ingest takes records in. A record may arrive twice, in any order, before the ones it refers to, and in several
// versions: what is stored in the end is the same, as long as the versions do not contradict each other in what the newest
// leaves out. A record that cannot be taken is rejected and does not stop the
// others. Records are written in transactions of a few hundred; when Ingest fails, the ones already written stay, are
// announced at the latest by [Service.RecoverBatches], and the batch may be sent again. A person or service account that may
// report for some units only has records of other units' applications rejected.
func (s *Service) Ingest(ctx context.Context, b Batch) (Result, error) {
	now := s.clock.Now()
	res := Result{Batch: ref.New[string](), Counts: map[RecordKind]int{}}
	records := pointers(b.Records)
	mentioned := gather(b.Connection, records)
	m := &rowMaker{conn: b.Connection, now: now, limit: now.Add(futureTolerance)}
	if err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		rules, err := s.currentRules(ctx, tx)
		if err != nil {
			return err
		}
		m.known = newKnown(rules)
		return m.known.load(ctx, tx, mentioned)
	}); err != nil {
		return res, err
	}
	run := &ingestion{service: s, batch: b, result: &res, maker: m, now: now, touched: map[ref.App]time.Time{}}
	if err := run.repositoriesFirst(ctx, mentioned, records); err != nil {
		return res, err
	}
	if err := run.relate(ctx, records); err != nil {
		return res, err
	}
	rows, err := run.restrict(ctx, records, run.rows(records))
	if err != nil {
		return res, err
	}
	if err := run.write(ctx, rows); err != nil {
		return res, err
	}
	return res, nil
}

// repositoriesFirst gives repositories their rows before anything is resolved against them.
func (r *ingestion) repositoriesFirst(ctx context.Context, mentioned *mentions, records []Record) error {
	n, fresh, err := r.ensureRepositories(ctx, mentioned, records)
	if err != nil {
		return err
	}
	if n > 0 {
		r.result.Counts[KindRepository] = n
	}
	if len(fresh) == 0 {
		return nil
	}
	return r.service.db.Read(ctx, func(ctx context.Context, tx db.Tx) error { return r.maker.known.loadRepositories(ctx, tx) })
}

// relate notes what the records say about each other, and reads what earlier ones say about the files of commits that
// are deployed now.
func (r *ingestion) relate(ctx context.Context, records []Record) error {
	k := r.maker.known
	k.relate(r.maker.conn, records)
	var unknown []int64
	for _, list := range k.deploymentCommits {
		for _, c := range list {
			if len(k.applications[c.repository]) > 1 && k.paths[c.commit] == nil {
				unknown = append(unknown, int64(c.commit))
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return r.service.db.Read(ctx, func(ctx context.Context, tx db.Tx) error { return k.loadCommitPaths(ctx, tx, unknown) })
}

// rows turns the records into rows, sorted so that rows of one table are neighbours.
func (r *ingestion) rows(records []Record) []row {
	rows := make([]row, 0, len(records))
	m := r.maker
	for i, rec := range records {
		m.faults, m.notes, m.partial = nil, nil, rec.RecordHead().Partial
		one, ok := m.make(rec)
		for _, n := range m.notes {
			r.result.Notes = append(r.result.Notes, Note{i, n})
		}
		if len(m.faults) > 0 {
			r.result.Rejected = append(r.result.Rejected, Rejection{i, rec.RecordHead(), problem.New(problem.Invalid, "record_invalid",
				"The record holds values that cannot be taken.").With(m.faults...)})
			continue
		}
		if !ok {
			continue
		}
		one.index, one.partial = i, m.partial
		if len(one.values) < len(one.table.columns) {
			one.values = append(one.values, r.now) // seen_at
		}
		rows = append(rows, one)
	}
	rows = r.wholeElements(rows)
	slices.SortStableFunc(rows, func(a, b row) int { return tableOrder[a.table] - tableOrder[b.table] })
	return rows
}

// wholeElements drops the rows of elements of which a record was rejected.
func (r *ingestion) wholeElements(rows []row) []row {
	if r.batch.element == nil || len(r.result.Rejected) == 0 {
		return rows
	}
	bad := map[int]bool{}
	for _, x := range r.result.Rejected {
		bad[r.batch.element[x.Index]] = true
	}
	return slices.DeleteFunc(rows, func(x row) bool { return bad[r.batch.element[x.index]] })
}

// tableOrder is the order in which the rows of a batch are written.
var tableOrder = func() map[*table]int {
	order := map[*table]int{}
	for i, t := range []*table{
		tToolAccount, tBoard, tMilestone, tWorkItem, tWorkItemChange, tWorkItemLabel, tWorkItemAssignee, tWorkItemComment, tBoardWorkItem,
		tCommit, tChangeRequest, tChangeRequestCommit, tChangeRequestLabel, tChangeRequestItem, tReviewComment, tReviewer,
		tPipelineRun, tPipelineRunCommit, tJobRun, tTestRun, tArtifact, tRelease, tDeployment, tDeploymentCommit, tIncident,
	} {
		order[t] = i
	}
	return order
}()

// make turns one record into a row; ok is false when it needs none.
func (m *rowMaker) make(r Record) (out row, ok bool) {
	switch r := r.(type) {
	case *Repository:
		if m.known.key(r.URL) == "" {
			m.faults.Add("url", "repository_url_malformed", "A repository needs an address.")
		}
		m.external(r.Head)
		return row{}, false
	case *ToolAccount:
		return m.toolAccount(r), true
	case *Board:
		return m.board(r), true
	case *Milestone:
		return m.milestone(r), true
	case *WorkItem:
		return m.workItem(r), true
	case *WorkItemChange:
		return m.workItemChange(r), true
	case *WorkItemLabel:
		return m.workItemLabel(r), true
	case *WorkItemAssignee:
		out = m.workItemAssignee(r)
		return out, out.key.b != 0
	case *WorkItemComment:
		return m.workItemComment(r), true
	case *BoardWorkItem:
		return m.boardWorkItem(r), true
	case *ChangeRequest:
		return m.changeRequest(r), true
	case *ChangeRequestCommit:
		return m.changeRequestCommit(r), true
	case *ChangeRequestLabel:
		return m.changeRequestLabel(r), true
	case *ChangeRequestItem:
		return m.changeRequestItem(r), true
	case *ReviewComment:
		return m.reviewComment(r), true
	case *Reviewer:
		out = m.reviewer(r)
		return out, out.key.b != 0
	case *Commit:
		return m.commit(r), true
	case *PipelineRun:
		return m.pipelineRun(r), true
	case *PipelineRunCommit:
		return m.pipelineRunCommit(r), true
	case *JobRun:
		return m.jobRun(r), true
	case *TestRun:
		return m.testRun(r), true
	case *Artifact:
		return m.artifact(r), true
	case *Release:
		return m.release(r), true
	case *Deployment:
		return m.deployment(r), true
	case *DeploymentCommit:
		return m.deploymentCommit(r), true
	case *Incident:
		return m.incident(r), true
	}
	m.faults.Add("kind", "kind_unknown", "This kind of record is not known.")
	return row{}, false
}

func itoa(n int) string { return strconv.Itoa(n) }
