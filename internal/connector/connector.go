package connector

import (
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"millrace/internal/delivery"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates this slice's tables.
var Migrations = migrate.Dir("connector", files)

// Vault keeps credentials; platform/vault implements it through a small adapter in app.
type Vault interface {
	// Put stores a secret, in place of the one under old when that is not empty, and returns its reference.
	Put(ctx context.Context, tx db.Tx, old, name, plaintext string) (reference string, err error)
	Get(ctx context.Context, tx db.Tx, reference string) (plaintext string, err error)
	Delete(ctx context.Context, tx db.Tx, reference string) error
}

// Ingester takes normalised records; delivery implements it.
type Ingester interface {
	Ingest(ctx context.Context, batch delivery.Batch) (delivery.Result, error)
	// Retract removes the records of a connection that a replay under new rules no longer made: those of the given
	// connection that were last written before t.
	Retract(ctx context.Context, connection ref.Connection, before time.Time) (int64, error)
	// KnownRecords tells which records of a kind a connection brought from a repository, the latest first.
	KnownRecords(ctx context.Context, connection ref.Connection, kind delivery.RecordKind, repository string, until time.Time, limit int) ([]delivery.Known, error)
	// RetractRecords takes back single records that are gone at their tool; quiet leaves the history as it is.
	RetractRecords(ctx context.Context, connection ref.Connection, gone []delivery.Retraction, quiet bool) (int64, error)
}

// Deps is what the slice needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	Jobs   jobs.Enqueuer
	Vault  Vault
	Ingest Ingester
	// Client returns the client for requests of one connection, with redaction of its secret.
	Client func(secret string) *http.Client
	// PublicURL is the address under which tools reach this installation, for webhook addresses; may be empty.
	PublicURL string
	// WorkDir is where connectors keep files between runs.
	WorkDir string
	// KeepPagesFor is how long raw pages are kept that a newer version supersedes; 0 keeps them for good.
	KeepPagesFor time.Duration
	// Connectors are the kinds that can be connected.
	Connectors []Connector
}

// Service holds the use cases.
type Service struct {
	Deps
	kinds map[Kind]Connector
	hooks *hookCache
}

// New returns the service.
func New(d Deps) *Service {
	s := &Service{Deps: d, kinds: map[Kind]Connector{}, hooks: newHookCache()}
	for _, c := range d.Connectors {
		s.kinds[c.Describe().Kind] = c
	}
	return s
}

// Kinds lists what can be connected, by title.
func (s *Service) Kinds() []Description {
	out := make([]Description, 0, len(s.kinds))
	for _, c := range s.kinds {
		out = append(out, c.Describe())
	}
	slices.SortFunc(out, func(a, b Description) int { return strings.Compare(a.Title, b.Title) })
	return out
}

func (s *Service) kind(k Kind) (Connector, error) {
	c, ok := s.kinds[k]
	if !ok {
		return nil, problem.Newf(problem.Invalid, "connection_kind_unknown", "There is no connector of the kind %q.", k)
	}
	return c, nil
}

// open makes the session of a connection; the credential is read from the vault.
func (s *Service) open(ctx context.Context, tx db.Tx, row connectionRow) (*Session, error) {
	secret := ""
	if row.CredentialRef != "" {
		var err error
		if secret, err = s.Vault.Get(ctx, tx, row.CredentialRef); err != nil {
			return nil, err
		}
	}
	return s.session(row.ID, row.Settings, row.Rules, secret), nil
}

func (s *Service) session(id ref.Connection, settings map[string]string, rules json.RawMessage, secret string) *Session {
	return &Session{
		Settings: settings, Credential: secret, Rules: rules, Client: s.Client(secret), Clock: s.Clock.Now,
		Logger: s.Logger.With(slog.String("connection", string(id))), WorkDir: filepath.Join(s.WorkDir, string(id)),
		Known: func(ctx context.Context, kind delivery.RecordKind, repository string, until time.Time, limit int) ([]delivery.Known, error) {
			return s.Ingest.KnownRecords(ctx, id, kind, repository, until, limit)
		},
	}
}
