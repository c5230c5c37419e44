package stakeholder

import (
	"context"
	"fmt"
	"slices"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The methods of this file are what people calls when somebody leaves or a unit goes; people decided about access.

// Reassign gives every part of one person to another, merged with what the other does there already, and says what moved.
// Parts have no date: they are open work, and the scope "future" leaves them.
func (s *Service) Reassign(ctx context.Context, tx db.Tx, from, to ref.Person, scope string) ([]string, error) {
	if scope == "future" {
		return nil, nil
	}
	return s.forEachRecord(ctx, tx, "s.person_id = ?", from, func(ctx context.Context, tx db.Tx, list []Listed) ([]Listed, error) {
		at := slices.IndexFunc(list, func(l Listed) bool { return l.party() == party{Person: from} })
		moving := list[at]
		moving.Person = &to
		if err := identify(ctx, tx, &moving, "body.toPersonId"); err != nil {
			return nil, err
		}
		if other := slices.IndexFunc(list, func(l Listed) bool { return l.party() == party{Person: to} }); other >= 0 {
			list[other].Stakeholder = merged(list[other].Stakeholder, moving.Stakeholder)
			return slices.Delete(list, at, at+1), nil
		}
		list[at] = moving
		return list, nil
	}, "The part in %s %s.")
}

// Forget drops every part of a person who is deleted.
func (s *Service) Forget(ctx context.Context, tx db.Tx, person ref.Person) ([]string, error) {
	return s.forEachRecord(ctx, tx, "s.person_id = ?", person, drop(party{Person: person}), "The part in %s %s ends.")
}

// ForgetTeam drops every part of a team that is deleted.
func (s *Service) ForgetTeam(ctx context.Context, tx db.Tx, team ref.Team) ([]string, error) {
	return s.forEachRecord(ctx, tx, "s.team_id = ?", team, drop(party{Team: team}), "The part in %s %s ends.")
}

// Rehome follows the records of a unit that is deleted.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE stakeholder SET unit_id = ? WHERE unit_id = ?`, to, from)
	return err
}

func drop(p party) func(context.Context, db.Tx, []Listed) ([]Listed, error) {
	return func(_ context.Context, _ db.Tx, list []Listed) ([]Listed, error) {
		return slices.DeleteFunc(list, func(l Listed) bool { return l.party() == p }), nil
	}
}

// forEachRecord applies a change to every record a party has a part in, in the order of kind and id, and returns a
// sentence for each.
func (s *Service) forEachRecord(ctx context.Context, tx db.Tx, cond string, arg any, fn func(context.Context, db.Tx, []Listed) ([]Listed, error), sentence string) ([]string, error) {
	var rows []Stakeholder
	if err := tx.NewSelect().Model(&rows).Where(cond, arg).OrderExpr("s.subject_kind, s.subject_id").Scan(ctx); err != nil {
		return nil, err
	}
	var said []string
	for _, row := range rows {
		r := Record{ID: row.SubjectID, Unit: row.Unit, Label: row.SubjectID}
		if subject, ok := s.subjects[row.SubjectKind]; ok {
			found, err := subject.Resolve(ctx, tx, row.SubjectID)
			if err != nil && problem.KindOf(err) != problem.NotFound {
				return nil, err
			}
			if err == nil {
				r = found
			}
		}
		_, _, err := s.editRecord(ctx, tx, row.SubjectKind, r, 0, func(ctx context.Context, tx db.Tx, _ Record, list []Listed) ([]Listed, []Consequence, error) {
			after, err := fn(ctx, tx, list)
			return after, nil, err
		})
		if err != nil {
			return nil, err
		}
		said = append(said, fmt.Sprintf(sentence, row.SubjectKind, r.Label))
	}
	return said, nil
}
