package search

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// source searches one kind of record in the published view of its owner.
type source struct {
	kind       string
	permission authz.Permission
	// query selects id, title, name (a second text it is known by) and note (shown); it ends before WHERE.
	query string
	// columns are searched; unit is the column access is decided by.
	columns []string
	unit    string
	url     string
}

// sources are in the order in which equally good hits of several kinds stand.
var sources = []source{
	{"unit", "people.view_unit", `SELECT u.id, u.name AS title, '' AS name, COALESCE((SELECT p.name FROM v_unit AS p WHERE p.id = u.parent_id), '') AS note FROM v_unit AS u`,
		[]string{"u.name"}, "u.id", "/people/organisation?open="},
	{"person", "people.view_person", `SELECT p.id, p.name AS title, p.email AS name, p.email AS note FROM v_person AS p`,
		[]string{"p.name", "p.email"}, "p.unit_id", "/people?open="},
	{"team", "people.view_team", `SELECT t.id, t.name AS title, '' AS name, COALESCE((SELECT u.name FROM v_unit AS u WHERE u.id = t.unit_id), '') AS note FROM v_team AS t`,
		[]string{"t.name"}, "t.unit_id", "/people/teams?open="},
	{"connection", "connector.view_connection", `SELECT c.id, c.name AS title, '' AS name, c.kind AS note FROM v_connection AS c`,
		[]string{"c.name"}, "c.unit_id", "/connections/"},
}

func (s source) find(ctx context.Context, tx db.Tx, text string, limit int) ([]Hit, error) {
	var where []string
	var values []any
	for _, c := range s.columns {
		like, value := tx.Contains(c, text)
		where, values = append(where, like), append(values, value)
	}
	sql := s.query + " WHERE (" + strings.Join(where, " OR ") + ")"
	if cond, args := authz.Condition(ctx, s.permission, s.unit); cond != "" {
		sql, values = sql+" AND "+cond, append(values, args...)
	}
	order, more := tx.Prominence(text, "title", "name")
	var rows []struct {
		ID    string `bun:"id"`
		Title string `bun:"title"`
		Name  string `bun:"name"`
		Note  string `bun:"note"`
	}
	sql = "SELECT * FROM (" + sql + ") AS found ORDER BY " + order + ", length(title), title, id LIMIT ?"
	if err := tx.NewRaw(sql, append(append(values, more...), limit)...).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	hits := make([]Hit, len(rows))
	for i, r := range rows {
		hits[i] = Hit{ID: r.ID, Title: r.Title, Subtitle: r.Note, URL: s.url + r.ID, Names: []string{r.Name}}
	}
	return hits, nil
}
