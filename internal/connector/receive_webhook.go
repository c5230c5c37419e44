package connector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// MaxWebhookBody is the largest push a tool may send; GitHub's own limit is 25 MB.
const MaxWebhookBody = 25 << 20

type webhookRow struct {
	bun.BaseModel `bun:"table:webhook_delivery,alias:w"`

	ID         string         `bun:"id,pk"`
	Connection ref.Connection `bun:"connection_id"`
	DeliveryID string         `bun:"delivery_id"`
	Event      string         `bun:"event"`
	Scope      string         `bun:"scope_id"`
	State      string         `bun:"state"`
	Content    []byte         `bun:"content"`
	Attempts   int64          `bun:"attempts"`
	Records    int64          `bun:"records"`
	Error      string         `bun:"error"`
	ReceivedAt time.Time      `bun:"received_at"`
	FinishedAt *time.Time     `bun:"finished_at"`
}

// WebhookJob works one received webhook.
type WebhookJob struct {
	Delivery string `json:"delivery"`
}

// Kind names the job.
func (WebhookJob) Kind() string { return "connector.webhook" }

// hook is what the door for webhooks needs of a connection.
type hook struct {
	receiver WebhookReceiver
	secret   string
	state    string
	until    time.Time
}

// hookCache spares the door a look into the vault for every push. Entries live half a minute on other nodes; on this
// one a change drops them at once.
type hookCache struct {
	mu  sync.Mutex
	all map[ref.Connection]hook
}

func newHookCache() *hookCache { return &hookCache{all: map[ref.Connection]hook{}} }

func (c *hookCache) forget(id ref.Connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, id)
}

const hookLife = 30 * time.Second

func (s *Service) hookOf(ctx context.Context, id ref.Connection) (hook, error) {
	now := s.Clock.Now()
	s.hooks.mu.Lock()
	h, ok := s.hooks.all[id]
	s.hooks.mu.Unlock()
	if ok && now.Before(h.until) {
		return h, nil
	}
	if !ref.Valid(id) {
		return hook{}, authz.ErrNotFound
	}
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var row connectionRow
		err := tx.NewSelect().Model(&row).Where("c.id = ?", id).Scan(ctx)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		if err != nil {
			return err
		}
		c, err := s.kind(row.Kind)
		if err != nil {
			return err
		}
		receiver, ok := c.(WebhookReceiver)
		if !ok {
			return authz.ErrNotFound
		}
		if row.WebhookRef == "" {
			return problem.New(problem.Forbidden, "webhook_secret_missing", "This connection has no webhook secret yet, so nothing can be checked. Set one first.")
		}
		secret, err := s.Vault.Get(ctx, tx, row.WebhookRef)
		h = hook{receiver: receiver, secret: secret, state: row.State, until: now.Add(hookLife)}
		return err
	})
	if err != nil {
		return hook{}, err
	}
	s.hooks.mu.Lock()
	s.hooks.all[id] = h
	s.hooks.mu.Unlock()
	return h, nil
}

// Acknowledgement answers a tool's push.
type Acknowledgement struct {
	ID string `json:"id"`
	// Duplicate is true when the same push was received before; it is not worked again.
	Duplicate bool `json:"duplicate"`
}

// storedHook is what is kept of a push until it is worked.
type storedHook struct {
	Pages []Page `json:"pages"`
}

// ReceiveWebhook checks who pushes and keeps what was pushed; it is worked afterwards. Once this returns without an
// error the push is not lost.
func (s *Service) ReceiveWebhook(ctx context.Context, id ref.Connection, header http.Header, body []byte) (Acknowledgement, error) {
	h, err := s.hookOf(ctx, id)
	if err != nil {
		return Acknowledgement{}, err
	}
	got, err := h.receiver.Receive(h.secret, header, body)
	if err != nil {
		return Acknowledgement{}, err
	}
	if h.state != "ACTIVE" {
		return Acknowledgement{}, problem.New(problem.Conflict, "connection_paused", "This connection is paused and takes nothing.")
	}
	raw, err := json.Marshal(storedHook{Pages: got.Pages})
	if err != nil {
		return Acknowledgement{}, err
	}
	packed, err := pack(raw)
	if err != nil {
		return Acknowledgement{}, err
	}
	// The signature covers the body alone: the same body under another delivery id is a replay as well.
	id256 := sha256.New()
	_, _ = io.WriteString(id256, string(id)+"\n"+got.Event+"\n")
	_, _ = id256.Write(body)
	row := webhookRow{
		ID: hex.EncodeToString(id256.Sum(nil)[:20]), Connection: id, DeliveryID: got.DeliveryID, Event: got.Event, Scope: got.Scope,
		State: "RECEIVED", Content: packed, ReceivedAt: s.Clock.Now(),
	}
	ack := Acknowledgement{ID: row.ID}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		res, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n == 0 {
			ack.Duplicate = true
			return nil
		}
		ack.Duplicate = false
		return s.Jobs.Enqueue(ctx, tx, WebhookJob{Delivery: row.ID}, jobs.Options{MaxAttempts: 8})
	})
	return ack, err
}

// WorkWebhook maps and ingests one received webhook.
func (s *Service) WorkWebhook(ctx context.Context, job jobs.Job[WebhookJob]) error {
	ctx = authz.With(ctx, System())
	var hookRow webhookRow
	var row connectionRow
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := tx.NewSelect().Model(&hookRow).Where("w.id = ?", job.Args.Delivery).Scan(ctx); err != nil {
			return err
		}
		return tx.NewSelect().Model(&row).Where("c.id = ?", hookRow.Connection).Scan(ctx)
	})
	if db.IsNoRows(err) {
		return nil // removed with its connection
	}
	if err != nil || hookRow.State == "DONE" {
		return err
	}
	records, failure := s.workHook(ctx, row, hookRow)
	state, message := "DONE", ""
	if failure != nil {
		state, message = "FAILED", messageOf(failure)
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*webhookRow)(nil)).Set("state = ?", state).Set("error = ?", message).Set("records = ?", records).
			Set("attempts = attempts + 1").Set("finished_at = ?", s.Clock.Now()).Where("id = ?", hookRow.ID).Exec(ctx)
		return err
	})
	if failure != nil {
		return failure
	}
	return err
}

func (s *Service) workHook(ctx context.Context, row connectionRow, hookRow webhookRow) (int64, error) {
	c, err := s.kind(row.Kind)
	if err != nil {
		return 0, err
	}
	raw, err := unpack(hookRow.Content)
	if err != nil {
		return 0, err
	}
	var stored storedHook
	if err := json.Unmarshal(raw, &stored); err != nil {
		return 0, err
	}
	if len(stored.Pages) == 0 {
		return 0, nil
	}
	if chosen, err := s.isChosen(ctx, c, hookRow); err != nil || !chosen {
		return 0, err
	}
	if err := s.keepPages(ctx, c, row.ID, hookRow.Scope, stored.Pages); err != nil {
		return 0, err
	}
	records, _, err := s.mapAndIngest(ctx, c, row, stored.Pages, ingestion{interactive: true})
	return records, err
}

// isChosen tells whether what was pushed belongs to a chosen scope. A tool may push for more than was chosen: a webhook
// of a whole organisation does.
func (s *Service) isChosen(ctx context.Context, c Connector, hookRow webhookRow) (bool, error) {
	if !c.Describe().Pulls || hookRow.Scope == "" {
		return true, nil
	}
	var n int64
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		n, err = tx.NewSelect().Model((*scopeRow)(nil)).Where("connection_id = ? AND external_id = ?", hookRow.Connection, hookRow.Scope).Count(ctx)
		return err
	})
	return n > 0, err
}

// RetryWebhook works a failed webhook again.
func (s *Service) RetryWebhook(ctx context.Context, id ref.Connection, delivery string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		row, err := s.load(ctx, tx, id, PermRun)
		if err != nil {
			return err
		}
		res, err := tx.NewUpdate().Model((*webhookRow)(nil)).Set("state = 'RECEIVED'").Set("error = ''").
			Where("id = ? AND connection_id = ? AND state = 'FAILED'", delivery, id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, _ := res.RowsAffected(); n == 0 {
			return problem.New(problem.Conflict, "webhook_not_failed", "This webhook has not failed, or is gone.")
		}
		if err := s.Jobs.Enqueue(ctx, tx, WebhookJob{Delivery: delivery}, jobs.Options{MaxAttempts: 3}); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: WebhookRetried, SubjectID: string(id), SubjectLabel: row.Name, Unit: row.Unit})
	})
}
