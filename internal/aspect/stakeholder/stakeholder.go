package stakeholder

import (
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
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the aspect.
var Migrations = migrate.Dir("stakeholder", files)

// Permissions is empty: the owner of a record names the permissions that guard its stakeholders.
var Permissions = []authz.Declaration{}

// Deps is what the aspect needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
}

// Service holds the use cases of the aspect.
type Service struct {
	db       *db.DB
	events   *events.Log
	clock    clock.Clock
	logger   *slog.Logger
	subjects map[string]Subject
}

// New returns the service. Mount or Register every kind of record before it serves.
func New(d Deps) *Service {
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, subjects: map[string]Subject{}}
}

// Subject is a kind of record that can have stakeholders.
type Subject = subject.Subject

// Record is what an owner tells about one of its records.
type Record = subject.Record

// Register makes a kind known without mounting its routes.
func (s *Service) Register(subject Subject) {
	if subject.Kind == "" || subject.Resolve == nil || subject.View == "" || subject.Manage == "" {
		panic("a subject of stakeholders lacks its kind, its resolver or its permissions")
	}
	s.subjects[subject.Kind] = subject
}

// Stakeholder is one person's or team's part in a record.
type Stakeholder struct {
	bun.BaseModel `bun:"table:stakeholder,alias:s" json:"-"`

	ID          string      `bun:"id,pk" json:"id"`
	SubjectKind string      `bun:"subject_kind" json:"-"`
	SubjectID   string      `bun:"subject_id" json:"-"`
	Unit        ref.Unit    `bun:"unit_id" json:"-"`
	Person      *ref.Person `bun:"person_id" json:"personId,omitempty" doc:"Exactly one of personId and teamId is present."`
	Team        *ref.Team   `bun:"team_id" json:"teamId,omitempty"`
	Flags
	Roles     []string  `bun:"roles,type:jsonb" json:"roles" nullable:"false"`
	CreatedAt time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt time.Time `bun:"updated_at" json:"updatedAt"`
}

// Flags are the four letters of RACI; several may be set.
type Flags struct {
	Responsible bool `bun:"responsible" json:"responsible" required:"false"`
	Accountable bool `bun:"accountable" json:"accountable" required:"false" doc:"At most one stakeholder of a record."`
	Consulted   bool `bun:"consulted" json:"consulted" required:"false"`
	Informed    bool `bun:"informed" json:"informed" required:"false"`
}

// Consequence is one thing that a change brings about beside itself.
type Consequence struct {
	// Kind is stable: "accountable_moves", "accountable_dropped".
	Kind    string `json:"kind"`
	Message string `json:"message" doc:"The consequence in a sentence."`
}
