package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// children are the rows that go with the record they belong to: table and the column that names it.
var children = map[*table][][2]string{
	tBoard: {{"board_work_item", "board_id"}},
	tWorkItem: {
		{"work_item_label", "work_item_id"}, {"work_item_assignee", "work_item_id"}, {"board_work_item", "work_item_id"}, {"change_request_work_item", "work_item_id"},
	},
	tChangeRequest: {
		{"change_request_commit", "change_request_id"}, {"change_request_label", "change_request_id"},
		{"change_request_work_item", "change_request_id"}, {"reviewer", "change_request_id"},
	},
	tPipelineRun: {{"pipeline_run_commit", "pipeline_run_id"}},
	tDeployment:  {{"deployment_commit", "deployment_id"}},
	tIncident:    {{"incident_word", "incident_id"}},
}

// retractable are the tables of which records can be taken back. Repositories, commits and accounts stay: others name
// them too.
var retractable = []*table{
	tIncident, tDeployment, tRelease, tArtifact, tTestRun, tJobRun, tPipelineRun, tReviewComment, tChangeRequest, tWorkItemComment, tWorkItemChange,
	tWorkItem, tMilestone, tBoard,
}

// Retract removes the records of a connection that last arrived before t: after everything a connection has was sent
// again, by a replay under new rules or a full collection, these are the ones that are no longer there. Incidents that a
// person has changed stay. It returns how many records went and tells whose facts changed in the event of a batch.
func (s *Service) Retract(ctx context.Context, connection ref.Connection, before time.Time) (removed int64, err error) {
	batch := "retract:" + ref.New[string]()
	for _, t := range retractable {
		for {
			n, err := s.retractSome(ctx, batch, t, connection, before)
			if err != nil {
				return removed, err
			}
			if n == 0 {
				break
			}
			removed += int64(n)
		}
	}
	if removed == 0 {
		return 0, nil
	}
	var touched Touched
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		touched, err = s.announceRemembered(ctx, tx, batch, "records that are no longer there")
		return err
	})
	if err == nil && s.onBatch != nil {
		s.onBatch(touched)
	}
	return removed, err
}

func (s *Service) retractSome(ctx context.Context, batch string, t *table, connection ref.Connection, before time.Time) (n int, err error) {
	err = s.db.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		n = 0
		var rows []struct {
			ID            int64
			ApplicationID ref.App
			RepositoryID  ref.Fact
			At            time.Time
		}
		q := tx.NewSelect().Table(t.name).Column("id").Where("connection_id = ? AND seen_at < ?", connection, before.UTC()).OrderExpr("id").Limit(int64(bulkRecords(tx.Engine())))
		if t == tIncident {
			q = q.Where("version = 1")
		}
		for _, c := range []string{"application_id", "repository_id", "at"} {
			if slices.Contains(t.columns, c) {
				q = q.Column(c)
			}
		}
		if err := q.Scan(ctx, &rows); err != nil || len(rows) == 0 {
			return err
		}
		touched := newTouches()
		ids := make([]int64, len(rows))
		var repositories []ref.Fact
		for i, r := range rows {
			ids[i] = r.ID
			touched.app(r.ApplicationID, r.At)
			if r.RepositoryID != 0 && t == tChangeRequest {
				repositories = append(repositories, r.RepositoryID)
			}
		}
		if len(repositories) > 0 {
			apps, err := readRepositoryApplications(ctx, tx, repositories)
			if err != nil {
				return err
			}
			for _, r := range rows {
				for _, a := range apps[r.RepositoryID] {
					touched.app(a.application, r.At)
				}
			}
		}
		if err := remove(ctx, tx, t, ids); err != nil {
			return err
		}
		n = len(rows)
		return s.rememberTouches(ctx, tx, batch, touched)
	})
	return n, err
}

// remove deletes records, what belongs to them, and the links to them.
func remove(ctx context.Context, tx db.Tx, t *table, ids []int64) error {
	for _, c := range children[t] {
		if _, err := tx.NewDelete().Table(c[0]).Where("? IN (?)", bun.Ident(c[1]), bun.In(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	for _, r := range references {
		if r.to != t {
			continue
		}
		if _, err := tx.NewUpdate().Table(r.from.name).Set("? = NULL", bun.Ident(r.id)).Where("? IN (?)", bun.Ident(r.id), bun.In(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	_, err := tx.NewDelete().Table(t.name).Where("id IN (?)", bun.In(ids)).Exec(ctx)
	return err
}
