package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// work is one run being worked.
type work struct {
	s         *Service
	connector Connector
	session   *Session
	row       connectionRow
	run       runRow
	progress  func(done, total int64, note string)
}

// pull collects every chosen scope. A scope that fails does not stop the others, unless the failure concerns the whole
// connection.
func (w *work) pull(ctx context.Context) error {
	var scopes []scopeRow
	err := w.s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		scopes, err = scopesOf(ctx, tx, w.row.ID)
		return err
	})
	if err != nil {
		return err
	}
	var failed []string
	var last error
	worked := 0
	for _, scope := range scopes {
		if w.run.Scope != "" && w.run.Scope != scope.ExternalID {
			continue
		}
		// A resumed run leaves out the scopes it had finished.
		if scope.LastSuccessAt != nil && !scope.LastSuccessAt.Before(w.run.CreatedAt) {
			worked++
			continue
		}
		err := w.pullScope(ctx, scope)
		if _, limited := retryAt(err); limited || ctx.Err() != nil || errors.Is(err, errCancelled) || wholeConnection(err) {
			return err
		}
		worked++
		if err != nil {
			failed, last = append(failed, scope.Name), err
			w.s.Logger.WarnContext(ctx, "scope failed", slog.String("connection", w.row.Name), slog.String("scope", scope.Name), slog.Any("error", err))
		}
	}
	if len(failed) > 0 {
		return problem.Newf(problem.Unavailable, "scopes_failed", "%d of %d failed (%s): %s",
			len(failed), worked, strings.Join(failed, ", "), messageOf(last)).Because(last)
	}
	return nil
}

// wholeConnection tells failures that every scope would meet.
func wholeConnection(err error) bool {
	return problem.CodeOf(err) == "tool_unauthorised"
}

func (w *work) pullScope(ctx context.Context, scope scopeRow) error {
	var from Cursor
	if scope.Progress != "" {
		from = Cursor(scope.Progress)
	}
	for step, err := range w.connector.Pull(ctx, w.session, scope.scope(), from) {
		if err == nil {
			err = w.take(ctx, scope, step)
		}
		if err != nil {
			if _, limited := retryAt(err); ctx.Err() != nil || limited || errors.Is(err, errCancelled) {
				return err // the scope is not to blame
			}
			if noted := w.noteScope(ctx, scope, err); noted != nil {
				w.s.Logger.WarnContext(ctx, "failure of a scope not noted", slog.Any("error", noted))
			}
			return err
		}
	}
	return w.noteScope(ctx, scope, nil)
}

// take keeps the raw pages, maps and ingests them, and only then moves the scope's progress: a crash in between repeats
// the step, which is harmless.
func (w *work) take(ctx context.Context, scope scopeRow, step Pulled) error {
	if err := w.s.keepPages(ctx, w.connector, w.row.ID, scope.ExternalID, step.Pages); err != nil {
		return err
	}
	records, unmapped, err := w.s.mapAndIngest(ctx, w.connector, w.row, step.Pages, ingestion{})
	if err != nil {
		return err
	}
	w.run.Pages += int64(len(step.Pages))
	w.run.Records += records
	w.run.Unmapped += unmapped
	w.run.Done, w.run.Total = step.Done, step.Total
	w.run.Note = strings.TrimSpace(scope.Name + ": " + step.Note)
	if step.Rate != nil {
		w.run.RateLimit, w.run.RateLeft = &step.Rate.Limit, &step.Rate.Remaining
		reset := step.Rate.ResetAt
		w.run.RateResetAt = &reset
	}
	return w.s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if step.Cursor != nil {
			_, err := tx.ExecContext(ctx, "UPDATE connection_scope SET progress = ? WHERE connection_id = ? AND external_id = ?",
				string(step.Cursor), w.row.ID, scope.ExternalID)
			if err != nil {
				return err
			}
		}
		return w.saveProgress(ctx, tx)
	})
}

// saveProgress writes the counters if the run is still running.
func (w *work) saveProgress(ctx context.Context, tx db.Tx) error {
	w.run.UpdatedAt = w.s.Clock.Now()
	res, err := tx.NewUpdate().Model(&w.run).ExcludeColumn("state", "finished_at", "error", "error_code").
		WherePK().Where("state = ?", Running).Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return errCancelled
	}
	if w.progress != nil {
		done, total, note := w.run.Done, w.run.Total, w.run.Note
		tx.AfterCommit(func() { w.progress(done, total, note) })
	}
	return nil
}

func (w *work) say(ctx context.Context, note string) {
	w.run.Note = note
	if err := w.s.DB.Write(ctx, w.saveProgress); err != nil && !errors.Is(err, errCancelled) {
		w.s.Logger.WarnContext(ctx, "run note not saved", slog.Any("error", err))
	}
}

func (w *work) noteScope(ctx context.Context, scope scopeRow, failure error) error {
	return w.s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewUpdate().Model((*scopeRow)(nil)).Where("connection_id = ? AND external_id = ?", scope.Connection, scope.ExternalID)
		if failure == nil {
			q.Set("last_success_at = ?", w.s.Clock.Now()).Set("last_error = ''").Set("last_error_at = NULL")
		} else {
			q.Set("last_error = ?", messageOf(failure)).Set("last_error_at = ?", w.s.Clock.Now())
		}
		_, err := q.Exec(ctx)
		return err
	})
}

// keptNowhere tells records of a kind that delivery has no place for, such as the sprints of a board: no rule would
// change that.
func keptNowhere(err error) bool {
	p := problem.Of(err)
	return p != nil && slices.ContainsFunc(p.Fields, func(f problem.Field) bool { return f.Code == "kind_unknown" })
}

// mapGuarded keeps a page that no mapping was ready for from stopping a run: it waits with the unmapped ones.
func mapGuarded(c Connector, rules json.RawMessage, page Page) (made []delivery.Record, left []Unmapped, err error) {
	defer func() {
		if p := recover(); p != nil {
			made, left, err = nil, []Unmapped{{Endpoint: page.Endpoint, Reason: "mapping_failed",
				Message: fmt.Sprintf("The mapping broke off at a page of %s: %v", page.URL, p)}}, nil
		}
	}()
	return c.Map(rules, page)
}

// ingestion tells how pages are taken in.
type ingestion struct {
	// interactive lets them pass collections: a tool pushed them a moment ago and people look for them.
	interactive bool
	// anew is when a replay began: of a group of unmapped parts nothing counts that was seen before.
	anew time.Time
}

// mapAndIngest turns pages into records and hands them to delivery; parts without a rule are kept in a visible list.
func (s *Service) mapAndIngest(ctx context.Context, c Connector, row connectionRow, pages []Page, how ingestion) (records, unmapped int64, err error) {
	batch := delivery.Batch{Connection: row.ID, Source: string(row.Kind), Interactive: how.interactive}
	var left []Unmapped
	var gone []delivery.Retraction
	readable := true
	for _, page := range pages {
		made, not, err := mapGuarded(c, row.Rules, page)
		if err != nil {
			not = append(not, Unmapped{Endpoint: page.Endpoint, Reason: "unreadable_page", Message: messageOf(err)})
			readable = false
		}
		for _, r := range made {
			if g, ok := r.(delivery.Retraction); ok {
				gone = append(gone, g)
			} else {
				batch.Records = append(batch.Records, r)
			}
		}
		left = append(left, not...)
	}
	if len(batch.Records) > 0 {
		result, err := s.Ingest.Ingest(ctx, batch)
		if err != nil {
			return 0, 0, fmt.Errorf("ingest: %w", err)
		}
		for _, r := range result.Rejected {
			if keptNowhere(r.Err) {
				continue
			}
			left = append(left, Unmapped{Endpoint: string(r.Head.Kind), Reason: "record_rejected", Message: r.Head.ExternalID + ": " + r.Err.Error()})
		}
	}
	// What could not be read may have said otherwise.
	if len(gone) > 0 && readable {
		if _, err := s.Ingest.RetractRecords(ctx, row.ID, gone, !how.anew.IsZero()); err != nil {
			return 0, 0, fmt.Errorf("retract: %w", err)
		}
	}
	if err := s.noteUnmapped(ctx, row.ID, left, how.anew); err != nil {
		return 0, 0, err
	}
	return int64(len(batch.Records)), int64(len(left)), nil
}
