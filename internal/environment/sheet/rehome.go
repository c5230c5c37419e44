package sheet

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Rehome moves the imports and mappings of a unit that is deleted to another, in the caller's transaction. A mapping whose name
// is taken there is forgotten, a row that is known there keeps its record.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	for _, statement := range []string{
		`UPDATE sheet_import SET unit_id = ?0, version = version + 1 WHERE unit_id = ?1`,
		`DELETE FROM sheet_mapping WHERE unit_id = ?1 AND name_key <> '' AND EXISTS (SELECT 1 FROM sheet_mapping AS o WHERE o.unit_id = ?0 AND o.kind = sheet_mapping.kind AND o.name_key = sheet_mapping.name_key)`,
		`UPDATE sheet_mapping SET unit_id = ?0 WHERE unit_id = ?1`,
		`DELETE FROM sheet_reference WHERE unit_id = ?1 AND EXISTS (SELECT 1 FROM sheet_reference AS o WHERE o.unit_id = ?0 AND o.kind = sheet_reference.kind
			AND o.source_key = sheet_reference.source_key AND o.reference_key = sheet_reference.reference_key)`,
		`UPDATE sheet_reference SET unit_id = ?0 WHERE unit_id = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, to, from); err != nil {
			return err
		}
	}
	return nil
}

// RehomePreview says what Rehome would move.
func (s *Service) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	n, err := tx.NewSelect().Table("sheet_import").Where("unit_id = ? AND state <> 'discarded'", from).Count(ctx)
	if err != nil || n == 0 {
		return nil, err
	}
	if n == 1 {
		return []string{"1 import of a spreadsheet"}, nil
	}
	return []string{fmt.Sprintf("%d imports of spreadsheets", n)}, nil
}
