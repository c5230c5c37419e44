package people

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// TeamFilter narrows ListTeams.
type TeamFilter struct {
	Text string
	// Unit keeps teams of a unit and everything below it; Person those somebody is in.
	Unit   ref.Unit
	Person ref.Person
	Cursor string
	Limit  int
}

// ListedTeam is a team with what a list shows beside the record.
type ListedTeam struct {
	Team
	UnitName string `bun:"unit_name"`
	UnitPath string `bun:"unit_path"`
	Members  int64  `bun:"members"`
}

// ListedMember is a member with the names that stand beside them.
type ListedMember struct {
	Person ref.Person `bun:"person_id" json:"personId"`
	Name   string     `bun:"name" json:"name"`
	Email  string     `bun:"email" json:"email"`
	State  State      `bun:"state" json:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	Lead   bool       `bun:"lead" json:"lead"`
}

const teamColumns = `t.*, u.name AS unit_name, u.path AS unit_path,
	(SELECT COUNT(*) FROM team_member m WHERE m.team_id = t.id) AS members`

// ListTeams returns a page of the visible teams by name.
func (s *Service) ListTeams(ctx context.Context, f TeamFilter) (page httpapi.Page[ListedTeam], err error) {
	var list []ListedTeam
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().TableExpr("team AS t").Join("JOIN unit AS u ON u.id = t.unit_id").ColumnExpr(teamColumns).
			Apply(authz.Filter(ctx, PermViewTeam, "t.unit_id"))
		if f.Text != "" {
			cond, arg := tx.Contains("t.name_key", strings.ToLower(f.Text))
			q = q.Where(cond, arg)
		}
		if f.Person != "" {
			q = q.Where("t.id IN (SELECT team_id FROM team_member WHERE person_id = ?)", f.Person)
		}
		if f.Unit != "" {
			u, err := mayUnit(ctx, tx, PermViewUnit, f.Unit)
			if problem.KindOf(err) == problem.NotFound {
				return nil
			}
			if err != nil {
				return err
			}
			lo, hi := authz.PathRange(u.Path)
			q = q.Where("u.path >= ? AND u.path < ?", lo, hi)
		}
		var name string
		var id ref.Team
		continued, err := httpapi.DecodeCursor(f.Cursor, &name, &id)
		if err != nil {
			return err
		}
		if continued {
			q = q.Where("(t.name_key, t.id) > (?, ?)", name, id)
		}
		return q.OrderExpr("t.name_key, t.id").Limit(int64(f.Limit)+1).Scan(ctx, &list)
	})
	return httpapi.NewPage(list, f.Limit, func(t ListedTeam) []any { return []any{t.NameKey, t.ID} }), err
}

// Team returns one team and its members, leads first.
func (s *Service) Team(ctx context.Context, id ref.Team) (t ListedTeam, members []ListedMember, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		team, err := loadTeam(ctx, tx, id)
		if err != nil {
			return err
		}
		u, err := mayUnit(ctx, tx, PermViewTeam, team.Unit)
		if err != nil {
			return err
		}
		if members, err = membersOf(ctx, tx, id); err != nil {
			return err
		}
		t = ListedTeam{Team: team, UnitName: u.Name, UnitPath: u.Path, Members: int64(len(members))}
		return nil
	})
	return t, members, err
}
