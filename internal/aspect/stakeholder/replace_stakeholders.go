package stakeholder

import (
	"context"
	"fmt"
	"slices"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Replace sets the whole list. Somebody named twice, or two accountable, is a fault of the input here: whoever sends the
// whole list means it. With dry set nothing is saved.
func (s *Service) Replace(ctx context.Context, kind, id string, version int64, parts []Part, dry bool) (Listing, []Consequence, error) {
	return s.edit(ctx, kind, id, version, dry, func(ctx context.Context, tx db.Tx, _ Record, list []Listed) ([]Listed, []Consequence, error) {
		place := func(i int) string { return fmt.Sprintf("body.items[%d]", i) }
		after := make([]Listed, len(parts))
		for i, in := range parts {
			l, err := in.listed(ctx, tx, place(i))
			if err != nil {
				return nil, nil, err
			}
			if at := slices.IndexFunc(list, func(o Listed) bool { return o.party() == l.party() }); at >= 0 {
				l.ID, l.CreatedAt = list[at].ID, list[at].CreatedAt
			} else if err := l.mayJoin(); err != nil {
				return nil, nil, err
			}
			after[i] = l
		}
		var faults problem.Fields
		checkList(&faults, after, place)
		return after, replaced(list, after), faults.Err("stakeholders_invalid", "The list of stakeholders cannot be saved like this.")
	})
}

// replaced tells who goes, and who is no longer accountable, when one list takes the place of another.
func replaced(before, after []Listed) []Consequence {
	more := []Consequence{}
	for _, l := range before {
		at := slices.IndexFunc(after, func(o Listed) bool { return o.party() == l.party() })
		switch {
		case at < 0:
			more = append(more, Consequence{Kind: "stakeholder_leaves", Message: l.Name + " is no longer a stakeholder."})
		case l.Accountable && !after[at].Accountable:
			more = append(more, Consequence{Kind: "accountable_moves", Message: l.Name + " is no longer accountable."})
		}
	}
	return more
}
