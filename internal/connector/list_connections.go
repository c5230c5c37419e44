package connector

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// ConnectionFilter narrows [Service.ListConnections].
type ConnectionFilter struct {
	httpapi.Paging
	Query string `query:"q" maxLength:"200" doc:"Part of the name."`
	Kind  string `query:"kind" doc:"Only connections of this kind."`
	State string `query:"state" enum:"ACTIVE,PAUSED" doc:"Only connections in this state."`
	Unit  string `query:"unit" doc:"Only connections of this unit and everything below it."`
}

// ListConnections returns the connections the caller may see, by name, with their health and last run.
func (s *Service) ListConnections(ctx context.Context, f ConnectionFilter) (httpapi.Page[Connection], error) {
	var page httpapi.Page[Connection]
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []connectionRow
		q := tx.NewSelect().Model(&rows).Apply(authz.Filter(ctx, PermView, "c.unit_id")).OrderExpr("lower(c.name), c.id").Limit(int64(f.Limit) + 1)
		if f.Query != "" {
			cond, arg := tx.Contains("c.name", f.Query)
			q.Where(cond, arg)
		}
		if f.Kind != "" {
			q.Where("c.kind = ?", f.Kind)
		}
		if f.State != "" {
			q.Where("c.state = ?", f.State)
		}
		if f.Unit != "" {
			q.Where(`c.unit_id IN (SELECT u.id FROM v_unit u, v_unit top WHERE top.id = ? AND u.path >= top.path AND u.path < top.path || '~')`, f.Unit)
		}
		var name, id string
		if ok, err := httpapi.DecodeCursor(f.Cursor, &name, &id); err != nil {
			return err
		} else if ok {
			q.Where("(lower(c.name), c.id) > (lower(?), ?)", name, id)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		views := make([]Connection, len(rows))
		for i, r := range rows {
			views[i] = s.decorate(r.view())
		}
		if err := s.addHealth(ctx, tx, rows, views); err != nil {
			return err
		}
		page = httpapi.NewPage(views, f.Limit, func(c Connection) []any { return []any{c.Name, c.ID} })
		return nil
	})
	return page, err
}

// GetConnection returns one connection with its health and last run.
func (s *Service) GetConnection(ctx context.Context, id ref.Connection) (Connection, error) {
	var out Connection
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		row, err := s.load(ctx, tx, id, PermView)
		if err != nil {
			return err
		}
		views := []Connection{s.decorate(row.view())}
		err = s.addHealth(ctx, tx, []connectionRow{row}, views)
		out = views[0]
		return err
	})
	return out, err
}

// addHealth completes views with three queries however many connections there are.
func (s *Service) addHealth(ctx context.Context, tx db.Tx, rows []connectionRow, views []Connection) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]ref.Connection, len(rows))
	at := map[ref.Connection]int{}
	for i, r := range rows {
		ids[i], at[r.ID] = r.ID, i
		views[i].Health = &Health{}
	}
	var scopes []struct {
		Connection ref.Connection `bun:"connection_id"`
		N          int64          `bun:"n"`
		Failing    int64          `bun:"failing"`
		Never      int64          `bun:"never"`
		Oldest     *time.Time     `bun:"oldest,type:timestamp"`
	}
	err := tx.NewSelect().Table("connection_scope").Column("connection_id").ColumnExpr("count(*) AS n").
		ColumnExpr("count(*) FILTER (WHERE last_error <> '') AS failing").ColumnExpr("count(*) FILTER (WHERE last_success_at IS NULL) AS never").
		ColumnExpr("min(last_success_at) AS oldest").Where("connection_id IN (?)", bun.List(ids)).GroupExpr("connection_id").Scan(ctx, &scopes)
	if err != nil {
		return err
	}
	oldest := map[ref.Connection]*time.Time{}
	for _, r := range scopes {
		h := views[at[r.Connection]].Health
		h.Scopes, h.FailingScopes = r.N, r.Failing
		if r.Never == 0 {
			oldest[r.Connection] = r.Oldest
			h.OldestSuccessAt = r.Oldest
		}
	}
	var counts []struct {
		Connection ref.Connection `bun:"connection_id"`
		What       string         `bun:"what"`
		N          int64          `bun:"n"`
	}
	err = tx.NewRaw(`SELECT connection_id, 'pages' AS what, sum(occurrences) AS n FROM unmapped_page WHERE connection_id IN (?) GROUP BY connection_id
		UNION ALL SELECT connection_id, 'hooks', count(*) FROM webhook_delivery WHERE connection_id IN (?) AND state = 'FAILED' GROUP BY connection_id`,
		bun.List(ids), bun.List(ids)).Scan(ctx, &counts)
	if err != nil {
		return err
	}
	for _, r := range counts {
		if h := views[at[r.Connection]].Health; r.What == "pages" {
			h.UnmappedPages = r.N
		} else {
			h.FailedWebhooks = r.N
		}
	}
	var runs []runRow
	err = tx.NewSelect().Model(&runs).Where(`r.id IN (SELECT (SELECT x.id FROM connection_run x WHERE x.connection_id = c.id
		ORDER BY x.created_at DESC, x.id DESC LIMIT 1) FROM connection c WHERE c.id IN (?))`, bun.List(ids)).Scan(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		v := r.view()
		views[at[r.Connection]].LastRun = &v
	}
	now := s.Clock.Now()
	for i, r := range rows {
		h := views[i].Health
		h.State = healthState(r.State == "PAUSED", h.Scopes, h.FailingScopes, oldest[r.ID], time.Duration(r.IntervalMinutes)*time.Minute, now)
		if c, ok := s.kinds[r.Kind]; ok && !c.Describe().Pulls && h.State == "NEVER" {
			h.State = "FRESH"
		}
	}
	return nil
}
