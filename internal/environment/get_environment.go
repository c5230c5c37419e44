package environment

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// GroupRef names a group.
type GroupRef struct {
	ID     ref.EnvironmentGroup `bun:"id" json:"id"`
	Key    string               `bun:"key" json:"key"`
	Name   string               `bun:"name" json:"name"`
	Colour string               `bun:"colour" json:"colour,omitempty"`
}

// EnvironmentRef names an environment.
type EnvironmentRef struct {
	ID   ref.Environment `bun:"id" json:"id"`
	Key  string          `bun:"key" json:"key"`
	Name string          `bun:"name" json:"name"`
}

// Owner is who is accountable for an environment or a group.
type Owner struct {
	Kind  string `json:"kind" enum:"person,team"`
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty" doc:"Of a person."`
}

func ownerOf(o stakeholder.Owner) *Owner {
	return &Owner{Kind: o.Kind, ID: o.ID, Name: o.Name, Email: o.Email}
}

// Details is an environment with what a page shows of it.
type Details struct {
	Listed
	Children []EnvironmentRef
	Counts   Counts
	// Acts are what the caller may do with it.
	Acts []string
}

// Counts tells how much belongs to an environment.
type Counts struct {
	Hosts      int64 `bun:"hosts" json:"hosts"`
	Components int64 `bun:"components" json:"components"`
	Settings   int64 `bun:"settings" json:"configurationItems"`
}

// Environment returns one environment by its id or key.
func (s *Service) Environment(ctx context.Context, keyOrID string) (Details, error) {
	var out Details
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := mayEnvironment(ctx, tx, PermView, keyOrID)
		if err != nil {
			return err
		}
		out, err = s.details(ctx, tx, e.ID)
		return err
	})
	return out, err
}

// listed reads one environment with the names of what it refers to.
func (s *Service) listed(ctx context.Context, tx db.Tx, id ref.Environment) (Listed, error) {
	list := []Listed{}
	if err := selectListed(tx).Where("e.id = ?", id).Scan(ctx, &list); err != nil {
		return Listed{}, err
	}
	if len(list) == 0 {
		return Listed{}, authz.ErrNotFound
	}
	err := s.decorate(ctx, tx, list)
	return list[0], err
}

func (s *Service) details(ctx context.Context, tx db.Tx, id ref.Environment) (Details, error) {
	l, err := s.listed(ctx, tx, id)
	d := Details{Listed: l, Children: []EnvironmentRef{}, Acts: []string{}}
	if err != nil {
		return d, err
	}
	err = tx.NewSelect().TableExpr("environment AS e").ColumnExpr("e.id, e.key, e.name").Where("e.parent_id = ? AND e.state = ?", id, Active).
		Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("e.name_folded, e.id").Scan(ctx, &d.Children)
	if err != nil {
		return d, err
	}
	err = tx.NewSelect().ColumnExpr("(SELECT COUNT(*) FROM environment_host WHERE environment_id = ?) AS hosts", id).
		ColumnExpr("(SELECT COUNT(*) FROM environment_component WHERE environment_id = ?) AS components", id).
		ColumnExpr("(SELECT COUNT(*) FROM environment_configuration WHERE environment_id = ?) AS settings", id).Scan(ctx, &d.Counts)
	if err != nil {
		return d, err
	}
	for _, p := range []struct {
		perm authz.Permission
		acts []string
	}{{PermManage, []string{"change", "delete", "duplicate"}}, {PermManageStack, []string{"change_stack", "change_configuration", "record_data_refresh"}}} {
		may, err := allowed(ctx, tx, p.perm, l.Unit)
		if err != nil {
			return d, err
		}
		if may {
			d.Acts = append(d.Acts, p.acts...)
		}
	}
	return d, nil
}

// allowed reports whether the caller holds perm on a unit.
func allowed(ctx context.Context, tx db.Tx, perm authz.Permission, unit ref.Unit) (bool, error) {
	err := authz.CheckUnit(ctx, tx, perm, unit)
	switch problem.KindOf(err) {
	case problem.Forbidden, problem.NotFound:
		return false, nil
	}
	return err == nil, err
}

// decorate adds what stands beside each environment of a page: four queries, however long it is.
func (s *Service) decorate(ctx context.Context, tx db.Tx, list []Listed) error {
	now := s.clock.Now()
	at, ids := make(map[ref.Environment]*Listed, len(list)), make([]ref.Environment, len(list))
	for i := range list {
		l := &list[i]
		l.Environment = l.utc()
		notBookable, _ := l.StatusAttributes[NotBookable].(bool)
		l.WhyNot = whyNotBookable(l.Environment, l.StatusName, notBookable, now)
		l.Aliases, l.Groups, l.Owner = []string{}, []GroupRef{}, nil
		at[l.ID], ids[i] = l, l.ID
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var aliases []aliasRow
		if err := tx.NewSelect().Model(&aliases).Where("al.environment_id IN (?)", bun.In(chunk)).OrderExpr("al.alias_folded").Scan(ctx); err != nil {
			return err
		}
		for _, a := range aliases {
			at[a.Environment].Aliases = append(at[a.Environment].Aliases, a.Alias)
		}
		var groups []struct {
			GroupRef
			Environment ref.Environment `bun:"environment_id"`
		}
		err := tx.NewSelect().TableExpr("environment_member AS m").Join("JOIN environment_group AS g ON g.id = m.group_id").
			ColumnExpr("g.id, g.key, g.name, g.colour, m.environment_id").Where("m.environment_id IN (?)", bun.In(chunk)).
			Apply(authz.Filter(ctx, PermView, "g.unit_id")).OrderExpr("g.name_folded, g.id").Scan(ctx, &groups)
		if err != nil {
			return err
		}
		for _, g := range groups {
			at[g.Environment].Groups = append(at[g.Environment].Groups, g.GroupRef)
		}
		versions, err := summaryVersions(ctx, tx, chunk)
		if err != nil {
			return err
		}
		texts := make([]string, len(chunk))
		for i, id := range chunk {
			at[id].Installed, texts[i] = versions[id], string(id)
		}
		owners, err := s.owners.Owners(ctx, tx, Subject, texts)
		if err != nil {
			return err
		}
		for id, o := range owners {
			at[ref.Environment(id)].Owner = ownerOf(o)
		}
	}
	return nil
}

// summaryVersions returns the version that stands for the whole of each environment: that of the component chosen for it,
// else of its application.
func summaryVersions(ctx context.Context, tx db.Tx, ids []ref.Environment) (map[ref.Environment]string, error) {
	var rows []struct {
		Environment ref.Environment `bun:"environment_id"`
		Installed   string          `bun:"installed"`
	}
	err := tx.NewSelect().TableExpr("environment_component AS c").Join("JOIN environment AS e ON e.id = c.environment_id").
		ColumnExpr("c.environment_id, c.installed").Where("c.environment_id IN (?)", bun.In(ids)).
		Where("(c.summary OR (c.application_id = e.application_id AND c.component_id IS NULL))").
		OrderExpr("c.environment_id, CASE WHEN c.summary THEN 0 ELSE 1 END, c.changed_at DESC, c.id").Scan(ctx, &rows)
	out := make(map[ref.Environment]string, len(rows))
	for _, r := range rows {
		if _, known := out[r.Environment]; !known {
			out[r.Environment] = r.Installed
		}
	}
	return out, err
}

// listedInOrder reads environments with the names of what they refer to, in the order of the ids.
func (s *Service) listedInOrder(ctx context.Context, tx db.Tx, ids []ref.Environment) ([]Listed, error) {
	found := make(map[ref.Environment]Listed, len(ids))
	for _, chunk := range db.Chunks(ids, 1000) {
		list := []Listed{}
		if err := selectListed(tx).Where("e.id IN (?)", bun.In(chunk)).Scan(ctx, &list); err != nil {
			return nil, err
		}
		if err := s.decorate(ctx, tx, list); err != nil {
			return nil, err
		}
		for _, l := range list {
			found[l.ID] = l
		}
	}
	out := make([]Listed, 0, len(ids))
	for _, id := range ids {
		if l, ok := found[id]; ok {
			out = append(out, l)
		}
	}
	return out, nil
}
