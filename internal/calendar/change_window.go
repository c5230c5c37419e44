package calendar

import (
	"context"
	"slices"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// WindowChange is what ChangeWindow takes; members that were not sent stay as they are.
type WindowChange struct {
	Name        httpapi.Optional[string]              `json:"name,omitzero"`
	Description httpapi.Optional[string]              `json:"description,omitzero"`
	Type        httpapi.Optional[string]              `json:"typeId,omitzero"`
	Unit        httpapi.Optional[ref.Unit]            `json:"unitId,omitzero"`
	From        httpapi.Optional[time.Time]           `json:"from,omitzero"`
	To          httpapi.Optional[time.Time]           `json:"to,omitzero"`
	Zone        httpapi.Optional[string]              `json:"zone,omitzero"`
	Recurrence  httpapi.Optional[interval.Recurrence] `json:"recurrence,omitzero" doc:"null makes it happen once."`
	Scope       httpapi.Optional[Scope]               `json:"scope,omitzero" doc:"Replaces the whole scope."`
	Refuses     httpapi.Optional[[]interval.Use]      `json:"refuses,omitzero"`
	OnSchedule  httpapi.Optional[bool]                `json:"onSchedule,omitzero"`
}

func set[T any](field *T, o httpapi.Optional[T]) {
	if o.Set {
		*field = o.Value // the zero value when sent as null
	}
}

// ChangeWindow edits a window that the caller read in the given version, and tells what it hits then. With dry set nothing is
// saved.
func (s *Service) ChangeWindow(ctx context.Context, kind Kind, id string, version int64, in WindowChange, dry bool) (Details, error) {
	var out Details
	err := s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		before, err := mayWindow(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return s.stale(ctx, tx, before)
		}
		after, err := s.changeWindow(ctx, tx, before, in)
		if err != nil {
			return err
		}
		out, err = s.withConsequences(ctx, tx, after)
		return err
	})
	return out, err
}

func (s *Service) changeWindow(ctx context.Context, tx db.Tx, before Window, in WindowChange) (Window, error) {
	w := before
	w.Scope, w.Skip = slices.Clone(before.Scope), slices.Clone(before.Skip)
	var faults problem.Fields
	set(&w.Name, in.Name)
	set(&w.Description, in.Description)
	set(&w.From, in.From)
	set(&w.To, in.To)
	set(&w.Zone, in.Zone)
	set(&w.OnSchedule, in.OnSchedule)
	if in.Recurrence.Set {
		if r := in.Recurrence.Pointer(); r != nil && !in.Zone.Set && r.Zone != "" {
			w.Zone = r.Zone
		}
		w.recur(&faults, in.Recurrence.Pointer())
	}
	if in.Refuses.Set {
		w.refuse(&in.Refuses.Value)
	}
	if in.Unit.Set && in.Unit.Value != before.Unit {
		w.Unit = in.Unit.Value
		if err := bodyUnit(ctx, tx, w.Unit); err != nil {
			return w, err
		}
	}
	if in.Type.Set {
		if w.Kind != Freeze {
			faults.Add("body.typeId", "type_not_taken", "Only freezes have a type.")
		} else {
			t, err := s.typeOrDefault(ctx, tx, in.Type.Value, &faults)
			if err != nil {
				return w, err
			}
			w.Type = &t.ID
		}
	}
	w.tidy()
	w.check(&faults)
	if err := faults.Err(string(w.Kind)+"_invalid", "The "+nouns[w.Kind].one+" cannot be changed like this."); err != nil {
		return w, err
	}
	if in.Scope.Set {
		var err error
		if w.Scope, err = s.targets(ctx, tx, w.Unit, in.Scope.Value); err != nil {
			return w, err
		}
	}
	return w, s.save(ctx, tx, changed, before, &w, nil)
}

// save writes a window that differs from what it was, and says what happened.
func (s *Service) save(ctx context.Context, tx db.Tx, a act, before Window, w *Window, data map[string]any) error {
	if len(events.Diff(fieldsOf(before), fieldsOf(*w))) == 0 {
		return nil
	}
	w.UpdatedAt = s.clock.Now()
	stale, err := updateWindow(ctx, tx, w)
	if err != nil {
		return err
	}
	if stale {
		return s.stale(ctx, tx, before)
	}
	return s.append(ctx, tx, a, *w, bothScopes(before.Scope, w.Scope), fieldsOf(before), fieldsOf(*w), data)
}

// stale is the problem of a change based on an old version; it shows the record as it is now.
func (s *Service) stale(ctx context.Context, tx db.Tx, w Window) error {
	now, err := findWindow(ctx, tx, w.Kind, w.ID)
	if err != nil {
		return err
	}
	list, err := s.details(ctx, tx, []Window{now})
	if err != nil {
		return err
	}
	return httpapi.Stale(now.Version, view(list[0]))
}

// SetState cancels a window, which closes nothing from then on, or puts it back into force.
func (s *Service) SetState(ctx context.Context, kind Kind, id string, version int64, state State, why string, dry bool) (Details, error) {
	var out Details
	err := s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		before, err := mayWindow(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return s.stale(ctx, tx, before)
		}
		if before.State == state {
			return problem.Newf(problem.Conflict, "window_state", "The %s %s already is in this state.", nouns[kind].one, before.Name)
		}
		w, a, data := before, cancelled, map[string]any(nil)
		if w.State = state; state == Active {
			a = reinstated
		}
		if why != "" {
			data = map[string]any{"reason": why}
		}
		if err := s.save(ctx, tx, a, before, &w, data); err != nil {
			return err
		}
		out, err = s.withConsequences(ctx, tx, w)
		return err
	})
	return out, err
}

// DeleteWindow removes a window that was never in force, or was cancelled. What was in force stays for the record: it can be
// cancelled. With dry set nothing is removed.
func (s *Service) DeleteWindow(ctx context.Context, kind Kind, id string, version int64, dry bool) ([]Consequence, error) {
	list := []Consequence{}
	err := s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		w, err := mayWindow(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		if w.Version != version {
			return s.stale(ctx, tx, w)
		}
		if w.begun(s.clock.Now()) {
			return problem.Newf(problem.Conflict, string(kind)+"_in_use",
				"The %s %s is or was in force, and bookings were decided by it, so it stays in the history. Cancel it, or end it earlier.", nouns[kind].one, w.Name)
		}
		if _, err := tx.NewDelete().Model(&w).WherePK().Exec(ctx); err != nil {
			return err
		}
		list = append(list, Consequence{Kind: "scope_opens", Count: int64(len(w.Scope)), Message: "What it would have closed stays open."})
		return s.append(ctx, tx, deleted, w, w.Scope, fieldsOf(w), nil, nil)
	})
	return list, err
}

// Duplicate is what DuplicateWindow takes.
type Duplicate struct {
	Name string     `json:"name,omitempty" maxLength:"200" doc:"\"Copy of …\" when left out."`
	From *time.Time `json:"from,omitempty" doc:"When the copy begins; it lasts as long. The same time when left out."`
}

// DuplicateWindow adds a copy of a window that the caller may manage.
func (s *Service) DuplicateWindow(ctx context.Context, kind Kind, id string, in Duplicate, dry bool) (Details, error) {
	var out Details
	err := s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		w, err := mayWindow(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		n := NewWindow{Name: in.Name, Description: w.Description, Unit: w.Unit, From: w.From, To: w.To, Zone: w.Zone, OnSchedule: &w.OnSchedule}
		refuses := w.Refuses()
		n.Refuses = &refuses
		if n.Name == "" {
			n.Name = string([]rune("Copy of " + w.Name)[:min(maxName, len([]rune("Copy of "+w.Name)))])
		}
		if w.Type != nil {
			n.Type = *w.Type
		}
		if in.From != nil {
			loc, err := interval.Zone(w.Zone)
			if err != nil {
				return err
			}
			n.From = *in.From
			n.To = interval.Instant(interval.Wall(n.From, loc).Add(interval.Wall(w.To, loc).Sub(interval.Wall(w.From, loc))), loc)
		}
		if w.Rule != "" {
			n.Recurrence = &interval.Recurrence{Rule: w.Rule, Zone: w.Zone, Skip: w.Skip}
		}
		for _, t := range w.Scope {
			switch t.Kind {
			case ForUnit:
				n.Scope.Units = append(n.Scope.Units, t.ID)
			case ForEnvironment:
				n.Scope.Environments = append(n.Scope.Environments, t.ID)
			case ForGroup:
				n.Scope.Groups = append(n.Scope.Groups, t.ID)
			case ForApplication:
				n.Scope.Applications = append(n.Scope.Applications, t.ID)
			}
		}
		out, err = s.createWindow(ctx, tx, kind, n)
		return err
	})
	return out, err
}
