package comment

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
)

// Filter orders and pages List.
type Filter struct {
	// Sort is createdAt or -createdAt; "" means the first.
	Sort   string
	Cursor string
	Limit  int
}

// Listed is a comment with what the caller may do with it.
type Listed struct {
	Comment
	Actions []string
}

// List returns a page of the comments on a record, in the order in which they were written; threadId and replyTo tell
// what belongs together.
func (s *Service) List(ctx context.Context, kind, id string, f Filter) (page httpapi.Page[Listed], err error) {
	var rows []Comment
	var may, manages bool
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		may, manages = authz.CheckUnit(ctx, tx, PermWrite, r.Unit) == nil, s.subjects.Manages(ctx, tx, kind, r)
		direction, compare := "ASC", ">"
		if f.Sort == "-createdAt" {
			direction, compare = "DESC", "<"
		}
		q := tx.NewSelect().Model(&rows).Where("c.subject_kind = ? AND c.subject_id = ?", kind, r.ID)
		var at time.Time
		var last string
		if ok, err := httpapi.DecodeCursor(f.Cursor, &at, &last); err != nil {
			return err
		} else if ok {
			q = q.Where("(c.created_at, c.id) "+compare+" (?, ?)", at, last)
		}
		return q.OrderExpr("c.created_at " + direction + ", c.id " + direction).Limit(int64(f.Limit) + 1).Scan(ctx)
	})
	list := make([]Listed, len(rows))
	for i, c := range rows {
		list[i] = Listed{Comment: c.utc(), Actions: actions(c, authz.From(ctx).ID(), may, manages)}
	}
	return httpapi.NewPage(list, f.Limit, func(c Listed) []any { return []any{c.CreatedAt, c.ID} }), err
}

func actions(c Comment, me string, may, manages bool) []string {
	out := []string{}
	if !may || c.DeletedAt != nil {
		return out
	}
	out = append(out, "reply")
	if c.AuthorID == me {
		out = append(out, "edit")
	}
	if c.AuthorID == me || manages {
		out = append(out, "delete")
	}
	return out
}
