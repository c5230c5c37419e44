package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewUnit is what CreateUnit takes.
type NewUnit struct {
	Name     string     `json:"name" minLength:"1" maxLength:"200"`
	Type     string     `json:"type,omitempty" maxLength:"200"`
	Parent   ref.Unit   `json:"parentId" doc:"The unit it is put below; a new installation has one unit, the root."`
	Director ref.Person `json:"directorId,omitempty"`
}

// CreateUnit adds a unit below another.
func (s *Service) CreateUnit(ctx context.Context, in NewUnit) (Unit, error) {
	var u Unit
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		u, err = s.createUnit(ctx, tx, in)
		return err
	})
	return u, err
}

func (s *Service) createUnit(ctx context.Context, tx db.Tx, in NewUnit) (Unit, error) {
	now := s.clock.Now()
	u := Unit{ID: ref.New[ref.Unit](), Version: 1, CreatedAt: now, UpdatedAt: now}
	u.Name, u.NameKey = cleanName(in.Name)
	u.Type, _ = cleanName(in.Type)
	var faults problem.Fields
	checkName(&faults, "body.name", u.Name)
	checkText(&faults, "body.type", u.Type)
	if in.Parent == "" {
		faults.Add("body.parentId", "required", "Say below which unit the new one stands.")
	}
	if err := faults.Err("unit_invalid", "The unit cannot be created like this."); err != nil {
		return u, err
	}
	if err := touchTree(ctx, tx); err != nil {
		return u, err
	}
	parent, err := bodyUnit(ctx, tx, PermManageUnit, in.Parent, "body.parentId")
	if err != nil {
		return u, err
	}
	if parent.Depth+1 > maxDepth {
		return u, tooDeep()
	}
	if in.Director != "" {
		if _, err := bodyPerson(ctx, tx, in.Director, "body.directorId"); err != nil {
			return u, err
		}
		u.Director = &in.Director
	}
	u.Parent, u.Path, u.Depth = &parent.ID, childPath(parent.Path, u.ID), parent.Depth+1
	if err := insertUnit(ctx, tx, u); err != nil {
		return u, err
	}
	return u, s.appendUnit(ctx, tx, UnitCreated, u, nil, unitSnapshot(u), nil)
}

// unitFields are the fields of a unit whose changes are kept.
type unitFields struct {
	Name     string      `json:"name"`
	Type     string      `json:"type,omitempty"`
	Parent   *ref.Unit   `json:"parentId,omitempty"`
	Director *ref.Person `json:"directorId,omitempty"`
}

func unitSnapshot(u Unit) *unitFields {
	return &unitFields{Name: u.Name, Type: u.Type, Parent: u.Parent, Director: u.Director}
}

func (s *Service) appendUnit(ctx context.Context, tx db.Tx, kind events.Kind, u Unit, before, after *unitFields, data map[string]any) error {
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(u.ID), SubjectLabel: u.Name, Unit: u.ID, Changes: events.Diff(before, after), Data: data,
	})
}

// mayUnit loads a unit and checks perm on it.
func mayUnit(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Unit) (Unit, error) {
	u, err := loadUnit(ctx, tx, id)
	if err != nil {
		return u, err
	}
	return u, authz.Check(ctx, perm, u.Path)
}
