package field

import (
	"context"
	"slices"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
)

// Listing is a list with its values.
type Listing struct {
	List
	// Custom lists were added by an administrator.
	Custom  bool
	Version int64
	Values  []Value
	// Manageable says whether the caller may change it.
	Manageable bool
}

// Lists returns every list without its values, by tag and title.
func (s *Lookups) Lists(ctx context.Context) ([]Listing, error) {
	if err := somewhere(ctx, PermView); err != nil {
		return nil, err
	}
	out := []Listing{}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []listRow
		if err := tx.NewSelect().Table("lookup_list").Column("key", "title", "custom", "version").Scan(ctx, &rows); err != nil {
			return err
		}
		out = make([]Listing, 0, len(rows))
		for _, r := range rows {
			out = append(out, s.listing(ctx, r))
		}
		return nil
	})
	slices.SortFunc(out, func(a, b Listing) int {
		return strings.Compare(a.Tag+"\x00"+strings.ToLower(a.Title)+"\x00"+a.Key, b.Tag+"\x00"+strings.ToLower(b.Title)+"\x00"+b.Key)
	})
	return out, err
}

// List returns one list with its values; all means deleted ones too, after the others.
func (s *Lookups) List(ctx context.Context, key string, all bool) (Listing, error) {
	if err := somewhere(ctx, PermView); err != nil {
		return Listing{}, err
	}
	var out Listing
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		row, err := loadList(ctx, tx, key)
		if err != nil {
			return err
		}
		out = s.listing(ctx, row)
		out.Values, err = loadValues(ctx, tx, key, all)
		return err
	})
	return out, err
}

func (s *Lookups) listing(ctx context.Context, r listRow) Listing {
	l, known := s.lists[r.Key]
	if !known {
		l = List{Key: r.Key, Title: r.Title, Tag: customTag, Attributes: []Attribute{}}
	}
	return Listing{List: l, Custom: r.Custom, Version: r.Version, Manageable: authz.From(ctx).Everywhere(PermManageLookup)}
}

// customTag groups the lists of the organisation's own.
const customTag = "custom"

func (s *Lookups) titleOf(r listRow) string {
	if l, ok := s.lists[r.Key]; ok {
		return l.Title
	}
	return r.Title
}
