package connector

import (
	"encoding/json"
	"time"

	"millrace/internal/platform/ref"
)

// Connection is what the API shows of a connection. Secrets have no field here.
type Connection struct {
	ID       ref.Connection    `json:"id"`
	Kind     Kind              `json:"kind"`
	Name     string            `json:"name"`
	Unit     ref.Unit          `json:"unitId"`
	Settings map[string]string `json:"settings"`
	// HasCredential and HasWebhookSecret tell that a secret is stored; it is never shown.
	HasCredential    bool            `json:"hasCredential"`
	HasWebhookSecret bool            `json:"hasWebhookSecret"`
	Rules            json.RawMessage `json:"rules"`
	RulesVersion     int64           `json:"rulesVersion"`
	// ReplayNeeded is true when the rules changed and history was not yet mapped again.
	ReplayNeeded    bool       `json:"replayNeeded"`
	IntervalMinutes int        `json:"intervalMinutes"`
	State           string     `json:"state" enum:"ACTIVE,PAUSED"`
	VerifiedAt      *time.Time `json:"verifiedAt,omitempty"`
	VerifiedAccount string     `json:"verifiedAccount,omitempty"`
	VerifyError     string     `json:"verifyError,omitempty"`
	WebhookURL      string     `json:"webhookUrl,omitempty"`
	Health          *Health    `json:"health,omitempty"`
	LastRun         *Run       `json:"lastRun,omitempty"`
	Version         int64      `json:"version"`
	CreatedAt       time.Time  `json:"createdAt"`
	UpdatedAt       time.Time  `json:"updatedAt"`
}

// Health says how fresh a connection's data is.
type Health struct {
	// State is FRESH, LATE (a success is older than three intervals), FAILING (the last try of a scope failed), NEVER
	// or PAUSED.
	State string `json:"state" enum:"FRESH,LATE,FAILING,NEVER,PAUSED"`
	// OldestSuccessAt is the least fresh scope's last success.
	OldestSuccessAt *time.Time `json:"oldestSuccessAt,omitempty"`
	Scopes          int64      `json:"scopes"`
	FailingScopes   int64      `json:"failingScopes"`
	UnmappedPages   int64      `json:"unmappedPages"`
	FailedWebhooks  int64      `json:"failedWebhooks"`
}

// ChosenScope is a scope a connection collects.
type ChosenScope struct {
	Scope
	Chosen        bool       `json:"chosen"`
	LastSuccessAt *time.Time `json:"lastSuccessAt,omitempty"`
	LastError     string     `json:"lastError,omitempty"`
	LastErrorAt   *time.Time `json:"lastErrorAt,omitempty"`
}

// Run is what the API shows of a run.
type Run struct {
	ID           ref.Run        `json:"id"`
	Connection   ref.Connection `json:"connectionId"`
	Kind         string         `json:"kind" enum:"PULL,REPLAY"`
	Cause        string         `json:"cause" enum:"MANUAL,SCHEDULE"`
	State        RunState       `json:"state" enum:"QUEUED,RUNNING,SUCCEEDED,FAILED,CANCELLED"`
	RequestedBy  string         `json:"requestedBy"`
	RulesVersion int64          `json:"rulesVersion"`
	Scope        string         `json:"scope,omitempty"`
	Done         int64          `json:"done"`
	Total        int64          `json:"total"`
	Note         string         `json:"note,omitempty"`
	Pages        int64          `json:"pages"`
	Records      int64          `json:"records"`
	Unmapped     int64          `json:"unmapped"`
	Attempts     int64          `json:"attempts"`
	ErrorCode    string         `json:"errorCode,omitempty"`
	Error        string         `json:"error,omitempty"`
	Rate         *Rate          `json:"rate,omitempty"`
	CreatedAt    time.Time      `json:"createdAt"`
	StartedAt    *time.Time     `json:"startedAt,omitempty"`
	UpdatedAt    time.Time      `json:"updatedAt"`
	FinishedAt   *time.Time     `json:"finishedAt,omitempty"`
}

func (r connectionRow) view() Connection {
	return Connection{
		ID: r.ID, Kind: r.Kind, Name: r.Name, Unit: r.Unit, Settings: r.Settings, HasCredential: r.CredentialRef != "",
		HasWebhookSecret: r.WebhookRef != "", Rules: r.Rules, RulesVersion: r.RulesVersion,
		ReplayNeeded: r.ReplayedVersion < r.RulesVersion, IntervalMinutes: r.IntervalMinutes, State: r.State,
		VerifiedAt: r.VerifiedAt, VerifiedAccount: r.VerifiedAccount, VerifyError: r.VerifyError, Version: r.Version,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func (r runRow) view() Run {
	v := Run{
		ID: r.ID, Connection: r.Connection, Kind: r.Kind, Cause: r.Cause, State: r.State, RequestedBy: r.RequestedBy,
		RulesVersion: r.RulesVersion, Scope: r.Scope, Done: r.Done, Total: r.Total, Note: r.Note, Pages: r.Pages,
		Records: r.Records, Unmapped: r.Unmapped, Attempts: r.Attempts, ErrorCode: r.ErrorCode, Error: r.Error,
		CreatedAt: r.CreatedAt.UTC(), StartedAt: r.StartedAt, UpdatedAt: r.UpdatedAt.UTC(), FinishedAt: r.FinishedAt,
	}
	if r.RateLeft != nil {
		v.Rate = &Rate{Remaining: *r.RateLeft}
		if r.RateLimit != nil {
			v.Rate.Limit = *r.RateLimit
		}
		if r.RateResetAt != nil {
			v.Rate.ResetAt = r.RateResetAt.UTC()
		}
	}
	return v
}

func (r scopeRow) view() ChosenScope {
	return ChosenScope{Scope: r.scope(), Chosen: true, LastSuccessAt: r.LastSuccessAt, LastError: r.LastError, LastErrorAt: r.LastErrorAt}
}
