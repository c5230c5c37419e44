package sheet

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/tabular"
)

// Mapping is what was chosen for a sheet, kept for the next one like it.
type Mapping struct {
	bun.BaseModel `bun:"table:sheet_mapping,alias:m" json:"-"`

	ID         string         `bun:"id,pk" json:"id"`
	Unit       ref.Unit       `bun:"unit_id" json:"unitId"`
	Kind       Kind           `bun:"kind" json:"kind" enum:"environments,components,groups,bookings"`
	Name       string         `bun:"name" json:"name"`
	NameKey    string         `bun:"name_key" json:"-"`
	AuthorID   string         `bun:"author_id" json:"-"`
	AuthorName string         `bun:"author_name" json:"authorName"`
	Signature  string         `bun:"signature" json:"-"`
	Content    MappingContent `bun:"content,type:jsonb" json:"content"`
	Version    int64          `bun:"version" json:"version"`
	CreatedAt  time.Time      `bun:"created_at" json:"createdAt"`
	UpdatedAt  time.Time      `bun:"updated_at" json:"updatedAt"`
}

// MappingContent is what a mapping remembers. Columns are remembered by what stands above them.
type MappingContent struct {
	Columns   map[string]MappedColumn              `json:"columns" nullable:"false"`
	Zone      string                               `json:"zone"`
	DateOrder DateOrder                            `json:"dateOrder,omitempty"`
	Source    string                               `json:"source"`
	Values    map[ValueKind]map[string]ValueChoice `json:"values" nullable:"false"`
	Clashes   booking.ImportChoice                 `json:"clashes"`
}

// MappedColumn is a column by its header, and by its letter for headers that stand twice.
type MappedColumn struct {
	Header string `json:"header"`
	Column string `json:"column"`
}

// content is what a mapping remembers of an import.
func (i *Import) content() MappingContent {
	c := MappingContent{Columns: map[string]MappedColumn{}, Zone: i.Choices.Zone, DateOrder: i.Choices.DateOrder, Source: i.Choices.Source, Values: i.Choices.Values, Clashes: i.Choices.Clashes}
	header := i.header()
	for key, letter := range i.Choices.Columns {
		m := MappedColumn{Column: letter}
		if column, ok := columnOf(letter); ok && column < len(header) {
			m.Header = header[column]
		}
		c.Columns[key] = m
	}
	return c
}

// take applies what a mapping remembers, as far as the sheet has the columns.
func (i *Import) take(m Mapping) {
	header := i.header()
	columns, used := map[string]string{}, map[string]bool{}
	for key, c := range m.Content.Columns {
		if _, known := fieldOf(m.Kind, key); !known {
			continue
		}
		at := -1
		for n, h := range header {
			letter := tabular.ColumnName(n)
			if plain(h) == plain(c.Header) && plain(h) != "" && !used[letter] && (at < 0 || letter == c.Column) {
				at = n
			}
		}
		if at >= 0 {
			columns[key] = tabular.ColumnName(at)
			used[columns[key]] = true
		}
	}
	i.Kind = m.Kind
	i.Choices.Columns = columns
	i.Choices.Zone, i.Choices.DateOrder, i.Choices.Clashes = m.Content.Zone, m.Content.DateOrder, m.Content.Clashes
	if m.Content.Source != "" {
		i.Choices.Source = m.Content.Source
	}
	if m.Content.Values != nil {
		i.Choices.Values = m.Content.Values
	}
}

// applyRemembered applies the mapping of a name or id, or, without one, what the same person chose for the same header.
func (s *Service) applyRemembered(ctx context.Context, tx db.Tx, i *Import, name string) error {
	var m Mapping
	if name != "" {
		err := tx.NewSelect().Model(&m).Where("m.name_key <> '' AND (m.id = ? OR m.name_key = ?)", name, foldName(name)).Apply(authz.Filter(ctx, PermImport, "m.unit_id")).
			OrderExpr("CASE WHEN m.unit_id = ? THEN 0 ELSE 1 END, m.id", i.Unit).Limit(1).Scan(ctx)
		if db.IsNoRows(err) {
			return fault("mapping", "mapping_unknown", "There is no such mapping, or you may not see it.")
		}
		if err != nil {
			return err
		}
		if i.Kind != m.Kind { // the mapping knows better what the sheet holds
			i.Kind = m.Kind
			i.guessAgain()
		}
		i.take(m)
		return nil
	}
	q := tx.NewSelect().Model(&m).Where("m.name_key = '' AND m.author_id = ? AND m.signature = ?", authz.From(ctx).ID(), signature(i.header()))
	if i.Kind != "" {
		q = q.Where("m.kind = ?", i.Kind)
	}
	err := q.Limit(1).Scan(ctx)
	if db.IsNoRows(err) {
		return nil
	}
	if err == nil {
		source := i.Choices.Source
		i.take(m)
		i.Choices.Source = source
	}
	return err
}

// rememberOwn keeps what was chosen for the next sheet with the same header.
func (s *Service) rememberOwn(ctx context.Context, tx db.Tx, i *Import) error {
	p := authz.From(ctx)
	now := s.Clock.Now()
	_, err := tx.ExecContext(ctx, `INSERT INTO sheet_mapping (id, unit_id, kind, name, name_key, author_id, author_name, signature, content, version, created_at, updated_at)
		VALUES (?, ?, ?, '', '', ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (author_id, kind, signature) WHERE name_key = '' DO UPDATE SET content = excluded.content, unit_id = excluded.unit_id, updated_at = excluded.updated_at`,
		ref.New[string](), i.Unit, i.Kind, p.ID(), p.Name, signature(i.header()), asJSON(i.content(), "{}"), now, now)
	return err
}

// SaveMapping keeps what was chosen for an import under a name, for everybody who imports into its unit. A mapping of the same
// name is replaced.
func (s *Service) SaveMapping(ctx context.Context, importID, name string) (Mapping, error) {
	var m Mapping
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		i, err := s.may(ctx, tx, importID)
		if err != nil {
			return err
		}
		name = strings.Join(strings.Fields(name), " ")
		if name == "" || len([]rune(name)) > 100 {
			return fault("body.name", "required", "Name the mapping in up to 100 characters.")
		}
		if i.Kind == "" || len(i.Choices.Columns) == 0 {
			return problem.New(problem.Conflict, "mapping_empty", "Choose the columns first.")
		}
		p, now := authz.From(ctx), s.Clock.Now()
		m = Mapping{ID: ref.New[string](), Unit: i.Unit, Kind: i.Kind, Name: name, NameKey: foldName(name), AuthorID: p.ID(), AuthorName: p.Name, Signature: signature(i.header()),
			Content: i.content(), Version: 1, CreatedAt: now, UpdatedAt: now}
		_, err = tx.NewInsert().Model(&m).On("CONFLICT (unit_id, kind, name_key) WHERE name_key <> '' DO UPDATE").
			Set("name = excluded.name, content = excluded.content, signature = excluded.signature, author_id = excluded.author_id, author_name = excluded.author_name").
			Set("updated_at = excluded.updated_at, version = ?TableAlias.version + 1").Returning("id, version, created_at").Exec(ctx)
		if err != nil {
			return err
		}
		m.CreatedAt = m.CreatedAt.UTC()
		return s.Events.Append(ctx, tx, events.Event{Kind: MappingSaved, SubjectID: m.ID, SubjectLabel: m.Name, Unit: m.Unit, Data: map[string]any{"kind": m.Kind, "importId": i.ID}})
	})
	return m, err
}

// ListMappings returns the named mappings of the units whose sheets the caller imports.
func (s *Service) ListMappings(ctx context.Context, kind Kind, cursor string, limit int) (page httpapi.Page[Mapping], err error) {
	var name, id string
	more, err := httpapi.DecodeCursor(cursor, &name, &id)
	if err != nil {
		return page, err
	}
	var list []Mapping
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := tx.NewSelect().Model(&list).Apply(authz.Filter(ctx, PermImport, "m.unit_id")).Where("m.name_key <> ''")
		if kind != "" {
			q = q.Where("m.kind = ?", kind)
		}
		if more {
			q = q.Where("(m.name_key, m.id) > (?, ?)", name, id)
		}
		return q.OrderExpr("m.name_key, m.id").Limit(int64(limit + 1)).Scan(ctx)
	})
	for i := range list {
		list[i].CreatedAt, list[i].UpdatedAt = list[i].CreatedAt.UTC(), list[i].UpdatedAt.UTC()
	}
	return httpapi.NewPage(list, limit, func(m Mapping) []any { return []any{m.NameKey, m.ID} }), err
}

// DeleteMapping forgets a named mapping.
func (s *Service) DeleteMapping(ctx context.Context, id string, version int64) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var m Mapping
		err := tx.NewSelect().Model(&m).Where("m.id = ? AND m.name_key <> ''", id).Scan(ctx)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := authz.CheckUnit(ctx, tx, PermImport, m.Unit); err != nil {
			return err
		}
		if m.Version != version {
			return httpapi.Stale(m.Version, m)
		}
		if _, err := tx.NewDelete().Model(&m).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: MappingDeleted, SubjectID: m.ID, SubjectLabel: m.Name, Unit: m.Unit})
	})
}
