package environment

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// EnvironmentChange is what ChangeEnvironment takes; members that were not sent stay as they are, null clears.
type EnvironmentChange struct {
	Key         httpapi.Optional[string]    `json:"key,omitzero"`
	Name        httpapi.Optional[string]    `json:"name,omitzero"`
	Description httpapi.Optional[string]    `json:"description,omitzero"`
	Application httpapi.Optional[string]    `json:"application,omitzero" doc:"The id or key of the application it is for."`
	Unit        httpapi.Optional[ref.Unit]  `json:"unitId,omitzero" doc:"Moves the environment."`
	Usage       httpapi.Optional[string]    `json:"usage,omitzero"`
	Status      httpapi.Optional[string]    `json:"status,omitzero"`
	Kind        httpapi.Optional[Kind]      `json:"kind,omitzero" doc:"physical, virtual, cloud or ephemeral."`
	ExpiresAt   httpapi.Optional[time.Time] `json:"expiresAt,omitzero"`
	Capacity    httpapi.Optional[int]       `json:"capacity,omitzero"`
	AutoApprove httpapi.Optional[bool]      `json:"autoApprove,omitzero"`
	DataClass   httpapi.Optional[DataClass] `json:"dataClass,omitzero" doc:"synthetic, masked or production_copy."`
	Techs       httpapi.Optional[[]string]  `json:"techs,omitzero"`
	URL         httpapi.Optional[string]    `json:"url,omitzero"`
	Vendor      httpapi.Optional[string]    `json:"vendor,omitzero"`
	Colour      httpapi.Optional[string]    `json:"colour,omitzero"`
	CostPerHour httpapi.Optional[int64]     `json:"costPerHour,omitzero"`
	Alert       httpapi.Optional[string]    `json:"alert,omitzero"`
	Parent      httpapi.Optional[string]    `json:"parent,omitzero" doc:"The id or key of the environment it belongs to."`
	Aliases     httpapi.Optional[[]string]  `json:"aliases,omitzero"`
}

// ChangeEnvironment edits an environment that the caller read in the given version.
func (s *Service) ChangeEnvironment(ctx context.Context, keyOrID string, version int64, in EnvironmentChange) (Details, error) {
	var out Details
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := mayEnvironment(ctx, tx, PermManage, keyOrID)
		if err != nil {
			return err
		}
		if e.Version != version {
			return s.stale(ctx, tx, e.ID)
		}
		if _, err := s.change(ctx, tx, e, in); err != nil {
			return err
		}
		out, err = s.details(ctx, tx, e.ID)
		return err
	})
	return out, err
}

// change applies a change to an environment whose caller may manage it and returns what differs; nothing is written when
// nothing does.
func (s *Service) change(ctx context.Context, tx db.Tx, e Environment, in EnvironmentChange) (map[string]events.Change, error) {
	before, err := s.listed(ctx, tx, e.ID)
	if err != nil {
		return nil, err
	}
	changed := e
	if err := s.assign(ctx, tx, &changed, in); err != nil {
		return nil, err
	}
	changed.tidy()
	var faults problem.Fields
	changed.check(&faults, "body.")
	checkAliases(&faults, in.Aliases.Value)
	if err := faults.Err("environment_invalid", "The environment cannot be changed like this."); err != nil {
		return nil, err
	}
	if changed.Unit != e.Unit {
		if err := bodyUnit(ctx, tx, PermManage, changed.Unit, "body.unitId"); err != nil {
			return nil, err
		}
	}
	if changed.KeyFolded != e.KeyFolded || in.Aliases.Set {
		if err := touchNames(ctx, tx); err != nil {
			return nil, err
		}
		if err := checkKeyFree(ctx, tx, changed); err != nil {
			return nil, err
		}
	}
	if changed.Capacity < e.Capacity {
		if _, err := s.LockSchedules(ctx, tx, []ref.Environment{e.ID}); err != nil {
			return nil, err
		}
	}
	if in.Aliases.Set {
		if err := saveAliases(ctx, tx, changed, in.Aliases.Value); err != nil {
			return nil, err
		}
	}
	changed.UpdatedAt = s.clock.Now()
	stale, err := updateEnvironment(ctx, tx, &changed)
	if err != nil {
		return nil, err
	}
	if stale {
		return nil, s.stale(ctx, tx, e.ID)
	}
	after, err := s.listed(ctx, tx, e.ID)
	if err != nil {
		return nil, err
	}
	diff := events.Diff(snapshot(before), snapshot(after))
	if len(diff) == 0 {
		// Nothing differs: take the version back, so that nobody's open edit goes stale for nothing.
		_, err := tx.ExecContext(ctx, `UPDATE environment SET version = ?, updated_at = ? WHERE id = ?`, e.Version, e.UpdatedAt, e.ID)
		return diff, err
	}
	if changed.Capacity < e.Capacity {
		for _, u := range s.users {
			if holder, ok := u.(ScheduleUser); ok {
				if err := holder.CheckSchedules(ctx, tx, []ref.Environment{e.ID}); err != nil {
					return nil, err
				}
			}
		}
	}
	if changed.Unit != e.Unit {
		if err := s.owners.MoveRecord(ctx, tx, Subject, string(e.ID), changed.Unit); err != nil {
			return nil, err
		}
		return diff, s.append(ctx, tx, EnvironmentMoved, changed, diff, map[string]any{"unit": after.UnitName})
	}
	return diff, s.append(ctx, tx, EnvironmentChanged, changed, diff, nil)
}

// assign writes the members that were sent into an environment.
func (s *Service) assign(ctx context.Context, tx db.Tx, e *Environment, in EnvironmentChange) error {
	set(&e.Key, in.Key)
	set(&e.Name, in.Name)
	set(&e.Description, in.Description)
	set(&e.Unit, in.Unit)
	set(&e.Kind, in.Kind)
	set(&e.Capacity, in.Capacity)
	set(&e.AutoApprove, in.AutoApprove)
	set(&e.DataClass, in.DataClass)
	set(&e.Techs, in.Techs)
	set(&e.URL, in.URL)
	set(&e.Vendor, in.Vendor)
	set(&e.Colour, in.Colour)
	set(&e.CostPerHour, in.CostPerHour)
	set(&e.Alert, in.Alert)
	if in.ExpiresAt.Set {
		e.ExpiresAt = in.ExpiresAt.Pointer()
	}
	if in.Application.Set {
		e.Application = ""
		if in.Application.Value != "" {
			a, err := bodyApplication(ctx, tx, in.Application.Value, "body.application")
			if err != nil {
				return err
			}
			e.Application = a.ID
		}
	}
	if in.Usage.Set {
		if err := s.setUsage(ctx, tx, e, in.Usage.Value); err != nil {
			return err
		}
	}
	if in.Status.Set {
		if err := s.setStatus(ctx, tx, e, in.Status.Value); err != nil {
			return err
		}
	}
	if in.Parent.Set {
		return s.setParent(ctx, tx, e, in.Parent.Value)
	}
	return nil
}

func set[T any](field *T, o httpapi.Optional[T]) {
	if o.Set {
		*field = o.Value // the zero value when sent as null
	}
}

// stale is the problem of a change based on an old version; it shows the record as it is now.
func (s *Service) stale(ctx context.Context, tx db.Tx, id ref.Environment) error {
	now, err := s.details(ctx, tx, id)
	if err != nil {
		return err
	}
	return httpapi.Stale(now.Version, detailsView(now))
}
