package field

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// The exported methods of this file run inside an owner's transaction; the owner decided about access to the record
// before, and the access to each field is decided here.

// Set gives custom fields of a record new values, by their keys; null or an empty text empties a field, and what is not
// named stays. Faults are noted at place + "." + key ("body.fields.cost_centre").
func (s *Service) Set(ctx context.Context, tx db.Tx, kind string, r Record, values map[string]json.RawMessage, place string) error {
	if len(values) == 0 {
		return nil
	}
	_, err := s.set(ctx, tx, kind, r, values, 0, place)
	return err
}

// SetNew is Set for a record that was just made: fields that are not named get their default.
func (s *Service) SetNew(ctx context.Context, tx db.Tx, kind string, r Record, values map[string]json.RawMessage, place string) error {
	fields, err := loadFields(ctx, tx, kind)
	if err != nil {
		return err
	}
	all := map[string]json.RawMessage{}
	var filled []CustomField
	for _, f := range fields {
		if _, sent := values[f.Key]; !sent && f.forType(r.Type) && len(f.Default) > 0 && string(f.Default) != "null" {
			filled = append(filled, f)
		}
	}
	for k, v := range values {
		all[k] = v
	}
	if err := s.Set(ctx, tx, kind, r, all, place); err != nil {
		return err
	}
	// Defaults are the product's doing, so that they also go where the caller may not write.
	for _, f := range filled {
		var faults problem.Fields
		cells, err := s.cells(ctx, tx, &faults, f, f.Default, place)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			continue // the value it names was deleted since
		}
		if err := saveCells(ctx, tx, f.ID, r.ID, cells); err != nil {
			return err
		}
	}
	return nil
}

// set writes values, appends what changed, and returns the version of the record's fields. version is what the change is
// based on; 0 where it may meet any version.
func (s *Service) set(ctx context.Context, tx db.Tx, kind string, r Record, values map[string]json.RawMessage, version int64, place string) (int64, error) {
	current, err := touchRecord(ctx, tx, kind, r.ID)
	if err != nil {
		return 0, err
	}
	fields, err := loadFields(ctx, tx, kind)
	if err != nil {
		return 0, err
	}
	who, path, err := s.standing(ctx, tx, r)
	if err != nil {
		return 0, err
	}
	if version != 0 && version != current {
		shown, err := s.Values(ctx, tx, kind, []Record{r})
		if err != nil {
			return 0, err
		}
		return 0, httpapi.Stale(current, map[string]any{"values": shown[r.ID]})
	}
	var faults problem.Fields
	next := map[string]map[string][]cell{r.ID: {}}
	var touched []CustomField
	for _, key := range sortedKeys(values) {
		at := slices.IndexFunc(fields, func(f CustomField) bool { return f.Key == key })
		where := place + "." + shorten(key)
		if at < 0 || !fields[at].forType(r.Type) || fields[at].access(who, path) == Hide {
			faults.Add(where, "custom_field_unknown", "Records of this kind and type have no such field.")
			continue
		}
		f := fields[at]
		if f.access(who, path) != Edit {
			faults.Add(where, "custom_field_locked", fmt.Sprintf("You may see %q but not change it.", f.Name))
			continue
		}
		cells, err := s.cells(ctx, tx, &faults, f, values[key], where)
		if err != nil {
			return 0, err
		}
		next[r.ID][f.ID] = cells
		touched = append(touched, f)
	}
	if err := faults.Err("custom_fields_invalid", "The fields cannot be saved like this."); err != nil {
		return 0, err
	}
	changes, err := s.write(ctx, tx, r, touched, next)
	if err != nil || len(changes) == 0 {
		return current, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE custom_field_record SET version = version + 1 WHERE subject_kind = ? AND subject_id = ?`, kind, r.ID); err != nil {
		return 0, err
	}
	return current + 1, s.events.Append(ctx, tx, events.Event{Kind: ValuesChanged, SubjectKind: kind, SubjectID: r.ID, SubjectLabel: r.Label, Unit: r.Unit, Changes: changes})
}

// write stores the cells that differ from those there are and tells the difference in words. What stands in a field that
// not everybody sees is not told.
func (s *Service) write(ctx context.Context, tx db.Tx, r Record, fields []CustomField, next map[string]map[string][]cell) (map[string]events.Change, error) {
	before, err := loadCells(ctx, tx, fields, []string{r.ID})
	if err != nil {
		return nil, err
	}
	old, err := s.names(ctx, tx, fields, before)
	if err != nil {
		return nil, err
	}
	fresh, err := s.names(ctx, tx, fields, next)
	if err != nil {
		return nil, err
	}
	changes := map[string]events.Change{}
	for _, f := range fields {
		from, to := told(show(f.DataType, before[r.ID][f.ID], old)), told(show(f.DataType, next[r.ID][f.ID], fresh))
		if reflect.DeepEqual(from, to) && reflect.DeepEqual(refs(before[r.ID][f.ID]), refs(next[r.ID][f.ID])) {
			continue
		}
		if f.Access == Hide || slices.ContainsFunc(f.Rules, func(r AccessRule) bool { return r.Access == Hide }) {
			from, to = hidden(from), hidden(to)
		}
		changes[f.Name] = events.Change{from, to}
		if err := saveCells(ctx, tx, f.ID, r.ID, next[r.ID][f.ID]); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

func hidden(v any) any {
	if v == nil {
		return nil
	}
	return "(hidden)"
}

func refs(cells []cell) []string {
	out := []string{}
	for _, c := range cells {
		if c.Ref != nil {
			out = append(out, *c.Ref)
		}
	}
	return out
}

// cells reads a value for a field and looks up what it refers to.
func (s *Service) cells(ctx context.Context, tx db.Tx, faults *problem.Fields, f CustomField, raw json.RawMessage, place string) ([]cell, error) {
	cells, fault := read(f.DataType, raw)
	if fault != "" {
		faults.Add(place, "value_invalid", fault)
		return nil, nil
	}
	seen := map[string]bool{}
	kept := cells[:0]
	for _, c := range cells {
		switch {
		case c.Ref == nil:
		case f.DataType == Person:
			var id string
			err := tx.NewSelect().Table("v_person").Column("id").Where("id = ?", *c.Ref).Scan(ctx, &id)
			if db.IsNoRows(err) {
				faults.Add(place, "person_unknown", "There is no such person.")
				return nil, nil
			} else if err != nil {
				return nil, err
			}
		default:
			v, err := s.Lookups.Resolve(ctx, tx, f.List, *c.Ref, place)
			if p := problem.Of(err); p != nil && p.Code == "unknown_lookup_value" {
				*faults = append(*faults, p.Fields...)
				return nil, nil
			} else if err != nil {
				return nil, err
			}
			id := string(v.ID)
			c.Ref = &id
		}
		if c.Ref != nil && seen[*c.Ref] {
			continue
		} else if c.Ref != nil {
			seen[*c.Ref] = true
		}
		kept = append(kept, c)
	}
	return kept, nil
}

// standing tells what the caller is to a record.
func (s *Service) standing(ctx context.Context, tx db.Tx, r Record) (standing.Standing, string, error) {
	who, err := standing.Of(ctx, tx, s.clock.Now())
	if err != nil {
		return who, "", err
	}
	paths, err := standing.Paths(ctx, tx, unitsOf([]Record{r}))
	return who, paths[r.Unit], err
}
