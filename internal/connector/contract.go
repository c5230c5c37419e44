package connector

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"millrace/internal/delivery"
)

// Kind names a kind of tool: "github", "git", "cdevents".
type Kind string

// Description tells a person, and the form that adds a connection, what a kind of connector needs and brings.
type Description struct {
	Kind Kind `json:"kind"`
	// Title is the tool's own name.
	Title string `json:"title"`
	// Summary says in a sentence what comes in.
	Summary string `json:"summary"`
	// Settings are the fields of a connection beside its name.
	Settings []Setting `json:"settings"`
	// Credential names what to paste as the credential; "" means that none is needed.
	Credential string `json:"credential,omitempty"`
	// CredentialHelp says where to get it and which rights it needs.
	CredentialHelp string `json:"credentialHelp,omitempty"`
	// Pulls is true when runs collect data; false for kinds that only receive.
	Pulls bool `json:"pulls"`
	// Webhooks is true when the tool can push.
	Webhooks bool `json:"webhooks"`
	// DefaultRules are the mapping rules a new connection starts with.
	DefaultRules json.RawMessage `json:"defaultRules"`
	// RulesSchema is the JSON Schema of the mapping rules.
	RulesSchema json.RawMessage `json:"rulesSchema"`
}

// Setting is one field of a connection.
type Setting struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Help     string `json:"help,omitempty"`
	Required bool   `json:"required"`
	Default  string `json:"default,omitempty"`
	// Address marks where the credential is sent; who changes it must enter the credential again.
	Address bool `json:"address,omitempty"`
	// Options restrict the value; empty means free text.
	Options []string `json:"options,omitempty"`
}

// Session is what a connector works with: one connection, opened.
type Session struct {
	// Settings are the connection's fields by name.
	Settings map[string]string
	// Credential is the decrypted secret; never log it.
	Credential string
	// Rules are the connection's mapping rules.
	Rules json.RawMessage
	// Client sends requests with retry, limits, redaction and the address guard.
	Client *http.Client
	Clock  func() time.Time
	Logger *slog.Logger
	// WorkDir is a directory of the connection that survives between runs (a bare clone, for instance).
	WorkDir string
	// Known tells which records of a kind were brought from a repository before, by its external id, the latest first; nil
	// where nobody knows. A connector asks it to find out what is gone at its tool.
	Known func(ctx context.Context, kind delivery.RecordKind, repository string, until time.Time, limit int) ([]delivery.Known, error)
}

// Verification is what [Connector.Verify] found.
type Verification struct {
	// Account is who the credential belongs to.
	Account string `json:"account"`
	// Notes tell what was seen, in sentences: missing rights, the rate limit.
	Notes []string `json:"notes"`
	// Missing lists rights that are needed and absent; empty means ready.
	Missing []string `json:"missing"`
}

// Scope is a part of a tool that can be chosen: a repository, a project.
type Scope struct {
	// ExternalID is the tool's own stable id, which survives a rename.
	ExternalID string `json:"externalId"`
	Name       string `json:"name"`
	URL        string `json:"url"`
	Note       string `json:"note,omitempty"`
	// Settings hold what the connector needs to find the scope again.
	Settings map[string]string `json:"settings,omitempty"`
}

// Cursor is where the last complete run of a scope stopped. It is opaque to the framework, JSON, and empty at first.
type Cursor json.RawMessage

// Pulled is one step of a run: the pages of one answer, and the cursor from which a later run may go on once these
// pages are stored. A nil cursor means that the run cannot be resumed here.
type Pulled struct {
	Pages  []Page
	Cursor Cursor
	// Note says what is being collected, for the screen that shows the run.
	Note string
	// Done and Total count steps where the tool tells how many there are; 0 means unknown.
	Done, Total int64
	// Rate is the tool's rate limit after this answer, if it told.
	Rate *Rate
}

// Rate is a tool's rate limit.
type Rate struct {
	Limit     int64     `json:"limit"`
	Remaining int64     `json:"remaining"`
	ResetAt   time.Time `json:"resetAt"`
}

// Connector is one kind of tool. Its methods must be safe for concurrent use.
type Connector interface {
	// Describe tells what the kind needs and brings.
	Describe() Description
	// CheckRules reports what is wrong with mapping rules, naming the key.
	CheckRules(rules json.RawMessage) error
	// Verify tries the connection without changing anything.
	Verify(ctx context.Context, s *Session) (Verification, error)
	// Scopes lists what can be chosen, page by page.
	Scopes(ctx context.Context, s *Session, query string) iter.Seq2[Scope, error]
	// Pull collects one scope from a cursor. It yields pages as the tool gave them; an error ends it, and what was
	// yielded before with a cursor is kept.
	Pull(ctx context.Context, s *Session, scope Scope, from Cursor) iter.Seq2[Pulled, error]
	// Map turns one page into normalised records. It is pure: the same rules and page give the same records.
	Map(rules json.RawMessage, page Page) ([]delivery.Record, []Unmapped, error)
}

// WebhookReceiver is implemented by connectors whose tool can push. Receive checks the signature against the
// connection's webhook secret and turns the request into an id for replay protection and the pages to map. It touches
// neither network nor database.
type WebhookReceiver interface {
	Receive(secret string, header http.Header, body []byte) (Received, error)
}

// Received is a webhook request that proved where it comes from.
type Received struct {
	// DeliveryID is unique per push of the tool; the same id again is acknowledged and not worked twice.
	DeliveryID string
	// Event names what happened, as the tool calls it.
	Event string
	// Scope is the external id of the scope it belongs to, if it can be told.
	Scope string
	Pages []Page
}
