package calendar

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
)

// BulkChange is what is set on many windows at once; members that are absent stay as they are.
type BulkChange struct {
	Type       *string `json:"typeId,omitempty" maxLength:"200" doc:"Of freezes."`
	OnSchedule *bool   `json:"onSchedule,omitempty"`
	State      *State  `json:"state,omitempty" enum:"ACTIVE,CANCELLED"`
	ShiftDays  int     `json:"shiftDays,omitempty" minimum:"-3660" maximum:"3660" doc:"Moves both ends by days on the clocks of the record's zone."`
}

// EditWindow applies a bulk change to one window, whatever its version: the caller chose it in a list. With dry set nothing is
// saved.
func (s *Service) EditWindow(ctx context.Context, kind Kind, id string, in BulkChange, dry bool) (Details, error) {
	var out Details
	err := s.write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		w, err := mayWindow(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		var c WindowChange
		if in.Type != nil {
			c.Type = httpapi.Some(*in.Type)
		}
		if in.OnSchedule != nil {
			c.OnSchedule = httpapi.Some(*in.OnSchedule)
		}
		if in.ShiftDays != 0 {
			loc, err := interval.Zone(w.Zone)
			if err != nil {
				return err
			}
			shift := func(t time.Time) time.Time {
				return interval.Instant(interval.Wall(t, loc).AddDate(0, 0, in.ShiftDays), loc)
			}
			c.From, c.To = httpapi.Some(shift(w.From)), httpapi.Some(shift(w.To))
		}
		after, err := s.changeWindow(ctx, tx, w, c)
		if err != nil {
			return err
		}
		if in.State != nil && *in.State != after.State {
			before, a := after, cancelled
			if after.State = *in.State; after.State == Active {
				a = reinstated
			} else if after.State != Cancelled {
				return problem.New(problem.Invalid, "state_unknown", "A state is ACTIVE or CANCELLED.")
			}
			if err := s.save(ctx, tx, a, before, &after, nil); err != nil {
				return err
			}
		}
		out, err = s.withConsequences(ctx, tx, after)
		return err
	})
	return out, err
}
