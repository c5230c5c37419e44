package catalog

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Direction tells which way to look along dependencies.
type Direction string

// The directions: what an application needs, what needs it, and both.
const (
	Upstream   Direction = "upstream"
	Downstream Direction = "downstream"
	Both       Direction = "both"
)

// DependencyFilter narrows a listing of dependencies; empty members do not narrow.
type DependencyFilter struct {
	// Application keeps the dependencies of one application, named by id or key, in a direction seen from it.
	Application string
	Direction   Direction
	// Unit keeps dependencies of which either end lies in a unit or below it.
	Unit ref.Unit
	Type []DependencyType
}

// ListDependencies returns a page of the dependencies whose both ends the caller may see, and how many others match of
// which only one end is in sight.
func (s *Service) ListDependencies(ctx context.Context, f DependencyFilter, cursor string, limit int) (page httpapi.Page[Linked], hidden int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		page.Items = []Linked{}
		narrowed, possible, err := narrowDependencies(ctx, tx, f)
		if err != nil || !possible {
			return err
		}
		canFrom, argsFrom := authz.Condition(ctx, PermView, "fa.unit_id")
		canTo, argsTo := authz.Condition(ctx, PermView, "ta.unit_id")
		if canFrom != "" {
			q := narrowed(dependencyRows(tx)).Where("(("+canFrom+") OR ("+canTo+"))", append(append([]any{}, argsFrom...), argsTo...)...).
				Where("NOT (("+canFrom+") AND ("+canTo+"))", append(append([]any{}, argsFrom...), argsTo...)...)
			if hidden, err = q.Count(ctx); err != nil {
				return err
			}
		}
		q := narrowed(dependencyRows(tx)).ColumnExpr("d.*").OrderExpr("d.id").Limit(int64(limit) + 1)
		if canFrom != "" {
			q = q.Where(canFrom, argsFrom...).Where(canTo, argsTo...)
		}
		var after string
		more, err := httpapi.DecodeCursor(cursor, &after)
		if err != nil {
			return err
		}
		if more {
			q = q.Where("d.id > ?", after)
		}
		var rows []Dependency
		if err := q.Scan(ctx, &rows); err != nil {
			return err
		}
		list, err := s.link(ctx, tx, rows)
		page = httpapi.NewPage(list, limit, func(l Linked) []any { return []any{l.ID} })
		return err
	})
	return page, hidden, err
}

func dependencyRows(tx db.Tx) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("dependency AS d").
		Join("JOIN application AS fa ON fa.id = d.from_id").Join("JOIN application AS ta ON ta.id = d.to_id")
}

// narrowDependencies returns how to narrow a query to what the filter keeps; possible is false when it keeps nothing.
func narrowDependencies(ctx context.Context, tx db.Tx, f DependencyFilter) (narrow func(*bun.SelectQuery) *bun.SelectQuery, possible bool, err error) {
	var app Application
	if f.Application != "" {
		app, err = mayApplication(ctx, tx, PermView, f.Application)
		if problem.KindOf(err) == problem.NotFound {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	path := ""
	if f.Unit != "" {
		err = tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path)
		if db.IsNoRows(err) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		switch {
		case app.ID == "":
		case f.Direction == Upstream:
			q = q.Where("d.from_id = ?", app.ID)
		case f.Direction == Downstream:
			q = q.Where("d.to_id = ?", app.ID)
		default:
			q = q.Where("(d.from_id = ? OR d.to_id = ?)", app.ID, app.ID)
		}
		if path != "" {
			lo, hi := authz.PathRange(path)
			q = q.Where("(fa.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?) OR ta.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?))", lo, hi, lo, hi)
		}
		if len(f.Type) > 0 {
			q = q.Where("d.type IN (?)", bun.In(f.Type))
		}
		return q
	}, true, nil
}

// link adds both ends to dependencies, and whether they are part of a circle.
func (s *Service) link(ctx context.Context, tx db.Tx, rows []Dependency) ([]Linked, error) {
	ids := make([]ref.App, 0, 2*len(rows))
	for _, d := range rows {
		ids = append(ids, d.From, d.To)
	}
	apps, err := applicationsByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	circle, err := s.circles(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := make([]Linked, len(rows))
	for i, d := range rows {
		d.CreatedAt, d.UpdatedAt = d.CreatedAt.UTC(), d.UpdatedAt.UTC()
		out[i] = Linked{Dependency: d, FromApp: apps[d.From], ToApp: apps[d.To], InCycle: circle[d.From] > 0 && circle[d.From] == circle[d.To]}
	}
	return out, nil
}

func applicationsByID(ctx context.Context, tx db.Tx, ids []ref.App) (map[ref.App]Application, error) {
	out := make(map[ref.App]Application, len(ids))
	for _, chunk := range db.Chunks(ids, 1000) {
		var rows []Application
		if err := tx.NewSelect().Model(&rows).Where("a.id IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, a := range rows {
			out[a.ID] = a.utc()
		}
	}
	return out, nil
}
