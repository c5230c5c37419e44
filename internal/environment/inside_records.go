package environment

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// What follows are use cases inside the caller's transaction, for imports: they decide about access, keep every rule and
// tell what happened, as those of the API do.

// Faults returns what is wrong with the input alone, whatever the catalogue holds; places are the members of the body.
func (in NewEnvironment) Faults() problem.Fields {
	e := Environment{
		Key: in.Key, Name: in.Name, Description: in.Description, Unit: in.Unit, Kind: in.Kind, ExpiresAt: in.ExpiresAt, Capacity: in.Capacity,
		DataClass: in.DataClass, DataRefreshedAt: in.DataRefreshedAt, Techs: in.Techs, URL: in.URL, Vendor: in.Vendor, Colour: in.Colour,
		CostPerHour: in.CostPerHour, Alert: in.Alert,
	}
	e.tidy()
	var faults problem.Fields
	e.check(&faults, "body.")
	checkAliases(&faults, in.Aliases)
	return faults
}

// Faults returns what is wrong with the input alone.
func (in NewGroup) Faults() problem.Fields {
	g := Group{Key: in.Key, Name: in.Name, Description: in.Description, Unit: in.Unit, Colour: in.Colour, Vendor: in.Vendor, Alert: in.Alert}
	g.tidy()
	var faults problem.Fields
	g.check(&faults)
	return faults
}

// Edit changes an environment and returns what differs; nothing is written when nothing does.
func (s *Service) Edit(ctx context.Context, tx db.Tx, id ref.Environment, in EnvironmentChange) (map[string]events.Change, error) {
	e, err := mayEnvironment(ctx, tx, PermManage, string(id))
	if err != nil {
		return nil, err
	}
	return s.change(ctx, tx, e, in)
}

// Remove deletes an environment that nothing blocks, and returns what went with it.
func (s *Service) Remove(ctx context.Context, tx db.Tx, id ref.Environment) ([]Consequence, error) {
	e, err := mayEnvironment(ctx, tx, PermManage, string(id))
	if err != nil {
		return nil, err
	}
	if _, err := s.LockSchedules(ctx, tx, []ref.Environment{e.ID}); err != nil {
		return nil, err
	}
	list, used, err := s.deletion(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	if blocks(used) {
		return list, problem.New(problem.Conflict, "environment_in_use", "The environment is in use, so it is kept.").WithData("consequences", list)
	}
	return list, s.remove(ctx, tx, e)
}

// Uses are the consequences that deleting an environment would have for records of other slices.
func (s *Service) Uses(ctx context.Context, tx db.Tx, id ref.Environment) ([]Consequence, error) {
	var out []Consequence
	for _, u := range s.users {
		more, err := u.EnvironmentUse(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// EditGroup changes a group and, where members are given, who is in it. It returns the group as it is then.
func (s *Service) EditGroup(ctx context.Context, tx db.Tx, id ref.EnvironmentGroup, in GroupChange, members []string) (Group, error) {
	var out Group
	edits := []func(context.Context, db.Tx, *Group) (events.Kind, map[string]any, error){s.groupChange(in)}
	if members != nil {
		edits = append(edits, s.memberChange(members))
	}
	for _, edit := range edits {
		g, err := s.editGroupIn(ctx, tx, string(id), 0, edit)
		if err != nil {
			return g, err
		}
		out = g
	}
	return out, nil
}

// RemoveGroup deletes a group with its connections; the environments stay.
func (s *Service) RemoveGroup(ctx context.Context, tx db.Tx, id ref.EnvironmentGroup) error {
	g, err := mayGroup(ctx, tx, PermManage, string(id))
	if err != nil {
		return err
	}
	return s.dropGroup(ctx, tx, g)
}

// Join puts an environment at the end of a group whose caller may manage it. joined is false when it is in it already.
func (s *Service) Join(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup, env ref.Environment) (joined bool, err error) {
	g, err := findGroup(ctx, tx, string(group))
	if err != nil {
		return false, err
	}
	if err := authz.CheckUnit(ctx, tx, PermManage, g.Unit); err != nil {
		return false, err
	}
	if err := touchGroup(ctx, tx, g.ID); err != nil {
		return false, err
	}
	n, err := tx.NewSelect().Table("environment_member").Where("group_id = ? AND environment_id = ?", g.ID, env).Count(ctx)
	if err != nil || n > 0 {
		return false, err
	}
	return true, s.join(ctx, tx, g, env)
}

// Leave takes an environment out of a group, with its connections there.
func (s *Service) Leave(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup, env ref.Environment) error {
	g, err := mayGroup(ctx, tx, PermManage, string(group))
	if err != nil {
		return err
	}
	ids, err := s.Members(ctx, tx, g.ID)
	if err != nil {
		return err
	}
	members := make([]string, 0, len(ids))
	for _, id := range ids {
		if id != env {
			members = append(members, string(id))
		}
	}
	_, err = s.EditGroup(ctx, tx, g.ID, GroupChange{}, members)
	return err
}

// staleUnless refuses a change of a group that is based on an old version; 0 takes any.
func (s *Service) staleUnless(ctx context.Context, tx db.Tx, g Group, version int64) error {
	if version == 0 || g.Version == version {
		return nil
	}
	now, err := s.groupDetails(ctx, tx, g.ID)
	if err != nil {
		return err
	}
	return httpapi.Stale(now.Version, groupView(now))
}
