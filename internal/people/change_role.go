package people

import (
	"context"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// RoleChange is what ChangeRole takes; members that were not sent stay as they are.
type RoleChange struct {
	Name        httpapi.Optional[string] `json:"name,omitzero"`
	Description httpapi.Optional[string] `json:"description,omitzero"`
	// Permissions replaces the whole set when it is sent.
	Permissions *[]authz.Permission `json:"permissions,omitempty" maxItems:"1000"`
}

// ChangeRole edits a role, built in or own. The administrator's permissions are fixed.
func (s *Service) ChangeRole(ctx context.Context, id ref.Role, version int64, in RoleChange) (Role, error) {
	var r Role
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if r, err = touchRole(ctx, tx, id, version); err != nil {
			return err
		}
		before := r
		var faults problem.Fields
		if in.Name.Set {
			r.Name, r.NameKey = cleanName(in.Name.Value)
			checkName(&faults, "body.name", r.Name)
		}
		if in.Description.Set {
			r.Description = strings.TrimSpace(in.Description.Value)
			checkText(&faults, "body.description", r.Description)
		}
		if in.Permissions != nil {
			if r.All {
				return problem.New(problem.Conflict, "role_fixed", "The administrator holds every permission; this cannot be changed. Make a role of your own instead.")
			}
			r.Permissions = s.tidyPermissions(&faults, "body.permissions", *in.Permissions)
		}
		if err := faults.Err("role_invalid", "The role cannot be saved like this."); err != nil {
			return err
		}
		added := r
		added.Permissions = slices.DeleteFunc(slices.Clone(r.Permissions), func(p authz.Permission) bool { return slices.Contains(before.Permissions, p) })
		if added.All = false; len(added.Permissions) > 0 {
			if err := mayGiveEverywhere(ctx, tx, added); err != nil {
				return err
			}
		}
		if len(events.Diff(before, r)) == 0 {
			return nil
		}
		r.UpdatedAt = s.clock.Now()
		if err := updateRole(ctx, tx, &r); err != nil {
			return err
		}
		return s.appendRole(ctx, tx, RoleChanged, r, &before, &r)
	})
	return r, err
}

// touchRole locks a role for a change based on a version.
func touchRole(ctx context.Context, tx db.Tx, id ref.Role, version int64) (Role, error) {
	if err := everywhere(ctx, PermManageRole); err != nil {
		return Role{}, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE role SET version = version WHERE id = ?`, id); err != nil {
		return Role{}, err
	}
	r, err := loadRole(ctx, tx, string(id))
	if err == nil && r.Version != version {
		err = httpapi.Stale(r.Version, r)
	}
	return r, err
}
