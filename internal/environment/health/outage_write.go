package health

import (
	"context"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// open records an outage and says so.
func (s *Service) open(ctx context.Context, tx db.Tx, env environment.Environment, o Outage) (Outage, error) {
	now := s.clock.Now()
	o.ID, o.Environment, o.Version, o.CreatedAt, o.UpdatedAt = ref.New[ref.Outage](), env.ID, 1, now, now
	if _, err := tx.NewInsert().Model(&o).Exec(ctx); err != nil {
		return o, err
	}
	err := s.append(ctx, tx, OutageOpened, env, o, events.Diff(nil, snapshot(o)), map[string]any{"kind": string(o.Kind), "environment": env.Name})
	if err != nil || o.EndedAt == nil {
		return o, err
	}
	return o, s.append(ctx, tx, OutageEnded, env, o, nil, map[string]any{"lasted": words(o.EndedAt.Sub(o.StartedAt))})
}

// end ends an open outage at a moment not before its beginning.
func (s *Service) end(ctx context.Context, tx db.Tx, env environment.Environment, o Outage, at time.Time) (Outage, error) {
	before := snapshot(o)
	o.EndedAt = &at
	return o, s.update(ctx, tx, env, &o, before, OutageEnded, map[string]any{"lasted": words(at.Sub(o.StartedAt)), "environment": env.Name})
}

// update writes an outage in its next version and says what changed.
func (s *Service) update(ctx context.Context, tx db.Tx, env environment.Environment, o *Outage, before *outageFields, kind events.Kind, data map[string]any) error {
	o.UpdatedAt = s.clock.Now()
	o.Version++
	_, err := tx.NewUpdate().Model(o).WherePK().ExcludeColumn("id", "environment_id", "created_at", "source", "reference").Exec(ctx)
	if err != nil {
		return err
	}
	return s.append(ctx, tx, kind, env, *o, events.Diff(before, snapshot(*o)), data)
}

func (s *Service) append(ctx context.Context, tx db.Tx, kind events.Kind, env environment.Environment, o Outage, changes map[string]events.Change, data map[string]any) error {
	if data == nil {
		data = map[string]any{}
	}
	data["environmentId"] = string(env.ID)
	return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectKind: Subject, SubjectID: string(o.ID), SubjectLabel: o.Title, Unit: env.Unit, Changes: changes, Data: data})
}

// outageFields are the fields of an outage whose changes are kept in its history.
type outageFields struct {
	Kind          OutageKind `json:"kind"`
	Title         string     `json:"title"`
	Description   string     `json:"description,omitempty"`
	StartedAt     time.Time  `json:"startedAt"`
	DetectedAt    time.Time  `json:"detectedAt"`
	FoundAt       *time.Time `json:"foundAt,omitempty"`
	EndedAt       *time.Time `json:"endedAt,omitempty"`
	ExpectedEndAt *time.Time `json:"expectedEndAt,omitempty"`
	Cause         string     `json:"cause,omitempty"`
}

func snapshot(o Outage) *outageFields {
	return &outageFields{o.Kind, o.Title, o.Description, o.StartedAt, o.DetectedAt, o.FoundAt, o.EndedAt, o.ExpectedEndAt, o.Cause}
}

// openOutage returns the outage of an environment that a monitor opened and nobody ended, or nil.
func openOutage(ctx context.Context, tx db.Tx, env ref.Environment) (*Outage, error) {
	var o Outage
	err := tx.NewSelect().Model(&o).Where("o.environment_id = ? AND o.ended_at IS NULL AND o.source = ?", env, fromMonitor).Scan(ctx)
	if db.IsNoRows(err) {
		return nil, nil
	}
	o = o.utc()
	return &o, err
}

// may returns an outage and its environment after checking perm on the environment's unit. Outages of deleted
// environments are found too: their history stays.
func (s *Service) may(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Outage) (Outage, environment.Environment, error) {
	var o Outage
	var env environment.Environment
	err := tx.NewSelect().Model(&o).Where("o.id = ?", id).Scan(ctx)
	if err == nil {
		err = tx.NewSelect().TableExpr("v_environment AS e").ColumnExpr("e.id, e.key, e.name, e.unit_id, e.application_id").Where("e.id = ?", o.Environment).Scan(ctx, &env)
	}
	if db.IsNoRows(err) {
		return o, env, authz.ErrNotFound
	}
	if err != nil {
		return o, env, err
	}
	return o.utc(), env, authz.CheckUnit(ctx, tx, perm, env.Unit)
}
