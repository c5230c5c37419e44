package environment

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Filter narrows a listing of environments; empty members do not narrow.
type Filter struct {
	// Text keeps environments whose key, name, alias or a component contains it.
	Text string `json:"q,omitempty"`
	// Unit keeps a unit and everything below it.
	Unit ref.Unit `json:"unit,omitempty"`
	// Application, Usage, Status and Group take ids or names.
	Application []string        `json:"application,omitempty"`
	Usage       []string        `json:"usage,omitempty"`
	Status      []string        `json:"status,omitempty"`
	Group       []string        `json:"group,omitempty"`
	Kind        []Kind          `json:"kind,omitempty"`
	DataClass   []DataClass     `json:"dataClass,omitempty"`
	Bookable    *bool           `json:"bookable,omitempty"`
	Owner       string          `json:"owner,omitempty"`
	Parent      ref.Environment `json:"parent,omitempty"`
	Tech        string          `json:"tech,omitempty"`
	// Health keeps environments that are so now; none are those of which nobody ever said anything.
	Health []string `json:"health,omitempty"`
}

// Listed is an environment as a list shows it.
type Listed struct {
	Environment
	UnitName         string           `bun:"unit_name"`
	ApplicationKey   string           `bun:"application_key"`
	ApplicationName  string           `bun:"application_name"`
	UsageName        string           `bun:"usage_name"`
	UsageColour      string           `bun:"usage_colour"`
	StatusName       string           `bun:"status_name"`
	StatusColour     string           `bun:"status_colour"`
	StatusAttributes field.Attributes `bun:"status_attributes,type:jsonb"`
	ParentKey        string           `bun:"parent_key"`
	ParentName       string           `bun:"parent_name"`
	// Installed is the version that stands for the whole.
	Installed string     `bun:"-"`
	WhyNot    string     `bun:"-"`
	Aliases   []string   `bun:"-"`
	Groups    []GroupRef `bun:"-"`
	Owner     *Owner     `bun:"-"`
}

const listedColumns = `e.*, u.name AS unit_name, COALESCE(a.key, '') AS application_key, COALESCE(a.name, '') AS application_name,
	COALESCE(us.name, '') AS usage_name, COALESCE(us.colour, '') AS usage_colour, COALESCE(st.name, '') AS status_name,
	COALESCE(st.colour, '') AS status_colour, st.attributes AS status_attributes, COALESCE(pa.key, '') AS parent_key, COALESCE(pa.name, '') AS parent_name`

// selectListed begins a query of environments with the names of what they refer to.
func selectListed(tx db.Tx) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("environment AS e").Join("JOIN v_unit AS u ON u.id = e.unit_id").
		Join("LEFT JOIN v_application AS a ON a.id = e.application_id").Join("LEFT JOIN v_lookup AS us ON us.id = e.usage_id").
		Join("LEFT JOIN v_lookup AS st ON st.id = e.status_id").Join("LEFT JOIN environment AS pa ON pa.id = e.parent_id").
		ColumnExpr(listedColumns).Where("e.state = ?", Active)
}

// apply narrows a query over environment AS e to what the filter keeps and the caller may see.
func (s *Service) apply(ctx context.Context, tx db.Tx, q *bun.SelectQuery, f Filter, perm authz.Permission) (*bun.SelectQuery, error) {
	q = q.Apply(authz.Filter(ctx, perm, "e.unit_id"))
	if text := ref.NameKey(f.Text); text != "" {
		q = q.Where(`(e.key_folded LIKE ?0 ESCAPE '\' OR e.name_folded LIKE ?0 ESCAPE '\'
			OR e.id IN (SELECT environment_id FROM environment_alias WHERE alias_folded LIKE ?0 ESCAPE '\')
			OR e.id IN (SELECT environment_id FROM environment_component WHERE name_folded LIKE ?0 ESCAPE '\')
			OR e.application_id IN (SELECT application_id FROM v_application_name WHERE precedence > 1 AND name_key LIKE ?0 ESCAPE '\'))`,
			"%"+db.EscapeLike(text)+"%")
	}
	if f.Unit != "" {
		var path string
		err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path)
		if err != nil && !db.IsNoRows(err) {
			return q, err
		}
		lo, hi := authz.PathRange(path)
		q = q.Where("e.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ?)", lo, hi)
		if path == "" {
			q = q.Where("1 = 0")
		}
	}
	if len(f.Application) > 0 {
		q = q.Where("e.application_id IN (SELECT application_id FROM v_application_name WHERE name_key IN (?))", bun.In(folded(f.Application)))
	}
	for column, list := range map[string][]string{"e.usage_id": f.Usage, "e.status_id": f.Status} {
		if len(list) > 0 {
			key := UsageList
			if column == "e.status_id" {
				key = StatusList
			}
			q = q.Where(column+" IN (SELECT id FROM v_lookup WHERE list_key = ? AND (id IN (?) OR name_key IN (?)))", key, bun.In(list), bun.In(folded(list)))
		}
	}
	if len(f.Group) > 0 {
		q = q.Where(`e.id IN (SELECT m.environment_id FROM environment_member AS m JOIN environment_group AS g ON g.id = m.group_id
			WHERE g.id IN (?) OR g.key_folded IN (?))`, bun.In(f.Group), bun.In(folded(f.Group)))
	}
	if len(f.Kind) > 0 {
		q = q.Where("e.kind IN (?)", bun.In(f.Kind))
	}
	if len(f.DataClass) > 0 {
		q = q.Where("e.data_class IN (?)", bun.In(f.DataClass))
	}
	if f.Bookable != nil {
		cond := "e.status_bookable AND (e.expires_at IS NULL OR e.expires_at > ?)"
		if !*f.Bookable {
			cond = "NOT (" + cond + ")"
		}
		q = q.Where(cond, s.clock.Now())
	}
	if f.Owner != "" {
		cond, args := s.owners.OwnedBy(Subject, "e.id", f.Owner)
		q = q.Where(cond, args...)
	}
	if f.Parent != "" {
		q = q.Where("e.parent_id = ?", f.Parent)
	}
	if len(f.Health) > 0 {
		cond, args := s.healthIs(ctx, "e.id", f.Health)
		q = q.Where(cond, args...)
	}
	if f.Tech != "" {
		cond, arg := tx.Contains("CAST(e.techs AS TEXT)", f.Tech)
		q = q.Where(cond, arg)
	}
	return q, nil
}

// healthIs asks the slice that knows how environments are; where there is none, nobody ever said anything.
func (s *Service) healthIs(ctx context.Context, column string, healths []string) (cond string, args []any) {
	for _, u := range s.users {
		if book, ok := u.(HealthBook); ok {
			return book.HealthIs(ctx, column, healths)
		}
	}
	if slices.Contains(healths, NoHealth) {
		return "1 = 1", nil
	}
	return "1 = 0", nil
}

func folded(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = ref.NameKey(s)
	}
	return out
}

// order is one way to sort a listing.
type order struct {
	expr  string
	value func(Listed) string
	parse func(string) (any, error)
}

var orders = map[string]order{
	"name":        {expr: "e.name_folded", value: func(l Listed) string { return l.NameFolded }},
	"key":         {expr: "e.key_folded", value: func(l Listed) string { return l.KeyFolded }},
	"unit":        {expr: "u.name", value: func(l Listed) string { return l.UnitName }},
	"application": {expr: "COALESCE(a.name, '')", value: func(l Listed) string { return l.ApplicationName }},
	"usage":       {expr: "COALESCE(us.name, '')", value: func(l Listed) string { return l.UsageName }},
	"status":      {expr: "COALESCE(st.name, '')", value: func(l Listed) string { return l.StatusName }},
	"updated": {
		expr: "e.updated_at", value: func(l Listed) string { return l.UpdatedAt.UTC().Format(time.RFC3339Nano) },
		parse: func(s string) (any, error) { return time.Parse(time.RFC3339Nano, s) },
	},
}

// ListEnvironments returns a page of the environments the caller may see. sort is one of the orders, with a dash in
// front for descending. The first page carries the total.
func (s *Service) ListEnvironments(ctx context.Context, f Filter, sort, cursor string, limit int) (httpapi.Page[Listed], error) {
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
		q, err := s.apply(ctx, tx, tx.NewSelect().TableExpr("environment AS e").Where("e.state = ?", Active), f, PermView)
		if err != nil {
			return err
		}
		total, err := q.Count(ctx)
		page.Total = &total
		return err
	})
	return page, err
}

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
	q, err := s.apply(ctx, tx, selectListed(tx), f, PermView)
	if err != nil {
		return nil, err
	}
	q = q.OrderExpr(by.expr + " " + direction + ", e.id " + direction).Limit(int64(limit))
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
		q = q.Where("("+by.expr+", e.id) "+than+" (?, ?)", value, id)
	}
	list := []Listed{}
	err = q.Scan(ctx, &list)
	return list, err
}
