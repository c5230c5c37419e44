package search

import (
	"context"
	"fmt"
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
	order, more := prominence(tx, text, "title", "name")
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

// prominence is an expression that orders rows nearly as the final rank does, so that a limit never cuts an exact match
// in favour of rows that hold the text somewhere.
func prominence(tx db.Tx, text string, columns ...string) (expr string, args []any) {
	like := "LIKE"
	if tx.Engine() == db.Postgres {
		like = "ILIKE"
	}
	escaped := db.EscapeLike(text)
	var b strings.Builder
	b.WriteString("CASE")
	for rank, patterns := range [][]string{{escaped}, {escaped + "%"}, {"% " + escaped + "%", "%-" + escaped + "%", "%." + escaped + "%"}} {
		var any []string
		for _, c := range columns {
			for _, p := range patterns {
				any = append(any, fmt.Sprintf(`%s %s ? ESCAPE '\'`, c, like))
				args = append(args, p)
			}
		}
		fmt.Fprintf(&b, " WHEN %s THEN %d", strings.Join(any, " OR "), rank)
	}
	b.WriteString(" ELSE 3 END")
	return b.String(), args
}
