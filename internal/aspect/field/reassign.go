package field

import (
	"context"
	"fmt"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// The methods of this file are what people calls when somebody leaves; people decided about access.

// Reassign puts another person in the place of one in the fields of records, and says how many. Fields have no date: they
// are open work, and the scope "future" leaves them.
func (s *Service) Reassign(ctx context.Context, tx db.Tx, from, to ref.Person, scope string) ([]string, error) {
	if scope == "future" {
		return nil, nil
	}
	return s.change(ctx, tx, `UPDATE custom_field_value SET ref_value = ? WHERE ref_value = ?`, "A person in the custom fields of %d records.", to, from)
}

// Forget empties the fields of records that name a person who is deleted, and says how many.
func (s *Service) Forget(ctx context.Context, tx db.Tx, person ref.Person) ([]string, error) {
	return s.change(ctx, tx, `DELETE FROM custom_field_value WHERE ref_value = ?`, "A person in the custom fields of %d records is emptied.", person)
}

func (s *Service) change(ctx context.Context, tx db.Tx, query, sentence string, args ...any) ([]string, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf(sentence, n)}, nil
}
