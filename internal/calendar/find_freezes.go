package calendar

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Found is a window whose name holds a text.
type Found struct{ ID, Name, Note string }

// SearchFreezes returns at most limit freezes the caller may see whose name holds a text, those that hold it most prominently
// first, then those in force, then the latest. The wiring makes a provider of the search of it.
func (s *Service) SearchFreezes(ctx context.Context, tx db.Tx, text string, limit int) ([]Found, error) {
	key := ref.NameKey(text)
	cond, arg := tx.Contains("w.name_key", key)
	order, args := tx.Prominence(key, "w.name_key")
	var rows []struct {
		ID   string    `bun:"id"`
		Name string    `bun:"name"`
		Type string    `bun:"type"`
		From time.Time `bun:"from_at"`
	}
	err := tx.NewSelect().TableExpr("calendar_window AS w").Join("JOIN freeze_type AS t ON t.id = w.type_id").
		ColumnExpr("w.id, w.name, w.from_at, t.name AS type").Where("w.kind = ?", Freeze).Apply(visible(ctx)).Where(cond, arg).
		OrderExpr(order+", w.state, w.from_at DESC, w.id", args...).Limit(int64(limit)).Scan(ctx, &rows)
	out := make([]Found, len(rows))
	for i, r := range rows {
		out[i] = Found{ID: r.ID, Name: r.Name, Note: r.Type + " · " + r.From.UTC().Format(time.DateOnly)}
	}
	return out, err
}
