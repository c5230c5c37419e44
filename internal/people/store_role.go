package people

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// loadRole returns a role by its id or by the code of a built-in one.
func loadRole(ctx context.Context, tx db.Tx, idOrCode string) (Role, error) {
	list := []Role{}
	if err := tx.NewSelect().Model(&list).Where("r.id = ? OR r.code = ?", idOrCode, idOrCode).Scan(ctx); err != nil {
		return Role{}, err
	}
	if len(list) == 0 {
		return Role{}, authz.ErrNotFound
	}
	err := addPermissions(ctx, tx, list)
	return list[0], err
}

// addPermissions fills in what the roles allow with one query, in alphabetical order.
func addPermissions(ctx context.Context, tx db.Tx, list []Role) error {
	at := make(map[ref.Role]int, len(list))
	ids := make([]ref.Role, len(list))
	for i := range list {
		at[list[i].ID], ids[i], list[i].Permissions = i, list[i].ID, []authz.Permission{}
		list[i].CreatedAt, list[i].UpdatedAt = list[i].CreatedAt.UTC(), list[i].UpdatedAt.UTC()
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		Role       ref.Role         `bun:"role_id"`
		Permission authz.Permission `bun:"permission"`
	}
	if err := tx.NewSelect().Table("role_permission").Column("role_id", "permission").Where("role_id IN (?)", bun.In(ids)).Scan(ctx, &rows); err != nil {
		return err
	}
	for _, row := range rows {
		r := &list[at[row.Role]]
		r.Permissions = append(r.Permissions, row.Permission)
	}
	for i := range list {
		slices.Sort(list[i].Permissions)
	}
	return nil
}

func insertRole(ctx context.Context, tx db.Tx, r Role) error {
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return roleNameTaken(err, r.Name)
	}
	return writePermissions(ctx, tx, r)
}

// updateRole writes the role and what it allows, one version on.
func updateRole(ctx context.Context, tx db.Tx, r *Role) error {
	r.Version++
	_, err := tx.NewUpdate().Model(r).Column("name", "name_key", "description", "version", "updated_at").WherePK().Exec(ctx)
	if err != nil {
		return roleNameTaken(err, r.Name)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM role_permission WHERE role_id = ?`, r.ID); err != nil {
		return err
	}
	return writePermissions(ctx, tx, *r)
}

func writePermissions(ctx context.Context, tx db.Tx, r Role) error {
	rows := make([][]any, len(r.Permissions))
	for i, p := range r.Permissions {
		rows[i] = []any{string(r.ID), string(p)}
	}
	return tx.BulkInsert(ctx, "role_permission", []string{"role_id", "permission"}, rows)
}

func roleNameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "role_name_taken", "There is already a role called %q. Choose another name.", name).Because(err)
	}
	return err
}

// tidyPermissions sorts, drops repetitions and notes what no slice declares.
func (s *Service) tidyPermissions(faults *problem.Fields, place string, perms []authz.Permission) []authz.Permission {
	perms = slices.Clone(perms)
	slices.Sort(perms)
	perms = slices.Compact(perms)
	for _, p := range perms {
		if _, ok := s.known[p]; !ok {
			faults.Add(place, "permission_unknown", "There is no permission "+string(p)+".")
		}
	}
	if perms == nil {
		perms = []authz.Permission{}
	}
	return perms
}

// exceeds is the problem of giving away what one lacks.
func exceeds(missing []authz.Permission) error {
	if len(missing) == 0 {
		return nil
	}
	names := make([]string, len(missing))
	for i, p := range missing {
		names[i] = string(p)
	}
	what := strings.Join(names, ", ")
	if what == "*" {
		what = "every permission"
	}
	return problem.Newf(problem.Forbidden, "grant_exceeds_own",
		"You can only give others what you hold yourself on the same units. You lack: %s.", what).WithData("permissions", names)
}
