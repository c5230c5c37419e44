package people

import (
	"embed"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the slice and its views.
var Migrations = migrate.Dir("people", files)

// Deps is what the slice needs from the rest of the house.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Permissions are the declarations of every slice; the built-in roles and the role editor are made from them.
	Permissions []authz.Declaration
	// Rehomers move other slices' records when a unit is deleted; Reassigners move a leaver's open work.
	Rehomers    []Rehomer
	Reassigners []Reassigner
	// ServiceAccounts names the service accounts that grants are given to; nil accepts none.
	ServiceAccounts ServiceAccounts
}

// Service holds the use cases of the slice.
type Service struct {
	db          *db.DB
	events      *events.Log
	clock       clock.Clock
	logger      *slog.Logger
	permissions []authz.Declaration
	known       map[authz.Permission]authz.Declaration
	rehomers    []Rehomer
	reassigners []Reassigner
	accounts    ServiceAccounts
}

// New returns the service. Call EnsureRoot and EnsureRoles once after the migrations.
func New(d Deps) *Service {
	s := &Service{
		db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, permissions: d.Permissions,
		known:    make(map[authz.Permission]authz.Declaration, len(d.Permissions)),
		rehomers: d.Rehomers, reassigners: d.Reassigners, accounts: d.ServiceAccounts,
	}
	for _, p := range d.Permissions {
		s.known[p.Permission] = p
	}
	return s
}

// Unit is a node of the organisation tree.
type Unit struct {
	bun.BaseModel `bun:"table:unit,alias:u" json:"-"`

	ID   ref.Unit `bun:"id,pk" json:"id"`
	Name string   `bun:"name" json:"name"`
	Type string   `bun:"type" json:"type" doc:"What the organisation calls it: company, division, department."`
	// Parent is nil on the root alone.
	Parent    *ref.Unit   `bun:"parent_id" json:"parentId,omitempty" doc:"Absent on the root."`
	Path      string      `bun:"path" json:"path" doc:"The ids from the root to the unit, joined and surrounded by slashes."`
	Depth     int64       `bun:"depth" json:"depth"`
	Director  *ref.Person `bun:"director_id" json:"directorId,omitempty"`
	Version   int64       `bun:"version" json:"version"`
	CreatedAt time.Time   `bun:"created_at" json:"createdAt"`
	UpdatedAt time.Time   `bun:"updated_at" json:"updatedAt"`
	NameKey   string      `bun:"name_key" json:"-"`
}

// Person is a human being known to the organisation, whether or not they can sign in.
type Person struct {
	bun.BaseModel `bun:"table:person,alias:p" json:"-"`

	ID                ref.Person `bun:"id,pk" json:"id"`
	Name              string     `bun:"name" json:"name"`
	Email             string     `bun:"email" json:"email"`
	NotificationEmail string     `bun:"notification_email" json:"notificationEmail,omitempty" doc:"Where notices go when not to the email address."`
	Phone             string     `bun:"phone" json:"phone,omitempty"`
	Location          string     `bun:"location" json:"location,omitempty"`
	TimeZone          string     `bun:"time_zone" json:"timeZone,omitempty" doc:"An IANA name such as Europe/Vienna."`
	Unit              ref.Unit   `bun:"unit_id" json:"unitId"`
	State             State      `bun:"state" json:"state" enum:"PENDING,ACTIVE,INACTIVE"`
	ValidUntil        *time.Time `bun:"valid_until" json:"validUntil,omitempty" doc:"When the person becomes inactive by itself; absent means indefinitely."`
	// FromDirectory marks persons whom a directory or sign-in provider keeps.
	FromDirectory bool      `bun:"is_from_directory" json:"isFromDirectory"`
	Version       int64     `bun:"version" json:"version"`
	CreatedAt     time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt     time.Time `bun:"updated_at" json:"updatedAt"`
	NameKey       string    `bun:"name_key" json:"-"`
	EmailKey      string    `bun:"email_key" json:"-"`
}

// Team is a group of persons, usable wherever a person is.
type Team struct {
	bun.BaseModel `bun:"table:team,alias:t" json:"-"`

	ID          ref.Team  `bun:"id,pk" json:"id"`
	Name        string    `bun:"name" json:"name"`
	Description string    `bun:"description" json:"description,omitempty"`
	Unit        ref.Unit  `bun:"unit_id" json:"unitId"`
	Version     int64     `bun:"version" json:"version"`
	CreatedAt   time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time `bun:"updated_at" json:"updatedAt"`
	NameKey     string    `bun:"name_key" json:"-"`
}

// Member is a person's place in a team.
type Member struct {
	bun.BaseModel `bun:"table:team_member,alias:m" json:"-"`

	Team   ref.Team   `bun:"team_id,pk" json:"-"`
	Person ref.Person `bun:"person_id,pk" json:"personId"`
	Lead   bool       `bun:"lead" json:"lead"`
}

// Role is a named set of permissions.
type Role struct {
	bun.BaseModel `bun:"table:role,alias:r" json:"-"`

	ID ref.Role `bun:"id,pk" json:"id"`
	// Code names a built-in role and is nil on own roles.
	Code        *string   `bun:"code" json:"code,omitempty" doc:"The name of a built-in role; absent on own roles."`
	Name        string    `bun:"name" json:"name"`
	Description string    `bun:"description" json:"description,omitempty"`
	All         bool      `bun:"all_permissions" json:"allPermissions" doc:"Holds every permission, also those of later versions."`
	Version     int64     `bun:"version" json:"version"`
	CreatedAt   time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt   time.Time `bun:"updated_at" json:"updatedAt"`
	NameKey     string    `bun:"name_key" json:"-"`

	Permissions []authz.Permission `bun:"-" json:"permissions" nullable:"false"`
}

// Grant gives a role to a subject on a unit and everything below it.
type Grant struct {
	bun.BaseModel `bun:"table:role_grant,alias:g" json:"-"`

	ID          ref.Grant   `bun:"id,pk" json:"id"`
	Role        ref.Role    `bun:"role_id" json:"roleId"`
	Unit        ref.Unit    `bun:"unit_id" json:"unitId"`
	SubjectKind SubjectKind `bun:"subject_kind" json:"subjectKind" enum:"person,team,service"`
	SubjectID   string      `bun:"subject_id" json:"subjectId"`
	ExpiresAt   *time.Time  `bun:"expires_at" json:"expiresAt,omitempty"`
	CreatedAt   time.Time   `bun:"created_at" json:"createdAt"`
	CreatedBy   string      `bun:"created_by" json:"createdBy"`
}

// SubjectKind says to what sort of subject a role is granted.
type SubjectKind string

// The kinds of subjects.
const (
	PersonSubject  SubjectKind = "person"
	TeamSubject    SubjectKind = "team"
	ServiceSubject SubjectKind = "service"
)

// Consequence is one thing that a change brings about beside itself, for the list shown before saving.
type Consequence struct {
	// Kind is stable: "units_move", "persons_move", "grants_end".
	Kind    string `json:"kind"`
	Count   int64  `json:"count,omitempty"`
	Message string `json:"message" doc:"The consequence in a sentence."`
}
