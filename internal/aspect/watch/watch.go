package watch

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/signedlink"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the table of the aspect.
var Migrations = migrate.Dir("watch", files)

// Permissions is empty: the owner of a record names the permissions that guard its watchers.
var Permissions = []authz.Declaration{}

// Deps is what the aspect needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Subjects are the kinds of records, shared by the aspects.
	Subjects *subject.Registry
	// Links signs what outside addresses stop following with.
	Links *signedlink.Links
	// PublicURL is where browsers find Millrace, without a trailing slash; without it there are no such links.
	PublicURL string
}

// Service holds the use cases of the aspect.
type Service struct {
	db        *db.DB
	events    *events.Log
	clock     clock.Clock
	subjects  *subject.Registry
	links     *signedlink.Links
	publicURL string
	parties   map[string]Parties
}

// New returns the service. Mount every kind of record before it serves.
func New(d Deps) *Service {
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, subjects: d.Subjects, links: d.Links, publicURL: d.PublicURL, parties: map[string]Parties{}}
}

// Parties tells whom a record concerns by its owner's own data: the holder of a booking, the requester of a request.
type Parties func(ctx context.Context, tx db.Tx, id string) ([]Recipient, error)

// RegisterParties makes [Service.Recipients] of a kind of record include its parties.
func (s *Service) RegisterParties(kind string, fn Parties) { s.parties[kind] = fn }

// Watcher is one follower of a record.
type Watcher struct {
	bun.BaseModel `bun:"table:watcher,alias:w" json:"-"`

	ID          string      `bun:"id,pk" json:"id"`
	SubjectKind string      `bun:"subject_kind" json:"-"`
	SubjectID   string      `bun:"subject_id" json:"-"`
	Unit        ref.Unit    `bun:"unit_id" json:"-"`
	Person      *ref.Person `bun:"person_id" json:"personId,omitempty" doc:"Exactly one of personId, teamId and email is present."`
	Team        *ref.Team   `bun:"team_id" json:"teamId,omitempty"`
	Email       *string     `bun:"email" json:"email,omitempty" doc:"An address outside the organisation."`
	EmailKey    *string     `bun:"email_key" json:"-"`
	Reason      Reason      `bun:"reason" json:"reason" doc:"How they came to follow: watching or mentioned."`
	Muted       bool        `bun:"muted" json:"-"`
	CreatedAt   time.Time   `bun:"created_at" json:"since"`
}
