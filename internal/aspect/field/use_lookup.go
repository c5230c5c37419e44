package field

import (
	"context"
	"encoding/json"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// LookupUse tells how many records carry a value of a list in a custom field.
func (s *Service) LookupUse(ctx context.Context, tx db.Tx, _ string, id ref.Lookup) (int64, string, error) {
	var n int64
	err := tx.NewSelect().Table("custom_field_value").ColumnExpr("COUNT(DISTINCT subject_id)").Where("ref_value = ?", id).Scan(ctx, &n)
	return n, "records with it in a custom field", err
}

// ReplaceLookup gives those records another value, and the fields that have the old one as their default too.
func (s *Service) ReplaceLookup(ctx context.Context, tx db.Tx, list string, from, to Value) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM custom_field_value WHERE ref_value = ? AND EXISTS (SELECT 1 FROM custom_field_value o
		WHERE o.field_id = custom_field_value.field_id AND o.subject_id = custom_field_value.subject_id AND o.ref_value = ?)`, from.ID, to.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE custom_field_value SET ref_value = ? WHERE ref_value = ?`, to.ID, from.ID); err != nil {
		return err
	}
	fields, err := loadFields(ctx, tx, "")
	if err != nil {
		return err
	}
	for _, f := range fields {
		var one string
		if f.List != list || json.Unmarshal(f.Default, &one) != nil || one != string(from.ID) && ref.NameKey(one) != from.NameKey {
			continue
		}
		raw, err := json.Marshal(string(to.ID))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE custom_field SET default_value = ?, version = version + 1 WHERE id = ?`, string(raw), f.ID); err != nil {
			return err
		}
	}
	return nil
}
