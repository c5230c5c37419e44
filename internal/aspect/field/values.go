package field

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The exported methods of this file run inside an owner's transaction; the owner decided about access to the records
// before.

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func unitsOf(records []Record) []ref.Unit {
	seen := map[ref.Unit]bool{}
	out := []ref.Unit{}
	for _, r := range records {
		if !seen[r.Unit] {
			seen[r.Unit] = true
			out = append(out, r.Unit)
		}
	}
	return out
}

// Values returns what the custom fields of many records hold, by record and key, as the API shows it and only as far as
// the caller may see it. It takes a handful of queries whatever the number of records.
func (s *Service) Values(ctx context.Context, tx db.Tx, kind string, records []Record) (map[string]map[string]any, error) {
	out := make(map[string]map[string]any, len(records))
	fields, err := loadFields(ctx, tx, kind)
	if err != nil || len(fields) == 0 {
		return out, err
	}
	who, err := standing.Of(ctx, tx, s.clock.Now())
	if err != nil {
		return nil, err
	}
	paths, err := standing.Paths(ctx, tx, unitsOf(records))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	cells, err := loadCells(ctx, tx, fields, ids)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx, tx, fields, cells)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		held := map[string]any{}
		for _, f := range fields {
			if v := show(f.DataType, cells[r.ID][f.ID], names); v != nil && f.forType(r.Type) && f.access(who, paths[r.Unit]) != Hide {
				held[f.Key] = v
			}
		}
		out[r.ID] = held
	}
	return out, nil
}

// CheckMandatory refuses with custom_fields_missing when a record that stands, or shall stand, on a status lacks values
// of mandatory fields. Fields that are hidden from the caller count too: somebody else has to fill them in.
func (s *Service) CheckMandatory(ctx context.Context, tx db.Tx, kind, typ, status, id string) error {
	lacking, err := s.lacking(ctx, tx, kind, Record{ID: id, Type: typ, Status: status})
	if err != nil {
		return err
	}
	return missing(lacking, "body.fields")
}

// missing is the problem of fields that must be filled in.
func missing(fields []CustomField, place string) error {
	var faults problem.Fields
	for _, f := range fields {
		faults.Add(place+"."+f.Key, "required", fmt.Sprintf("%q must be filled in first.", f.Name))
	}
	return faults.Err("custom_fields_missing", "Mandatory fields are not filled in.")
}

// lacking returns the mandatory fields of a record that are empty.
func (s *Service) lacking(ctx context.Context, tx db.Tx, kind string, r Record) ([]CustomField, error) {
	fields, err := loadFields(ctx, tx, kind)
	if err != nil {
		return nil, err
	}
	var due []CustomField
	for _, f := range fields {
		demanded, err := s.demanded(ctx, tx, f, r.Type, r.Status)
		if err != nil {
			return nil, err
		}
		if demanded && f.forType(r.Type) {
			due = append(due, f)
		}
	}
	cells, err := loadCells(ctx, tx, due, []string{r.ID})
	return slices.DeleteFunc(due, func(f CustomField) bool { return len(cells[r.ID][f.ID]) > 0 }), err
}

func (s *Service) demanded(ctx context.Context, tx db.Tx, f CustomField, typ, status string) (bool, error) {
	switch {
	case f.Mandatory == Always:
		return true, nil
	case f.Mandatory != FromStatus || status == "":
		return false, nil
	case s.statuses == nil:
		return ref.NameKey(status) == ref.NameKey(f.FromStatus), nil
	}
	return s.statuses.Reached(ctx, tx, f.Subject, typ, status, f.FromStatus)
}

// CopyRecord gives a record the values of another one of its kind, for duplicates.
func (s *Service) CopyRecord(ctx context.Context, tx db.Tx, kind, from, to string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO custom_field_value (field_id, subject_id, ordinal, text_value, number_value, time_value, boolean_value, ref_value)
		SELECT v.field_id, ?, v.ordinal, v.text_value, v.number_value, v.time_value, v.boolean_value, v.ref_value FROM custom_field_value v
		JOIN custom_field f ON f.id = v.field_id WHERE f.subject_kind = ? AND v.subject_id = ?`, to, kind, from)
	return err
}

// ForgetRecord drops what a record that is deleted holds; the deletion itself is the event.
func (s *Service) ForgetRecord(ctx context.Context, tx db.Tx, kind, id string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM custom_field_value WHERE subject_id = ? AND field_id IN (SELECT id FROM custom_field WHERE subject_kind = ?)`, id, kind); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM custom_field_record WHERE subject_kind = ? AND subject_id = ?`, kind, id)
	return err
}
