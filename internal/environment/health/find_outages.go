package health

import (
	"context"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Search returns at most limit outages of environments the caller may see whose title, or whose environment's key or name,
// holds a text: those that hold it most prominently first, then the latest. The wiring makes a provider of the search of it.
func (s *Service) Search(ctx context.Context, tx db.Tx, text string, limit int) ([]environment.Found, error) {
	title, a := tx.Contains("o.title", text)
	name, b := tx.Contains("e.name", text)
	key, c := tx.Contains("e.key", text)
	order, args := tx.Prominence(text, "o.title", "e.name", "e.key")
	var rows []struct {
		ID          ref.Outage `bun:"id"`
		Title       string     `bun:"title"`
		StartedAt   time.Time  `bun:"started_at"`
		Environment string     `bun:"environment"`
		Key         string     `bun:"key"`
	}
	err := tx.NewSelect().TableExpr("outage AS o").Join("JOIN v_environment AS e ON e.id = o.environment_id").
		ColumnExpr("o.id, o.title, o.started_at, e.name AS environment, e.key").Apply(authz.Filter(ctx, PermView, "e.unit_id")).
		Where("("+title+" OR "+name+" OR "+key+")", a, b, c).OrderExpr(order+", o.started_at DESC, o.id", args...).Limit(int64(limit)).Scan(ctx, &rows)
	out := make([]environment.Found, len(rows))
	for i, o := range rows {
		out[i] = environment.Found{Kind: Subject, ID: string(o.ID), Name: o.Title, Subtitle: o.Environment + " · " + o.StartedAt.UTC().Format(time.DateOnly),
			Names: []string{o.Environment, o.Key}}
	}
	return out, err
}
