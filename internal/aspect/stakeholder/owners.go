package stakeholder

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The methods of this file run inside an owner's transaction; the owner decided about access before.

// Owner is who is accountable for a record.
type Owner struct {
	// Kind is "person" or "team".
	Kind, ID, Name, Email string
}

// Owners returns who is accountable for each of the given records, for lists; records without anybody are left out.
func (s *Service) Owners(ctx context.Context, tx db.Tx, kind string, ids []string) (map[string]Owner, error) {
	out := make(map[string]Owner, len(ids))
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []Listed
		if err := listedQuery(tx).Where("s.subject_kind = ? AND s.accountable AND s.subject_id IN (?)", kind, bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, l := range rows {
			o := Owner{Kind: "person", Name: l.Name, Email: l.Email}
			if l.Team != nil {
				o.Kind, o.ID = "team", string(*l.Team)
			} else {
				o.ID = string(*l.Person)
			}
			out[l.SubjectID] = o
		}
	}
	return out, nil
}

// Of returns the stakeholders of a record, the accountable one first, for those who tell them of something.
func (s *Service) Of(ctx context.Context, tx db.Tx, kind, id string) ([]Listed, error) {
	return loadList(ctx, tx, kind, id)
}

// OwnedBy returns a condition that keeps the records of a kind, named by their id column, for which a person or team is
// accountable.
func (s *Service) OwnedBy(kind, column, owner string) (cond string, args []any) {
	return column + ` IN (SELECT subject_id FROM stakeholder WHERE subject_kind = ? AND accountable AND (person_id = ? OR team_id = ?))`, []any{kind, owner, owner}
}

// SetAccountable makes a person the accountable one of a record, beside whatever part they have.
func (s *Service) SetAccountable(ctx context.Context, tx db.Tx, kind string, r Record, person ref.Person) error {
	_, _, err := s.editRecord(ctx, tx, kind, r, 0, func(ctx context.Context, tx db.Tx, _ Record, list []Listed) ([]Listed, []Consequence, error) {
		l, err := Part{Person: person, Flags: Flags{Accountable: true}}.listed(ctx, tx, "body.ownerId")
		if err == nil {
			err = l.mayJoin()
		}
		if err != nil {
			return nil, nil, err
		}
		after, more := put(list, l)
		return after, more, nil
	})
	return err
}

// MoveRecord keeps the unit of a record's stakeholders up to date when the record changes hands.
func (s *Service) MoveRecord(ctx context.Context, tx db.Tx, kind, id string, unit ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE stakeholder SET unit_id = ? WHERE subject_kind = ? AND subject_id = ?`, unit, kind, id)
	return err
}

// ForgetRecord drops the stakeholders of a record that is deleted; the deletion itself is the event.
func (s *Service) ForgetRecord(ctx context.Context, tx db.Tx, kind, id string) error {
	for _, table := range []string{"stakeholder", "stakeholder_list"} {
		if _, err := tx.NewDelete().Table(table).Where("subject_kind = ? AND subject_id = ?", kind, id).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
