package environment

import (
	"embed"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables and the published views of environments.
var Migrations = migrate.Dir("environment", files)

// The kinds under which stakeholders, comments, history and search know the records of the slice.
const (
	Subject      = "environment"
	GroupSubject = "environment_group"
)

// Deps is what the slice needs from the rest of the house.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Lookups keeps the lists of usages, statuses, layers and types of connections: register [Lists] with it.
	Lookups *field.Lookups
	// Owners tells who is accountable for an environment; nil means that nobody is kept.
	Owners OwnerBook
	// Users are the slices that hold records of environments; they say what a deletion would take away.
	Users []EnvironmentUser
}

// Service holds the use cases of the slice.
type Service struct {
	db      *db.DB
	events  *events.Log
	clock   clock.Clock
	logger  *slog.Logger
	lookups *field.Lookups
	owners  OwnerBook
	users   []EnvironmentUser
	facts   *ref.Facts
}

// New returns the service.
func New(d Deps) *Service {
	s := &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, lookups: d.Lookups, owners: d.Owners, users: d.Users, facts: ref.NewFacts()}
	if s.owners == nil {
		s.owners = nobody{}
	}
	return s
}

// Use adds slices that hold records of environments. Call it before the service serves.
func (s *Service) Use(users ...EnvironmentUser) { s.users = append(s.users, users...) }

// Kind says what an environment is made of.
type Kind string

// The kinds of environments.
const (
	Physical  Kind = "physical"
	Virtual   Kind = "virtual"
	Cloud     Kind = "cloud"
	Ephemeral Kind = "ephemeral"
)

// DataClass says what sort of data an environment holds; "" means that nobody said.
type DataClass string

// The classes of data.
const (
	Synthetic      DataClass = "synthetic"
	Masked         DataClass = "masked"
	ProductionCopy DataClass = "production_copy"
)

// State says whether an environment is still in the catalogue.
type State string

// The states of an environment.
const (
	Active  State = "active"
	Deleted State = "deleted"
)

// Environment is one place in which applications run: a test system or production.
type Environment struct {
	bun.BaseModel `bun:"table:environment,alias:e" json:"-"`

	ID              ref.Environment `bun:"id,pk" json:"id"`
	Key             string          `bun:"key" json:"key"`
	Name            string          `bun:"name" json:"name"`
	Description     string          `bun:"description" json:"description,omitempty"`
	Application     ref.App         `bun:"application_id,nullzero" json:"applicationId,omitempty"`
	Unit            ref.Unit        `bun:"unit_id" json:"unitId"`
	Usage           ref.Lookup      `bun:"usage_id,nullzero" json:"usageId,omitempty"`
	Status          ref.Lookup      `bun:"status_id,nullzero" json:"statusId,omitempty"`
	Kind            Kind            `bun:"kind" json:"kind" enum:"physical,virtual,cloud,ephemeral"`
	ExpiresAt       *time.Time      `bun:"expires_at" json:"expiresAt,omitempty" doc:"When an ephemeral environment goes away."`
	Capacity        int             `bun:"capacity" json:"capacity" doc:"How many bookings it bears at once; 1 is exclusive."`
	AutoApprove     bool            `bun:"auto_approve" json:"autoApprove" doc:"Whether bookings need no approval."`
	DataClass       DataClass       `bun:"data_class" json:"dataClass,omitempty" enum:"synthetic,masked,production_copy"`
	DataRefreshedAt *time.Time      `bun:"data_refreshed_at" json:"dataRefreshedAt,omitempty"`
	Techs           []string        `bun:"techs,type:jsonb" json:"techs" nullable:"false"`
	URL             string          `bun:"url" json:"url,omitempty"`
	Vendor          string          `bun:"vendor" json:"vendor,omitempty"`
	Colour          string          `bun:"colour" json:"colour,omitempty" doc:"As #rrggbb."`
	CostPerHour     int64           `bun:"cost_per_hour" json:"costPerHour" doc:"In the smallest unit of the currency of the installation."`
	Alert           string          `bun:"alert" json:"alert,omitempty" doc:"Shown to whoever books it."`
	Parent          ref.Environment `bun:"parent_id,nullzero" json:"parentId,omitempty" doc:"Booking the parent books it too."`
	State           State           `bun:"state" json:"-"`
	Version         int64           `bun:"version" json:"version"`
	CreatedAt       time.Time       `bun:"created_at" json:"createdAt"`
	UpdatedAt       time.Time       `bun:"updated_at" json:"updatedAt"`
	KeyFolded       string          `bun:"key_folded" json:"-"`
	NameFolded      string          `bun:"name_folded" json:"-"`
	StatusBookable  bool            `bun:"status_bookable" json:"-"`
	ScheduleRev     int64           `bun:"schedule_rev" json:"-"`
}

// Group is a lane: environments that are used together.
type Group struct {
	bun.BaseModel `bun:"table:environment_group,alias:g" json:"-"`

	ID          ref.EnvironmentGroup `bun:"id,pk" json:"id"`
	Key         string               `bun:"key" json:"key"`
	Name        string               `bun:"name" json:"name"`
	Description string               `bun:"description" json:"description,omitempty"`
	Unit        ref.Unit             `bun:"unit_id" json:"unitId"`
	Usage       ref.Lookup           `bun:"usage_id,nullzero" json:"usageId,omitempty"`
	Colour      string               `bun:"colour" json:"colour,omitempty" doc:"As #rrggbb."`
	Vendor      string               `bun:"vendor" json:"vendor,omitempty"`
	Alert       string               `bun:"alert" json:"alert,omitempty" doc:"Shown to whoever books the group."`
	AutoApprove bool                 `bun:"auto_approve" json:"autoApprove" doc:"Whether bookings of the whole group need no approval."`
	Version     int64                `bun:"version" json:"version"`
	CreatedAt   time.Time            `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time            `bun:"updated_at" json:"updatedAt"`
	KeyFolded   string               `bun:"key_folded" json:"-"`
	NameFolded  string               `bun:"name_folded" json:"-"`
}

func (e Environment) utc() Environment {
	e.CreatedAt, e.UpdatedAt = e.CreatedAt.UTC(), e.UpdatedAt.UTC()
	e.ExpiresAt, e.DataRefreshedAt = utcPointer(e.ExpiresAt), utcPointer(e.DataRefreshedAt)
	if e.Techs == nil {
		e.Techs = []string{}
	}
	return e
}

func (g Group) utc() Group {
	g.CreatedAt, g.UpdatedAt = g.CreatedAt.UTC(), g.UpdatedAt.UTC()
	return g
}

func utcPointer(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
