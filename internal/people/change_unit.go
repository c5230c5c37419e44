package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// errDryRun rolls a transaction back whose consequences were all that was wanted.
var errDryRun = errors.New("dry run")

// dryRun turns the result of a transaction that was meant to be rolled back into success.
func dryRun(err error) error {
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// UnitChange is what ChangeUnit takes; members that were not sent stay as they are.
type UnitChange struct {
	Name     httpapi.Optional[string]     `json:"name,omitzero"`
	Type     httpapi.Optional[string]     `json:"type,omitzero"`
	Parent   httpapi.Optional[ref.Unit]   `json:"parentId,omitzero" doc:"Moves the unit and everything below it."`
	Director httpapi.Optional[ref.Person] `json:"directorId,omitzero"`
}

// ChangeUnit renames a unit, gives it another type or director, or moves it with everything below it. With dry set
// nothing is saved; the answer shows the unit as it would be and what else would happen.
func (s *Service) ChangeUnit(ctx context.Context, id ref.Unit, version int64, in UnitChange, dry bool) (Unit, []Consequence, error) {
	var u Unit
	var more []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		u, more, err = s.changeUnit(ctx, tx, id, version, in)
		if err == nil && dry {
			return errDryRun
		}
		return err
	})
	return u, more, dryRun(err)
}

func (s *Service) changeUnit(ctx context.Context, tx db.Tx, id ref.Unit, version int64, in UnitChange) (Unit, []Consequence, error) {
	// The touch is also what keeps two edits of one unit from passing the version check together.
	if err := touchTree(ctx, tx); err != nil {
		return Unit{}, nil, err
	}
	u, err := mayUnit(ctx, tx, PermManageUnit, id)
	if err != nil {
		return u, nil, err
	}
	if u.Version != version {
		return u, nil, httpapi.Stale(u.Version, u)
	}
	before := unitSnapshot(u)
	if err := in.apply(&u); err != nil {
		return u, nil, err
	}
	if in.Director.Set && u.Director != nil {
		if _, err := bodyPerson(ctx, tx, *u.Director, "body.directorId"); err != nil {
			return u, nil, err
		}
	}
	more := []Consequence{}
	moving := in.Parent.Set && !in.Parent.Null && (u.Parent == nil || *u.Parent != in.Parent.Value)
	var parent Unit
	if moving {
		if parent, more, err = s.moveUnit(ctx, tx, &u, in.Parent.Value); err != nil {
			return u, nil, err
		}
	}
	after := unitSnapshot(u)
	if changes := events.Diff(before, after); len(changes) == 0 {
		return u, more, nil
	}
	u.UpdatedAt = s.clock.Now()
	if err := updateUnit(ctx, tx, &u); err != nil {
		return u, nil, err
	}
	if moving {
		return u, more, s.appendUnit(ctx, tx, UnitMoved, u, before, after, map[string]any{"parent": parent.Name})
	}
	return u, more, s.appendUnit(ctx, tx, UnitChanged, u, before, after, nil)
}

// apply sets the plain fields.
func (in UnitChange) apply(u *Unit) error {
	var faults problem.Fields
	if in.Name.Set {
		u.Name, u.NameKey = cleanName(in.Name.Value)
		checkName(&faults, "body.name", u.Name)
	}
	if in.Type.Set {
		u.Type, _ = cleanName(in.Type.Value)
		checkText(&faults, "body.type", u.Type)
	}
	if in.Director.Set {
		u.Director = in.Director.Pointer()
		if u.Director != nil && *u.Director == "" {
			u.Director = nil
		}
	}
	if in.Parent.Set && in.Parent.Null && u.Parent != nil {
		faults.Add("body.parentId", "required", "There is one root; say below which unit this one stands.")
	}
	return faults.Err("unit_invalid", "The unit cannot be changed like this.")
}

// moveUnit puts u and everything below it below another parent.
func (s *Service) moveUnit(ctx context.Context, tx db.Tx, u *Unit, to ref.Unit) (Unit, []Consequence, error) {
	parent, err := bodyUnit(ctx, tx, PermManageUnit, to, "body.parentId")
	if err != nil {
		return parent, nil, err
	}
	levels, err := height(ctx, tx, *u)
	if err != nil {
		return parent, nil, err
	}
	if err := checkMove(*u, parent, levels); err != nil {
		return parent, nil, err
	}
	access, err := accessChange(ctx, tx, *u, parent)
	if err != nil {
		return parent, nil, err
	}
	moved, err := moveSubtree(ctx, tx, *u, parent)
	if err != nil {
		return parent, nil, err
	}
	u.Parent, u.Path, u.Depth = &parent.ID, childPath(parent.Path, u.ID), parent.Depth+1
	more := []Consequence{}
	if moved > 1 {
		more = append(more, Consequence{Kind: "units_move", Count: moved - 1, Message: "The unit takes what stands below it along: " + quantity(moved-1, "unit") + "."})
	}
	return parent, append(more, access...), nil
}

// accessChange tells how many grants on units above stop and begin to reach the unit when it moves.
func accessChange(ctx context.Context, tx db.Tx, u, parent Unit) ([]Consequence, error) {
	above := func(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
	before, after := above(u.Path), above(parent.Path)
	before = before[:len(before)-1]
	count := func(ids, without []string) (int64, error) {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(without, id) })
		if len(ids) == 0 {
			return 0, nil
		}
		return tx.NewSelect().Table("role_grant").Where("unit_id IN (?)", bun.In(ids)).Count(ctx)
	}
	var out []Consequence
	lost, err := count(before, after)
	if err != nil {
		return nil, err
	}
	if lost > 0 {
		out = append(out, Consequence{Kind: "grants_lost", Count: lost, Message: "No longer in force here: " + quantity(lost, "grant") + " on the units above it today."})
	}
	gained, err := count(after, before)
	if gained > 0 {
		out = append(out, Consequence{Kind: "grants_gained", Count: gained, Message: "Newly in force here: " + quantity(gained, "grant") + " on the units above its new place."})
	}
	return out, err
}

// quantity is a number with its noun.
func quantity(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
