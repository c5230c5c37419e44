package sheet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/tabular"
)

// CheckJob finds out what an import would do, RunJob does it, UndoJob takes it back. A job whose turn is over does nothing.
type (
	CheckJob struct {
		Import string `json:"import"`
		Turn   int64  `json:"turn"`
	}
	// RunJob does what an import is to do.
	RunJob struct {
		Import string `json:"import"`
		Turn   int64  `json:"turn"`
	}
	// UndoJob takes an import back.
	UndoJob struct {
		Import string `json:"import"`
		Turn   int64  `json:"turn"`
	}
)

// Kind names the job.
func (CheckJob) Kind() string { return "sheet.check" }

// Kind names the job.
func (RunJob) Kind() string { return "sheet.run" }

// Kind names the job.
func (UndoJob) Kind() string { return "sheet.undo" }

// Queue is where imports are worked, so that a long one keeps nothing else waiting.
const Queue = "sheet"

const tries = 3

// RegisterWorkers makes the service the worker of its jobs.
func (s *Service) RegisterWorkers(reg *jobs.Registry) {
	jobs.Register(reg, func(ctx context.Context, j jobs.Job[CheckJob]) error {
		return s.work(ctx, j.Args.Import, j.Args.Turn, Checking, j.Attempt, s.check)
	})
	jobs.Register(reg, func(ctx context.Context, j jobs.Job[RunJob]) error {
		return s.work(ctx, j.Args.Import, j.Args.Turn, Running, j.Attempt, s.run)
	})
	jobs.Register(reg, func(ctx context.Context, j jobs.Job[UndoJob]) error {
		return s.work(ctx, j.Args.Import, j.Args.Turn, Undoing, j.Attempt, s.undo)
	})
}

// errTurn says that the turn of a job is over.
var errTurn = errors.New("the turn of this job is over")

// CheckImport asks for a check of what was chosen; its result stands in the import.
func (s *Service) CheckImport(ctx context.Context, id string, version int64) (Import, error) {
	return s.begin(ctx, id, version, ActCheck, Checking, func(i *Import) jobs.Args { return CheckJob{i.ID, i.Turn} })
}

// RunImport asks for what was checked to be done.
func (s *Service) RunImport(ctx context.Context, id string, version int64) (Import, error) {
	return s.begin(ctx, id, version, ActRun, Running, func(i *Import) jobs.Args { return RunJob{i.ID, i.Turn} })
}

// UndoImport asks for an import to be taken back.
func (s *Service) UndoImport(ctx context.Context, id string, version int64) (Import, error) {
	return s.begin(ctx, id, version, ActUndo, Undoing, func(i *Import) jobs.Args { return UndoJob{i.ID, i.Turn} })
}

// StopImport ends what is being done with an import; what a run did up to then is not kept.
func (s *Service) StopImport(ctx context.Context, id string, version int64) (Import, error) {
	return s.edit(ctx, id, version, ActStop, func(_ context.Context, _ db.Tx, i *Import) error {
		i.Turn++
		i.State = map[State]State{Checking: Uploaded, Running: Checked, Undoing: Done}[i.State]
		return nil
	})
}

func (s *Service) begin(ctx context.Context, id string, version int64, act Act, to State, job func(*Import) jobs.Args) (Import, error) {
	return s.edit(ctx, id, version, act, func(ctx context.Context, tx db.Tx, i *Import) error {
		if act == ActRun {
			if err := i.runnable(); err != nil {
				return err
			}
		}
		if act == ActCheck {
			if _, err := s.newPlan(i, nil, false); err != nil {
				return err
			}
		}
		i.actor(ctx)
		i.State, i.ErrorCode, i.ErrorMessage, i.ErrorRow, i.ProgressDone, i.ProgressTotal = to, "", "", 0, 0, 0
		i.Turn++
		return s.Jobs.Enqueue(ctx, tx, job(i), jobs.Options{Queue: Queue, MaxAttempts: tries})
	})
}

// runnable refuses a run that would fail.
func (i *Import) runnable() error {
	switch {
	case len(i.Questions) > 0:
		return problem.Newf(problem.Conflict, "import_undecided", "%d questions about the sheet are open. Answer them and check again.", len(i.Questions)).WithData("questions", len(i.Questions))
	case i.Counts.Invalid > 0 && !i.Choices.SkipInvalid:
		return problem.Newf(problem.Conflict, "import_invalid", "%d of %d rows cannot be imported. Correct them, or choose to leave them out.", i.Counts.Invalid, i.Counts.Rows).WithData("invalid", i.Counts.Invalid)
	}
	return nil
}

// work runs one job of an import. What fails for good is told in the import; what may pass is tried again.
func (s *Service) work(ctx context.Context, id string, turn int64, in State, attempt int, fn func(ctx context.Context, i *Import) error) error {
	var i Import
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if i, err = find(ctx, tx, id); err != nil {
			return err
		}
		if i.Turn != turn || i.State != in {
			return errTurn
		}
		who, err := s.principal(ctx, tx, &i)
		if err == nil {
			ctx = authz.With(ctx, who)
			i.who = who
		}
		return err
	})
	if errors.Is(err, errTurn) || problem.KindOf(err) == problem.NotFound {
		return nil
	}
	if err == nil {
		err = fn(authz.With(ctx, i.who), &i)
	}
	switch {
	case err == nil || errors.Is(err, errTurn):
		return nil
	case problem.Of(err) == nil && attempt < tries || problem.KindOf(err) == problem.Unavailable && attempt < tries || ctx.Err() != nil:
		return err
	}
	if problem.Of(err) == nil {
		s.Logger.ErrorContext(ctx, "an import failed", slog.String("import", id), slog.Any("error", err))
	}
	return s.fail(ctx, &i, err)
}

// fail tells why an import did not go through.
func (s *Service) fail(ctx context.Context, i *Import, cause error) error {
	code, message, row := "internal", "Something went wrong on our side; nothing was changed. Try again.", 0
	if p := problem.Of(cause); p != nil {
		code, message = p.Code, p.Message
		for _, f := range p.Fields {
			message += " " + f.Message
		}
	}
	var at *rowError
	if errors.As(cause, &at) {
		row = at.row
	}
	if i.who != nil {
		ctx = authz.With(ctx, i.who)
	}
	err := s.finish(ctx, i, func(_ context.Context, _ db.Tx, now *Import) (State, events.Kind, map[string]any, error) {
		now.ErrorCode, now.ErrorMessage, now.ErrorRow = code, shorten(message, 2000), row
		state := Failed
		if now.State == Undoing {
			state = Done
		}
		return state, ImportFailed, map[string]any{"reason": now.ErrorMessage, "code": code, "row": row}, nil
	})
	if errors.Is(err, errTurn) {
		return nil
	}
	return err
}

// finish ends the turn of a job in a transaction of its own.
func (s *Service) finish(ctx context.Context, i *Import, fn func(ctx context.Context, tx db.Tx, now *Import) (State, events.Kind, map[string]any, error)) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error { return s.finishIn(ctx, tx, i, fn) })
}

func (s *Service) finishIn(ctx context.Context, tx db.Tx, i *Import, fn func(ctx context.Context, tx db.Tx, now *Import) (State, events.Kind, map[string]any, error)) error {
	// The touch keeps somebody who stops the import from passing by.
	if _, err := tx.ExecContext(ctx, `UPDATE sheet_import SET version = version WHERE id = ?`, i.ID); err != nil {
		return err
	}
	now, err := find(ctx, tx, i.ID)
	if err != nil {
		return err
	}
	if now.Turn != i.Turn {
		return errTurn
	}
	state, kind, data, err := fn(ctx, tx, &now)
	if err != nil {
		return err
	}
	at := s.Clock.Now()
	now.State, now.FinishedAt = state, &at
	if err := s.save(ctx, tx, &now); err != nil || kind == "" {
		return err
	}
	return s.tell(ctx, tx, kind, &now, data)
}

// walk goes through the sheet of an import with the rights of whoever asked for it.
func (s *Service) walk(ctx context.Context, tx db.Tx, p *plan) error {
	p.dir = newDirectory(p)
	if err := tx.NewSelect().Table("environment_setting").Column("currency").Where("id = 1").Scan(ctx, &p.money); err != nil && !db.IsNoRows(err) {
		return err
	}
	var err error
	switch p.imp.Kind {
	case Environments:
		err = p.environments(ctx, tx)
	case Components:
		err = p.components(ctx, tx)
	case Groups:
		err = p.groups(ctx, tx)
	default:
		err = p.bookings(ctx, tx)
	}
	if err != nil {
		return err
	}
	if p.counts.Rows == 0 {
		return problem.New(problem.Invalid, "table_empty", "Below the header there is no row.")
	}
	return p.sink.flush(ctx)
}

// check finds out what an import would do and keeps that.
func (s *Service) check(ctx context.Context, i *Import) error {
	var p *plan
	var questions []Question
	err := s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, table := range []string{"sheet_row", "sheet_clash"} {
			if _, err := tx.NewDelete().Table(table).Where("import_id = ? AND turn <= ?", i.ID, i.Turn).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		raw, err := s.file(ctx, tx, i.ID)
		if err != nil {
			return err
		}
		book, err := tabular.OpenBook(raw, readOptions())
		if err != nil {
			return err
		}
		if p, err = s.newPlan(i, book, false); err != nil {
			return err
		}
		p.sink = &sink{imp: i, keep: s.DB.WriteBulk}
		p.tick = s.ticker(ctx, i)
		if err := s.walk(ctx, tx, p); err != nil {
			return err
		}
		questions, err = p.dir.questions(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	if p.ambiguousCount > 0 && p.order == "" {
		questions = append([]Question{{Kind: "date_order", Count: p.ambiguousCount, Rows: append([]int{}, p.ambiguous...), Suggestions: []Suggestion{}}}, questions...)
	}
	return s.finish(ctx, i, func(_ context.Context, _ db.Tx, now *Import) (State, events.Kind, map[string]any, error) {
		now.Counts, now.Questions, now.Notes = p.counts, questions, append([]Note{}, p.notes...)
		return Checked, "", nil, nil
	})
}

// ticker tells how far a check is, now and then.
func (s *Service) ticker(ctx context.Context, i *Import) func(done, total int64) {
	last := time.Now()
	return func(done, total int64) {
		s.progress.Store(i.ID, [2]int64{done, total})
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		err := s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE sheet_import SET progress_done = ?, progress_total = ? WHERE id = ? AND turn = ?`, done, total, i.ID, i.Turn)
			return err
		})
		if err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "the progress of an import was not kept", slog.String("import", i.ID), slog.Any("error", err))
		}
	}
}

// run does what an import is to do: everything in one transaction, or nothing.
func (s *Service) run(ctx context.Context, i *Import) error {
	defer s.progress.Delete(i.ID)
	var raw []byte
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		raw, err = s.file(ctx, tx, i.ID)
		return err
	})
	if err != nil {
		return err
	}
	book, err := tabular.OpenBook(raw, readOptions())
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		p, err := s.newPlan(i, book, true)
		if err != nil {
			return err
		}
		p.sink = &sink{imp: i, keep: func(ctx context.Context, fn func(ctx context.Context, tx db.Tx) error) error { return fn(ctx, tx) }}
		p.tick = s.ticker(ctx, i)
		if tx.Engine() != db.Postgres { // the database has one writer, and that is this transaction
			p.tick = func(done, total int64) { s.progress.Store(i.ID, [2]int64{done, total}) }
		}
		if s.atRow != nil {
			p.tick = func(done, _ int64) { s.atRow(done) }
		}
		if err := s.walk(ctx, tx, p); err != nil {
			return err
		}
		questions, err := p.dir.questions(ctx, tx)
		if err != nil {
			return err
		}
		if len(questions) > 0 && !i.Choices.SkipInvalid {
			return problem.New(problem.Conflict, "import_undecided", "Names of the sheet that were known are not any more. Check it again.")
		}
		if err := keepSteps(ctx, tx, i, p.steps); err != nil {
			return err
		}
		for _, table := range []string{"sheet_row", "sheet_clash"} {
			if _, err := tx.NewDelete().Table(table).Where("import_id = ? AND turn < ?", i.ID, i.Turn).Exec(ctx); err != nil {
				return err
			}
		}
		return s.finishIn(ctx, tx, i, func(ctx context.Context, tx db.Tx, now *Import) (State, events.Kind, map[string]any, error) {
			now.Counts, now.Notes, now.Questions = p.counts, append([]Note{}, p.notes...), []Question{}
			c := p.counts
			data := map[string]any{"what": string(i.Kind), "created": c.New, "changed": c.Changed, "unchanged": c.Unchanged, "invalid": c.Invalid, "skipped": c.Skipped,
				"clashing": c.Clashing, "link": "/environments/import/" + i.ID}
			return Done, ImportDone, data, s.rememberOwn(ctx, tx, now)
		})
	})
}

func keepSteps(ctx context.Context, tx db.Tx, i *Import, steps []step) error {
	if _, err := tx.NewDelete().Table("sheet_step").Where("import_id = ?", i.ID).Exec(ctx); err != nil {
		return err
	}
	rows := make([][]any, len(steps))
	for n, st := range steps {
		before := st.before
		if before == nil {
			before = struct{}{}
		}
		rows[n] = []any{i.ID, int64(n + 1), int64(st.number), st.act, st.kind, st.id, shorten(st.label, 300), st.owner, st.version, asJSON(before, "{}")}
	}
	for _, chunk := range db.Chunks(rows, 1000) {
		if err := tx.BulkInsert(ctx, "sheet_step", stepColumns, chunk); err != nil {
			return fmt.Errorf("steps: %w", err)
		}
	}
	return nil
}
