package connector

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ScheduleJob starts the runs that are due; it is scheduled every minute.
type ScheduleJob struct{}

// Kind names the job.
func (ScheduleJob) Kind() string { return "connector.schedule" }

// StartDueRuns queues a run of every active connection whose interval has passed.
func (s *Service) StartDueRuns(ctx context.Context, _ jobs.Job[ScheduleJob]) error {
	ctx = authz.With(ctx, System())
	if err := s.endLostRuns(ctx); err != nil {
		return err
	}
	var rows []connectionRow
	began := map[ref.Connection]*time.Time{}
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		err := tx.NewSelect().Model(&rows).Where("c.state = 'ACTIVE' AND c.interval_minutes > 0").
			Where("EXISTS (SELECT 1 FROM connection_scope s WHERE s.connection_id = c.id)").
			Where("NOT EXISTS (SELECT 1 FROM connection_run r WHERE r.connection_id = c.id AND r.state IN ('QUEUED', 'RUNNING'))").
			OrderExpr("c.id").Scan(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		var last []struct {
			Connection ref.Connection `bun:"connection_id"`
			At         *time.Time     `bun:"at,type:timestamp"`
		}
		err = tx.NewSelect().Table("connection_run").Column("connection_id").ColumnExpr("max(created_at) AS at").
			Where("kind = 'PULL'").GroupExpr("connection_id").Scan(ctx, &last)
		for _, l := range last {
			began[l.Connection] = l.At
		}
		return err
	})
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for _, r := range rows {
		if !due(r.State, r.IntervalMinutes, began[r.ID], now) {
			continue
		}
		if c, known := s.kinds[r.Kind]; !known || !c.Describe().Pulls {
			continue
		}
		err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := s.startRun(ctx, tx, r, Pull, "SCHEDULE", "")
			return err
		})
		if err != nil && problem.KindOf(err) != problem.Conflict {
			return err
		}
	}
	return nil
}

// lostAfter is how long a run may give no sign of life. Its job is worked again after a kill; only when that happened
// too often is there nobody left to end the run.
const lostAfter = 3 * time.Hour

// endLostRuns ends the runs nobody works any more, so that the next one can begin where they stopped.
func (s *Service) endLostRuns(ctx context.Context) error {
	var lost []runRow
	now := s.Clock.Now()
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Model(&lost).Where("r.state = ? AND r.updated_at < ?", Running, now.Add(-lostAfter)).
			Where("r.rate_reset_at IS NULL OR r.rate_reset_at < ?", now.Add(-lostAfter)).Scan(ctx)
	})
	for _, run := range lost {
		if err != nil {
			return err
		}
		var row connectionRow
		err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Model(&row).Where("c.id = ?", run.Connection).Scan(ctx)
		})
		if err == nil {
			err = s.finishRun(ctx, run, row, problem.New(problem.Unavailable, "run_lost",
				"The run was broken off too often and is not worked any more. The next one goes on from where it stopped."))
		}
	}
	return err
}

// Rehome moves the connections of a unit that is deleted to another; people asks for it.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, "UPDATE connection SET unit_id = ? WHERE unit_id = ?", to, from)
	return err
}
