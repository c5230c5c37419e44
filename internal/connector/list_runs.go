package connector

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// ListRuns returns the runs of a connection, newest first.
func (s *Service) ListRuns(ctx context.Context, id ref.Connection, p httpapi.Paging) (httpapi.Page[Run], error) {
	var page httpapi.Page[Run]
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.load(ctx, tx, id, PermView); err != nil {
			return err
		}
		var rows []runRow
		q := tx.NewSelect().Model(&rows).Where("r.connection_id = ?", id).OrderExpr("r.created_at DESC, r.id DESC").Limit(int64(p.Limit) + 1)
		if err := before(q.Where, p.Cursor, "r.created_at", "r.id"); err != nil {
			return err
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		views := make([]Run, len(rows))
		for i, r := range rows {
			views[i] = r.view()
		}
		page = httpapi.NewPage(views, p.Limit, func(r Run) []any { return []any{r.CreatedAt, r.ID} })
		return nil
	})
	return page, err
}

// before continues a list that is ordered by a time and an id, newest first.
func before[Q any](where func(string, ...any) Q, cursor, timeColumn, idColumn string) error {
	var t time.Time
	var id string
	ok, err := httpapi.DecodeCursor(cursor, &t, &id)
	if ok {
		where("("+timeColumn+", "+idColumn+") < (?, ?)", t, id)
	}
	return err
}

// GetRun returns one run.
func (s *Service) GetRun(ctx context.Context, id ref.Run) (Run, error) {
	var out Run
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		run, _, err := s.loadRun(ctx, tx, id, PermView)
		out = run.view()
		return err
	})
	return out, err
}

// RunningRuns returns every active run the caller may see, for "what is running".
func (s *Service) RunningRuns(ctx context.Context) ([]Run, error) {
	out := []Run{}
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []runRow
		err := tx.NewSelect().Model(&rows).Join("JOIN connection AS c ON c.id = r.connection_id").Apply(authz.Filter(ctx, PermView, "c.unit_id")).
			Where("r.state IN ('QUEUED', 'RUNNING')").OrderExpr("r.created_at").Scan(ctx)
		for _, r := range rows {
			out = append(out, r.view())
		}
		return err
	})
	return out, err
}

// ListScopes returns the chosen scopes of a connection with their freshness.
func (s *Service) ListScopes(ctx context.Context, id ref.Connection) ([]ChosenScope, error) {
	out := []ChosenScope{}
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.load(ctx, tx, id, PermView); err != nil {
			return err
		}
		rows, err := scopesOf(ctx, tx, id)
		for _, r := range rows {
			out = append(out, r.view())
		}
		return err
	})
	return out, err
}

// WebhookDelivery is what the API shows of a received webhook.
type WebhookDelivery struct {
	ID         string     `json:"id"`
	DeliveryID string     `json:"deliveryId"`
	Event      string     `json:"event"`
	Scope      string     `json:"scope,omitempty"`
	State      string     `json:"state" enum:"RECEIVED,DONE,FAILED"`
	Attempts   int64      `json:"attempts"`
	Records    int64      `json:"records"`
	Error      string     `json:"error,omitempty"`
	ReceivedAt time.Time  `json:"receivedAt"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
}

// ListWebhooks returns what a connection received, newest first.
func (s *Service) ListWebhooks(ctx context.Context, id ref.Connection, p httpapi.Paging, state string) (httpapi.Page[WebhookDelivery], error) {
	var page httpapi.Page[WebhookDelivery]
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.load(ctx, tx, id, PermView); err != nil {
			return err
		}
		var rows []webhookRow
		q := tx.NewSelect().Model(&rows).ExcludeColumn("content").Where("w.connection_id = ?", id).
			OrderExpr("w.received_at DESC, w.id DESC").Limit(int64(p.Limit) + 1)
		if state != "" {
			q.Where("w.state = ?", state)
		}
		if err := before(q.Where, p.Cursor, "w.received_at", "w.id"); err != nil {
			return err
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		views := make([]WebhookDelivery, len(rows))
		for i, r := range rows {
			views[i] = WebhookDelivery{
				ID: r.ID, DeliveryID: r.DeliveryID, Event: r.Event, Scope: r.Scope, State: r.State, Attempts: r.Attempts,
				Records: r.Records, Error: r.Error, ReceivedAt: r.ReceivedAt.UTC(), FinishedAt: r.FinishedAt,
			}
		}
		page = httpapi.NewPage(views, p.Limit, func(d WebhookDelivery) []any { return []any{d.ReceivedAt, d.ID} })
		return nil
	})
	return page, err
}

// UnmappedPage is a group of pages, or parts of pages, the rules could not map.
type UnmappedPage struct {
	Endpoint    string    `json:"endpoint" bun:"endpoint"`
	Reason      string    `json:"reason" bun:"reason"`
	Sample      string    `json:"sample" bun:"sample"`
	Occurrences int64     `json:"occurrences" bun:"occurrences"`
	FirstSeenAt time.Time `json:"firstSeenAt" bun:"first_seen_at"`
	LastSeenAt  time.Time `json:"lastSeenAt" bun:"last_seen_at"`
}

// ListUnmapped returns what waits for a rule, the most frequent first.
func (s *Service) ListUnmapped(ctx context.Context, id ref.Connection) ([]UnmappedPage, error) {
	out := []UnmappedPage{}
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.load(ctx, tx, id, PermView); err != nil {
			return err
		}
		return tx.NewSelect().Table("unmapped_page").Column("endpoint", "reason", "sample", "occurrences", "first_seen_at", "last_seen_at").
			Where("connection_id = ?", id).OrderExpr("occurrences DESC, endpoint, reason").Scan(ctx, &out)
	})
	return out, err
}
