package field

import (
	"context"
	"fmt"
	"slices"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Delete takes a value out of a list. With another value in replaceWith, an id or a name, every record that carries it
// gets that one in the same transaction; without one the records keep the name of the deleted value. With dry set
// nothing is saved.
func (s *Lookups) Delete(ctx context.Context, list string, id ref.Lookup, version int64, replaceWith string, dry bool) ([]Consequence, error) {
	more := []Consequence{}
	err := s.change(ctx, list, func(ctx context.Context, tx db.Tx, _ listRow) error {
		more = []Consequence{}
		v, err := touchValue(ctx, tx, list, id, version)
		if err != nil {
			return err
		}
		var instead *Value
		if replaceWith != "" {
			other, err := s.Resolve(ctx, tx, list, replaceWith, "query.replaceWith")
			if err != nil {
				return err
			}
			if other.ID == v.ID {
				return problem.New(problem.Invalid, "replace_with_itself", "A value cannot be replaced with itself.")
			}
			instead = &other
		}
		if more, err = s.replace(ctx, tx, v, instead); err != nil {
			return err
		}
		if err := s.retire(ctx, tx, v, instead); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	return more, dryRun(err)
}

// replace asks every owner to give its records another value, or only counts them where there is none.
func (s *Lookups) replace(ctx context.Context, tx db.Tx, v Value, instead *Value) ([]Consequence, error) {
	more := []Consequence{}
	for _, u := range append(slices.Clone(s.users[v.List]), s.fields) {
		n, what, err := u.LookupUse(ctx, tx, v.List, v.ID)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		c := Consequence{Kind: "records_keep", Count: n, Message: fmt.Sprintf("%d %s keep the name %q.", n, what, v.Name)}
		if instead != nil {
			c.Kind, c.Message = "records_replaced", fmt.Sprintf("%d %s get %q.", n, what, instead.Name)
			if err := u.ReplaceLookup(ctx, tx, v.List, v, *instead); err != nil {
				return nil, err
			}
		}
		more = append(more, c)
	}
	return more, nil
}

// retire makes a value inactive; the one that takes its place becomes the default where it was.
func (s *Lookups) retire(ctx context.Context, tx db.Tx, v Value, instead *Value) error {
	before, data := v, map[string]any{"instead": ""}
	if instead != nil {
		data["instead"], data["replacedWith"] = " and put "+instead.Name+" in its place", instead.Name
	}
	v.Active, v.Default, v.UpdatedAt = false, false, s.clock.Now()
	if err := updateValue(ctx, tx, &v); err != nil {
		return err
	}
	if err := s.append(ctx, tx, LookupDeleted, &before, nil, data); err != nil {
		return err
	}
	if instead != nil && before.Default {
		return s.makeDefault(ctx, tx, instead)
	}
	return nil
}
