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
	type last struct {
		connectionRow `bun:",extend"`
		LastRun       *time.Time `bun:"last_run"`
	}
	var rows []last
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Model(&rows).ColumnExpr("c.*").
			ColumnExpr("(SELECT created_at FROM connection_run r WHERE r.connection_id = c.id AND r.kind = 'PULL' ORDER BY r.created_at DESC LIMIT 1) AS last_run").
			Where("c.state = 'ACTIVE' AND c.interval_minutes > 0").
			Where("EXISTS (SELECT 1 FROM connection_scope s WHERE s.connection_id = c.id)").
			Where("NOT EXISTS (SELECT 1 FROM connection_run r WHERE r.connection_id = c.id AND r.state IN ('QUEUED', 'RUNNING'))").
			OrderExpr("c.id").Scan(ctx)
	})
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for _, r := range rows {
		if !due(r.State, r.IntervalMinutes, r.LastRun, now) {
			continue
		}
		if c, known := s.kinds[r.Kind]; !known || !c.Describe().Pulls {
			continue
		}
		err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := s.startRun(ctx, tx, r.connectionRow, Pull, "SCHEDULE", "")
			return err
		})
		if err != nil && problem.KindOf(err) != problem.Conflict {
			return err
		}
	}
	return nil
}

// Rehome moves the connections of a unit that is deleted to another; people asks for it.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, "UPDATE connection SET unit_id = ? WHERE unit_id = ?", to, from)
	return err
}
