package field

import (
	"context"
	"slices"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewValue is what Create takes.
type NewValue struct {
	Name       string     `json:"name"`
	Colour     string     `json:"colour,omitempty" doc:"#rrggbb"`
	Icon       string     `json:"icon,omitempty"`
	Default    bool       `json:"default,omitempty" doc:"Takes it from the value that is the default now."`
	Attributes Attributes `json:"attributes,omitempty"`
}

// ValueChange is what Change takes; members that were not sent stay as they are.
type ValueChange struct {
	Name       httpapi.Optional[string]     `json:"name,omitzero"`
	Colour     httpapi.Optional[string]     `json:"colour,omitzero"`
	Icon       httpapi.Optional[string]     `json:"icon,omitzero"`
	Default    httpapi.Optional[bool]       `json:"default,omitzero"`
	Attributes httpapi.Optional[Attributes] `json:"attributes,omitzero" doc:"Members sent as null are cleared; those not sent stay."`
}

// Create adds a value at the end of a list. The name of a value that was deleted brings that one back, so that old
// records and new ones agree.
func (s *Lookups) Create(ctx context.Context, list string, in NewValue) (Value, error) {
	var v Value
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		v, err = s.Add(ctx, tx, list, in)
		return err
	})
	return v, err
}

// Add is Create inside the caller's transaction, for imports.
func (s *Lookups) Add(ctx context.Context, tx db.Tx, list string, in NewValue) (v Value, err error) {
	err = s.changeIn(ctx, tx, list, func(ctx context.Context, tx db.Tx, _ listRow) (err error) {
		v, err = s.add(ctx, tx, list, in)
		return err
	})
	return v, err
}

func (s *Lookups) add(ctx context.Context, tx db.Tx, list string, in NewValue) (Value, error) {
	v := Value{ID: ref.New[ref.Lookup](), List: list, Name: in.Name, Colour: in.Colour, Icon: in.Icon, Attributes: in.Attributes, Active: true, Version: 1}
	var faults problem.Fields
	checkValue(&faults, "body", &v, s.lists[list].Attributes)
	if err := faults.Err("lookup_invalid", "The value cannot be saved like this."); err != nil {
		return v, err
	}
	values, err := loadValues(ctx, tx, list, true)
	if err != nil {
		return v, err
	}
	if slices.ContainsFunc(values, func(o Value) bool { return o.Active && o.NameKey == v.NameKey }) {
		return v, taken(v.Name)
	}
	if len(values) >= maxValues {
		return v, problem.Newf(problem.Invalid, "too_many_values", "A list has at most %d values.", maxValues)
	}
	var old *Value
	for i := range values {
		v.Order = max(v.Order, values[i].Order)
		if values[i].NameKey == v.NameKey {
			old = &values[i]
		}
	}
	v.Order++
	v.CreatedAt, v.UpdatedAt = s.clock.Now(), s.clock.Now()
	if old != nil {
		v.ID, v.CreatedAt, v.Version = old.ID, old.CreatedAt, old.Version
		err = updateValue(ctx, tx, &v)
	} else {
		err = insertValue(ctx, tx, v)
	}
	if err != nil {
		return v, err
	}
	if err := s.append(ctx, tx, LookupCreated, nil, &v, nil); err != nil || !in.Default {
		return v, err
	}
	return v, s.makeDefault(ctx, tx, &v)
}

// Change edits a value. Making it the default takes that from the value that was.
func (s *Lookups) Change(ctx context.Context, list string, id ref.Lookup, version int64, in ValueChange) (Value, error) {
	var v Value
	err := s.change(ctx, list, func(ctx context.Context, tx db.Tx, _ listRow) (err error) {
		if v, err = touchValue(ctx, tx, list, id, version); err != nil {
			return err
		}
		before := v
		in.apply(&v)
		var faults problem.Fields
		checkValue(&faults, "body", &v, s.lists[list].Attributes)
		if err := faults.Err("lookup_invalid", "The value cannot be saved like this."); err != nil {
			return err
		}
		if in.Default.Set && !in.Default.Value {
			v.Default = false
		}
		if len(events.Diff(before, v)) > 0 {
			v.UpdatedAt = s.clock.Now()
			if err := updateValue(ctx, tx, &v); err != nil {
				return err
			}
			if err := s.append(ctx, tx, LookupChanged, &before, &v, nil); err != nil {
				return err
			}
		}
		if in.Default.Value && !v.Default {
			return s.makeDefault(ctx, tx, &v)
		}
		return nil
	})
	return v, err
}

func (in ValueChange) apply(v *Value) {
	for _, f := range []struct {
		from httpapi.Optional[string]
		into *string
	}{{in.Name, &v.Name}, {in.Colour, &v.Colour}, {in.Icon, &v.Icon}} {
		if f.from.Set {
			*f.into = f.from.Value
		}
	}
	if in.Attributes.Set {
		after := Attributes{}
		if !in.Attributes.Null {
			for k, old := range v.Attributes {
				after[k] = old
			}
		}
		for k, value := range in.Attributes.Value {
			if value == nil {
				delete(after, k)
			} else {
				after[k] = value
			}
		}
		v.Attributes = after
	}
}

// makeDefault moves the default of a list to a value.
func (s *Lookups) makeDefault(ctx context.Context, tx db.Tx, v *Value) error {
	var others []Value
	if err := tx.NewSelect().Model(&others).Where("lv.list_key = ? AND lv.active AND lv.is_default AND lv.id <> ?", v.List, v.ID).Scan(ctx); err != nil {
		return err
	}
	for _, o := range append(others, *v) {
		before, after := o.utc(), o.utc()
		after.Default, after.UpdatedAt = o.ID == v.ID, s.clock.Now()
		if err := updateValue(ctx, tx, &after); err != nil {
			return err
		}
		if err := s.append(ctx, tx, LookupChanged, &before, &after, nil); err != nil {
			return err
		}
		if o.ID == v.ID {
			*v = after
		}
	}
	return nil
}

// change runs one change of a list's values for somebody who may keep lists.
func (s *Lookups) change(ctx context.Context, list string, fn func(ctx context.Context, tx db.Tx, l listRow) error) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error { return s.changeIn(ctx, tx, list, fn) })
}

func (s *Lookups) changeIn(ctx context.Context, tx db.Tx, list string, fn func(ctx context.Context, tx db.Tx, l listRow) error) error {
	if err := everywhere(ctx, PermManageLookup); err != nil {
		return err
	}
	l, err := touchList(ctx, tx, list)
	if err != nil {
		return err
	}
	if err := fn(ctx, tx, l); err != nil {
		return err
	}
	return s.bumpList(ctx, tx, list)
}

// append says what happened to a value.
func (s *Lookups) append(ctx context.Context, tx db.Tx, kind events.Kind, before, after *Value, data map[string]any) error {
	about := after
	if about == nil {
		about = before
	}
	if data == nil {
		data = map[string]any{}
	}
	data["list"], data["listKey"] = s.title(about.List), about.List
	return s.events.Append(ctx, tx, events.Event{
		Kind: kind, SubjectID: string(about.ID), SubjectLabel: about.Name, Changes: events.Diff(before, after, "list", "order", "active"), Data: data,
	})
}
