package environment

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// DeleteEnvironment takes an environment out of the catalogue; what was recorded of it keeps its name. With dry set
// nothing is done and version is not looked at; either way the consequences are told. Where records of other slices hang
// on it, confirm must say that their consequences are wanted; those that block keep it anyway.
func (s *Service) DeleteEnvironment(ctx context.Context, keyOrID string, version int64, confirm, dry bool) ([]Consequence, error) {
	var list []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := mayEnvironment(ctx, tx, PermManage, keyOrID)
		if err != nil {
			return err
		}
		if !dry && e.Version != version {
			return s.stale(ctx, tx, e.ID)
		}
		if _, err := s.LockSchedules(ctx, tx, []ref.Environment{e.ID}); err != nil {
			return err
		}
		var used []Consequence
		if list, used, err = s.deletion(ctx, tx, e); err != nil || dry {
			return err
		}
		switch {
		case blocks(used):
			return problem.New(problem.Conflict, "environment_in_use",
				"The environment is in use, so it is kept. Set its status to one that takes no bookings to take it out of service.").WithData("consequences", list)
		case len(used) > 0 && !confirm:
			return problem.New(problem.Conflict, "confirmation_required",
				"Other records hang on this environment. Look at the consequences and send confirm=true to delete it all the same.").WithData("consequences", list)
		}
		return s.remove(ctx, tx, e)
	})
	return list, err
}

func (s *Service) remove(ctx context.Context, tx db.Tx, e Environment) error {
	before, err := s.listed(ctx, tx, e.ID)
	if err != nil {
		return err
	}
	for _, u := range s.users {
		if leaver, ok := u.(EnvironmentLeaver); ok {
			if err := leaver.LeaveEnvironment(ctx, tx, e.ID); err != nil {
				return err
			}
		}
	}
	now := s.clock.Now()
	for _, statement := range []string{
		`DELETE FROM environment_member WHERE environment_id = ?`,
		`DELETE FROM environment_connection WHERE source_id = ?0 OR target_id = ?0`,
		`UPDATE environment SET parent_id = NULL WHERE parent_id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, e.ID); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE environment SET state = 'deleted', parent_id = NULL, version = version + 1, updated_at = ? WHERE id = ?`, now, e.ID)
	if err != nil {
		return err
	}
	if err := s.owners.ForgetRecord(ctx, tx, Subject, string(e.ID)); err != nil {
		return err
	}
	return s.append(ctx, tx, EnvironmentDeleted, e, events.Diff(snapshot(before), nil), nil)
}

// deletion tells what goes; used are the consequences among it that come from other slices.
func (s *Service) deletion(ctx context.Context, tx db.Tx, e Environment) (all, used []Consequence, err error) {
	all = []Consequence{}
	for _, c := range []struct{ kind, table, where, one, many string }{
		{"members_removed", "environment_member", "environment_id = ?0", "group loses it", "groups lose it"},
		{"connections_removed", "environment_connection", "source_id = ?0 OR target_id = ?0", "connection goes", "connections go"},
		{"children_released", "environment", "parent_id = ?0 AND state = 'active'", "environment no longer belongs to it", "environments no longer belong to it"},
	} {
		n, err := tx.NewSelect().Table(c.table).Where(c.where, e.ID).Count(ctx)
		if err != nil {
			return nil, nil, err
		}
		if n > 0 {
			all = append(all, Consequence{Kind: c.kind, Count: n, Message: quantity(n, c.one, c.many) + "."})
		}
	}
	for _, u := range s.users {
		more, err := u.EnvironmentUse(ctx, tx, e.ID)
		if err != nil {
			return nil, nil, err
		}
		used = append(used, more...)
	}
	return append(all, used...), used, nil
}
