package stakeholder

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Source names the record whose stakeholders are taken over.
type Source struct {
	Kind string `json:"kind,omitempty" doc:"The kind of the other record; the same kind when left out."`
	ID   string `json:"id" minLength:"1" maxLength:"200"`
}

// Import adds the stakeholders of another record, which the caller must see, by the rules of Add. Persons who are
// inactive stay behind, and who is accountable here stays so. With dry set nothing is saved.
func (s *Service) Import(ctx context.Context, kind, id string, from Source, dry bool) (Listing, []Consequence, error) {
	if from.Kind == "" {
		from.Kind = kind
	}
	return s.edit(ctx, kind, id, 0, dry, func(ctx context.Context, tx db.Tx, _ Record, list []Listed) ([]Listed, []Consequence, error) {
		other, err := s.record(ctx, tx, from.Kind, from.ID, s.subjects[from.Kind].View)
		if err != nil {
			if problem.KindOf(err) == problem.NotFound {
				var faults problem.Fields
				faults.Add("body.id", "record_unknown", "There is no such record, or you may not see it.")
				err = faults.Err("record_unknown", "The record to import from does not exist, or you may not see it.")
			}
			return nil, nil, err
		}
		theirs, err := loadList(ctx, tx, from.Kind, other.ID)
		if err != nil {
			return nil, nil, err
		}
		var taken []Listed
		left := []Consequence{}
		for _, l := range theirs {
			if l.mayJoin() != nil {
				left = append(left, Consequence{Kind: "stakeholder_left_out", Message: l.Name + " is inactive and stays behind."})
				continue
			}
			l.ID = ""
			taken = append(taken, l)
		}
		after, more := absorb(list, taken)
		return after, append(more, left...), nil
	})
}
