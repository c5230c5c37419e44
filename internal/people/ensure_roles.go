package people

import (
	"context"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// builtIn describes the roles every installation has. Their permissions come from the declarations of the slices.
var builtIn = []struct{ code, name, description string }{
	{Administrator, "Administrator", "Everything, now and in later versions."},
	{ReleaseManager, "Release manager", "Plans and drives releases."},
	{EnvironmentManager, "Environment manager", "Keeps environments and decides who uses them when."},
	{DeploymentManager, "Deployment manager", "Prepares and leads go-lives."},
	{Contributor, "Contributor", "Works on applications and their delivery."},
	{Viewer, "Viewer", "Sees and changes nothing."},
}

// BuiltInPermissions returns what each built-in role holds by the declarations, for the tests that check the whole matrix.
func BuiltInPermissions(declarations []authz.Declaration) map[string][]authz.Permission {
	out := make(map[string][]authz.Permission, len(builtIn))
	for _, b := range builtIn {
		out[b.code] = []authz.Permission{}
		for _, d := range declarations {
			if b.code == Administrator || slices.Contains(d.Roles, b.code) {
				out[b.code] = append(out[b.code], d.Permission)
			}
		}
	}
	return out
}

// EnsureRoles makes the built-in roles and gives them the permissions that this version brings for the first time. What
// an administrator took away stays away. It runs at every start and does nothing when nothing is new.
func (s *Service) EnsureRoles(ctx context.Context) error {
	want := BuiltInPermissions(s.permissions)
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.clock.Now()
		for _, b := range builtIn {
			_, key := cleanName(b.name)
			r := Role{ID: ref.New[ref.Role](), Code: &b.code, Name: b.name, NameKey: key, Description: b.description,
				All: b.code == Administrator, Version: 1, CreatedAt: now, UpdatedAt: now}
			if _, err := tx.NewInsert().Model(&r).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
			if r.All {
				continue
			}
			if err := tx.NewSelect().Table("role").Column("id").Where("code = ?", b.code).Scan(ctx, &r.ID); err != nil {
				return err
			}
			var seeded []authz.Permission
			if err := tx.NewSelect().Table("role_seed").Column("permission").Where("role_id = ?", r.ID).Scan(ctx, &seeded); err != nil {
				return err
			}
			var rows [][]any
			for _, p := range want[b.code] {
				if !slices.Contains(seeded, p) {
					rows = append(rows, []any{string(r.ID), string(p)})
				}
			}
			columns := []string{"role_id", "permission"}
			for _, table := range []string{"role_seed", "role_permission"} {
				if err := tx.BulkUpsert(ctx, table, columns, columns, nil, "", rows); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
