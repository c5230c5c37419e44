package workflow

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The exported methods of this file run inside an owner's transaction; the owner decided about access before.

// Start puts a record that was just made on the initial status of its type and returns it.
func (s *Service) Start(ctx context.Context, tx db.Tx, r Record) (Status, error) {
	g, err := loadOffered(ctx, tx, r.Kind, r.Type)
	if err != nil {
		return Status{}, err
	}
	if len(g.Statuses) == 0 {
		return Status{}, problem.New(problem.Conflict, "workflow_missing", "There are no statuses for records of this kind. Ask an administrator to draw a workflow.")
	}
	st := g.initial()
	return st, s.enter(ctx, tx, r, st, "")
}

// StartOn is Start on another status than the initial one, by its id or name, for records that are imported.
func (s *Service) StartOn(ctx context.Context, tx db.Tx, r Record, status, place string) (Status, error) {
	g, err := loadOffered(ctx, tx, r.Kind, r.Type)
	if err != nil {
		return Status{}, err
	}
	at := g.at(status)
	if at < 0 {
		return Status{}, unknownStatus(status, place)
	}
	return g.Statuses[at], s.enter(ctx, tx, r, g.Statuses[at], "")
}

func unknownStatus(status, place string) error {
	return problem.Newf(problem.Invalid, "status_unknown", "The workflow has no status %q.", status).
		With(problem.Field{Path: place, Code: "status_unknown", Message: "The workflow has no such status.", Value: status})
}

// Retype tells that the type of a record changed. It stays on its status where the graph of the new type has it, and
// begins anew otherwise; the status it then stands on is returned.
func (s *Service) Retype(ctx context.Context, tx db.Tx, r Record) (Status, error) {
	w, here, err := touchStep(ctx, tx, r.Kind, r.ID)
	if db.IsNoRows(err) {
		return s.Start(ctx, tx, r)
	}
	if err != nil {
		return here, err
	}
	g, err := loadOffered(ctx, tx, r.Kind, r.Type)
	if err != nil {
		return here, err
	}
	if at := g.at(w.Status); at >= 0 {
		at, err := s.dueAt(ctx, tx, r, g.Statuses[at], w.EnteredAt)
		if err != nil {
			return here, err
		}
		_, err = tx.ExecContext(ctx, `UPDATE workflow_step SET type_value = ?, due_at = ? WHERE id = ?`, r.Type, at, w.ID)
		return here, err
	}
	to := g.initial()
	return to, s.transition(ctx, tx, r, w, here, to, "The type changed.")
}

// enter opens a stay on a status.
func (s *Service) enter(ctx context.Context, tx db.Tx, r Record, st Status, note string) error {
	now := s.clock.Now()
	at, err := s.dueAt(ctx, tx, r, st, now)
	if err != nil {
		return err
	}
	w := step{ID: ref.New[string](), Kind: r.Kind, Subject: r.ID, Type: r.Type, Status: st.ID, EnteredAt: now, Note: note, DueAt: at, ActorName: "Anonymous"}
	if p := authz.From(ctx); p != nil {
		w.ActorID, w.ActorName = p.ID(), p.Name
	}
	_, err = tx.NewInsert().Model(&w).Exec(ctx)
	if db.IsUnique(err) {
		return problem.New(problem.Conflict, "already_started", "The record stands on a status already.")
	}
	return err
}

// dueAt returns when a stay on a status becomes a breach, or nil.
func (s *Service) dueAt(ctx context.Context, tx db.Tx, r Record, st Status, entered time.Time) (*time.Time, error) {
	if st.BreachAfter == 0 || st.Mode.Ended() {
		return nil, nil
	}
	hours := OfficeHours()
	if st.WorkingTime && s.calendar != nil {
		var err error
		if hours, err = s.calendar.WorkingHours(ctx, tx, r.Unit, entered); err != nil {
			return nil, err
		}
	}
	at := due(entered, time.Duration(st.BreachAfter)*time.Minute, st.WorkingTime, hours)
	return &at, nil
}

// transition closes one stay and opens the next, says so, and tells the owner. A breach that nobody was told of yet is
// told now.
func (s *Service) transition(ctx context.Context, tx db.Tx, r Record, w step, from, to Status, note string) error {
	now := s.clock.Now()
	late := !w.Breached && w.DueAt != nil && !w.DueAt.After(now)
	if _, err := tx.ExecContext(ctx, `UPDATE workflow_step SET left_at = ?, breached = ? WHERE id = ?`, now, w.Breached || late, w.ID); err != nil {
		return err
	}
	if late {
		if err := s.appendBreach(ctx, tx, r, w, from); err != nil {
			return err
		}
	}
	if err := s.enter(ctx, tx, r, to, note); err != nil {
		return err
	}
	data := map[string]any{"from": from.Name, "fromId": from.ID, "status": to.Name, "statusId": to.ID, "mode": to.Mode}
	if note != "" {
		data["note"] = note
	}
	err := s.events.Append(ctx, tx, events.Event{Kind: StatusChanged, SubjectKind: r.Kind, SubjectID: r.ID, SubjectLabel: r.Label, Unit: r.Unit,
		Changes: map[string]events.Change{"status": {from.Name, to.Name}}, Data: data})
	if moved := s.subjects[r.Kind].Moved; err == nil && moved != nil {
		err = moved(ctx, tx, r, from, to)
	}
	return err
}

func (s *Service) appendBreach(ctx context.Context, tx db.Tx, r Record, w step, st Status) error {
	return s.events.Append(ctx, tx, events.Event{Kind: Breached, SubjectKind: r.Kind, SubjectID: r.ID, SubjectLabel: r.Label, Unit: r.Unit,
		Data: map[string]any{"status": st.Name, "statusId": st.ID, "mode": st.Mode, "since": w.EnteredAt.UTC(), "dueAt": w.DueAt.UTC()}})
}
