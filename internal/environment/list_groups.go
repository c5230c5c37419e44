package environment

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// GroupFilter narrows a listing of groups; empty members do not narrow.
type GroupFilter struct {
	Text  string
	Unit  ref.Unit
	Usage []string
	// Environment keeps the groups of an environment, by id or key.
	Environment string
}

// GroupListed is a group as a list shows it.
type GroupListed struct {
	Group
	UnitName    string `bun:"unit_name"`
	UsageName   string `bun:"usage_name"`
	UsageColour string `bun:"usage_colour"`
	MemberCount int64  `bun:"member_count"`
	Owner       *Owner `bun:"-"`
}

// GroupDetails is a group with its members.
type GroupDetails struct {
	GroupListed
	Members []EnvironmentRef
	// Hidden is how many members the caller may not see.
	Hidden int64
	Acts   []string
}

func selectGroups(tx db.Tx) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("environment_group AS g").Join("JOIN v_unit AS u ON u.id = g.unit_id").Join("LEFT JOIN v_lookup AS us ON us.id = g.usage_id").
		ColumnExpr("g.*, u.name AS unit_name, COALESCE(us.name, '') AS usage_name, COALESCE(us.colour, '') AS usage_colour").
		ColumnExpr(`(SELECT COUNT(*) FROM environment_member AS m JOIN environment AS e ON e.id = m.environment_id
			WHERE m.group_id = g.id AND e.state = 'active') AS member_count`)
}

// ListGroups returns a page of the groups the caller may see, by name.
func (s *Service) ListGroups(ctx context.Context, f GroupFilter, cursor string, limit int) (httpapi.Page[GroupListed], error) {
	var page httpapi.Page[GroupListed]
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := selectGroups(tx).Apply(authz.Filter(ctx, PermView, "g.unit_id")).OrderExpr("g.name_folded, g.id").Limit(int64(limit) + 1)
		if text := ref.NameKey(f.Text); text != "" {
			q = q.Where(`(g.key_folded LIKE ?0 ESCAPE '\' OR g.name_folded LIKE ?0 ESCAPE '\')`, "%"+db.EscapeLike(text)+"%")
		}
		if f.Unit != "" {
			q = q.Where(`EXISTS (SELECT 1 FROM v_unit AS top WHERE top.id = ? AND u.path >= top.path AND u.path < top.path || '~')`, f.Unit)
		}
		if len(f.Usage) > 0 {
			q = q.Where("g.usage_id IN (SELECT id FROM v_lookup WHERE list_key = ? AND (id IN (?) OR name_key IN (?)))", UsageList, bun.In(f.Usage), bun.In(folded(f.Usage)))
		}
		if f.Environment != "" {
			q = q.Where(`g.id IN (SELECT m.group_id FROM environment_member AS m JOIN environment AS e ON e.id = m.environment_id
				WHERE e.state = 'active' AND (e.id = ? OR e.key_folded = ?))`, f.Environment, ref.NameKey(f.Environment))
		}
		var name, id string
		if more, err := httpapi.DecodeCursor(cursor, &name, &id); err != nil {
			return err
		} else if more {
			q = q.Where("(g.name_folded, g.id) > (?, ?)", name, id)
		}
		list := []GroupListed{}
		if err := q.Scan(ctx, &list); err != nil {
			return err
		}
		page = httpapi.NewPage(list, limit, func(g GroupListed) []any { return []any{g.NameFolded, g.ID} })
		return s.addGroupOwners(ctx, tx, page.Items)
	})
	return page, err
}

func (s *Service) addGroupOwners(ctx context.Context, tx db.Tx, list []GroupListed) error {
	ids := make([]string, len(list))
	for i, g := range list {
		list[i].Group = g.utc()
		ids[i] = string(g.ID)
	}
	owners, err := s.owners.Owners(ctx, tx, GroupSubject, ids)
	for i := range list {
		if o, ok := owners[ids[i]]; ok {
			list[i].Owner = ownerOf(o)
		}
	}
	return err
}

// Group returns one group by its id or key.
func (s *Service) Group(ctx context.Context, keyOrID string) (GroupDetails, error) {
	var out GroupDetails
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		g, err := mayGroup(ctx, tx, PermView, keyOrID)
		if err != nil {
			return err
		}
		out, err = s.groupDetails(ctx, tx, g.ID)
		return err
	})
	return out, err
}

func (s *Service) groupDetails(ctx context.Context, tx db.Tx, id ref.EnvironmentGroup) (GroupDetails, error) {
	d := GroupDetails{Acts: []string{}}
	list := []GroupListed{}
	if err := selectGroups(tx).Where("g.id = ?", id).Scan(ctx, &list); err != nil {
		return d, err
	}
	if len(list) == 0 {
		return d, authz.ErrNotFound
	}
	if err := s.addGroupOwners(ctx, tx, list); err != nil {
		return d, err
	}
	d.GroupListed = list[0]
	var err error
	if d.Members, d.Hidden, err = visibleMembers(ctx, tx, id); err != nil {
		return d, err
	}
	may, err := allowed(ctx, tx, PermManage, d.Unit)
	if may {
		d.Acts = append(d.Acts, "change", "delete", "change_members", "change_connections")
	}
	return d, err
}
