package field

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// The methods of this file run inside an owner's transaction; the owner decided about access before.

// Resolve finds an active value by its id or its name, whatever its case. What does not exist is the problem
// unknown_lookup_value at the given place of the input ("body.usage"), with the values there are.
func (s *Lookups) Resolve(ctx context.Context, tx db.Tx, list, idOrName, place string) (Value, error) {
	var v Value
	err := tx.NewSelect().Model(&v).Where("lv.list_key = ? AND lv.active", list).
		Where("(lv.id = ? OR lv.name_key = ?)", idOrName, ref.NameKey(idOrName)).OrderExpr("CASE WHEN lv.id = ? THEN 0 ELSE 1 END", idOrName).
		Limit(1).Scan(ctx)
	if !db.IsNoRows(err) {
		return v.utc(), err
	}
	values, err := s.Values(ctx, tx, list)
	if err != nil {
		return v, err
	}
	return v, s.unknown(list, idOrName, place, values)
}

// ResolveAll is Resolve for many texts with one query, for imports; what is not found is missing from the map.
func (s *Lookups) ResolveAll(ctx context.Context, tx db.Tx, list string, idsOrNames []string) (map[string]Value, error) {
	values, err := s.Values(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]Value, 2*len(values))
	for _, v := range values {
		byKey[v.NameKey], byKey[string(v.ID)] = v, v
	}
	out := make(map[string]Value, len(idsOrNames))
	for _, text := range idsOrNames {
		if v, ok := byKey[text]; ok {
			out[text] = v
		} else if v, ok := byKey[ref.NameKey(text)]; ok {
			out[text] = v
		}
	}
	return out, nil
}

// Default returns the default of a list, or its first value where none is the default.
func (s *Lookups) Default(ctx context.Context, tx db.Tx, list string) (Value, error) {
	var v Value
	err := tx.NewSelect().Model(&v).Where("lv.list_key = ? AND lv.active", list).
		OrderExpr("CASE WHEN lv.is_default THEN 0 ELSE 1 END, lv.position, lv.id").Limit(1).Scan(ctx)
	if db.IsNoRows(err) {
		return v, problem.Newf(problem.Conflict, "lookup_list_empty", "The list %q has no values. Ask an administrator to add one.", s.title(list))
	}
	return v.utc(), err
}

// Values returns the active values of a list in their order.
func (s *Lookups) Values(ctx context.Context, tx db.Tx, list string) ([]Value, error) {
	return loadValues(ctx, tx, list, false)
}

// ByID returns values by their ids, deleted ones among them, for showing records.
func (s *Lookups) ByID(ctx context.Context, tx db.Tx, ids []ref.Lookup) (map[ref.Lookup]Value, error) {
	out := make(map[ref.Lookup]Value, len(ids))
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []Value
		if err := tx.NewSelect().Model(&rows).Where("lv.id IN (?)", bun.In(chunk)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, v := range rows {
			out[v.ID] = v.utc()
		}
	}
	return out, nil
}

// unknown is the problem of a text that names no value of a list.
func (s *Lookups) unknown(list, text, place string, values []Value) error {
	names := make([]string, 0, len(values))
	for _, v := range values {
		names = append(names, v.Name)
	}
	known := strings.Join(names[:min(len(names), 20)], ", ")
	if len(names) > 20 {
		known += fmt.Sprintf(" and %d more", len(names)-20)
	}
	message := fmt.Sprintf("%q is not a value of the list %q. There are: %s.", shorten(text), s.title(list), known)
	if len(names) == 0 {
		message = fmt.Sprintf("%q is not a value of the list %q, which is empty.", shorten(text), s.title(list))
	}
	return problem.New(problem.Invalid, "unknown_lookup_value", message).
		With(problem.Field{Path: place, Code: "unknown_lookup_value", Message: message, Value: shorten(text)})
}

func (s *Lookups) title(list string) string {
	if l, ok := s.lists[list]; ok {
		return l.Title
	}
	return list
}
