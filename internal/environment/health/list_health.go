package health

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// Tile is how one environment is.
type Tile struct {
	ID          ref.Environment `bun:"id" json:"id"`
	Key         string          `bun:"key" json:"key"`
	Name        string          `bun:"name" json:"name"`
	Unit        ref.Unit        `bun:"unit_id" json:"unitId"`
	Application ref.App         `bun:"application_id,nullzero" json:"applicationId,omitempty"`
	Health      Health          `bun:"health" json:"health" enum:"online,offline,issue,unknown,no_data"`
	Since       *time.Time      `bun:"since" json:"since,omitempty" doc:"Since when it is so."`
	At          *time.Time      `bun:"at" json:"at,omitempty" doc:"When it was last said."`
	Source      string          `bun:"source" json:"source,omitempty"`
	Message     string          `bun:"message" json:"message,omitempty"`
	Outage      ref.Outage      `bun:"outage_id,nullzero" json:"outageId,omitempty" doc:"The outage it is in now."`
	NameFolded  string          `bun:"name_key" json:"-"`
}

// TileFilter narrows the board of health.
type TileFilter struct {
	Text        string
	Unit        ref.Unit
	Application string
	Group       string
	// Environment keeps these alone, by id or key.
	Environment []string
	Health      []Health
}

// Board is a page of the board of health with the numbers of all that the filter keeps, whatever their health.
type Board struct {
	httpapi.Page[Tile]
	Counts map[Health]int64 `json:"counts"`
}

func (s *Service) tiles(ctx context.Context, tx db.Tx, f TileFilter) (*bun.SelectQuery, error) {
	q := tx.NewSelect().TableExpr("v_environment AS e").Join("LEFT JOIN environment_health AS h ON h.environment_id = e.id AND h.health <> ''").
		Where("e.state = 'active'").Apply(authz.Filter(ctx, PermView, "e.unit_id"))
	if text := strings.TrimSpace(f.Text); text != "" {
		name, a := tx.Contains("e.name", text)
		key, b := tx.Contains("e.key", text)
		q = q.Where("("+name+" OR "+key+")", a, b)
	}
	if len(f.Environment) > 0 {
		q = q.Where("(e.id IN (?0) OR e.key IN (?0))", bun.In(f.Environment))
	}
	if f.Application != "" {
		q = q.Where("e.application_id IN (SELECT application_id FROM v_application_name WHERE name_key IN (?, ?))", f.Application, ref.NameKey(f.Application))
	}
	if f.Group != "" {
		q = q.Where("e.id IN (SELECT m.environment_id FROM v_environment_member AS m JOIN v_environment_group AS g ON g.id = m.group_id WHERE g.id = ? OR g.key = ?)", f.Group, f.Group)
	}
	if f.Unit != "" {
		var path string
		if err := tx.NewSelect().Table("v_unit").Column("path").Where("id = ?", f.Unit).Scan(ctx, &path); err != nil && !db.IsNoRows(err) {
			return nil, err
		}
		lo, hi := authz.PathRange(path)
		q = q.Where("e.unit_id IN (SELECT id FROM v_unit WHERE path >= ? AND path < ? AND ? <> '')", lo, hi, path)
	}
	return q, nil
}

// ListHealth returns how environments are, in the order of their names.
func (s *Service) ListHealth(ctx context.Context, f TileFilter, cursor string, limit int) (Board, error) {
	out := Board{Counts: map[Health]int64{Online: 0, Offline: 0, Issue: 0, Unknown: 0, NoData: 0}}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q, err := s.tiles(ctx, tx, f)
		if err != nil {
			return err
		}
		var counts []struct {
			Health Health `bun:"health"`
			N      int64  `bun:"n"`
		}
		if err := q.ColumnExpr("COALESCE(h.health, 'no_data') AS health, COUNT(*) AS n").GroupExpr("1").Scan(ctx, &counts); err != nil {
			return err
		}
		for _, c := range counts {
			out.Counts[c.Health] = c.N
		}
		if q, err = s.tiles(ctx, tx, f); err != nil {
			return err
		}
		if len(f.Health) > 0 {
			q = q.Where("COALESCE(h.health, 'no_data') IN (?)", bun.In(f.Health))
		}
		var name, id string
		more, err := httpapi.DecodeCursor(cursor, &name, &id)
		if err != nil {
			return err
		}
		if more {
			q = q.Where("(e.name_key, e.id) > (?, ?)", name, id)
		}
		var rows []Tile
		err = q.Join("LEFT JOIN health_event AS ev ON ev.id = h.event_id").
			ColumnExpr(`e.id, e.key, e.name, e.unit_id, e.application_id, e.name_key, COALESCE(h.health, 'no_data') AS health, h.since, h.at,
				COALESCE(ev.source, '') AS source, COALESCE(ev.message, '') AS message,
				(SELECT MIN(o.id) FROM outage AS o WHERE o.environment_id = e.id AND o.started_at <= ? AND (o.ended_at IS NULL OR o.ended_at > ?)) AS outage_id`, s.clock.Now(), s.clock.Now()).
			OrderExpr("e.name_key, e.id").Limit(int64(limit)+1).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		for i := range rows {
			rows[i].Since, rows[i].At = utc(rows[i].Since), utc(rows[i].At)
		}
		out.Page = httpapi.NewPage(rows, limit, func(t Tile) []any { return []any{t.NameFolded, t.ID} })
		return nil
	})
	return out, err
}

// EnvironmentHealth is how an environment is and what was said of it, the latest first.
type EnvironmentHealth struct {
	Health Health     `json:"health" enum:"online,offline,issue,unknown,no_data"`
	Since  *time.Time `json:"since,omitempty"`
	At     *time.Time `json:"at,omitempty"`
	httpapi.Page[Event]
}

// EnvironmentHealth returns how an environment is, with a page of what was said of it.
func (s *Service) EnvironmentHealth(ctx context.Context, keyOrID, cursor string, limit int) (EnvironmentHealth, error) {
	out := EnvironmentHealth{Health: NoData}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		env, err := s.environments.Find(ctx, tx, keyOrID)
		if err != nil {
			return err
		}
		if err := authz.CheckUnit(ctx, tx, PermView, env.Unit); err != nil {
			return err
		}
		var now struct {
			Health Health     `bun:"health"`
			Since  *time.Time `bun:"since"`
			At     *time.Time `bun:"at"`
		}
		err = tx.NewSelect().Table("environment_health").Column("health", "since", "at").Where("environment_id = ? AND health <> ''", env.ID).Scan(ctx, &now)
		if err != nil && !db.IsNoRows(err) {
			return err
		}
		out.Health, out.Since, out.At = orNoData(now.Health), utc(now.Since), utc(now.At)
		q := tx.NewSelect().Model((*Event)(nil)).Where("h.environment_id = ?", env.ID).OrderExpr("h.at DESC, h.id DESC").Limit(int64(limit) + 1)
		var at time.Time
		var id int64
		more, err := httpapi.DecodeCursor(cursor, &at, &id)
		if err != nil {
			return err
		}
		if more {
			q = q.Where("(h.at, h.id) < (?, ?)", at.UTC(), id)
		}
		var rows []Event
		if err := q.Scan(ctx, &rows); err != nil {
			return err
		}
		for i := range rows {
			rows[i] = rows[i].utc()
		}
		out.Page = httpapi.NewPage(rows, limit, func(e Event) []any { return []any{e.At, int64(e.ID)} })
		return nil
	})
	return out, err
}
