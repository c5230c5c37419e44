package authz

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Filter narrows a listing to the rows whose unit column lies inside the units on which the caller holds perm. Every
// query that lists records applies it: q.Apply(authz.Filter(ctx, perm, "a.unit_id")).
func Filter(ctx context.Context, perm Permission, column string) func(*bun.SelectQuery) *bun.SelectQuery {
	cond, args := Condition(ctx, perm, column)
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		if cond == "" {
			return q
		}
		return q.Where(cond, args...)
	}
}

// Condition is [Filter] as a SQL condition with its arguments, for hand-written queries; "" means no narrowing.
func Condition(ctx context.Context, perm Permission, column string) (string, []any) {
	p := From(ctx)
	if p == nil {
		return "1 = 0", nil
	}
	if p.Everywhere(perm) {
		return "", nil
	}
	paths := p.Paths(perm)
	if len(paths) == 0 {
		return "1 = 0", nil
	}
	var b strings.Builder
	var args []any
	b.WriteString(column + " IN (SELECT id FROM v_unit WHERE ")
	for i, path := range paths {
		if i > 0 {
			b.WriteString(" OR ")
		}
		lo, hi := PathRange(path)
		b.WriteString("(path >= ? AND path < ?)")
		args = append(args, lo, hi)
	}
	b.WriteString(")")
	return b.String(), args
}

// PathRange returns the half-open range of paths at or below path, for a comparison an index can serve. Paths are made
// of characters below '~'.
func PathRange(path string) (from, to string) { return path, path + "~" }

// CheckUnit is [Check] for a unit known by its id.
func CheckUnit(ctx context.Context, tx db.Tx, perm Permission, unit ref.Unit) error {
	if From(ctx) == nil {
		return ErrUnauthenticated
	}
	var path string
	err := tx.NewSelect().TableExpr("v_unit").Column("path").Where("id = ?", unit).Scan(ctx, &path)
	if db.IsNoRows(err) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	return Check(ctx, perm, path)
}
