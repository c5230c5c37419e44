package calendar

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/jobs"
)

// RemindJob is the job that tells of freezes and maintenance windows shortly before they begin.
type RemindJob struct{}

// Kind names the job.
func (RemindJob) Kind() string { return "calendar.remind" }

// RemindEvery is how often the job should run.
const RemindEvery = 5 * time.Minute

const (
	// remindAhead is how long before its beginning people are told of a window.
	remindAhead = 24 * time.Hour
	// seldom is how far apart occurrences lie that are told of one by one. Nobody wants to be told of every night.
	seldom = 6 * 24 * time.Hour
)

// RegisterWorkers registers the workers of the slice.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, _ jobs.Job[RemindJob]) error {
		_, err := s.Remind(authz.With(ctx, authz.System("Calendar")))
		return err
	})
}

var approaching = map[Kind]events.Kind{Freeze: FreezeApproaching, Maintenance: MaintenanceApproaching}

// Remind says of each freeze and maintenance window once that it begins within a day, and returns of how many it did. What
// was set up or changed within that day was told of already.
func (s *Service) Remind(ctx context.Context) (told int, err error) {
	now := s.clock.Now()
	ahead := interval.Span{From: now, To: now.Add(remindAhead)}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		told = 0
		var list []Window
		err := tx.NewSelect().Model(&list).Where("w.state = ? AND w.kind IN (?) AND w.from_at < ? AND (w.ends_at IS NULL OR w.ends_at > ?)", Active, bun.In([]Kind{Freeze, Maintenance}), ahead.To, now).
			OrderExpr("w.from_at, w.id").Scan(ctx)
		if err != nil {
			return err
		}
		for _, w := range list {
			w.utc()
			next, due := w.toRemind(ahead)
			if !due {
				continue
			}
			if err := loadScopes(ctx, tx, []*Window{&w}); err != nil {
				return err
			}
			res, err := tx.ExecContext(ctx, `UPDATE calendar_window SET reminded_of = ? WHERE id = ? AND (reminded_of IS NULL OR reminded_of < ?)`, next.From, w.ID, next.From)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				if err != nil {
					return err
				}
				continue
			}
			data := dataOf(w, w.Scope)
			data["from"], data["to"], data[dataWhen] = next.From, next.To, w.when(next, false)
			err = s.events.Append(ctx, tx, events.Event{Kind: approaching[w.Kind], SubjectID: w.ID, SubjectLabel: w.Name, Unit: w.Unit, Data: data})
			if err != nil {
				return err
			}
			told++
		}
		return nil
	})
	return told, err
}

// toRemind returns the occurrence that begins within a stretch, where it is to be told of.
func (w *Window) toRemind(ahead interval.Span) (interval.Span, bool) {
	for _, o := range w.within(ahead) {
		if !o.From.After(ahead.From) {
			continue // it runs
		}
		if w.UpdatedAt.After(o.From.Add(-remindAhead)) || w.Rule != "" && slices.ContainsFunc(w.within(interval.Span{From: o.From.Add(-seldom), To: o.From}), func(earlier interval.Span) bool {
			return earlier.From.After(o.From.Add(-seldom))
		}) {
			return o, false
		}
		return o, w.RemindedOf == nil || w.RemindedOf.Before(o.From)
	}
	return interval.Span{}, false
}
