package watch

import (
	"context"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// Listing is who follows a record, as the caller sees it.
type Listing struct {
	Items []listed
	// Following says whether the caller follows by themselves; Muted whether they chose not to.
	Following, Muted bool
	// Manageable says whether the caller may make others follow.
	Manageable bool
}

// List returns who follows a record.
func (s *Service) List(ctx context.Context, kind, id string) (out Listing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		r, err := s.subjects.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		out, err = s.listing(ctx, tx, kind, r)
		return err
	})
	return out, err
}

func (s *Service) listing(ctx context.Context, tx db.Tx, kind string, r subject.Record) (Listing, error) {
	out := Listing{Items: []listed{}, Manageable: s.subjects.Manages(ctx, tx, kind, r)}
	var rows []listed
	err := listedQuery(tx).Where("w.subject_kind = ? AND w.subject_id = ?", kind, r.ID).OrderExpr("w.created_at, w.id").Scan(ctx, &rows)
	me := authz.From(ctx).Person
	for _, row := range rows {
		row.CreatedAt = row.CreatedAt.UTC()
		mine := row.Person != nil && *row.Person == me
		out.Following = out.Following || mine && !row.Muted
		out.Muted = out.Muted || mine && row.Muted
		if !row.Muted {
			out.Items = append(out.Items, row)
		}
	}
	return out, err
}
