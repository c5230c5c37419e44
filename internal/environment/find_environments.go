package environment

import (
	"context"
	"fmt"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Search returns at most limit environments, or groups, the caller may see that hold a text in key, name or alias, those
// that hold it most prominently first. The wiring makes a provider of the search of it.
func (s *Service) Search(ctx context.Context, tx db.Tx, kind, text string, limit int) ([]Found, error) {
	key := ref.NameKey(text)
	like := db.EscapeLike(key)
	prominence := func(column string) (string, []any) {
		return fmt.Sprintf(`MIN(CASE WHEN %[1]s = ? THEN 0 WHEN %[1]s LIKE ? ESCAPE '\' THEN 1 ELSE 2 END)`, column), []any{key, like + "%"}
	}
	var rows []struct {
		ID       string `bun:"id"`
		Key      string `bun:"key"`
		Name     string `bun:"name"`
		Subtitle string `bun:"subtitle"`
		Alias    string `bun:"alias"`
	}
	names := `(SELECT id, name_folded AS n FROM environment_group UNION ALL SELECT id, key_folded AS n FROM environment_group) AS x`
	q := tx.NewSelect().TableExpr("environment_group AS e").Join("JOIN " + names + " ON x.id = e.id").Join("LEFT JOIN v_lookup AS l ON l.id = e.usage_id").
		ColumnExpr("e.id, e.key, e.name, COALESCE(l.name, '') AS subtitle, MIN(x.n) AS alias").GroupExpr("e.id, e.key, e.name, l.name")
	if kind == Subject {
		names = `(SELECT environment_id AS id, name_key AS n FROM v_environment_name WHERE precedence > 1) AS x`
		q = tx.NewSelect().TableExpr("environment AS e").Join("JOIN " + names + " ON x.id = e.id").Join("LEFT JOIN v_lookup AS l ON l.id = e.usage_id").
			Join("LEFT JOIN v_application AS a ON a.id = e.application_id").
			ColumnExpr("e.id, e.key, e.name, COALESCE(a.name, '') || CASE WHEN a.name IS NOT NULL AND l.name IS NOT NULL THEN ' · ' ELSE '' END || COALESCE(l.name, '') AS subtitle, MIN(x.n) AS alias").
			GroupExpr("e.id, e.key, e.name, l.name, a.name")
	}
	expr, args := prominence("x.n")
	err := q.Where(`x.n LIKE ? ESCAPE '\'`, "%"+like+"%").Apply(authz.Filter(ctx, PermView, "e.unit_id")).
		OrderExpr(expr+", e.name, e.id", args...).Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	out := make([]Found, len(rows))
	for i, r := range rows {
		out[i] = Found{Kind: kind, ID: r.ID, Key: r.Key, Name: r.Name, Subtitle: r.Subtitle, Names: []string{r.Key, r.Alias}}
	}
	return out, nil
}
