package request

import (
	"context"
	"strconv"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// SearchBookingRequests returns at most limit booking requests the caller may see whose title holds a text or whose number
// begins with it, those that hold it most prominently first, then the latest.
func (s *Service) SearchBookingRequests(ctx context.Context, tx db.Tx, text string, limit int) ([]environment.Found, error) {
	return bookingKind.search(ctx, tx, text, limit)
}

// SearchChangeRequests does the same for environment change requests.
func (s *Service) SearchChangeRequests(ctx context.Context, tx db.Tx, text string, limit int) ([]environment.Found, error) {
	return ChangeKind.search(ctx, tx, text, limit)
}

func (k Kind) search(ctx context.Context, tx db.Tx, text string, limit int) ([]environment.Found, error) {
	key := ref.NameKey(text)
	cond, arg := tx.Contains("r.title_key", key)
	args, columns := []any{arg}, []string{"r.title_key"}
	if digits := environment.NumberSought(text, k.prefix); digits != "" {
		cond, args = cond+" OR CAST(r.number AS TEXT) LIKE ?", append(args, digits+"%")
		columns = append(columns, "'"+ref.NameKey(k.prefix)+"' || CAST(r.number AS TEXT)", "CAST(r.number AS TEXT)")
	}
	order, more := tx.Prominence(key, columns...)
	var rows []struct {
		ID     string    `bun:"id"`
		Number int64     `bun:"number"`
		Title  string    `bun:"title"`
		From   time.Time `bun:"from_at"`
	}
	err := tx.NewSelect().TableExpr(k.table+" AS r").ColumnExpr("r.id, r.number, r.title, r.from_at").Apply(authz.Filter(ctx, PermView, "r.unit_id")).
		Where("("+cond+")", args...).OrderExpr(order+", r.number DESC", more...).Limit(int64(limit)).Scan(ctx, &rows)
	out := make([]environment.Found, len(rows))
	for i, r := range rows {
		name := k.Reference(r.Number)
		out[i] = environment.Found{Kind: k.subject, ID: r.ID, Key: name, Name: r.Title, Subtitle: name + " · " + r.From.UTC().Format(time.DateOnly),
			Names: []string{name, strconv.FormatInt(r.Number, 10)}}
	}
	return out, err
}
