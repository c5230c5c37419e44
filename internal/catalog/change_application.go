package catalog

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ApplicationChange is what ChangeApplication takes; members that were not sent stay as they are.
type ApplicationChange struct {
	Key         httpapi.Optional[string]      `json:"key,omitzero"`
	Name        httpapi.Optional[string]      `json:"name,omitzero"`
	Description httpapi.Optional[string]      `json:"description,omitzero"`
	Unit        httpapi.Optional[ref.Unit]    `json:"unitId,omitzero" doc:"Moves the application."`
	Criticality httpapi.Optional[Criticality] `json:"criticality,omitzero" doc:"MISSION_CRITICAL, HIGH, MEDIUM or LOW."`
	Status      httpapi.Optional[Status]      `json:"status,omitzero" doc:"ACTIVE or INACTIVE."`
	Vendor      httpapi.Optional[string]      `json:"vendor,omitzero"`
}

// ChangeApplication edits an application that the caller read in the given version.
func (s *Service) ChangeApplication(ctx context.Context, idOrKey string, version int64, in ApplicationChange) (Details, error) {
	var out Details
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		a, err := mayApplication(ctx, tx, PermManage, idOrKey)
		if err != nil {
			return err
		}
		if a.Version != version {
			return s.stale(ctx, tx, a)
		}
		changed := in.apply(a)
		if err := s.changeApplication(ctx, tx, &a, changed); err != nil {
			return err
		}
		out, err = s.details(ctx, tx, a)
		return err
	})
	return out, err
}

// apply returns the application as the change wants it.
func (in ApplicationChange) apply(a Application) Application {
	set(&a.Key, in.Key)
	set(&a.Name, in.Name)
	set(&a.Description, in.Description)
	set(&a.Unit, in.Unit)
	set(&a.Criticality, in.Criticality)
	set(&a.Status, in.Status)
	set(&a.Vendor, in.Vendor)
	a.tidy()
	return a
}

func set[T any](field *T, o httpapi.Optional[T]) {
	if o.Set {
		*field = o.Value // the zero value when sent as null
	}
}

// changeApplication checks and saves an application whose caller may manage it; nothing is written when nothing
// differs.
func (s *Service) changeApplication(ctx context.Context, tx db.Tx, a *Application, changed Application) error {
	before, after := snapshot(*a), snapshot(changed)
	if len(events.Diff(before, after)) == 0 {
		return nil
	}
	var faults problem.Fields
	changed.check(&faults, "body.")
	if err := faults.Err("application_invalid", "The application cannot be changed like this."); err != nil {
		return err
	}
	kind, data := ApplicationChanged, map[string]any(nil)
	if changed.Unit != a.Unit {
		if err := bodyUnit(ctx, tx, PermManage, changed.Unit, "body.unitId"); err != nil {
			return err
		}
		name, err := unitName(ctx, tx, changed.Unit)
		if err != nil {
			return err
		}
		kind, data = ApplicationMoved, map[string]any{"unit": name}
	}
	if changed.KeyFolded != a.KeyFolded || changed.NameFolded != a.NameFolded {
		if err := touchNames(ctx, tx); err != nil {
			return err
		}
		if err := checkNames(ctx, tx, changed, nil); err != nil {
			return err
		}
	}
	changed.UpdatedAt = s.clock.Now()
	stale, err := updateApplication(ctx, tx, &changed)
	if err != nil {
		return err
	}
	if stale {
		return s.stale(ctx, tx, *a)
	}
	if changed.Unit != a.Unit {
		if err := s.owners.Move(ctx, tx, a.ID, changed.Unit); err != nil {
			return err
		}
	}
	*a = changed
	return s.append(ctx, tx, kind, *a, before, after, data)
}

// stale is the problem of a change based on an old version; it shows the record as it is now.
func (s *Service) stale(ctx context.Context, tx db.Tx, a Application) error {
	now, err := findApplication(ctx, tx, string(a.ID))
	if err != nil {
		return err
	}
	current, err := s.details(ctx, tx, now)
	if err != nil {
		return err
	}
	return httpapi.Stale(now.Version, current)
}

func unitName(ctx context.Context, tx db.Tx, id ref.Unit) (string, error) {
	var name string
	err := tx.NewSelect().Table("v_unit").Column("name").Where("id = ?", id).Scan(ctx, &name)
	if db.IsNoRows(err) {
		return "", nil
	}
	return name, err
}
