package field

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Op compares the value of a custom field in a filter.
type Op string

// The comparisons.
const (
	Equals   Op = "eq"
	Less     Op = "lt"
	AtMost   Op = "lte"
	Greater  Op = "gt"
	AtLeast  Op = "gte"
	Contains Op = "contains"
	Empty    Op = "empty"
)

var comparisons = map[Op]string{Equals: "=", Less: "<", AtMost: "<=", Greater: ">", AtLeast: ">="}

// Filter returns a condition that keeps the records of a kind, named by their id column, whose field compares so with a
// value as text. A field that not everybody may see can be filtered by those alone who see it on every record, because a
// filter would tell what it holds.
func (s *Service) Filter(ctx context.Context, tx db.Tx, kind, column, key string, op Op, value string) (cond string, args []any, err error) {
	f, err := s.visible(ctx, tx, kind, key)
	if err != nil {
		return "", nil, err
	}
	inner, args, err := s.compare(ctx, tx, f, op, value)
	if err != nil {
		return "", nil, err
	}
	in := " IN "
	if op == Empty {
		in = " NOT IN "
	}
	return column + in + "(SELECT subject_id FROM custom_field_value WHERE field_id = ?" + inner + ")", append([]any{f.ID}, args...), nil
}

// FilterAll is the conditions of several filters as an address carries them: "key:op:value", or "key:value" for equal.
func (s *Service) FilterAll(ctx context.Context, tx db.Tx, kind, column string, filters []string) (func(*bun.SelectQuery) *bun.SelectQuery, error) {
	type one struct {
		cond string
		args []any
	}
	var all []one
	for _, text := range filters {
		key, rest, _ := strings.Cut(text, ":")
		op, value, named := strings.Cut(rest, ":")
		if _, known := comparisons[Op(op)]; !named && Op(op) != Empty || !known && Op(op) != Contains && Op(op) != Empty {
			op, value = string(Equals), rest
		}
		cond, args, err := s.Filter(ctx, tx, kind, column, key, Op(op), value)
		if err != nil {
			return nil, err
		}
		all = append(all, one{cond, args})
	}
	return func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, o := range all {
			q = q.Where(o.cond, o.args...)
		}
		return q
	}, nil
}

// Sort returns an expression by which records of a kind, named by their id column, are ordered by a field, and its
// arguments; records without a value have NULL.
func (s *Service) Sort(ctx context.Context, tx db.Tx, kind, column, key string) (expr string, args []any, err error) {
	f, err := s.visible(ctx, tx, kind, key)
	if err != nil {
		return "", nil, err
	}
	value := "v." + f.DataType.column()
	from := "custom_field_value v"
	switch f.DataType {
	case OneOf, SomeOf:
		value, from = "l.position", from+" JOIN lookup_value l ON l.id = v.ref_value"
	case Person:
		value, from = "p.name", from+" JOIN v_person p ON p.id = v.ref_value"
	}
	return "(SELECT " + value + " FROM " + from + " WHERE v.field_id = ? AND v.ordinal = 0 AND v.subject_id = " + column + ")", []any{f.ID}, nil
}

// visible finds a field by its key for a question about many records.
func (s *Service) visible(ctx context.Context, tx db.Tx, kind, key string) (CustomField, error) {
	fields, err := loadFields(ctx, tx, kind)
	if err != nil {
		return CustomField{}, err
	}
	who, err := standing.Of(ctx, tx, s.clock.Now())
	if err != nil {
		return CustomField{}, err
	}
	var root string
	if err := tx.NewSelect().Table("v_unit").Column("path").Where("parent_id IS NULL").Limit(1).Scan(ctx, &root); err != nil && !db.IsNoRows(err) {
		return CustomField{}, err
	}
	at := slices.IndexFunc(fields, func(f CustomField) bool { return f.Key == key })
	if at < 0 || fields[at].access(who, root) == Hide {
		return CustomField{}, problem.Newf(problem.Invalid, "custom_field_unknown", "There is no custom field %q to filter or sort by.", shorten(key))
	}
	return fields[at], nil
}

// column is where values of a type stand.
func (d DataType) column() string {
	switch d {
	case Number, Decimal, Currency:
		return "number_value"
	case Boolean:
		return "boolean_value"
	case DateTime:
		return "time_value"
	case OneOf, SomeOf, Person:
		return "ref_value"
	}
	return "text_value"
}

func (s *Service) compare(ctx context.Context, tx db.Tx, f CustomField, op Op, value string) (cond string, args []any, err error) {
	bad := func(why string) error {
		return problem.New(problem.Invalid, "filter_invalid", fmt.Sprintf("The filter on %q cannot be used. %s", f.Name, why))
	}
	column := f.DataType.column()
	if !readable(value) {
		return "", nil, bad("It holds characters that cannot be shown.")
	}
	switch {
	case op == Empty:
		return "", nil, nil
	case op == Contains && column == "text_value":
		cond, arg := tx.Contains("text_value", value)
		return " AND " + cond, []any{arg}, nil
	case comparisons[op] == "" || (column == "ref_value" || column == "boolean_value") && op != Equals:
		return "", nil, bad("Fields of this type are not compared like this.")
	}
	raw := json.RawMessage(value)
	switch f.DataType {
	case Number, Boolean:
	case Decimal, Currency:
		f.DataType = Decimal
	default:
		if raw, err = json.Marshal(value); err != nil {
			return "", nil, err
		}
		if f.DataType == SomeOf {
			f.DataType = OneOf
		}
	}
	var faults problem.Fields
	cells, err := s.cells(ctx, tx, &faults, f, raw, "query.field")
	if err != nil {
		return "", nil, err
	}
	if len(faults) > 0 {
		return "", nil, bad(faults[0].Message)
	}
	if len(cells) == 0 {
		return "", nil, bad("It compares with nothing.")
	}
	arg := map[string]any{"text_value": cells[0].Text, "number_value": cells[0].Number, "time_value": cells[0].Time,
		"boolean_value": cells[0].Boolean, "ref_value": cells[0].Ref}[column]
	return " AND " + column + " " + comparisons[op] + " ?", []any{arg}, nil
}
