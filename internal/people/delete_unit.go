package people

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// singleEvents is up to how many records moved or imported at once each get an event of their own; beyond it one event
// stands for the batch, because millions of rows of history help nobody.
const singleEvents = 1000

// DeleteUnit deletes a unit and moves what it holds to another: its child units, persons and teams, and the records of
// other slices. Grants on the unit end with it, because moving them would widen them. With dry set nothing is saved.
func (s *Service) DeleteUnit(ctx context.Context, id ref.Unit, version int64, rehomeTo ref.Unit, dry bool) ([]Consequence, error) {
	var more []Consequence
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		more, err = s.deleteUnit(ctx, tx, id, version, rehomeTo)
		if err == nil && dry {
			return errDryRun
		}
		return err
	})
	return more, dryRun(err)
}

func (s *Service) deleteUnit(ctx context.Context, tx db.Tx, id ref.Unit, version int64, rehomeTo ref.Unit) ([]Consequence, error) {
	if err := touchTree(ctx, tx); err != nil {
		return nil, err
	}
	u, err := mayUnit(ctx, tx, PermManageUnit, id)
	if err != nil {
		return nil, err
	}
	switch {
	case u.Version != version:
		return nil, httpapi.Stale(u.Version, u)
	case u.Parent == nil:
		return nil, problem.New(problem.Conflict, "unit_is_root", "The root unit cannot be deleted; rename it instead.")
	case rehomeTo == "":
		var faults problem.Fields
		faults.Add("query.rehomeTo", "required", "Name the unit that takes over what this one holds.")
		return nil, faults.Err("rehome_required", "Say where the units, persons, teams and records of the deleted unit go.")
	}
	target, err := bodyUnit(ctx, tx, PermManageUnit, rehomeTo, "query.rehomeTo")
	if err != nil {
		return nil, err
	}
	if inSubtree(target.Path, u.Path) {
		return nil, problem.New(problem.Conflict, "rehome_inside", "What the unit holds must go to a unit outside it.")
	}
	more, err := s.emptyUnit(ctx, tx, u, target)
	if err != nil {
		return nil, err
	}
	if _, err := tx.NewDelete().Model(&u).WherePK().Exec(ctx); err != nil {
		if db.IsForeignKey(err) {
			return nil, problem.New(problem.Conflict, "unit_in_use", "Something still belongs to this unit and could not be moved.").Because(err)
		}
		return nil, err
	}
	return more, s.appendUnit(ctx, tx, UnitDeleted, u, unitSnapshot(u), nil, map[string]any{"rehomedTo": target.Name, "rehomedToId": target.ID})
}

// emptyUnit moves everything out of u.
func (s *Service) emptyUnit(ctx context.Context, tx db.Tx, u, target Unit) ([]Consequence, error) {
	more := []Consequence{}
	note := func(kind string, n int64, noun, verb string) {
		if n > 0 {
			more = append(more, Consequence{Kind: kind, Count: n, Message: fmt.Sprintf("%s %s.", quantity(n, noun), verb)})
		}
	}
	moves := "to move to " + target.Name
	n, err := s.rehomeChildren(ctx, tx, u, target)
	if err != nil {
		return nil, err
	}
	note("units_move", n, "unit", moves)
	if n, err = s.rehomePersons(ctx, tx, u, target); err != nil {
		return nil, err
	}
	note("persons_move", n, "person", moves)
	if n, err = s.rehomeTeams(ctx, tx, u, target); err != nil {
		return nil, err
	}
	note("teams_move", n, "team", moves)
	if n, err = s.endGrants(ctx, tx, "g.unit_id = ?", u.ID); err != nil {
		return nil, err
	}
	note("grants_end", n, "grant", "on it to end")
	for _, r := range s.rehomers {
		if p, ok := r.(RehomePreviewer); ok {
			lines, err := p.RehomePreview(ctx, tx, u.ID)
			if err != nil {
				return nil, err
			}
			for _, line := range lines {
				more = append(more, Consequence{Kind: "records_move", Message: line + " " + moves + "."})
			}
		}
		if err := r.Rehome(ctx, tx, u.ID, target.ID); err != nil {
			return nil, err
		}
	}
	return more, nil
}

func (s *Service) rehomeChildren(ctx context.Context, tx db.Tx, u, target Unit) (int64, error) {
	children, err := childrenOf(ctx, tx, u.ID)
	if err != nil {
		return 0, err
	}
	for _, child := range children {
		before := unitSnapshot(child)
		if _, err := moveSubtree(ctx, tx, child, target); err != nil {
			return 0, err
		}
		child.Parent, child.UpdatedAt = &target.ID, s.clock.Now()
		if err := updateUnit(ctx, tx, &child); err != nil {
			return 0, err
		}
		if err := s.appendUnit(ctx, tx, UnitMoved, child, before, unitSnapshot(child), map[string]any{"parent": target.Name}); err != nil {
			return 0, err
		}
	}
	return int64(len(children)), nil
}

func (s *Service) rehomePersons(ctx context.Context, tx db.Tx, u, target Unit) (int64, error) {
	var list []Person
	err := tx.NewSelect().Model(&list).Column("p.id", "p.name").Where("p.unit_id = ?", u.ID).OrderExpr("p.id").Scan(ctx)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE person SET unit_id = ?, version = version + 1, updated_at = ? WHERE unit_id = ?`, target.ID, s.clock.Now(), u.ID)
	if err != nil || len(list) > singleEvents {
		return int64(len(list)), err
	}
	for _, p := range list {
		if err := s.events.Append(ctx, tx, rehomed(PersonChanged, string(p.ID), p.Name, u, target)); err != nil {
			return 0, err
		}
	}
	return int64(len(list)), nil
}

func (s *Service) rehomeTeams(ctx context.Context, tx db.Tx, u, target Unit) (int64, error) {
	var list []Team
	err := tx.NewSelect().Model(&list).Column("t.id", "t.name").Where("t.unit_id = ?", u.ID).OrderExpr("t.id").Scan(ctx)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE team SET unit_id = ?, version = version + 1, updated_at = ? WHERE unit_id = ?`, target.ID, s.clock.Now(), u.ID)
	if db.IsUnique(err) {
		return 0, problem.Newf(problem.Conflict, "team_name_taken",
			"A team of %q has the same name as a team of %q. Rename one of them first.", u.Name, target.Name).Because(err)
	}
	if err != nil || len(list) > singleEvents {
		return int64(len(list)), err
	}
	for _, t := range list {
		if err := s.events.Append(ctx, tx, rehomed(TeamChanged, string(t.ID), t.Name, u, target)); err != nil {
			return 0, err
		}
	}
	return int64(len(list)), nil
}

func rehomed(kind events.Kind, id, label string, from, to Unit) events.Event {
	return events.Event{Kind: kind, SubjectID: id, SubjectLabel: label, Unit: to.ID, Changes: map[string]events.Change{"unitId": {from.ID, to.ID}}}
}
