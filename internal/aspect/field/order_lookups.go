package field

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Order puts the values of a list in the given order; ids must name each of them once. version is the list's.
func (s *Lookups) Order(ctx context.Context, list string, version int64, ids []ref.Lookup) (Listing, error) {
	var out Listing
	err := s.change(ctx, list, func(ctx context.Context, tx db.Tx, l listRow) error {
		values, err := loadValues(ctx, tx, list, false)
		if err != nil {
			return err
		}
		if l.Version != version {
			return httpapi.Stale(l.Version, values)
		}
		if !ordered(values, ids) {
			return problem.New(problem.Invalid, "order_incomplete", "The order must name every value of the list once.")
		}
		byID := make(map[ref.Lookup]Value, len(values))
		for _, v := range values {
			byID[v.ID] = v
		}
		before, after := make([]string, len(values)), make([]string, len(ids))
		now := s.clock.Now()
		for i, id := range ids {
			v := byID[id]
			before[i], after[i] = values[i].Name, v.Name
			if v.Order != int64(i+1) {
				// The order is the list's, so that the version of the value stays.
				if _, err := tx.ExecContext(ctx, `UPDATE lookup_value SET position = ?, updated_at = ? WHERE id = ?`, i+1, now, id); err != nil {
					return err
				}
			}
		}
		return s.events.Append(ctx, tx, events.Event{
			Kind: LookupsOrdered, SubjectID: list, SubjectLabel: s.titleOf(l), Changes: map[string]events.Change{"order": {before, after}},
		})
	})
	if err == nil {
		out, err = s.List(ctx, list, false)
	}
	return out, err
}
