package connector

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The kinds of runs: collecting from the tool, and mapping again what was collected before.
const (
	Pull   = "PULL"
	Replay = "REPLAY"
)

const runQueue = "connector"

// RunJob works one run.
type RunJob struct {
	Run ref.Run `json:"run"`
}

// Kind names the job.
func (RunJob) Kind() string { return "connector.run" }

// RequestRun queues a run of a connection. At most one run of a connection is active. scope, when not empty, limits a
// pull to one chosen scope.
func (s *Service) RequestRun(ctx context.Context, id ref.Connection, kind, scope string) (Run, error) {
	var out Run
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		row, err := s.load(ctx, tx, id, PermRun)
		if err != nil {
			return err
		}
		out, err = s.startRun(ctx, tx, row, kind, "MANUAL", scope)
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{
			Kind: RunRequested, SubjectID: string(id), SubjectLabel: row.Name, Unit: row.Unit,
			Data: map[string]any{"kind": runWord(kind), "run": out.ID},
		})
	})
	return out, err
}

func runWord(kind string) string {
	if kind == Replay {
		return "replay"
	}
	return "run"
}

func (s *Service) startRun(ctx context.Context, tx db.Tx, row connectionRow, kind, cause, scope string) (Run, error) {
	if row.State != "ACTIVE" {
		return Run{}, problem.Newf(problem.Conflict, "connection_paused", "%s is paused. Activate it first.", row.Name)
	}
	c, err := s.kind(row.Kind)
	if err != nil {
		return Run{}, err
	}
	if kind == Pull && !c.Describe().Pulls {
		return Run{}, problem.Newf(problem.Invalid, "connection_only_receives", "%s only receives; there is nothing to collect.", row.Name)
	}
	// Touch the parent before looking: two requests at once then see each other.
	if _, err := tx.ExecContext(ctx, "UPDATE connection SET run_rev = run_rev + 1 WHERE id = ?", row.ID); err != nil {
		return Run{}, err
	}
	if kind == Pull {
		q := tx.NewSelect().Model((*scopeRow)(nil)).Where("connection_id = ?", row.ID)
		if scope != "" {
			q.Where("external_id = ?", scope)
		}
		n, err := q.Count(ctx)
		if err != nil {
			return Run{}, err
		}
		if n == 0 {
			return Run{}, problem.Newf(problem.Conflict, "no_scopes_chosen", "Nothing of %s is chosen yet. Choose what to collect first.", row.Name)
		}
	}
	active, err := tx.NewSelect().Model((*runRow)(nil)).Where("connection_id = ? AND state IN ('QUEUED', 'RUNNING')", row.ID).Count(ctx)
	if err != nil {
		return Run{}, err
	}
	if active > 0 {
		return Run{}, problem.Newf(problem.Conflict, "run_active", "A run of %s is under way already. Wait for it or cancel it.", row.Name)
	}
	now, by := s.Clock.Now(), "schedule"
	if p := authz.From(ctx); p != nil && cause == "MANUAL" {
		by = p.Name
	}
	run := runRow{
		ID: ref.New[ref.Run](), Connection: row.ID, Kind: kind, Cause: cause, State: Queued, RequestedBy: by,
		RulesVersion: row.RulesVersion, Scope: scope, CreatedAt: now, UpdatedAt: now,
	}
	if _, err := tx.NewInsert().Model(&run).Exec(ctx); err != nil {
		return Run{}, err
	}
	return run.view(), s.Jobs.Enqueue(ctx, tx, RunJob{Run: run.ID}, jobs.Options{Queue: runQueue, MaxAttempts: 6})
}

// CancelRun ends a queued or running run. What it collected so far stays, and the next run goes on from there.
func (s *Service) CancelRun(ctx context.Context, id ref.Run) (Run, error) {
	var out Run
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		run, row, err := s.loadRun(ctx, tx, id, PermRun)
		if err != nil {
			return err
		}
		if !CanMove(run.State, Cancelled) {
			return problem.New(problem.Conflict, "run_ended", "The run has ended already.")
		}
		now := s.Clock.Now()
		run.State, run.FinishedAt, run.UpdatedAt, run.Note = Cancelled, &now, now, ""
		if _, err := tx.NewUpdate().Model(&run).WherePK().Exec(ctx); err != nil {
			return err
		}
		out = run.view()
		return s.Events.Append(ctx, tx, events.Event{
			Kind: RunCancelled, SubjectID: string(row.ID), SubjectLabel: row.Name, Unit: row.Unit, Data: map[string]any{"kind": runWord(run.Kind), "run": id},
		})
	})
	return out, err
}

func (s *Service) loadRun(ctx context.Context, tx db.Tx, id ref.Run, perm authz.Permission) (runRow, connectionRow, error) {
	var run runRow
	err := tx.NewSelect().Model(&run).Where("r.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return run, connectionRow{}, authz.ErrNotFound
	}
	if err != nil {
		return run, connectionRow{}, err
	}
	row, err := s.load(ctx, tx, run.Connection, perm)
	return run, row, err
}
