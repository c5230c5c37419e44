package environmenttest

import (
	"context"

	"millrace/internal/aspect/field"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Lookups finds values of lists by their names.
type Lookups struct{ w *World }

// ID returns the id of a value by its name; there must be one.
func (l *Lookups) ID(list, name string) ref.Lookup {
	l.w.T.Helper()
	var v field.Value
	err := l.w.DB.Read(l.w.Ctx, func(ctx context.Context, tx db.Tx) (err error) {
		v, err = l.w.Fields.Lookups.Resolve(ctx, tx, list, name, "")
		return err
	})
	if err != nil {
		l.w.T.Fatal(err)
	}
	return v.ID
}
