package calendar

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// WorkingTime is when the people of a unit work. The nearest unit above that has one decides.
type WorkingTime struct {
	bun.BaseModel `bun:"table:working_time,alias:h" json:"-"`

	Unit ref.Unit `bun:"unit_id,pk" json:"unitId"`
	Zone string   `bun:"zone" json:"zone"`
	Days Week     `bun:"days,type:jsonb" json:"days"`
	// OwnHolidays keeps the holidays of the units above away.
	OwnHolidays bool      `bun:"own_holidays" json:"ownHolidays" doc:"Whether only the unit's own holidays count, not those of the units above."`
	Version     int64     `bun:"version" json:"version" doc:"0 where the unit has no working time of its own."`
	CreatedAt   time.Time `bun:"created_at" json:"-"`
	UpdatedAt   time.Time `bun:"updated_at" json:"updatedAt"`
}

func (h WorkingTime) utc() WorkingTime {
	h.CreatedAt, h.UpdatedAt = h.CreatedAt.UTC(), h.UpdatedAt.UTC()
	return h
}

// EffectiveTime is the working time that counts for a unit, and the unit it comes from; that is empty where no unit has one.
type EffectiveTime struct {
	WorkingTime
	From     ref.Unit
	FromName string
}

// SetTime is what SetWorkingTime takes.
type SetTime struct {
	Zone        string `json:"zone" minLength:"1" maxLength:"64" example:"Europe/Berlin"`
	Days        Week   `json:"days"`
	OwnHolidays bool   `json:"ownHolidays,omitempty" doc:"Whether only the unit's own holidays count, not those of the units above."`
}

// effective returns what counts for the unit with a path.
func (s *snapshot) effective(unit ref.Unit, path string) EffectiveTime {
	for _, id := range slices.Backward(strings.Split(strings.Trim(path, "/"), "/")) {
		if h, ok := s.hours[id]; ok {
			out := EffectiveTime{WorkingTime: h, From: h.Unit}
			if h.Unit != unit {
				out.Unit, out.Version = unit, 0
			}
			return out
		}
	}
	return EffectiveTime{WorkingTime: WorkingTime{Unit: unit, Zone: "UTC", Days: standardWeek()}}
}

// Hours returns the working time that counts for a unit and its holidays within a stretch of time that ends, for durations in
// working time and for openings. It asks for no permission.
func (s *Service) Hours(ctx context.Context, tx db.Tx, unit ref.Unit, within interval.Span) (interval.Hours, []interval.Span, error) {
	units, err := unitsOf(ctx, tx, []ref.Unit{unit})
	if err != nil {
		return interval.Hours{}, nil, err
	}
	known, err := s.load(ctx, tx)
	if err != nil {
		return interval.Hours{}, nil, err
	}
	path := units[unit].Path
	t := known.effective(unit, path)
	hours, err := t.Days.hours(t.Zone)
	if err != nil {
		return hours, nil, err
	}
	if within.Endless() {
		within.To = within.From.Add(horizon)
	}
	var holidays []interval.Span
	for _, h := range known.meant(interval.Place{Unit: unit, UnitPath: path}) {
		if h.Kind == Holiday {
			holidays = append(holidays, h.occurrences(within)...)
		}
	}
	return hours, interval.Merge(holidays), nil
}

// WorkingTimeOf returns the working time that counts for a unit.
func (s *Service) WorkingTimeOf(ctx context.Context, unit ref.Unit) (EffectiveTime, error) {
	var out EffectiveTime
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := authz.CheckUnit(ctx, tx, PermView, unit); err != nil {
			return err
		}
		var err error
		out, err = s.effectiveTime(ctx, tx, unit)
		return err
	})
	return out, err
}

func (s *Service) effectiveTime(ctx context.Context, tx db.Tx, unit ref.Unit) (EffectiveTime, error) {
	known, err := s.load(ctx, tx)
	if err != nil {
		return EffectiveTime{}, err
	}
	units, err := unitsOf(ctx, tx, []ref.Unit{unit})
	if err != nil {
		return EffectiveTime{}, err
	}
	out := known.effective(unit, units[unit].Path)
	if out.From != "" {
		if units, err = unitsOf(ctx, tx, []ref.Unit{out.From}); err != nil {
			return out, err
		}
		out.FromName = units[out.From].Name
	}
	return out, nil
}

// SetWorkingTime gives a unit its own working time; version is that of the one it replaces, 0 when it has none.
func (s *Service) SetWorkingTime(ctx context.Context, unit ref.Unit, version int64, in SetTime) (EffectiveTime, error) {
	var out EffectiveTime
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := authz.CheckUnit(ctx, tx, PermManage, unit); err != nil {
			return err
		}
		var faults problem.Fields
		in.Days.check(&faults)
		if _, err := interval.Zone(in.Zone); err != nil {
			faults.Add("body.zone", problem.CodeOf(err), problem.Of(err).Message)
		}
		if err := faults.Err("working_time_invalid", "The working time cannot be saved like this."); err != nil {
			return err
		}
		before, err := s.ownTime(ctx, tx, unit, version)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		h := WorkingTime{Unit: unit, Zone: in.Zone, Days: in.Days, OwnHolidays: in.OwnHolidays, Version: 1, CreatedAt: now, UpdatedAt: now}
		var old any
		if before != nil {
			h.Version, h.CreatedAt = before.Version+1, before.CreatedAt
			old = SetTime{before.Zone, before.Days, before.OwnHolidays}
			_, err = tx.NewUpdate().Model(&h).WherePK().Exec(ctx)
		} else {
			_, err = tx.NewInsert().Model(&h).Exec(ctx)
		}
		if err != nil {
			return err
		}
		if err := touch(ctx, tx); err != nil {
			return err
		}
		if err := s.appendTime(ctx, tx, WorkingTimeSet, unit, old, in); err != nil {
			return err
		}
		out, err = s.effectiveTime(ctx, tx, unit)
		return err
	})
	return out, err
}

// RemoveWorkingTime lets the working time of the unit above count again.
func (s *Service) RemoveWorkingTime(ctx context.Context, unit ref.Unit, version int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := authz.CheckUnit(ctx, tx, PermManage, unit); err != nil {
			return err
		}
		before, err := s.ownTime(ctx, tx, unit, version)
		if err != nil {
			return err
		}
		if before == nil {
			return authz.ErrNotFound
		}
		if _, err := tx.NewDelete().Model(before).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := touch(ctx, tx); err != nil {
			return err
		}
		return s.appendTime(ctx, tx, WorkingTimeRemoved, unit, SetTime{before.Zone, before.Days, before.OwnHolidays}, nil)
	})
}

// ownTime returns a unit's own working time, nil when it has none, after checking the version. The revision is touched first,
// so that two who set the first one take turns.
func (s *Service) ownTime(ctx context.Context, tx db.Tx, unit ref.Unit, version int64) (*WorkingTime, error) {
	if err := touch(ctx, tx); err != nil {
		return nil, err
	}
	var h WorkingTime
	err := tx.NewSelect().Model(&h).Where("h.unit_id = ?", unit).Scan(ctx)
	if db.IsNoRows(err) {
		if version != 0 {
			return nil, httpapi.Stale(0, nil)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h = h.utc()
	if h.Version != version {
		return nil, httpapi.Stale(h.Version, h)
	}
	return &h, nil
}

func (s *Service) appendTime(ctx context.Context, tx db.Tx, kind events.Kind, unit ref.Unit, before, after any) error {
	units, err := unitsOf(ctx, tx, []ref.Unit{unit})
	if err != nil {
		return err
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(unit), SubjectLabel: units[unit].Name, Unit: unit, Changes: events.Diff(before, after),
	})
}
