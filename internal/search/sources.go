package search

import (
	"context"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// source searches one kind of record.
type source struct {
	kind       string
	permission authz.Permission
	// query selects id, title, key, extra (a second name to rank by) and note (shown); it ends before WHERE.
	query string
	// columns are searched; unit is the column access is decided by.
	columns []string
	unit    string
	url     string
}

// sources are in the order in which equally good hits of several kinds stand.
var sources = []source{
	{"application", "catalog.view_application", `SELECT a.id, a.name AS title, a.key AS key, coalesce((SELECT min(n.name_key) FROM v_application_name n
		WHERE n.application_id = a.id AND n.precedence = 3), '') AS extra, a.key AS note FROM v_application a`,
		[]string{"a.name", "a.key", "(SELECT string_agg(n.name_key, ' ') FROM v_application_name n WHERE n.application_id = a.id AND n.precedence = 3)"}, "a.unit_id", "/applications/"},
	{"unit", "people.view_unit", `SELECT u.id, u.name AS title, '' AS key, '' AS extra, coalesce((SELECT p.name FROM v_unit p WHERE p.id = u.parent_id), '') AS note FROM v_unit u`,
		[]string{"u.name"}, "u.id", "/delivery?unit="},
	{"person", "people.view_person", `SELECT p.id, p.name AS title, p.email AS key, '' AS extra, p.email AS note FROM v_person p`,
		[]string{"p.name", "p.email"}, "p.unit_id", "/people?person="},
	{"team", "people.view_team", `SELECT t.id, t.name AS title, '' AS key, '' AS extra, coalesce((SELECT u.name FROM v_unit u WHERE u.id = t.unit_id), '') AS note FROM v_team t`,
		[]string{"t.name"}, "t.unit_id", "/people/teams?team="},
	{"connection", "connector.view_connection", `SELECT c.id, c.name AS title, '' AS key, '' AS extra, c.kind AS note FROM v_connection c`,
		[]string{"c.name"}, "c.unit_id", "/connections/"},
}

func (s source) find(ctx context.Context, tx db.Tx, query string, limit int) ([]Hit, error) {
	cond, args := authz.Condition(ctx, s.permission, s.unit)
	if cond == "1 = 0" {
		return nil, nil
	}
	var where []string
	var values []any
	for _, c := range s.columns {
		if tx.Engine() == db.SQLite {
			c = strings.ReplaceAll(c, "string_agg(", "group_concat(")
		}
		like, value := tx.Contains(c, query)
		where, values = append(where, like), append(values, value)
	}
	sql := s.query + " WHERE (" + strings.Join(where, " OR ") + ")"
	if cond != "" {
		sql, values = sql+" AND "+cond, append(values, args...)
	}
	// The nearest names are the shortest that hold the text; the rank among them is judged afterwards.
	sql = "SELECT * FROM (" + sql + ") AS found ORDER BY length(title), title LIMIT ?"
	values = append(values, 5*limit)
	var rows []struct {
		ID    string `bun:"id"`
		Title string `bun:"title"`
		Key   string `bun:"key"`
		Extra string `bun:"extra"`
		Note  string `bun:"note"`
	}
	if err := tx.NewRaw(sql, values...).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	hits := make([]Hit, len(rows))
	for i, r := range rows {
		hits[i] = Hit{Kind: s.kind, ID: r.ID, Title: r.Title, Subtitle: r.Note, URL: s.url + r.ID, rank: best(query, r.Title, r.Key, r.Extra)}
	}
	return hits, nil
}
