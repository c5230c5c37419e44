package field

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// listRow is what is stored of a list.
type listRow struct {
	Key     string `bun:"key"`
	Title   string `bun:"title"`
	Custom  bool   `bun:"custom"`
	Version int64  `bun:"version"`
}

func (v Value) utc() Value {
	v.CreatedAt, v.UpdatedAt = v.CreatedAt.UTC(), v.UpdatedAt.UTC()
	if v.Attributes == nil {
		v.Attributes = Attributes{}
	}
	return v
}

// loadValues returns the values of a list in their order; all means deleted ones too, after the others.
func loadValues(ctx context.Context, tx db.Tx, list string, all bool) ([]Value, error) {
	values := []Value{}
	q := tx.NewSelect().Model(&values).Where("lv.list_key = ?", list).OrderExpr("CASE WHEN lv.active THEN 0 ELSE 1 END, lv.position, lv.id")
	if !all {
		q = q.Where("lv.active")
	}
	err := q.Scan(ctx)
	for i := range values {
		values[i] = values[i].utc()
	}
	return values, err
}

func loadList(ctx context.Context, tx db.Tx, key string) (listRow, error) {
	var l listRow
	err := tx.NewSelect().Table("lookup_list").Column("key", "title", "custom", "version").Where("key = ?", key).Scan(ctx, &l)
	if db.IsNoRows(err) {
		return l, errNotFound
	}
	return l, err
}

// touchList makes changes of one list take turns.
func touchList(ctx context.Context, tx db.Tx, key string) (listRow, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE lookup_list SET version = version WHERE key = ?`, key); err != nil {
		return listRow{}, err
	}
	return loadList(ctx, tx, key)
}

func (s *Lookups) bumpList(ctx context.Context, tx db.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `UPDATE lookup_list SET version = version + 1, updated_at = ? WHERE key = ?`, s.clock.Now(), key)
	return err
}

// touchValue loads an active value of a touched list for a change based on a version.
func touchValue(ctx context.Context, tx db.Tx, list string, id ref.Lookup, version int64) (Value, error) {
	var v Value
	err := tx.NewSelect().Model(&v).Where("lv.list_key = ? AND lv.id = ? AND lv.active", list, id).Scan(ctx)
	if db.IsNoRows(err) {
		return v, errNotFound
	}
	if v = v.utc(); err == nil && v.Version != version {
		err = httpapi.Stale(v.Version, v)
	}
	return v, err
}

func insertValue(ctx context.Context, tx db.Tx, v Value) error {
	_, err := tx.NewInsert().Model(&v).Exec(ctx)
	return nameTaken(err, v.Name)
}

func updateValue(ctx context.Context, tx db.Tx, v *Value) error {
	v.Version++
	_, err := tx.NewUpdate().Model(v).
		Column("name", "name_key", "position", "colour", "icon", "is_default", "attributes", "active", "version", "updated_at").WherePK().Exec(ctx)
	return nameTaken(err, v.Name)
}

func nameTaken(err error, name string) error {
	if db.IsUnique(err) {
		return taken(name)
	}
	return err
}

func taken(name string) error {
	return problem.Newf(problem.Conflict, "name_taken", "There is a value named %q in this list already.", name)
}
