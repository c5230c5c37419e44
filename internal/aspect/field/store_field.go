package field

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// loadFields returns the custom fields of a kind of record in their order; "" means of all kinds.
func loadFields(ctx context.Context, tx db.Tx, subject string) ([]CustomField, error) {
	fields := []CustomField{}
	q := tx.NewSelect().Model(&fields).OrderExpr("cf.subject_kind, cf.position, cf.id")
	if subject != "" {
		q = q.Where("cf.subject_kind = ?", subject)
	}
	err := q.Scan(ctx)
	for i := range fields {
		fields[i] = fields[i].tidied()
	}
	return fields, err
}

func (f CustomField) tidied() CustomField {
	f.CreatedAt, f.UpdatedAt = f.CreatedAt.UTC(), f.UpdatedAt.UTC()
	if f.Rules == nil {
		f.Rules = []AccessRule{}
	}
	f.Default = json.RawMessage(f.DefaultText)
	return f
}

func loadField(ctx context.Context, tx db.Tx, id string) (CustomField, error) {
	var f CustomField
	err := tx.NewSelect().Model(&f).Where("cf.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return f, errNotFound
	}
	return f.tidied(), err
}

func touchField(ctx context.Context, tx db.Tx, id string, version int64) (CustomField, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE custom_field SET version = version WHERE id = ?`, id); err != nil {
		return CustomField{}, err
	}
	f, err := loadField(ctx, tx, id)
	if err == nil && f.Version != version {
		err = httpapi.Stale(f.Version, f)
	}
	return f, err
}

// loadCells returns what records hold, by record and field, each in its order.
func loadCells(ctx context.Context, tx db.Tx, fields []CustomField, subjects []string) (map[string]map[string][]cell, error) {
	out := map[string]map[string][]cell{}
	if len(fields) == 0 {
		return out, nil
	}
	ids := make([]string, len(fields))
	for i, f := range fields {
		ids[i] = f.ID
	}
	for _, chunk := range db.Chunks(subjects, 500) {
		var rows []cell
		err := tx.NewSelect().Table("custom_field_value").ColumnExpr("*").Where("subject_id IN (?)", bun.In(chunk)).Where("field_id IN (?)", bun.In(ids)).
			OrderExpr("subject_id, field_id, ordinal").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, c := range rows {
			if out[c.Subject] == nil {
				out[c.Subject] = map[string][]cell{}
			}
			out[c.Subject][c.Field] = append(out[c.Subject][c.Field], c)
		}
	}
	return out, nil
}

// names returns what the references in cells are called, with one query for lists and one for persons.
func (s *Service) names(ctx context.Context, tx db.Tx, fields []CustomField, cells map[string]map[string][]cell) (map[string]Named, error) {
	persons := map[string]bool{}
	for _, f := range fields {
		persons[f.ID] = f.DataType == Person
	}
	var lookups []ref.Lookup
	var people []string
	for _, byField := range cells {
		for field, list := range byField {
			for _, c := range list {
				switch {
				case c.Ref == nil:
				case persons[field]:
					people = append(people, *c.Ref)
				default:
					lookups = append(lookups, ref.Lookup(*c.Ref))
				}
			}
		}
	}
	out := map[string]Named{}
	values, err := s.Lookups.ByID(ctx, tx, lookups)
	if err != nil {
		return nil, err
	}
	for id, v := range values {
		out[string(id)] = Named{ID: string(id), Name: v.Name, Colour: v.Colour, Gone: !v.Active}
	}
	for _, chunk := range db.Chunks(people, 500) {
		var rows []Named
		if err := tx.NewSelect().Table("v_person").Column("id", "name").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, n := range rows {
			out[n.ID] = n
		}
	}
	return out, nil
}

// saveCells puts the cells of one field of one record in the place of those there are.
func saveCells(ctx context.Context, tx db.Tx, field, subject string, cells []cell) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM custom_field_value WHERE field_id = ? AND subject_id = ?`, field, subject); err != nil {
		return err
	}
	for i, c := range cells {
		_, err := tx.ExecContext(ctx, `INSERT INTO custom_field_value (field_id, subject_id, ordinal, text_value, number_value, time_value, boolean_value, ref_value)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, field, subject, i, c.Text, c.Number, c.Time, c.Boolean, c.Ref)
		if err != nil {
			return err
		}
	}
	return nil
}

// fieldsVersion returns the version of a record's fields; a record whose fields were never set stands at 1.
func fieldsVersion(ctx context.Context, tx db.Tx, kind, id string) (int64, error) {
	var version int64
	err := tx.NewSelect().Table("custom_field_record").Column("version").Where("subject_kind = ? AND subject_id = ?", kind, id).Scan(ctx, &version)
	if db.IsNoRows(err) {
		return 1, nil
	}
	return version, err
}

// touchRecord makes changes of one record's fields take turns and returns their version.
func touchRecord(ctx context.Context, tx db.Tx, kind, id string) (int64, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO custom_field_record (subject_kind, subject_id, version) VALUES (?, ?, 1)
		ON CONFLICT (subject_kind, subject_id) DO UPDATE SET version = custom_field_record.version`, kind, id)
	if err != nil {
		return 0, err
	}
	return fieldsVersion(ctx, tx, kind, id)
}
