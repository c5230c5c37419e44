package booking

import (
	"context"
	"fmt"
	"strings"

	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// namedMost is how many bookings a consequence names.
const namedMost = 5

// GroupUse says which bookings that are not over were made for a group that would be deleted. They keep its environments.
func (s *Service) GroupUse(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) ([]environment.Consequence, error) {
	var rows []struct {
		Number int64  `bun:"number"`
		Title  string `bun:"title"`
	}
	q := tx.NewSelect().TableExpr("booking AS b").Where("b.group_id = ? AND b.status IN ('requested', 'approved', 'waiting') AND b.to_at > ?", group, s.Clock.Now())
	n, err := q.Count(ctx)
	if err != nil || n == 0 {
		return nil, err
	}
	if err := q.ColumnExpr("b.number, b.title").OrderExpr("b.from_at, b.number").Limit(namedMost).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = reference(r.Number) + " " + r.Title
	}
	text := strings.Join(names, ", ")
	if more := n - int64(len(rows)); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return []environment.Consequence{{Kind: "bookings_named", Count: n, Message: count(int(n), "booking") + " made for it keep its environments: " + text + "."}}, nil
}

// LeaveGroup makes the bookings of a group that is deleted bookings of their environments.
func (s *Service) LeaveGroup(ctx context.Context, tx db.Tx, group ref.EnvironmentGroup) error {
	_, err := tx.ExecContext(ctx, `UPDATE booking SET group_id = NULL WHERE group_id = ?`, group)
	return err
}
