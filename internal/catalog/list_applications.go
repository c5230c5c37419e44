package catalog

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows a listing of applications; empty members do not narrow.
type Filter struct {
	// Text keeps applications whose key, name, an alias or a component contains it.
	Text string `json:"q,omitempty"`
	// Unit keeps a unit and everything below it.
	Unit        ref.Unit      `json:"unit,omitempty"`
	Criticality []Criticality `json:"criticality,omitempty"`
	Status      []Status      `json:"status,omitempty"`
	// Owner keeps what a person or team is accountable for.
	Owner      string `json:"owner,omitempty"`
	Vendor     string `json:"vendor,omitempty"`
	Repository string `json:"repository,omitempty"`
}

// Listed is an application as a list shows it.
type Listed struct {
	Application
	Counts
	UnitName string   `bun:"unit_name"`
	Aliases  []string `bun:"-"`
	Owners   []Owner  `bun:"-"`
}

// apply narrows a query over application AS a to what the filter keeps and the caller may see.
func (s *Service) apply(ctx context.Context, tx db.Tx, q *bun.SelectQuery, f Filter, perm authz.Permission) (*bun.SelectQuery, error) {
	q = q.Apply(authz.Filter(ctx, perm, "a.unit_id"))
	if text := ref.NameKey(f.Text); text != "" {
		like := "%" + db.EscapeLike(text) + "%"
		q = q.Where(`(a.key_folded LIKE ?0 ESCAPE '\' OR a.name_folded LIKE ?0 ESCAPE '\'
			OR a.id IN (SELECT application_id FROM application_alias WHERE alias_folded LIKE ?0 ESCAPE '\')
			OR a.id IN (SELECT application_id FROM component WHERE name_folded LIKE ?0 ESCAPE '\'))`, like)
	}
	if f.Unit != "" {
		var path string
		err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path)
		if err != nil && !db.IsNoRows(err) {
			return q, err
		}
		lo, hi := authz.PathRange(path)
		q = q.Where("a.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?)", lo, hi)
		if path == "" {
			q = q.Where("1 = 0")
		}
	}
	if len(f.Criticality) > 0 {
		q = q.Where("a.criticality IN (?)", bun.In(f.Criticality))
	}
	if len(f.Status) > 0 {
		q = q.Where("a.status IN (?)", bun.In(f.Status))
	}
	if f.Owner != "" {
		cond, args := s.owners.OwnedBy("a.id", f.Owner)
		q = q.Where(cond, args...)
	}
	if f.Vendor != "" {
		cond, arg := tx.Contains("a.vendor", f.Vendor)
		q = q.Where(cond, arg)
	}
	if f.Repository != "" {
		cond, arg := tx.Contains("repository_key", ref.RepositoryKey(f.Repository))
		q = q.Where("a.id IN (SELECT application_id FROM application_repository WHERE "+cond+")", arg)
	}
	return q, nil
}

// order is one way to sort a listing.
type order struct {
	expr string
	// value returns a row's place in the order, parse reads it back from a cursor.
	value func(Listed) string
	parse func(string) (any, error)
}

const rank = `CASE a.criticality WHEN 'MISSION_CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 ELSE 3 END`

var orders = map[string]order{
	"name":   {expr: "a.name_folded", value: func(l Listed) string { return l.NameFolded }},
	"key":    {expr: "a.key_folded", value: func(l Listed) string { return l.KeyFolded }},
	"status": {expr: "a.status", value: func(l Listed) string { return string(l.Status) }},
	"vendor": {expr: "a.vendor", value: func(l Listed) string { return l.Vendor }},
	"unit":   {expr: "u.name", value: func(l Listed) string { return l.UnitName }},
	"criticality": {
		expr: rank, value: func(l Listed) string { return strconv.Itoa(rankOf(l.Criticality)) },
		parse: func(s string) (any, error) { return strconv.Atoi(s) },
	},
	"updated": {
		expr: "a.updated_at", value: func(l Listed) string { return l.UpdatedAt.UTC().Format(time.RFC3339Nano) },
		parse: func(s string) (any, error) { return time.Parse(time.RFC3339Nano, s) },
	},
}

func rankOf(c Criticality) int {
	for i, known := range criticalities {
		if c == known {
			return i
		}
	}
	return len(criticalities)
}

// ListApplications returns a page of the applications the caller may see. sort is one of the orders, with a dash in
// front for descending. The first page carries the total.
func (s *Service) ListApplications(ctx context.Context, f Filter, sort, cursor string, limit int) (httpapi.Page[Listed], error) {
	var page httpapi.Page[Listed]
	if sort == "" {
		sort = "name"
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		list, err := s.readPage(ctx, tx, f, sort, cursor, limit+1)
		if err != nil {
			return err
		}
		by := orders[strings.TrimPrefix(sort, "-")]
		page = httpapi.NewPage(list, limit, func(l Listed) []any { return []any{sort, by.value(l), l.ID} })
		if err := s.decorate(ctx, tx, page.Items); err != nil || cursor != "" {
			return err
		}
		q, err := s.apply(ctx, tx, tx.NewSelect().TableExpr("application AS a"), f, PermView)
		if err != nil {
			return err
		}
		total, err := q.Count(ctx)
		page.Total = &total
		return err
	})
	return page, err
}

// readPage reads up to limit rows after the cursor; the counts are taken of these rows alone.
func (s *Service) readPage(ctx context.Context, tx db.Tx, f Filter, sort, cursor string, limit int) ([]Listed, error) {
	name, descending := strings.CutPrefix(sort, "-")
	by, ok := orders[name]
	if !ok {
		return nil, problem.Newf(problem.BadRequest, "sort_unknown", "There is no order %q.", sort)
	}
	direction, than := "ASC", ">"
	if descending {
		direction, than = "DESC", "<"
	}
	rows := tx.NewSelect().TableExpr("application AS a").Join("JOIN v_unit AS u ON u.id = a.unit_id").
		ColumnExpr("a.*").ColumnExpr("u.name AS unit_name").ColumnExpr(by.expr + " AS sort_value").
		OrderExpr(by.expr + " " + direction + ", a.id " + direction).Limit(int64(limit))
	rows, err := s.apply(ctx, tx, rows, f, PermView)
	if err != nil {
		return nil, err
	}
	var made, at, id string
	more, err := httpapi.DecodeCursor(cursor, &made, &at, &id)
	if err != nil {
		return nil, err
	}
	if more {
		value := any(at)
		if by.parse != nil {
			value, err = by.parse(at)
		}
		if made != sort || err != nil {
			return nil, problem.New(problem.BadRequest, "bad_cursor", "The cursor belongs to another order. Start again without it.")
		}
		rows = rows.Where("("+by.expr+", a.id) "+than+" (?, ?)", value, id)
	}
	list := []Listed{}
	err = tx.NewSelect().With("page", rows).TableExpr("page AS p").
		ColumnExpr("p.id, p.key, p.key_folded, p.name, p.name_folded, p.description, p.unit_id, p.criticality, p.status, p.vendor, p.version, p.created_at, p.updated_at, p.unit_name").
		ColumnExpr("(SELECT COUNT(*) FROM component AS c WHERE c.application_id = p.id) AS components").
		ColumnExpr("(SELECT COUNT(*) FROM application_repository AS r WHERE r.application_id = p.id) AS repositories").
		ColumnExpr("(SELECT COUNT(DISTINCT d.to_id) FROM dependency AS d WHERE d.from_id = p.id) AS upstream").
		ColumnExpr("(SELECT COUNT(DISTINCT d.from_id) FROM dependency AS d WHERE d.to_id = p.id) AS downstream").
		OrderExpr("p.sort_value "+direction+", p.id "+direction).Scan(ctx, &list)
	for i := range list {
		list[i].Application = list[i].utc()
	}
	return list, err
}

// decorate adds aliases and owners to a page: two queries, however long it is.
func (s *Service) decorate(ctx context.Context, tx db.Tx, list []Listed) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]ref.App, len(list))
	for i, l := range list {
		ids[i] = l.ID
	}
	aliases, err := aliasesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	owners, err := s.owners.Owners(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Aliases = append([]string{}, aliases[list[i].ID]...)
		list[i].Owners = append([]Owner{}, owners[list[i].ID]...)
	}
	return nil
}
