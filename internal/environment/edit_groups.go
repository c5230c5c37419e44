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

// NewGroup is what CreateGroup takes.
type NewGroup struct {
	Key         string   `json:"key" minLength:"1" maxLength:"100" example:"lane-1"`
	Name        string   `json:"name,omitempty" maxLength:"200" doc:"The key when left out."`
	Description string   `json:"description,omitempty" maxLength:"10000"`
	Unit        ref.Unit `json:"unitId,omitempty" doc:"The unit of the first member when left out."`
	Usage       string   `json:"usage,omitempty" maxLength:"200" doc:"The id or name of a usage."`
	Colour      string   `json:"colour,omitempty" maxLength:"7"`
	Vendor      string   `json:"vendor,omitempty" maxLength:"200"`
	Alert       string   `json:"alert,omitempty" maxLength:"1000"`
	AutoApprove bool     `json:"autoApprove,omitempty"`
	Members     []string `json:"members,omitempty" maxItems:"500" doc:"Ids or keys of environments, in order."`
}

// GroupChange is what ChangeGroup takes; members that were not sent stay as they are, null clears.
type GroupChange struct {
	Key         httpapi.Optional[string]   `json:"key,omitzero"`
	Name        httpapi.Optional[string]   `json:"name,omitzero"`
	Description httpapi.Optional[string]   `json:"description,omitzero"`
	Unit        httpapi.Optional[ref.Unit] `json:"unitId,omitzero" doc:"Moves the group; its members stay where they are."`
	Usage       httpapi.Optional[string]   `json:"usage,omitzero"`
	Colour      httpapi.Optional[string]   `json:"colour,omitzero"`
	Vendor      httpapi.Optional[string]   `json:"vendor,omitzero"`
	Alert       httpapi.Optional[string]   `json:"alert,omitzero"`
	AutoApprove httpapi.Optional[bool]     `json:"autoApprove,omitzero"`
}

// CreateGroup adds a group of environments.
func (s *Service) CreateGroup(ctx context.Context, in NewGroup) (GroupDetails, error) {
	var out GroupDetails
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		g, err := s.AddGroup(ctx, tx, in)
		if err != nil {
			return err
		}
		out, err = s.groupDetails(ctx, tx, g.ID)
		return err
	})
	return out, err
}

// AddGroup is CreateGroup inside the caller's transaction, for imports.
func (s *Service) AddGroup(ctx context.Context, tx db.Tx, in NewGroup) (Group, error) {
	now := s.clock.Now()
	g := Group{
		ID: ref.New[ref.EnvironmentGroup](), Key: in.Key, Name: in.Name, Description: in.Description, Unit: in.Unit, Colour: in.Colour, Vendor: in.Vendor,
		Alert: in.Alert, AutoApprove: in.AutoApprove, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	members, err := s.bodyMembers(ctx, tx, in.Members)
	if err != nil {
		return g, err
	}
	if g.Unit == "" && len(members) > 0 {
		g.Unit = members[0].Unit
	}
	g.tidy()
	var faults problem.Fields
	g.check(&faults)
	if err := faults.Err("group_invalid", "The group cannot be created like this."); err != nil {
		return g, err
	}
	if err := bodyUnit(ctx, tx, PermManage, g.Unit, "body.unitId"); err != nil {
		return g, err
	}
	if err := s.setGroupUsage(ctx, tx, &g, in.Usage); err != nil {
		return g, err
	}
	if _, err := tx.NewInsert().Model(&g).Exec(ctx); err != nil {
		return g, groupTaken(err, g.Key)
	}
	if err := saveMembers(ctx, tx, g.ID, members); err != nil {
		return g, err
	}
	after, err := s.groupFields(ctx, tx, g)
	if err != nil {
		return g, err
	}
	return g, s.appendGroup(ctx, tx, GroupCreated, g, events.Diff(nil, after), nil)
}

func (s *Service) setGroupUsage(ctx context.Context, tx db.Tx, g *Group, usage string) error {
	g.Usage = ""
	if usage == "" {
		return nil
	}
	v, err := s.lookups.Resolve(ctx, tx, UsageList, usage, "body.usage")
	g.Usage = v.ID
	return err
}

type groupEdit = func(ctx context.Context, tx db.Tx, g *Group) (events.Kind, map[string]any, error)

// ChangeGroup edits a group that the caller read in the given version.
func (s *Service) ChangeGroup(ctx context.Context, keyOrID string, version int64, in GroupChange) (GroupDetails, error) {
	return s.editGroup(ctx, keyOrID, version, s.groupChange(in))
}

func (s *Service) groupChange(in GroupChange) groupEdit {
	return func(ctx context.Context, tx db.Tx, g *Group) (events.Kind, map[string]any, error) {
		from := g.Unit
		set(&g.Key, in.Key)
		set(&g.Name, in.Name)
		set(&g.Description, in.Description)
		set(&g.Unit, in.Unit)
		set(&g.Colour, in.Colour)
		set(&g.Vendor, in.Vendor)
		set(&g.Alert, in.Alert)
		set(&g.AutoApprove, in.AutoApprove)
		g.tidy()
		var faults problem.Fields
		g.check(&faults)
		if err := faults.Err("group_invalid", "The group cannot be changed like this."); err != nil {
			return "", nil, err
		}
		if in.Usage.Set {
			if err := s.setGroupUsage(ctx, tx, g, in.Usage.Value); err != nil {
				return "", nil, err
			}
		}
		if g.Unit == from {
			return GroupChanged, nil, nil
		}
		if err := bodyUnit(ctx, tx, PermManage, g.Unit, "body.unitId"); err != nil {
			return "", nil, err
		}
		name, err := unitName(ctx, tx, g.Unit)
		if err != nil {
			return "", nil, err
		}
		return GroupMoved, map[string]any{"unit": name}, s.owners.MoveRecord(ctx, tx, GroupSubject, string(g.ID), g.Unit)
	}
}

// ReplaceMembers sets the members of a group and their order. Connections of environments that leave go.
func (s *Service) ReplaceMembers(ctx context.Context, keyOrID string, version int64, members []string) (GroupDetails, error) {
	return s.editGroup(ctx, keyOrID, version, s.memberChange(members))
}

func (s *Service) memberChange(members []string) groupEdit {
	return func(ctx context.Context, tx db.Tx, g *Group) (events.Kind, map[string]any, error) {
		list, err := s.bodyMembers(ctx, tx, members)
		if err != nil {
			return "", nil, err
		}
		return MembersChanged, nil, saveMembers(ctx, tx, g.ID, list)
	}
}

func (s *Service) editGroup(ctx context.Context, keyOrID string, version int64, edit groupEdit) (GroupDetails, error) {
	var out GroupDetails
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		g, err := s.editGroupIn(ctx, tx, keyOrID, version, edit)
		if err != nil {
			return err
		}
		out, err = s.groupDetails(ctx, tx, g.ID)
		return err
	})
	return out, err
}

// editGroupIn runs an edit of a group between checking its version and telling what changed; nothing is told and the
// version stays when nothing did. Version 0 takes any.
func (s *Service) editGroupIn(ctx context.Context, tx db.Tx, keyOrID string, version int64, edit groupEdit) (Group, error) {
	g, err := mayGroup(ctx, tx, PermManage, keyOrID)
	if err != nil {
		return g, err
	}
	if err := touchGroup(ctx, tx, g.ID); err != nil {
		return g, err
	}
	if g, err = findGroup(ctx, tx, string(g.ID)); err != nil {
		return g, err
	}
	if err := s.staleUnless(ctx, tx, g, version); err != nil {
		return g, err
	}
	before, err := s.groupFields(ctx, tx, g)
	if err != nil {
		return g, err
	}
	kind, data, err := edit(ctx, tx, &g)
	if err != nil {
		return g, err
	}
	after, err := s.groupFields(ctx, tx, g)
	if err != nil {
		return g, err
	}
	diff := events.Diff(before, after)
	if len(diff) == 0 {
		return g, nil
	}
	g.Version, g.UpdatedAt = g.Version+1, s.clock.Now()
	if _, err := tx.NewUpdate().Model(&g).ExcludeColumn("id", "created_at").WherePK().Exec(ctx); err != nil {
		return g, groupTaken(err, g.Key)
	}
	return g, s.appendGroup(ctx, tx, kind, g, diff, data)
}

// DeleteGroup removes a group with its connections; the environments stay. With dry set nothing is removed. Where records of
// other slices name it, confirm must say that their consequences are wanted; those that block keep it anyway.
func (s *Service) DeleteGroup(ctx context.Context, keyOrID string, version int64, confirm, dry bool) ([]Consequence, error) {
	var list []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		g, err := mayGroup(ctx, tx, PermManage, keyOrID)
		if err != nil {
			return err
		}
		if !dry {
			if err := s.staleUnless(ctx, tx, g, version); err != nil {
				return err
			}
		}
		var used []Consequence
		if list, used, err = s.groupDeletion(ctx, tx, g); err != nil || dry {
			return err
		}
		if err := mayDropGroup(list, used, confirm); err != nil {
			return err
		}
		return s.dropGroup(ctx, tx, g)
	})
	return list, err
}

func (s *Service) dropGroup(ctx context.Context, tx db.Tx, g Group) error {
	before, err := s.groupFields(ctx, tx, g)
	if err != nil {
		return err
	}
	if err := s.leaveGroup(ctx, tx, g.ID); err != nil {
		return err
	}
	if err := s.owners.ForgetRecord(ctx, tx, GroupSubject, string(g.ID)); err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model(&g).WherePK().Exec(ctx); err != nil {
		return err
	}
	return s.appendGroup(ctx, tx, GroupDeleted, g, events.Diff(before, nil), nil)
}

// bodyMembers finds the environments a body names as members, without repetitions. Who manages the group may put in what
// he sees.
func (s *Service) bodyMembers(ctx context.Context, tx db.Tx, members []string) ([]Environment, error) {
	var out []Environment
	seen := map[ref.Environment]bool{}
	for _, m := range members {
		e, err := bodyEnvironment(ctx, tx, PermView, m, "body.members")
		if err != nil {
			return nil, err
		}
		if !seen[e.ID] {
			seen[e.ID] = true
			out = append(out, e)
		}
	}
	return out, nil
}

func saveMembers(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup, members []Environment) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM environment_member WHERE group_id = ?`, group); err != nil {
		return err
	}
	rows := make([][]any, len(members))
	for i, m := range members {
		rows[i] = []any{string(group), string(m.ID), int64(i + 1)}
	}
	if err := tx.BulkInsert(ctx, "environment_member", []string{"group_id", "environment_id", "position"}, rows); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM environment_connection WHERE group_id = ?0 AND
		(source_id NOT IN (SELECT environment_id FROM environment_member WHERE group_id = ?0)
		OR target_id NOT IN (SELECT environment_id FROM environment_member WHERE group_id = ?0))`, group)
	return err
}

func groupTaken(err error, key string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "group_key_taken", "There is already a group with the key %q. Choose another key.", key).WithData("value", key).Because(err)
	}
	return err
}

func (s *Service) appendGroup(ctx context.Context, tx db.Tx, kind events.Kind, g Group, changes map[string]events.Change, data map[string]any) error {
	return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: string(g.ID), SubjectLabel: g.Name, Unit: g.Unit, Changes: changes, Data: data})
}

// groupSnapshot are the fields of a group whose changes are kept in its history, in words.
type groupSnapshot struct {
	Key         string   `json:"key"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Unit        string   `json:"unit"`
	Usage       string   `json:"usage,omitempty"`
	Colour      string   `json:"colour,omitempty"`
	Vendor      string   `json:"vendor,omitempty"`
	Alert       string   `json:"alert,omitempty"`
	AutoApprove bool     `json:"autoApprove"`
	Members     []string `json:"members,omitempty"`
}

func (s *Service) groupFields(ctx context.Context, tx db.Tx, g Group) (groupSnapshot, error) {
	out := groupSnapshot{Key: g.Key, Name: g.Name, Description: g.Description, Colour: g.Colour, Vendor: g.Vendor, Alert: g.Alert, AutoApprove: g.AutoApprove}
	var err error
	if out.Unit, err = unitName(ctx, tx, g.Unit); err != nil {
		return out, err
	}
	if g.Usage != "" {
		names, err := s.lookups.ByID(ctx, tx, []ref.Lookup{g.Usage})
		if err != nil {
			return out, err
		}
		out.Usage = names[g.Usage].Name
	}
	err = tx.NewSelect().TableExpr("environment_member AS m").Join("JOIN environment AS e ON e.id = m.environment_id").ColumnExpr("e.key").
		Where("m.group_id = ?", g.ID).OrderExpr("m.position").Scan(ctx, &out.Members)
	return out, err
}

// visibleMembers returns the members of a group the caller may see; hidden tells how many more there are.
func visibleMembers(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) (list []EnvironmentRef, hidden int64, err error) {
	list = []EnvironmentRef{}
	err = tx.NewSelect().TableExpr("environment_member AS m").Join("JOIN environment AS e ON e.id = m.environment_id").ColumnExpr("e.id, e.key, e.name").
		Where("m.group_id = ? AND e.state = ?", group, Active).Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("m.position, e.id").Scan(ctx, &list)
	if err != nil {
		return nil, 0, err
	}
	n, err := tx.NewSelect().TableExpr("environment_member AS m").Join("JOIN environment AS e ON e.id = m.environment_id").
		Where("m.group_id = ? AND e.state = ?", group, Active).Count(ctx)
	return list, n - int64(len(list)), err
}
