package delivery

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// rememberTouches stores what a transaction touched until the last one of its batch announces it.
func (s *Service) rememberTouches(ctx context.Context, tx db.Tx, batch string, t *touches) error {
	for app, at := range t.applications {
		var first any
		if !at.IsZero() {
			first = at
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO ingest_touch (batch_id, application_id, earliest, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (batch_id, application_id) DO UPDATE SET at = excluded.at,
			earliest = CASE WHEN ingest_touch.earliest IS NULL OR excluded.earliest < ingest_touch.earliest THEN excluded.earliest ELSE ingest_touch.earliest END`,
			batch, app, first, s.clock.Now()); err != nil {
			return err
		}
	}
	return nil
}

// announceRemembered appends the event for what was remembered under a batch and forgets it.
func (s *Service) announceRemembered(ctx context.Context, tx db.Tx, batch, source string) (Touched, error) {
	var rows []struct {
		ApplicationID ref.App
		Earliest      *time.Time
	}
	if err := tx.NewSelect().Table("ingest_touch").Column("application_id", "earliest").Where("batch_id = ?", batch).Scan(ctx, &rows); err != nil {
		return Touched{}, err
	}
	apps := map[ref.App]time.Time{}
	for _, r := range rows {
		apps[r.ApplicationID] = time.Time{}
		if r.Earliest != nil {
			apps[r.ApplicationID] = *r.Earliest
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM ingest_touch WHERE batch_id = ?`, batch); err != nil {
		return Touched{}, err
	}
	return s.announceTouched(ctx, tx, source, apps)
}

// abandoned is how long a batch may stand still before it counts as left behind by a killed process.
const abandoned = 10 * time.Minute

// RecoverBatches announces what killed processes have written and not announced. It is called at every start, with sole
// true when no other process writes to this database, and from time to time.
func (s *Service) RecoverBatches(ctx context.Context, sole bool) error {
	until := s.clock.Now()
	if !sole {
		until = until.Add(-abandoned)
	}
	var batches []string
	if err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		batches = nil
		return tx.NewSelect().Table("ingest_touch").Column("batch_id").GroupExpr("batch_id").Having("MAX(at) <= ?", until).Scan(ctx, &batches)
	}); err != nil {
		return err
	}
	for _, batch := range batches {
		var touched Touched
		if err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
			touched, err = s.announceRemembered(ctx, tx, batch, "a batch that was broken off")
			return err
		}); err != nil {
			return err
		}
		if s.onBatch != nil {
			s.onBatch(touched)
		}
	}
	return nil
}
