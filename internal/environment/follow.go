package environment

import (
	"context"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// Subjects describe environments and groups for the aspects: stakeholders, comments, attachments, watchers.
func Subjects() []subject.Subject {
	return []subject.Subject{
		{Kind: Subject, PathPrefix: "/environments", Tag: tag, View: PermView, Manage: PermManage,
			Resolve: func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
				e, err := findEnvironment(ctx, tx, id)
				return subject.Record{ID: string(e.ID), Unit: e.Unit, Label: e.Name}, err
			}},
		{Kind: GroupSubject, PathPrefix: "/environment-groups", Tag: tag, View: PermView, Manage: PermManage,
			Resolve: func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
				g, err := findGroup(ctx, tx, id)
				return subject.Record{ID: string(g.ID), Unit: g.Unit, Label: g.Name}, err
			}},
	}
}

// Audience tells whom an event about an environment or a group concerns: everybody who has a part in it, the members of
// teams among them.
func (s *Service) Audience(ctx context.Context, tx db.Tx, e events.Event) ([]watch.Recipient, error) {
	if e.SubjectKind != Subject && e.SubjectKind != GroupSubject {
		return nil, nil
	}
	list, err := s.owners.Of(ctx, tx, e.SubjectKind, e.SubjectID)
	if err != nil {
		return nil, err
	}
	return s.people(ctx, tx, list)
}

func (s *Service) people(ctx context.Context, tx db.Tx, list []stakeholder.Listed) ([]watch.Recipient, error) {
	var out []watch.Recipient
	seen := map[ref.Person]bool{}
	add := func(p ref.Person, accountable bool) {
		if seen[p] {
			return
		}
		seen[p] = true
		reason := watch.Stakeholder
		if accountable {
			reason = watch.Owner
		}
		out = append(out, watch.Recipient{Person: p, Reason: reason})
	}
	for _, x := range list {
		if x.Person != nil {
			add(*x.Person, x.Accountable)
		}
	}
	for _, x := range list {
		if x.Team == nil {
			continue
		}
		var members []ref.Person
		if err := tx.NewSelect().Table("v_team_member").Column("person_id").Where("team_id = ?", *x.Team).OrderExpr("person_id").Scan(ctx, &members); err != nil {
			return nil, err
		}
		for _, p := range members {
			add(p, x.Accountable)
		}
	}
	return out, nil
}

// Rehome moves every environment and group of a unit that is deleted to another, in the caller's transaction. People
// calls it; the permission was checked there.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	var list []Environment
	if err := tx.NewSelect().Model(&list).Where("e.unit_id = ?", from).OrderExpr("e.id").Scan(ctx); err != nil {
		return err
	}
	var groups []Group
	if err := tx.NewSelect().Model(&groups).Where("g.unit_id = ?", from).OrderExpr("g.id").Scan(ctx); err != nil {
		return err
	}
	before, err := unitName(ctx, tx, from)
	if err != nil {
		return err
	}
	after, err := unitName(ctx, tx, to)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	for _, statement := range []string{
		`UPDATE environment SET unit_id = ?, version = version + 1, updated_at = ? WHERE unit_id = ?`,
		`UPDATE environment_group SET unit_id = ?, version = version + 1, updated_at = ? WHERE unit_id = ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, to, now, from); err != nil {
			return err
		}
	}
	changes := map[string]events.Change{"unit": {before, after}}
	for _, e := range list {
		if e.State == Deleted {
			continue
		}
		e.Unit = to
		if err := s.owners.MoveRecord(ctx, tx, Subject, string(e.ID), to); err != nil {
			return err
		}
		if err := s.append(ctx, tx, EnvironmentMoved, e, changes, map[string]any{"unit": after}); err != nil {
			return err
		}
	}
	for _, g := range groups {
		g.Unit = to
		if err := s.owners.MoveRecord(ctx, tx, GroupSubject, string(g.ID), to); err != nil {
			return err
		}
		if err := s.appendGroup(ctx, tx, GroupMoved, g, changes, map[string]any{"unit": after}); err != nil {
			return err
		}
	}
	return nil
}

// RehomePreview says what Rehome would move.
func (s *Service) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	var out []string
	for _, c := range []struct{ table, where, one, many string }{
		{"environment", "unit_id = ? AND state = 'active'", "environment", "environments"}, {"environment_group", "unit_id = ?", "environment group", "environment groups"},
	} {
		n, err := tx.NewSelect().Table(c.table).Where(c.where, from).Count(ctx)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, quantity(n, c.one, c.many))
		}
	}
	return out, nil
}

// ApplicationUse says what hangs on an application: its environments, and where it is installed. Both keep it from being
// deleted. The catalog asks through an adapter of the wiring.
func (s *Service) ApplicationUse(ctx context.Context, tx db.Tx, app ref.App) ([]Consequence, error) {
	var out []Consequence
	n, err := tx.NewSelect().Table("environment").Where("application_id = ? AND state = ?", app, Active).Count(ctx)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		out = append(out, Consequence{Kind: "environments_exist", Count: n, Blocking: true, Message: quantity(n, "environment is for it.", "environments are for it.")})
	}
	err = tx.NewSelect().TableExpr("environment_component AS c").Join("JOIN environment AS e ON e.id = c.environment_id").
		ColumnExpr("COUNT(DISTINCT c.environment_id)").Where("c.application_id = ? AND e.state = ?", app, Active).Scan(ctx, &n)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		out = append(out, Consequence{Kind: "installed", Count: n, Blocking: true, Message: quantity(n, "environment has it installed.", "environments have it installed.")})
	}
	return out, nil
}

// lookupColumns are where the values of the lists stand.
var lookupColumns = map[string][]struct{ table, column, one, many string }{
	UsageList:          {{"environment", "usage_id", "environment", "environments"}, {"environment_group", "usage_id", "environment group", "environment groups"}},
	StatusList:         {{"environment", "status_id", "environment", "environments"}},
	LayerList:          {{"environment_component", "layer_id", "component of environments", "components of environments"}},
	ConnectionTypeList: {{"environment_connection", "type_id", "connection", "connections"}},
}

// LookupUse tells how many records carry a value of one of the lists of the slice.
func (s *Service) LookupUse(ctx context.Context, tx db.Tx, list string, id ref.Lookup) (int64, string, error) {
	total, what := int64(0), ""
	for _, c := range lookupColumns[list] {
		n, err := tx.NewSelect().Table(c.table).Where(c.column+" = ?", id).Count(ctx)
		if err != nil {
			return 0, "", err
		}
		total += n
		if what == "" {
			what = c.many
		}
	}
	return total, what, nil
}

// ReplaceLookup gives the records that carry a value another one, and says so in their history.
func (s *Service) ReplaceLookup(ctx context.Context, tx db.Tx, list string, from, to field.Value) error {
	var carriers []Environment
	if list == UsageList || list == StatusList {
		column := map[string]string{UsageList: "e.usage_id", StatusList: "e.status_id"}[list]
		if err := tx.NewSelect().Model(&carriers).Where(column+" = ? AND e.state = ?", from.ID, Active).OrderExpr("e.id").Scan(ctx); err != nil {
			return err
		}
	}
	now := s.clock.Now()
	for _, c := range lookupColumns[list] {
		_, err := tx.ExecContext(ctx, `UPDATE `+c.table+` SET `+c.column+` = ?, version = version + 1, updated_at = ? WHERE `+c.column+` = ?`, to.ID, now, from.ID)
		if err != nil {
			return err
		}
	}
	if err := s.refreshLookup(ctx, tx, list, to); err != nil {
		return err
	}
	name := map[string]string{UsageList: "usage", StatusList: "status"}[list]
	for _, e := range carriers {
		if err := s.append(ctx, tx, EnvironmentChanged, e, map[string]events.Change{name: {from.Name, to.Name}}, nil); err != nil {
			return err
		}
	}
	return nil
}

// refreshLookup brings what is kept of a value beside its id up to date.
func (s *Service) refreshLookup(ctx context.Context, tx db.Tx, list string, v field.Value) error {
	var err error
	switch list {
	case StatusList:
		_, err = tx.ExecContext(ctx, `UPDATE environment SET status_bookable = ? WHERE status_id = ? AND status_bookable <> ?`, !v.Flag(NotBookable), v.ID, !v.Flag(NotBookable))
	case LayerList:
		_, err = tx.ExecContext(ctx, `UPDATE environment_component SET layer = ? WHERE layer_id = ? AND layer <> ?`, v.Name, v.ID, v.Name)
	}
	return err
}

// FollowLookup brings what is kept of a changed value up to date.
func (s *Service) FollowLookup(ctx context.Context, id ref.Lookup) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		values, err := s.lookups.ByID(ctx, tx, []ref.Lookup{id})
		if err != nil {
			return err
		}
		v, ok := values[id]
		if !ok {
			return nil
		}
		return s.refreshLookup(ctx, tx, v.List, v)
	})
}
