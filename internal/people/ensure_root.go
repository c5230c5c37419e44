package people

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// EnsureRoot makes the root unit "Organisation" on a new installation and returns the root. Several nodes may call it at
// once: the unique index lets one of them win.
func (s *Service) EnsureRoot(ctx context.Context) (Unit, error) {
	root, found, err := s.root(ctx)
	if found || err != nil {
		return root, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.clock.Now()
		root = Unit{ID: ref.New[ref.Unit](), Name: "Organisation", Type: "company", Version: 1, CreatedAt: now, UpdatedAt: now}
		root.Path = childPath("/", root.ID)
		root.NameKey = "organisation"
		if err := insertUnit(ctx, tx, root); err != nil {
			return err
		}
		return s.appendUnit(ctx, tx, UnitCreated, root, nil, unitSnapshot(root), nil)
	})
	if err != nil {
		if again, found, err2 := s.root(ctx); found && err2 == nil {
			return again, nil
		}
	}
	return root, err
}

func (s *Service) root(ctx context.Context) (root Unit, found bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		root, found, err = loadRoot(ctx, tx)
		return err
	})
	return root, found, err
}
