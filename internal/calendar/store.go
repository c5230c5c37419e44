package calendar

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// touch gives the calendar a fresh revision, so that nobody goes on with what it was before. A token that is rolled back is
// never seen again, which a counter could not promise.
func touch(ctx context.Context, tx db.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE calendar_revision SET revision = ? WHERE id = 1`, ref.New[string]())
	return err
}

func revision(ctx context.Context, tx db.Tx) (string, error) {
	var token string
	err := tx.NewSelect().Table("calendar_revision").Column("revision").Where("id = 1").Scan(ctx, &token)
	return token, err
}

// visible narrows a query over calendar_window AS w to what the caller may see: windows of the units he sees, windows meant
// for something there, and those of a unit above that cover it.
func visible(ctx context.Context) func(*bun.SelectQuery) *bun.SelectQuery {
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		own, args := authz.Condition(ctx, PermView, "w.unit_id")
		if own == "" {
			return q
		}
		scope, scopeArgs := authz.Condition(ctx, PermView, "s.unit_id")
		above := aboveOf(authz.From(ctx).Paths(PermView))
		if len(above) == 0 {
			return q.Where("1 = 0")
		}
		args = append(append(args, scopeArgs...), bun.In(above))
		return q.Where("("+own+" OR EXISTS (SELECT 1 FROM calendar_window_scope AS s WHERE s.window_id = w.id AND ("+scope+" OR s.kind = 'unit' AND s.target_id IN (?))))", args...)
	}
}

// aboveOf returns the units on the way to some paths, themselves included.
func aboveOf(paths []string) []string {
	var out []string
	for _, p := range paths {
		for id := range strings.SplitSeq(strings.Trim(p, "/"), "/") {
			if id != "" {
				out = append(out, id)
			}
		}
	}
	return out
}

// findWindow returns a window the caller may see, or the not-found problem.
func findWindow(ctx context.Context, tx db.Tx, kind Kind, id string) (Window, error) {
	var w Window
	if authz.From(ctx) == nil {
		return w, authz.ErrUnauthenticated
	}
	err := tx.NewSelect().Model(&w).Where("w.id = ? AND w.kind = ?", id, kind).Apply(visible(ctx)).Scan(ctx)
	if db.IsNoRows(err) {
		return w, authz.ErrNotFound
	}
	if err != nil {
		return w, err
	}
	w.utc()
	return w, loadScopes(ctx, tx, []*Window{&w})
}

// mayWindow returns a window that the caller may manage.
func mayWindow(ctx context.Context, tx db.Tx, kind Kind, id string) (Window, error) {
	w, err := findWindow(ctx, tx, kind, id)
	if err != nil {
		return w, err
	}
	return w, mayManage(ctx, tx, w.Unit)
}

// mayManage tells somebody who sees a record of a unit above his own that he may not change it, rather than that it is not
// there.
func mayManage(ctx context.Context, tx db.Tx, unit ref.Unit) error {
	err := authz.CheckUnit(ctx, tx, PermManage, unit)
	if problem.KindOf(err) == problem.NotFound {
		return authz.Forbidden(PermManage)
	}
	return err
}

// loadScopes fills in what windows are meant for: one query for all.
func loadScopes(ctx context.Context, tx db.Tx, list []*Window) error {
	at := make(map[string]*Window, len(list))
	ids := make([]string, len(list))
	for i, w := range list {
		at[w.ID], ids[i] = w, w.ID
		w.Scope = []Target{}
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []Target
		if err := tx.NewSelect().Model(&rows).Where("s.window_id IN (?)", bun.In(chunk)).OrderExpr("s.kind, s.label, s.target_id").Scan(ctx); err != nil {
			return err
		}
		for _, r := range rows {
			at[r.Window].Scope = append(at[r.Window].Scope, r)
		}
	}
	return nil
}

func insertWindow(ctx context.Context, tx db.Tx, w *Window) error {
	if _, err := tx.NewInsert().Model(w).Exec(ctx); err != nil {
		return err
	}
	return insertScope(ctx, tx, w)
}

func insertScope(ctx context.Context, tx db.Tx, w *Window) error {
	for i := range w.Scope {
		w.Scope[i].Window = w.ID
	}
	if len(w.Scope) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&w.Scope).Exec(ctx)
	return err
}

// updateWindow writes a window one version on; stale is true when somebody was faster.
func updateWindow(ctx context.Context, tx db.Tx, w *Window) (stale bool, err error) {
	res, err := tx.NewUpdate().Model(w).
		Column("name", "name_key", "description", "type_id", "unit_id", "from_at", "to_at", "ends_at", "zone", "rule", "skip", "refuses_booking", "refuses_deployment", "on_schedule", "state", "updated_at").
		Set("version = version + 1").Where("id = ? AND version = ?", w.ID, w.Version).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return true, err
	}
	w.Version++
	if _, err := tx.NewDelete().Model((*Target)(nil)).Where("window_id = ?", w.ID).Exec(ctx); err != nil {
		return false, err
	}
	return false, insertScope(ctx, tx, w)
}

// findType returns a freeze type by its id or its name.
func findType(ctx context.Context, tx db.Tx, idOrName string) (FreezeType, error) {
	var t FreezeType
	err := tx.NewSelect().Model(&t).Where("t.id = ? OR t.name_key = ?", idOrName, ref.NameKey(idOrName)).
		OrderExpr("CASE WHEN t.id = ? THEN 0 ELSE 1 END", idOrName).Limit(1).Scan(ctx)
	if db.IsNoRows(err) {
		return t, authz.ErrNotFound
	}
	return t.utc(), err
}

func (t FreezeType) utc() FreezeType {
	t.CreatedAt, t.UpdatedAt = t.CreatedAt.UTC(), t.UpdatedAt.UTC()
	return t
}

// unitRow is a unit as its owner publishes it.
type unitRow struct {
	ID   ref.Unit `bun:"id"`
	Name string   `bun:"name"`
	Path string   `bun:"path"`
}

// unitsOf returns units by id; those that do not exist are left out.
func unitsOf(ctx context.Context, tx db.Tx, ids []ref.Unit) (map[ref.Unit]unitRow, error) {
	out := make(map[ref.Unit]unitRow, len(ids))
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []unitRow
		if err := tx.NewSelect().TableExpr("v_unit").ColumnExpr("id, name, path").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r
		}
	}
	return out, nil
}

// rootUnit returns the unit above all others.
func rootUnit(ctx context.Context, tx db.Tx) (unitRow, error) {
	var u unitRow
	err := tx.NewSelect().TableExpr("v_unit").ColumnExpr("id, name, path").Where("depth = 0").Limit(1).Scan(ctx, &u)
	if db.IsNoRows(err) {
		return u, authz.ErrNotFound
	}
	return u, err
}
