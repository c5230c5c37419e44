package field

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Ensure brings in the registered lists and those of their values that this version brings for the first time. What an
// administrator deleted or renamed stays so. It runs at every start and does nothing when nothing is new.
func (s *Lookups) Ensure(ctx context.Context) error {
	for _, key := range s.order {
		if err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error { return s.ensureList(ctx, tx, s.lists[key]) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Lookups) ensureList(ctx context.Context, tx db.Tx, l List) error {
	now := s.clock.Now()
	_, err := tx.ExecContext(ctx, `INSERT INTO lookup_list (key, title, custom, version, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?)
		ON CONFLICT (key) DO UPDATE SET title = excluded.title, custom = excluded.custom`, l.Key, l.Title, false, now, now)
	if err != nil {
		return err
	}
	var seeded []string
	if err := tx.NewSelect().Table("lookup_seed").Column("name_key").Where("list_key = ?", l.Key).Scan(ctx, &seeded); err != nil {
		return err
	}
	known := make(map[string]bool, len(seeded))
	for _, k := range seeded {
		known[k] = true
	}
	values, err := loadValues(ctx, tx, l.Key, true)
	if err != nil {
		return err
	}
	last, held := int64(0), false
	for _, v := range values {
		known[v.NameKey] = true
		last = max(last, v.Order)
		held = held || v.Active && v.Default
	}
	for _, v := range l.Defaults {
		v.NameKey = ref.NameKey(v.Name)
		if !known[v.NameKey] {
			last++
			fresh := Value{ID: ref.New[ref.Lookup](), List: l.Key, Name: line(v.Name), NameKey: v.NameKey, Order: last, Colour: v.Colour, Icon: v.Icon,
				Default: v.Default && !held, Attributes: v.Attributes, Active: true, Version: 1, CreatedAt: now, UpdatedAt: now}
			if fresh.Attributes == nil {
				fresh.Attributes = Attributes{}
			}
			held = held || fresh.Default
			if err := insertValue(ctx, tx, fresh); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO lookup_seed (list_key, name_key) VALUES (?, ?) ON CONFLICT DO NOTHING`, l.Key, v.NameKey); err != nil {
			return err
		}
	}
	return nil
}
