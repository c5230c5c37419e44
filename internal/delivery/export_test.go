package delivery

import (
	"context"

	"millrace/internal/platform/db"
)

// SearchPlans explains the queries of a search, for tests.
func SearchPlans(ctx context.Context, tx db.Tx, text string) (plans []string, err error) {
	explain := "EXPLAIN "
	if tx.Engine() == db.SQLite {
		explain = "EXPLAIN QUERY PLAN "
	}
	words, err := incidentQuery(ctx, tx, text, 20)
	if err != nil {
		return nil, err
	}
	queries := append(deploymentQueries(ctx, tx, text, 20), words)
	for _, q := range queries {
		rows, err := tx.QueryContext(ctx, explain+q.String())
		if err != nil {
			return nil, err
		}
		plan := q.String() + "\n"
		for rows.Next() {
			var line string
			var a, b, c any
			into := []any{&line}
			if tx.Engine() == db.SQLite {
				into = []any{&a, &b, &c, &line}
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			plan += line + "\n"
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}
