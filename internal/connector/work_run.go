package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
)

// errCancelled ends the work of a run that a person cancelled.
var errCancelled = errors.New("the run was cancelled")

// System is the principal runs act as; it stands so in the history.
func System() *authz.Principal {
	return authz.System("Connector", PermView, PermRun, "delivery.report", "delivery.view_delivery")
}

// WorkRun works one run to its end. It may be called again after its worker was killed: it resumes from the progress
// stored with each scope, or with the run when it replays.
func (s *Service) WorkRun(ctx context.Context, job jobs.Job[RunJob]) error {
	ctx = authz.With(ctx, System())
	run, row, session, err := s.beginRun(ctx, job.Args)
	if err != nil || !run.State.Active() {
		return err
	}
	if session.refused != nil {
		return s.finishRun(ctx, run, row, session.refused)
	}
	c, err := s.kind(row.Kind)
	if err != nil {
		return s.finishRun(ctx, run, row, err)
	}
	w := &work{s: s, connector: c, session: session.Session, row: row, run: run, progress: job.Progress}
	if run.Kind == Replay {
		err = w.replay(ctx)
	} else {
		err = w.pull(ctx)
	}
	switch {
	case errors.Is(err, errCancelled):
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // the process stops; the job is worked again and resumes
	}
	if at, limited := retryAt(err); limited {
		w.say(context.WithoutCancel(ctx), "Waiting for the tool's rate limit until "+at.UTC().Format("15:04 MST"))
		return jobs.Later(at, err)
	}
	return s.finishRun(ctx, w.run, row, err)
}

// retryAt tells when a tool that limits requests will answer again.
func retryAt(err error) (time.Time, bool) {
	p := problem.Of(err)
	if p == nil || p.Code != "tool_rate_limited" {
		return time.Time{}, false
	}
	at, ok := p.Data["retryAt"].(time.Time)
	return at, ok
}

// opened is a session, or why the stored credential cannot be used.
type opened struct {
	*Session
	refused error
}

func (s *Service) beginRun(ctx context.Context, args RunJob) (run runRow, row connectionRow, session opened, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		run, row, session = runRow{}, connectionRow{}, opened{}
		err := tx.NewSelect().Model(&run).Where("r.id = ?", args.Run).Scan(ctx)
		if db.IsNoRows(err) {
			return nil // the connection was removed meanwhile
		}
		if err != nil || !run.State.Active() {
			return err
		}
		if err := tx.NewSelect().Model(&row).Where("c.id = ?", run.Connection).Scan(ctx); err != nil {
			return err
		}
		now := s.Clock.Now()
		run.State, run.UpdatedAt, run.Attempts = Running, now, run.Attempts+1
		if run.StartedAt == nil {
			run.StartedAt = &now
		}
		if _, err := tx.NewUpdate().Model(&run).WherePK().Exec(ctx); err != nil {
			return err
		}
		session.Session, err = s.open(ctx, tx, row)
		if problem.Of(err) != nil {
			session.refused, err = err, nil // trying again does not heal a credential that cannot be opened
		}
		return err
	})
	return run, row, session, err
}

func (s *Service) finishRun(ctx context.Context, run runRow, row connectionRow, failure error) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.Clock.Now()
		state, code, message, outcome := Succeeded, "", "", fmt.Sprintf("%d records from %d pages", run.Records, run.Pages)
		if failure != nil {
			state, code, message = Failed, problem.CodeOf(failure), messageOf(failure)
			if code == "" {
				code = "run_failed"
			}
			outcome = message
		}
		res, err := tx.NewUpdate().Model((*runRow)(nil)).Set("state = ?", state).Set("error_code = ?", code).Set("error = ?", message).
			Set("note = ''").Set("finished_at = ?", now).Set("updated_at = ?", now).
			Where("id = ? AND state = ?", run.ID, Running).Exec(ctx)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return nil // cancelled in the same moment
		}
		if state == Succeeded && run.Kind == Replay {
			if _, err := tx.ExecContext(ctx, "UPDATE connection SET replayed_version = ? WHERE id = ?", run.RulesVersion, row.ID); err != nil {
				return err
			}
		}
		return s.Events.Append(ctx, tx, events.Event{
			Kind: RunFinished, SubjectID: string(row.ID), SubjectLabel: row.Name, Unit: row.Unit,
			Data: map[string]any{"kind": runWord(run.Kind), "outcome": outcome, "run": run.ID, "state": state},
		})
	})
}
