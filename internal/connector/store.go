package connector

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type connectionRow struct {
	bun.BaseModel `bun:"table:connection,alias:c"`

	ID              ref.Connection    `bun:"id,pk"`
	Kind            Kind              `bun:"kind"`
	Name            string            `bun:"name"`
	Unit            ref.Unit          `bun:"unit_id"`
	Settings        map[string]string `bun:"settings,type:jsonb"`
	CredentialRef   string            `bun:"credential_ref"`
	WebhookRef      string            `bun:"webhook_ref"`
	Rules           json.RawMessage   `bun:"rules,type:jsonb"`
	RulesVersion    int64             `bun:"rules_version"`
	ReplayedVersion int64             `bun:"replayed_version"`
	IntervalMinutes int               `bun:"interval_minutes"`
	State           string            `bun:"state"`
	VerifiedAt      *time.Time        `bun:"verified_at"`
	VerifiedAccount string            `bun:"verified_account"`
	VerifyError     string            `bun:"verify_error"`
	Version         int64             `bun:"version"`
	CreatedAt       time.Time         `bun:"created_at"`
	UpdatedAt       time.Time         `bun:"updated_at"`
}

type scopeRow struct {
	bun.BaseModel `bun:"table:connection_scope,alias:s"`

	Connection    ref.Connection    `bun:"connection_id,pk"`
	ExternalID    string            `bun:"external_id,pk"`
	Name          string            `bun:"name"`
	URL           string            `bun:"url"`
	Settings      map[string]string `bun:"settings,type:jsonb"`
	Progress      string            `bun:"progress"`
	LastSuccessAt *time.Time        `bun:"last_success_at"`
	LastError     string            `bun:"last_error"`
	LastErrorAt   *time.Time        `bun:"last_error_at"`
	ChosenAt      time.Time         `bun:"chosen_at"`
}

func (r scopeRow) scope() Scope {
	return Scope{ExternalID: r.ExternalID, Name: r.Name, URL: r.URL, Settings: r.Settings}
}

type runRow struct {
	bun.BaseModel `bun:"table:connection_run,alias:r"`

	ID           ref.Run        `bun:"id,pk"`
	Connection   ref.Connection `bun:"connection_id"`
	Kind         string         `bun:"kind"`
	Cause        string         `bun:"cause"`
	State        RunState       `bun:"state"`
	RequestedBy  string         `bun:"requested_by"`
	RulesVersion int64          `bun:"rules_version"`
	Scope        string         `bun:"scope"`
	Done         int64          `bun:"done"`
	Total        int64          `bun:"total"`
	Note         string         `bun:"note"`
	Pages        int64          `bun:"pages"`
	Records      int64          `bun:"records"`
	Unmapped     int64          `bun:"unmapped"`
	Attempts     int64          `bun:"attempts"`
	ResumeAfter  int64          `bun:"resume_after"`
	ErrorCode    string         `bun:"error_code"`
	Error        string         `bun:"error"`
	RateLimit    *int64         `bun:"rate_limit"`
	RateLeft     *int64         `bun:"rate_left"`
	RateResetAt  *time.Time     `bun:"rate_reset_at"`
	CreatedAt    time.Time      `bun:"created_at"`
	StartedAt    *time.Time     `bun:"started_at"`
	UpdatedAt    time.Time      `bun:"updated_at"`
	FinishedAt   *time.Time     `bun:"finished_at"`
}

// load reads a connection the caller may see, and checks perm on its unit.
func (s *Service) load(ctx context.Context, tx db.Tx, id ref.Connection, perm authz.Permission) (connectionRow, error) {
	var row connectionRow
	err := tx.NewSelect().Model(&row).Where("c.id = ?", id).Scan(ctx)
	if db.IsNoRows(err) {
		return row, authz.ErrNotFound
	}
	if err != nil {
		return row, err
	}
	if err := authz.CheckUnit(ctx, tx, PermView, row.Unit); err != nil {
		return row, err
	}
	return row, authz.CheckUnit(ctx, tx, perm, row.Unit)
}

// save writes a changed connection if nobody changed it since version.
func save(ctx context.Context, tx db.Tx, row *connectionRow, version int64) error {
	row.Version = version + 1
	res, err := tx.NewUpdate().Model(row).WherePK().Where("version = ?", version).Exec(ctx)
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		var current connectionRow
		if err := tx.NewSelect().Model(&current).Where("c.id = ?", row.ID).Scan(ctx); err != nil {
			return err
		}
		return httpapi.Stale(current.Version, current.view())
	}
	return nil
}

func scopesOf(ctx context.Context, tx db.Tx, id ref.Connection) ([]scopeRow, error) {
	var rows []scopeRow
	err := tx.NewSelect().Model(&rows).Where("s.connection_id = ?", id).OrderExpr("s.name, s.external_id").Scan(ctx)
	return rows, err
}
