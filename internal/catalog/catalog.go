package catalog

import (
	"embed"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables and the published views of the catalog.
var Migrations = migrate.Dir("catalog", files)

// Deps is what the slice needs from the rest of the house.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Owners tells and sets who is accountable for an application; nil means that nobody is kept.
	Owners OwnerBook
	// Users are the slices that hold records of applications; they say what a deletion would take away.
	Users []ApplicationUser
}

// Service holds the use cases of the slice.
type Service struct {
	db     *db.DB
	events *events.Log
	clock  clock.Clock
	logger *slog.Logger
	owners OwnerBook
	users  []ApplicationUser
	graph  graphCache
}

// New returns the service.
func New(d Deps) *Service {
	s := &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, owners: d.Owners, users: d.Users}
	if s.owners == nil {
		s.owners = nobody{}
	}
	return s
}

// Criticality says how much the organisation suffers when a thing fails.
type Criticality string

// The criticalities, the gravest first.
const (
	MissionCritical Criticality = "MISSION_CRITICAL"
	High            Criticality = "HIGH"
	Medium          Criticality = "MEDIUM"
	Low             Criticality = "LOW"
)

// Status says whether an application is in use. Inactive ones disappear from pick-lists and keep their history.
type Status string

// The states of an application.
const (
	Active   Status = "ACTIVE"
	Inactive Status = "INACTIVE"
)

// Application is something the organisation runs and changes.
type Application struct {
	bun.BaseModel `bun:"table:application,alias:a" json:"-"`

	ID          ref.App     `bun:"id,pk" json:"id"`
	Key         string      `bun:"key" json:"key"`
	Name        string      `bun:"name" json:"name"`
	Description string      `bun:"description" json:"description,omitempty"`
	Unit        ref.Unit    `bun:"unit_id" json:"unitId"`
	Criticality Criticality `bun:"criticality" json:"criticality" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW"`
	Status      Status      `bun:"status" json:"status" enum:"ACTIVE,INACTIVE"`
	Vendor      string      `bun:"vendor" json:"vendor,omitempty"`
	Version     int64       `bun:"version" json:"version"`
	CreatedAt   time.Time   `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time   `bun:"updated_at" json:"updatedAt"`
	KeyFolded   string      `bun:"key_folded" json:"-"`
	NameFolded  string      `bun:"name_folded" json:"-"`
}

// Component is a part of an application (a subsystem). It may live in a repository path of its own.
type Component struct {
	bun.BaseModel `bun:"table:component,alias:c" json:"-"`

	ID          ref.Component `bun:"id,pk" json:"id"`
	Application ref.App       `bun:"application_id" json:"applicationId"`
	Name        string        `bun:"name" json:"name"`
	Description string        `bun:"description" json:"description,omitempty"`
	Version     int64         `bun:"version" json:"version"`
	CreatedAt   time.Time     `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time     `bun:"updated_at" json:"updatedAt"`
	NameFolded  string        `bun:"name_folded" json:"-"`

	Repository *RepositoryPath `bun:"-" json:"repository,omitempty"`
}

// RepositoryPath is a repository, or a folder of one that several applications share.
type RepositoryPath struct {
	URL        string `json:"url" minLength:"1" maxLength:"1000" doc:"Any address of the repository; credentials in it are dropped."`
	PathPrefix string `json:"pathPrefix,omitempty" maxLength:"500" doc:"The folder of a repository that several applications share, as services/web."`
}

// Repository is where an application's, or a component's, code lives.
type Repository struct {
	bun.BaseModel `bun:"table:application_repository,alias:r" json:"-"`

	ID          string         `bun:"id,pk" json:"id"`
	Application ref.App        `bun:"application_id" json:"-"`
	Component   *ref.Component `bun:"component_id" json:"componentId,omitempty"`
	URL         string         `bun:"url" json:"url"`
	Key         string         `bun:"repository_key" json:"repositoryKey" doc:"The one name under which the repository is known: host/owner/name."`
	PathPrefix  string         `bun:"path_prefix" json:"pathPrefix,omitempty"`
	CreatedAt   time.Time      `bun:"created_at" json:"createdAt"`
}

// Alias is another name under which tools know an application.
type Alias struct {
	bun.BaseModel `bun:"table:application_alias,alias:al" json:"-"`

	Folded      string  `bun:"alias_folded,pk"`
	Application ref.App `bun:"application_id"`
	Alias       string  `bun:"alias"`
}

// DependencyType says when one application needs another.
type DependencyType string

// The types of dependencies.
const (
	Runtime DependencyType = "RUNTIME"
	Build   DependencyType = "BUILD"
	Data    DependencyType = "DATA"
	Other   DependencyType = "OTHER"
)

// Dependency says that one application needs another. To is upstream of From; From is downstream of To.
type Dependency struct {
	bun.BaseModel `bun:"table:dependency,alias:d" json:"-"`

	ID          string         `bun:"id,pk" json:"id"`
	From        ref.App        `bun:"from_id" json:"fromId"`
	To          ref.App        `bun:"to_id" json:"toId"`
	Type        DependencyType `bun:"type" json:"type" enum:"RUNTIME,BUILD,DATA,OTHER"`
	Criticality Criticality    `bun:"criticality" json:"criticality" enum:"MISSION_CRITICAL,HIGH,MEDIUM,LOW"`
	Note        string         `bun:"note" json:"note,omitempty"`
	Version     int64          `bun:"version" json:"version"`
	CreatedAt   time.Time      `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time      `bun:"updated_at" json:"updatedAt"`
}
