package people

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// NearestHolders returns who holds a permission on a unit, by themselves or through a team, by grants as near to it as there
// are. Roles that hold everything count only where no other role does: whoever runs the installation is not asked to do
// everybody's work.
func (s *Service) NearestHolders(ctx context.Context, tx db.Tx, perm authz.Permission, unit ref.Unit) ([]ref.Person, error) {
	var rows []struct {
		Person ref.Person `bun:"person_id"`
		All    bool       `bun:"all_permissions"`
		Depth  int        `bun:"depth"`
	}
	err := tx.NewSelect().TableExpr("role_grant AS g").Join("JOIN role AS r ON r.id = g.role_id").Join("JOIN unit AS u ON u.id = g.unit_id").
		Join("JOIN unit AS place ON place.id = ? AND place.path LIKE u.path || '%'", unit).
		Join("LEFT JOIN team_member AS m ON g.subject_kind = 'team' AND m.team_id = g.subject_id").
		Join("JOIN person AS p ON p.id = CASE WHEN g.subject_kind = 'person' THEN g.subject_id ELSE m.person_id END").
		ColumnExpr("p.id AS person_id, r.all_permissions, u.depth").
		Where("g.expires_at IS NULL OR g.expires_at > ?", s.clock.Now()).Where("p.state <> ?", Inactive).
		Where("r.all_permissions OR EXISTS (SELECT 1 FROM role_permission AS rp WHERE rp.role_id = r.id AND rp.permission = ?)", perm).
		OrderExpr("u.depth DESC, p.id").Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	var out []ref.Person
	for _, all := range []bool{false, true} {
		nearest := -1
		for _, r := range rows {
			if r.All == all && (nearest < 0 || r.Depth == nearest) {
				out, nearest = append(out, r.Person), r.Depth
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return slices.Compact(out), nil
}
