package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// TeamChange is what ChangeTeam takes; members that were not sent stay as they are.
type TeamChange struct {
	Name        httpapi.Optional[string]   `json:"name,omitzero"`
	Description httpapi.Optional[string]   `json:"description,omitzero"`
	Unit        httpapi.Optional[ref.Unit] `json:"unitId,omitzero"`
}

// ChangeTeam edits a team. Moving it to another unit needs the permission on both.
func (s *Service) ChangeTeam(ctx context.Context, id ref.Team, version int64, in TeamChange) (Team, error) {
	var t Team
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if t, err = touchTeam(ctx, tx, id); err != nil {
			return err
		}
		if err := checkTeamVersion(t, version); err != nil {
			return err
		}
		before := t
		if in.Name.Set {
			t.Name = in.Name.Value
		}
		if in.Description.Set {
			t.Description = in.Description.Value
		}
		if in.Unit.Set && in.Unit.Value != t.Unit {
			u, err := bodyUnit(ctx, tx, PermManageTeam, in.Unit.Value, "body.unitId")
			if err != nil {
				return err
			}
			t.Unit = u.ID
		}
		var faults problem.Fields
		checkTeam(&faults, &t)
		if err := faults.Err("team_invalid", "The team cannot be saved like this."); err != nil {
			return err
		}
		if len(events.Diff(before, t)) == 0 {
			return nil
		}
		t.UpdatedAt = s.clock.Now()
		if err := updateTeam(ctx, tx, &t); err != nil {
			return err
		}
		return s.appendTeam(ctx, tx, TeamChanged, t, &before, &t, nil)
	})
	return t, err
}
