package booking

import (
	"context"
	"strconv"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Search returns at most limit bookings the caller may see whose title holds a text or whose number begins with it, those
// that hold it most prominently first, then the latest. The wiring makes a provider of the search of it.
func (s *Service) Search(ctx context.Context, tx db.Tx, text string, limit int) ([]environment.Found, error) {
	key := ref.NameKey(text)
	cond, arg := tx.Contains("b.title_key", key)
	args, columns := []any{arg}, []string{"b.title_key"}
	if digits := environment.NumberSought(text, prefix); digits != "" {
		cond, args = cond+" OR CAST(b.number AS TEXT) LIKE ?", append(args, digits+"%")
		columns = append(columns, "'"+ref.NameKey(prefix)+"' || CAST(b.number AS TEXT)", "CAST(b.number AS TEXT)")
	}
	order, more := tx.Prominence(key, columns...)
	var rows []Booking
	err := scoped(ctx, tx).ColumnExpr("b.id, b.number, b.title, b.from_at").Where("("+cond+")", args...).
		OrderExpr(order+", b.from_at DESC, b.id", more...).Limit(int64(limit)).Scan(ctx, &rows)
	out := make([]environment.Found, len(rows))
	for i, b := range rows {
		out[i] = environment.Found{Kind: Subject, ID: string(b.ID), Key: b.Reference(), Name: b.Title,
			Subtitle: b.Reference() + " · " + b.From.UTC().Format(time.DateOnly), Names: []string{b.Reference(), strconv.FormatInt(b.Number, 10)}}
	}
	return out, err
}
