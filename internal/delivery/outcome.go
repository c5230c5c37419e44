package delivery

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Outcome is what became of one element: what is stored, or why nothing is.
type Outcome[T any] struct {
	Item T
	Err  error
}

// outcomes reads what is stored of the elements that were taken.
func outcomes[T any](ctx context.Context, s *Service, items []reported, read func(context.Context, db.Tx, []ref.Fact) (map[ref.Fact]T, error)) ([]Outcome[T], error) {
	out := make([]Outcome[T], len(items))
	var ids []ref.Fact
	for i := range items {
		out[i].Err = items[i].err
		if items[i].err == nil {
			ids = append(ids, items[i].id())
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	views := make(map[ref.Fact]T, len(ids))
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, chunk := range db.Chunks(ids, 1000) {
			part, err := read(ctx, tx, chunk)
			if err != nil {
				return err
			}
			for id, v := range part {
				views[id] = v
			}
		}
		return nil
	})
	for i := range items {
		if items[i].err == nil {
			out[i].Item = views[items[i].id()]
		}
	}
	return out, err
}
