package health

import (
	"context"
	"strings"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewOutage is what OpenOutage takes.
type NewOutage struct {
	Environment   string     `json:"environment" minLength:"1" maxLength:"200" doc:"The key or id of the environment."`
	Kind          OutageKind `json:"kind,omitempty" enum:"planned,unplanned" doc:"unplanned when left out."`
	Title         string     `json:"title" minLength:"1" maxLength:"300"`
	Description   string     `json:"description,omitempty" maxLength:"10000"`
	StartedAt     *time.Time `json:"startedAt,omitempty" doc:"Now when left out; a planned outage may lie ahead."`
	EndedAt       *time.Time `json:"endedAt,omitempty"`
	ExpectedEndAt *time.Time `json:"expectedEndAt,omitempty"`
}

// OpenOutage records an outage that a person knows of, planned or not.
func (s *Service) OpenOutage(ctx context.Context, in NewOutage) (View, error) {
	var out View
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		env, err := s.environments.Find(ctx, tx, in.Environment)
		if err != nil {
			return notThere(err, "body.environment", in.Environment)
		}
		if err := authz.CheckUnit(ctx, tx, PermManage, env.Unit); err != nil {
			return err
		}
		now := s.clock.Now()
		o := Outage{Kind: in.Kind, Title: strings.TrimSpace(in.Title), Description: in.Description, StartedAt: now, DetectedAt: now, EndedAt: utc(in.EndedAt), ExpectedEndAt: utc(in.ExpectedEndAt), Source: fromPerson}
		if o.Kind == "" {
			o.Kind = Unplanned
		}
		if in.StartedAt != nil {
			o.StartedAt = in.StartedAt.UTC()
			o.DetectedAt = later(now, o.StartedAt)
		}
		if err := s.check(o); err != nil {
			return err
		}
		if o, err = s.open(ctx, tx, env, o); err != nil {
			return err
		}
		out, err = s.view(ctx, tx, o.ID)
		return err
	})
	return out, err
}

// Planned records the outage window of a record that announces one, or moves it; a zero until takes it away. Callers
// have checked what their record needs.
func (s *Service) Planned(ctx context.Context, tx db.Tx, env environment.Environment, source, reference, title string, from, until time.Time) error {
	var o Outage
	err := tx.NewSelect().Model(&o).Where("o.environment_id = ? AND o.source = ? AND o.reference = ?", env.ID, source, reference).Scan(ctx)
	switch {
	case db.IsNoRows(err) && until.IsZero():
		return nil
	case db.IsNoRows(err):
		_, err = s.open(ctx, tx, env, Outage{Kind: Planned, Title: title, StartedAt: from, DetectedAt: from, EndedAt: &until, Source: source, Reference: reference})
		return err
	case err != nil:
		return err
	}
	o = o.utc()
	if until.IsZero() {
		return s.remove(ctx, tx, env, o)
	}
	before := snapshot(o)
	o.Title, o.StartedAt, o.DetectedAt, o.EndedAt = title, from, from, &until
	if len(events.Diff(before, snapshot(o))) == 0 {
		return nil
	}
	return s.update(ctx, tx, env, &o, before, OutageChanged, nil)
}

// OutageChange is what ChangeOutage takes; members that were not sent stay as they are, null clears.
type OutageChange struct {
	Kind          httpapi.Optional[OutageKind] `json:"kind,omitzero" doc:"planned or unplanned."`
	Title         httpapi.Optional[string]     `json:"title,omitzero"`
	Description   httpapi.Optional[string]     `json:"description,omitzero"`
	StartedAt     httpapi.Optional[time.Time]  `json:"startedAt,omitzero"`
	DetectedAt    httpapi.Optional[time.Time]  `json:"detectedAt,omitzero"`
	EndedAt       httpapi.Optional[time.Time]  `json:"endedAt,omitzero" doc:"Null opens it again."`
	ExpectedEndAt httpapi.Optional[time.Time]  `json:"expectedEndAt,omitzero"`
}

// ChangeOutage edits an outage that the caller read in the given version.
func (s *Service) ChangeOutage(ctx context.Context, id ref.Outage, version int64, in OutageChange) (View, error) {
	return s.edit(ctx, id, version, OutageChanged, "", func(o *Outage) map[string]any {
		set(&o.Kind, in.Kind)
		set(&o.Title, in.Title)
		o.Title = strings.TrimSpace(o.Title)
		set(&o.Description, in.Description)
		setTime(&o.StartedAt, in.StartedAt)
		setTime(&o.DetectedAt, in.DetectedAt)
		if in.EndedAt.Set {
			o.EndedAt = utc(in.EndedAt.Pointer())
		}
		if in.ExpectedEndAt.Set {
			o.ExpectedEndAt = utc(in.ExpectedEndAt.Pointer())
		}
		return nil
	})
}

// Cause says what caused an outage.
type Cause struct {
	Kind  string `json:"kind,omitempty" maxLength:"100" doc:"The kind of a suspect, or empty for a cause in words alone."`
	ID    string `json:"id,omitempty" maxLength:"200"`
	Label string `json:"label" maxLength:"1000" doc:"The cause in words; empty takes the mark away."`
}

// MarkCause says what caused an outage. The time of the first mark is when the cause was found.
func (s *Service) MarkCause(ctx context.Context, id ref.Outage, version int64, in Cause) (View, error) {
	return s.edit(ctx, id, version, OutageCauseMarked, "", func(o *Outage) map[string]any {
		o.CauseKind, o.CauseID, o.Cause = in.Kind, in.ID, strings.TrimSpace(in.Label)
		switch {
		case o.Cause == "":
			o.CauseKind, o.CauseID, o.FoundAt = "", "", nil
			return map[string]any{"cause": "nothing"}
		case o.FoundAt == nil:
			found := later(s.clock.Now(), o.DetectedAt)
			o.FoundAt = &found
		}
		return map[string]any{"cause": o.Cause}
	})
}

// DeleteOutage takes an outage back that was none.
func (s *Service) DeleteOutage(ctx context.Context, id ref.Outage, version int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		o, env, err := s.hold(ctx, tx, id, version)
		if err != nil {
			return err
		}
		return s.remove(ctx, tx, env, o)
	})
}

func (s *Service) remove(ctx context.Context, tx db.Tx, env environment.Environment, o Outage) error {
	if _, err := tx.NewDelete().Model((*Outage)(nil)).Where("id = ?", o.ID).Exec(ctx); err != nil {
		return err
	}
	return s.append(ctx, tx, OutageDeleted, env, o, events.Diff(snapshot(o), nil), nil)
}

// hold returns an outage for a change, in the version the caller read.
func (s *Service) hold(ctx context.Context, tx db.Tx, id ref.Outage, version int64) (Outage, environment.Environment, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE outage SET version = version WHERE id = ?`, id); err != nil {
		return Outage{}, environment.Environment{}, err
	}
	o, env, err := s.may(ctx, tx, PermManage, id)
	if err != nil || o.Version == version {
		return o, env, err
	}
	now, err := s.view(ctx, tx, id)
	if err != nil {
		return o, env, err
	}
	return o, env, httpapi.Stale(now.Version, now)
}

// edit changes an outage; chosen is how the environment is when that ends it.
func (s *Service) edit(ctx context.Context, id ref.Outage, version int64, kind events.Kind, chosen Health, apply func(*Outage) map[string]any) (View, error) {
	var out View
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		o, env, err := s.hold(ctx, tx, id, version)
		if err != nil {
			return err
		}
		before := snapshot(o)
		data := apply(&o)
		if err := s.check(o); err != nil {
			return err
		}
		if len(events.Diff(before, snapshot(o))) > 0 {
			if err := s.update(ctx, tx, env, &o, before, kind, data); err != nil {
				return err
			}
			if err := s.sayByHand(ctx, tx, env, before, o, chosen); err != nil {
				return err
			}
		}
		out, err = s.view(ctx, tx, id)
		return err
	})
	return out, err
}

// check refuses an outage that cannot be.
func (s *Service) check(o Outage) error {
	now := s.clock.Now()
	var faults problem.Fields
	if o.Title == "" || len([]rune(o.Title)) > 300 {
		faults.Add("body.title", "text_length", "A title has between 1 and 300 letters.")
	}
	if o.Kind != Planned && o.Kind != Unplanned {
		faults.Add("body.kind", "outage_kind_unknown", "An outage is planned or unplanned.")
	}
	if o.EndedAt != nil && o.EndedAt.Before(o.StartedAt) {
		faults.Add("body.endedAt", "ends_before_start", "The outage ends before it begins.")
	}
	if o.ExpectedEndAt != nil && o.ExpectedEndAt.Before(o.StartedAt) {
		faults.Add("body.expectedEndAt", "ends_before_start", "The expected end lies before the beginning.")
	}
	if o.Kind == Unplanned {
		if o.StartedAt.After(now.Add(fromTheFuture)) {
			faults.Add("body.startedAt", "time_in_future", "What was not planned cannot begin in the future. Is it planned?")
		}
		if o.EndedAt != nil && o.EndedAt.After(now.Add(fromTheFuture)) {
			faults.Add("body.endedAt", "time_in_future", "What was not planned cannot end in the future. Say when it is expected to end.")
		}
	}
	if o.DetectedAt.Before(o.StartedAt) {
		faults.Add("body.detectedAt", "detected_before_start", "It cannot be known before it begins.")
	}
	return faults.Err("outage_invalid", "The outage cannot be kept like this.")
}

func set[T any](to *T, o httpapi.Optional[T]) {
	if o.Set {
		*to = o.Value
	}
}

func setTime(to *time.Time, o httpapi.Optional[time.Time]) {
	if o.Set && !o.Null {
		*to = o.Value.UTC()
	}
}
