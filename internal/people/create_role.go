package people

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewRole is what CreateRole takes.
type NewRole struct {
	Name        string             `json:"name" minLength:"1" maxLength:"200"`
	Description string             `json:"description,omitempty" maxLength:"2000"`
	Permissions []authz.Permission `json:"permissions" nullable:"false" maxItems:"1000"`
}

// CreateRole adds an own role. Roles belong to the whole organisation, so the caller must manage them everywhere, and
// can put in only what they hold everywhere themselves.
func (s *Service) CreateRole(ctx context.Context, in NewRole) (Role, error) {
	var r Role
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := everywhere(ctx, PermManageRole); err != nil {
			return err
		}
		now := s.clock.Now()
		r = Role{ID: ref.New[ref.Role](), Description: strings.TrimSpace(in.Description), Version: 1, CreatedAt: now, UpdatedAt: now}
		r.Name, r.NameKey = cleanName(in.Name)
		var faults problem.Fields
		checkName(&faults, "body.name", r.Name)
		checkText(&faults, "body.description", r.Description)
		r.Permissions = s.tidyPermissions(&faults, "body.permissions", in.Permissions)
		if err := faults.Err("role_invalid", "The role cannot be saved like this."); err != nil {
			return err
		}
		if err := mayGiveEverywhere(ctx, tx, r); err != nil {
			return err
		}
		if err := insertRole(ctx, tx, r); err != nil {
			return err
		}
		return s.appendRole(ctx, tx, RoleCreated, r, nil, &r)
	})
	return r, err
}

// everywhere checks a permission on the whole tree.
func everywhere(ctx context.Context, perm authz.Permission) error {
	switch p := authz.From(ctx); {
	case p == nil:
		return authz.ErrUnauthenticated
	case !p.Everywhere(perm):
		return authz.Forbidden(perm)
	}
	return nil
}

// mayGiveEverywhere checks that the caller holds on the root what the role would allow.
func mayGiveEverywhere(ctx context.Context, tx db.Tx, r Role) error {
	root, _, err := loadRoot(ctx, tx)
	if err != nil {
		return err
	}
	return exceeds(notGiveable(authz.From(ctx), r, root.Path))
}

func (s *Service) appendRole(ctx context.Context, tx db.Tx, kind events.Kind, r Role, before, after *Role) error {
	root, _, err := loadRoot(ctx, tx)
	if err != nil {
		return err
	}
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(r.ID), SubjectLabel: r.Name, Unit: root.ID, Changes: events.Diff(before, after),
	})
}
