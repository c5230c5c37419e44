package field

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// NewList is what CreateList takes.
type NewList struct {
	Title string `json:"title"`
	Key   string `json:"key,omitempty" doc:"Made from the title where it is not sent."`
}

// CreateList adds a list of the organisation's own, for custom fields to draw on.
func (s *Lookups) CreateList(ctx context.Context, in NewList) (Listing, error) {
	if err := everywhere(ctx, PermManageLookup); err != nil {
		return Listing{}, err
	}
	title, key := line(in.Title), in.Key
	if key == "" {
		key = keyOf(title)
	}
	var faults problem.Fields
	checkName(&faults, "body.title", title)
	if len(faults) == 0 && !keyShape.MatchString(key) {
		faults.Add("body.key", "key_unreadable", "A key is made of small letters, digits and underscores and begins with a letter, such as cost_centre.")
	}
	if err := faults.Err("list_invalid", "The list cannot be saved like this."); err != nil {
		return Listing{}, err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.clock.Now()
		res, err := tx.ExecContext(ctx, `INSERT INTO lookup_list (key, title, custom, version, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?)
			ON CONFLICT (key) DO NOTHING`, key, title, true, now, now)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return problem.Newf(problem.Conflict, "key_taken", "There is a list with the key %q already.", key)
		}
		return s.appendList(ctx, tx, ListCreated, nil, &listRow{Key: key, Title: title, Custom: true})
	})
	if err != nil {
		return Listing{}, err
	}
	return s.List(ctx, key, false)
}

// RenameList gives a list of the organisation's own another title.
func (s *Lookups) RenameList(ctx context.Context, key string, version int64, title string) (Listing, error) {
	err := s.change(ctx, key, func(ctx context.Context, tx db.Tx, l listRow) error {
		if err := own(l, version); err != nil {
			return err
		}
		after := l
		after.Title = line(title)
		var faults problem.Fields
		checkName(&faults, "body.title", after.Title)
		if err := faults.Err("list_invalid", "The list cannot be saved like this."); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE lookup_list SET title = ? WHERE key = ?`, after.Title, key); err != nil {
			return err
		}
		return s.appendList(ctx, tx, ListChanged, &l, &after)
	})
	if err != nil {
		return Listing{}, err
	}
	return s.List(ctx, key, false)
}

// DeleteList deletes a list of the organisation's own with its values, unless records or custom fields draw on it.
func (s *Lookups) DeleteList(ctx context.Context, key string, version int64) error {
	return s.change(ctx, key, func(ctx context.Context, tx db.Tx, l listRow) error {
		if err := own(l, version); err != nil {
			return err
		}
		n, err := tx.NewSelect().Table("custom_field").Where("list_key = ?", key).Count(ctx)
		if err != nil {
			return err
		}
		if n > 0 {
			return problem.Newf(problem.Conflict, "list_in_use", "%d custom fields draw on the list %q. Delete them first.", n, l.Title)
		}
		for _, q := range []string{`DELETE FROM lookup_value WHERE list_key = ?`, `DELETE FROM lookup_list WHERE key = ?`} {
			if _, err := tx.ExecContext(ctx, q, key); err != nil {
				return err
			}
		}
		return s.appendList(ctx, tx, ListDeleted, &l, nil)
	})
}

// own refuses to change the frame of a list that belongs to the product.
func own(l listRow, version int64) error {
	if !l.Custom {
		return problem.New(problem.Conflict, "list_built_in", "This list belongs to the product. Its values can be changed, the list itself cannot.")
	}
	if l.Version != version {
		return httpapi.Stale(l.Version, map[string]any{"key": l.Key, "title": l.Title, "version": l.Version})
	}
	return nil
}

func (s *Lookups) appendList(ctx context.Context, tx db.Tx, kind events.Kind, before, after *listRow) error {
	about := after
	if about == nil {
		about = before
	}
	changes := map[string]events.Change{}
	switch {
	case before == nil:
		changes["title"] = events.Change{nil, after.Title}
	case after == nil:
		changes["title"] = events.Change{before.Title, nil}
	case before.Title != after.Title:
		changes["title"] = events.Change{before.Title, after.Title}
	}
	return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: about.Key, SubjectLabel: about.Title, Changes: changes})
}
