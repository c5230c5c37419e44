package environment

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// GroupUser is an EnvironmentUser that holds records which name groups. GroupUse says what there is of one; what blocks keeps
// the group from being deleted.
type GroupUser interface {
	GroupUse(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) ([]Consequence, error)
}

// GroupLeaver is a GroupUser that has something to do when a group is deleted, in the same transaction: take it out of a scope,
// for instance.
type GroupLeaver interface {
	LeaveGroup(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) error
}

// groupDeletion tells what goes with a group; used are the consequences among it that come from other slices.
func (s *Service) groupDeletion(ctx context.Context, tx db.Tx, g Group) (all, used []Consequence, err error) {
	all = []Consequence{}
	for _, c := range []struct{ kind, table, one, many string }{
		{"members_released", "environment_member", "environment is no longer in it", "environments are no longer in it"},
		{"connections_removed", "environment_connection", "connection goes", "connections go"},
	} {
		n, err := tx.NewSelect().Table(c.table).Where("group_id = ?", g.ID).Count(ctx)
		if err != nil {
			return nil, nil, err
		}
		if n > 0 {
			all = append(all, Consequence{Kind: c.kind, Count: n, Message: quantity(n, c.one, c.many) + "."})
		}
	}
	for _, u := range s.users {
		user, ok := u.(GroupUser)
		if !ok {
			continue
		}
		more, err := user.GroupUse(ctx, tx, g.ID)
		if err != nil {
			return nil, nil, err
		}
		used = append(used, more...)
	}
	return append(all, used...), used, nil
}

// mayDropGroup refuses what other slices need, and what nobody confirmed.
func mayDropGroup(all, used []Consequence, confirm bool) error {
	switch {
	case blocks(used):
		return problem.New(problem.Conflict, "group_in_use", "Other records mean this group and nothing else, so it is kept. Change those first.").WithData("consequences", all)
	case len(used) > 0 && !confirm:
		return problem.New(problem.Conflict, "confirmation_required",
			"Other records name this group. Look at the consequences and send confirm=true to delete it all the same.").WithData("consequences", all)
	}
	return nil
}

// leaveGroup lets other slices drop the group.
func (s *Service) leaveGroup(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) error {
	for _, u := range s.users {
		if leaver, ok := u.(GroupLeaver); ok {
			if err := leaver.LeaveGroup(ctx, tx, group); err != nil {
				return err
			}
		}
	}
	return nil
}
