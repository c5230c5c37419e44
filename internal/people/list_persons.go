package people

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// PersonFilter narrows and orders ListPersons.
type PersonFilter struct {
	// Text is looked for in name and email.
	Text  string
	State State
	// Unit keeps persons of a unit and everything below it.
	Unit ref.Unit
	Team ref.Team
	// Sort is one of name, email and createdAt, with a leading minus for the other direction; "" means name.
	Sort   string
	Cursor string
	Limit  int
}

// ListedPerson is a person with what a list shows beside the record.
type ListedPerson struct {
	Person
	UnitName string         `bun:"unit_name"`
	UnitPath string         `bun:"unit_path"`
	Teams    []PersonInTeam `bun:"-"`
}

// PersonInTeam is a team as seen from its member.
type PersonInTeam struct {
	ID   ref.Team `json:"id"`
	Name string   `json:"name"`
	Lead bool     `json:"lead"`
}

// personOrder is a way to sort persons; its key goes into the cursor.
type personOrder struct {
	column string
	key    func(ListedPerson) any
	time   bool
}

var personOrders = map[string]personOrder{
	"name":      {column: "p.name_key", key: func(p ListedPerson) any { return p.NameKey }},
	"email":     {column: "p.email_key", key: func(p ListedPerson) any { return p.EmailKey }},
	"createdAt": {column: "p.created_at", key: func(p ListedPerson) any { return p.CreatedAt }, time: true},
}

// ListPersons returns a page of the visible persons.
func (s *Service) ListPersons(ctx context.Context, f PersonFilter) (page httpapi.Page[ListedPerson], err error) {
	name, descending := strings.CutPrefix(f.Sort, "-")
	if name == "" {
		name = "name"
	}
	order, ok := personOrders[name]
	if !ok {
		return page, problem.Newf(problem.Invalid, "sort_unknown", "Persons cannot be sorted by %q.", name)
	}
	var list []ListedPerson
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := personQuery(tx).Apply(authz.Filter(ctx, PermViewPerson, "p.unit_id"))
		q, err := f.narrow(ctx, tx, q)
		if err != nil {
			return err
		}
		if q, err = order.after(q, f.Cursor, descending); err != nil {
			return err
		}
		if err := q.Limit(int64(f.Limit)+1).Scan(ctx, &list); err != nil {
			return err
		}
		return addTeams(ctx, tx, list)
	})
	for i := range list {
		list[i].Person = list[i].utc()
	}
	return httpapi.NewPage(list, f.Limit, func(p ListedPerson) []any { return []any{order.key(p), p.ID} }), err
}

// Person returns one person.
func (s *Service) Person(ctx context.Context, id ref.Person) (p ListedPerson, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		p, err = listedPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		return authz.Check(ctx, PermViewPerson, p.UnitPath)
	})
	return p, err
}

func listedPerson(ctx context.Context, tx db.Tx, id ref.Person) (ListedPerson, error) {
	list := []ListedPerson{}
	if err := personQuery(tx).Where("p.id = ?", id).Scan(ctx, &list); err != nil {
		return ListedPerson{}, err
	}
	if len(list) == 0 {
		return ListedPerson{}, authz.ErrNotFound
	}
	err := addTeams(ctx, tx, list)
	list[0].Person = list[0].utc()
	return list[0], err
}

func personQuery(tx db.Tx) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("person AS p").Join("JOIN unit AS u ON u.id = p.unit_id").
		ColumnExpr("p.*").ColumnExpr("u.name AS unit_name, u.path AS unit_path")
}

func (f PersonFilter) narrow(ctx context.Context, tx db.Tx, q *bun.SelectQuery) (*bun.SelectQuery, error) {
	if f.Text != "" {
		inName, name := tx.Contains("p.name_key", strings.ToLower(f.Text))
		inEmail, email := tx.Contains("p.email_key", strings.ToLower(f.Text))
		q = q.Where("("+inName+" OR "+inEmail+")", name, email)
	}
	if f.State != "" {
		q = q.Where("p.state = ?", f.State)
	}
	if f.Team != "" {
		q = q.Where("p.id IN (SELECT person_id FROM team_member WHERE team_id = ?)", f.Team)
	}
	if f.Unit != "" {
		u, err := mayUnit(ctx, tx, PermViewUnit, f.Unit)
		if problem.KindOf(err) == problem.NotFound {
			return q.Where("1 = 0"), nil
		}
		if err != nil {
			return q, err
		}
		lo, hi := authz.PathRange(u.Path)
		q = q.Where("u.path >= ? AND u.path < ?", lo, hi)
	}
	return q, nil
}

// after orders the query and continues behind a cursor.
func (o personOrder) after(q *bun.SelectQuery, cursor string, descending bool) (*bun.SelectQuery, error) {
	direction, compare := " ASC", ">"
	if descending {
		direction, compare = " DESC", "<"
	}
	var text string
	var at time.Time
	var id ref.Person
	var value any = &text
	if o.time {
		value = &at
	}
	continued, err := httpapi.DecodeCursor(cursor, value, &id)
	if err != nil {
		return q, err
	}
	if continued && o.time {
		q = q.Where("("+o.column+", p.id) "+compare+" (?, ?)", at, id)
	} else if continued {
		q = q.Where("("+o.column+", p.id) "+compare+" (?, ?)", text, id)
	}
	return q.OrderExpr(o.column + direction).OrderExpr("p.id" + direction), nil
}

// addTeams fills in the teams of all listed persons with one query.
func addTeams(ctx context.Context, tx db.Tx, list []ListedPerson) error {
	at := make(map[ref.Person]int, len(list))
	ids := make([]ref.Person, len(list))
	for i := range list {
		ids[i], at[list[i].ID], list[i].Teams = list[i].ID, i, []PersonInTeam{}
	}
	var rows []struct {
		Person ref.Person `bun:"person_id"`
		ID     ref.Team   `bun:"id"`
		Name   string     `bun:"name"`
		Lead   bool       `bun:"lead"`
	}
	for _, chunk := range db.Chunks(ids, 500) {
		rows = rows[:0]
		err := tx.NewSelect().TableExpr("team_member AS m").Join("JOIN team AS t ON t.id = m.team_id").
			ColumnExpr("m.person_id, t.id, t.name, m.lead").Where("m.person_id IN (?)", bun.In(chunk)).
			OrderExpr("t.name_key, t.id").Scan(ctx, &rows)
		if err != nil {
			return err
		}
		for _, r := range rows {
			p := &list[at[r.Person]]
			p.Teams = append(p.Teams, PersonInTeam{ID: r.ID, Name: r.Name, Lead: r.Lead})
		}
	}
	return nil
}
