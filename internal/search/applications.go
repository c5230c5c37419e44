package search

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

const permViewApplication authz.Permission = "catalog.view_application"

// names are the keys, aliases and names of applications and the names of their components that hold a text. Precedence 1
// is the id, which nobody types.
const names = `(SELECT application_id, name_key FROM v_application_name WHERE precedence > 1 AND name_key LIKE ? ESCAPE '\'
	UNION ALL SELECT application_id, name_key FROM v_component WHERE name_key LIKE ? ESCAPE '\') AS n`

// findApplications finds applications by key, name, alias and component. Folded names are compared, so that case does
// not count in any alphabet.
func findApplications(ctx context.Context, tx db.Tx, text string, limit int) ([]Hit, error) {
	folded := ref.NameKey(text)
	like := "%" + db.EscapeLike(folded) + "%"
	rank, patterns := tx.Prominence(folded, "n.name_key")
	q := tx.NewSelect().TableExpr(names, like, like).Join("JOIN v_application AS a ON a.id = n.application_id").
		ColumnExpr("a.id, a.key, a.name").
		// The most prominent of an application's names: its rank is the first letter.
		ColumnExpr("MIN(CAST("+rank+" AS TEXT) || n.name_key) AS best", patterns...).
		GroupExpr("a.id, a.key, a.name").OrderExpr("best, length(a.name), a.name, a.id").Limit(int64(limit))
	if cond, args := authz.Condition(ctx, permViewApplication, "a.unit_id"); cond != "" {
		q = q.Where(cond, args...)
	}
	var rows []struct {
		ID   string `bun:"id"`
		Key  string `bun:"key"`
		Name string `bun:"name"`
		Best string `bun:"best"`
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	hits := make([]Hit, len(rows))
	for i, r := range rows {
		found := r.Best[1:]
		hits[i] = Hit{ID: r.ID, Title: r.Name, Subtitle: r.Key, URL: "/applications/" + r.ID, Names: []string{r.Key, found}}
		if found != ref.NameKey(r.Key) && found != ref.NameKey(r.Name) {
			hits[i].Subtitle += " · " + found
		}
	}
	return hits, nil
}
