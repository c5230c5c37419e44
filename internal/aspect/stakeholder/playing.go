package stakeholder

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Playing returns, for each of the records, the active persons who play a role in it, the members of teams that do
// included. Roles are compared without regard to case, spaces and underscores. Records in which nobody does are left out.
func (s *Service) Playing(ctx context.Context, tx db.Tx, kind string, ids []string, role string) (map[string][]ref.Person, error) {
	out := map[string][]ref.Person{}
	teams := map[ref.Team][]string{}
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []Stakeholder
		if err := tx.NewSelect().Model(&rows).Where("s.subject_kind = ? AND s.subject_id IN (?)", kind, bun.In(chunk)).OrderExpr("s.subject_id, s.id").Scan(ctx); err != nil {
			return nil, err
		}
		for _, r := range rows {
			if !slices.ContainsFunc(r.Roles, func(have string) bool { return sameRole(have, role) }) {
				continue
			}
			if r.Person != nil {
				out[r.SubjectID] = append(out[r.SubjectID], *r.Person)
			} else if r.Team != nil {
				teams[*r.Team] = append(teams[*r.Team], r.SubjectID)
			}
		}
	}
	if err := addMembers(ctx, tx, teams, out); err != nil {
		return nil, err
	}
	return onlyActive(ctx, tx, out)
}

func sameRole(a, b string) bool {
	plain := func(s string) string { return strings.ReplaceAll(ref.NameKey(s), "_", " ") }
	return plain(a) == plain(b)
}

func addMembers(ctx context.Context, tx db.Tx, teams map[ref.Team][]string, out map[string][]ref.Person) error {
	if len(teams) == 0 {
		return nil
	}
	ids := make([]ref.Team, 0, len(teams))
	for id := range teams {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var members []struct {
		Team   ref.Team   `bun:"team_id"`
		Person ref.Person `bun:"person_id"`
	}
	if err := tx.NewSelect().Table("v_team_member").Column("team_id", "person_id").Where("team_id IN (?)", bun.In(ids)).OrderExpr("team_id, person_id").Scan(ctx, &members); err != nil {
		return err
	}
	for _, m := range members {
		for _, record := range teams[m.Team] {
			out[record] = append(out[record], m.Person)
		}
	}
	return nil
}

func onlyActive(ctx context.Context, tx db.Tx, of map[string][]ref.Person) (map[string][]ref.Person, error) {
	all := []ref.Person{}
	for _, list := range of {
		all = append(all, list...)
	}
	slices.Sort(all)
	active := map[ref.Person]bool{}
	for _, chunk := range db.Chunks(slices.Compact(all), 1000) {
		var ids []ref.Person
		if err := tx.NewSelect().Table("v_person").Column("id").Where("id IN (?) AND state <> 'INACTIVE'", bun.In(chunk)).Scan(ctx, &ids); err != nil {
			return nil, err
		}
		for _, id := range ids {
			active[id] = true
		}
	}
	for record, list := range of {
		slices.Sort(list)
		list = slices.DeleteFunc(slices.Compact(list), func(p ref.Person) bool { return !active[p] })
		if of[record] = list; len(list) == 0 {
			delete(of, record)
		}
	}
	return of, nil
}
