package sheet

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/environment/stack"
	"millrace/internal/platform/authz"
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

// Migrations creates the tables of imports.
var Migrations = migrate.Dir("sheet", files)

// Deps is what the slice needs from the rest of the house. Applications, Persons and Owners may be nil: then names of theirs
// that are not known cannot be created.
type Deps struct {
	DB           *db.DB
	Events       *events.Log
	Clock        clock.Clock
	Logger       *slog.Logger
	Jobs         jobs.Enqueuer
	Lookups      *field.Lookups
	Environments *environment.Service
	Stacks       *stack.Service
	Bookings     *booking.Service
	Principals   Principals
	Applications Applications
	Persons      Persons
	Owners       Owners
	// MostWrites bounds how many records one import may write, because it is one transaction; 0 means 50,000.
	MostWrites int
}

// Service holds the use cases of the slice.
type Service struct {
	Deps
	// progress is how far the runs of this process are: while a run holds the database, nothing can be written about it.
	progress sync.Map
	// atRow lets a test do something in the middle of a run.
	atRow func(done int64)
}

// New returns the service.
func New(d Deps) *Service {
	if d.MostWrites <= 0 {
		d.MostWrites = 50_000
	}
	return &Service{Deps: d}
}

// Import is one spreadsheet that is brought in.
type Import struct {
	bun.BaseModel `bun:"table:sheet_import,alias:i" json:"-"`

	ID            string           `bun:"id,pk" json:"id"`
	Unit          ref.Unit         `bun:"unit_id" json:"unitId" doc:"Where new records go that name no unit."`
	Kind          Kind             `bun:"kind" json:"kind,omitempty" enum:"environments,components,groups,bookings"`
	State         State            `bun:"state" json:"state" enum:"uploaded,checking,checked,running,done,failed,undoing,undone,discarded"`
	FileName      string           `bun:"file_name" json:"fileName"`
	Size          int64            `bun:"size" json:"size"`
	SHA256        string           `bun:"sha256" json:"sha256"`
	Sheets        []SheetInfo      `bun:"sheets,type:jsonb" json:"sheets" nullable:"false"`
	Choices       Choices          `bun:"choices,type:jsonb" json:"choices"`
	Notes         []Note           `bun:"notes,type:jsonb" json:"notes" nullable:"false" doc:"What is worth knowing about the sheet."`
	Counts        Counts           `bun:"counts,type:jsonb" json:"counts"`
	Questions     []Question       `bun:"questions,type:jsonb" json:"questions" nullable:"false" doc:"What must be decided before it can be imported."`
	Consequences  []Consequence    `bun:"consequences,type:jsonb" json:"consequences" nullable:"false" doc:"What taking it back did."`
	ErrorCode     string           `bun:"error_code" json:"errorCode,omitempty"`
	ErrorMessage  string           `bun:"error_message" json:"errorMessage,omitempty"`
	ErrorRow      int              `bun:"error_row" json:"errorRow,omitempty"`
	ProgressDone  int64            `bun:"progress_done" json:"progressDone"`
	ProgressTotal int64            `bun:"progress_total" json:"progressTotal"`
	SameAs        string           `bun:"same_as,nullzero" json:"sameAs,omitempty" doc:"An earlier import of the very same file."`
	Turn          int64            `bun:"turn" json:"-"`
	ActorKind     string           `bun:"actor_kind" json:"-"`
	ActorPerson   ref.Person       `bun:"actor_person,nullzero" json:"actorPersonId,omitempty"`
	ActorAccount  ref.Account      `bun:"actor_account,nullzero" json:"-"`
	ActorName     string           `bun:"actor_name" json:"actorName"`
	ActorLimit    []string         `bun:"actor_limit,type:jsonb" json:"-"`
	Ready         bool             `bun:"ready" json:"-"`
	who           *authz.Principal `bun:"-"`
	Version       int64            `bun:"version" json:"version"`
	CreatedAt     time.Time        `bun:"created_at" json:"createdAt"`
	UpdatedAt     time.Time        `bun:"updated_at" json:"updatedAt"`
	FinishedAt    *time.Time       `bun:"finished_at" json:"finishedAt,omitempty"`
}

// SheetInfo is one worksheet with its first rows.
type SheetInfo struct {
	Name   string      `json:"name"`
	Hidden bool        `json:"hidden,omitempty"`
	Rows   []SampleRow `json:"rows" nullable:"false" doc:"The first rows that hold anything."`
	Kind   Kind        `json:"kind,omitempty" enum:"environments,components,groups,bookings" doc:"What it seems to hold."`
}

// SampleRow is a row as it stands in the sheet.
type SampleRow struct {
	Number int      `json:"number"`
	Cells  []string `json:"cells" nullable:"false"`
}

// Choices are what somebody decided about an import.
type Choices struct {
	Sheet     string `json:"sheet"`
	HeaderRow int    `json:"headerRow"`
	// Columns maps fields to the letters of columns.
	Columns   map[string]string `json:"columns" nullable:"false" doc:"Field → letter of the column."`
	Zone      string            `json:"zone" doc:"The IANA name of the zone whose clocks the sheet means."`
	DateOrder DateOrder         `json:"dateOrder,omitempty" enum:"dmy,mdy" doc:"How 03/04/2025 is meant; asked where it matters."`
	Source    string            `json:"source" doc:"Rows are recognised again among the imports of one source."`
	// Values decides about names that are not known: kind → name → what to do.
	Values         map[ValueKind]map[string]ValueChoice `json:"values" nullable:"false"`
	Clashes        booking.ImportChoice                 `json:"clashes" enum:"request,skip,wait" doc:"What becomes of bookings that do not go together with others."`
	RowClashes     map[string]booking.ImportChoice      `json:"rowClashes,omitempty" doc:"Number of a row → what becomes of it instead."`
	SkipInvalid    bool                                 `json:"skipInvalid" doc:"Import the good rows and leave the others out."`
	OverrideReason string                               `json:"overrideReason,omitempty" doc:"Why freezes may be passed, by a holder of the permission."`
}

// ValueChoice decides about one name that is not known.
type ValueChoice struct {
	Act string `json:"act" enum:"create,map,skip"`
	To  string `json:"to,omitempty" maxLength:"200" doc:"The id or key of what is meant."`
}

// Note is something worth knowing about a sheet.
type Note struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Count   int64  `json:"count,omitempty"`
}

// Counts are how many rows there are and what becomes of them.
type Counts struct {
	Rows      int64 `json:"rows"`
	New       int64 `json:"new"`
	Changed   int64 `json:"changed"`
	Unchanged int64 `json:"unchanged"`
	Invalid   int64 `json:"invalid"`
	Skipped   int64 `json:"skipped"`
	Clashing  int64 `json:"clashing" doc:"Rows that do not go together with others."`
	Clashes   int64 `json:"clashes" doc:"Pairs that do not go together."`
	Created   int64 `json:"created" doc:"Records beside the rows that come into being: applications, persons, groups …"`
}

// Question is a name that is not known, or the order of dates.
type Question struct {
	Kind        string       `json:"kind" doc:"application, usage, status, layer, person, environment, group, unit; or date_order."`
	Value       string       `json:"value,omitempty"`
	Count       int64        `json:"count" doc:"In how many cells it stands."`
	Rows        []int        `json:"rows" nullable:"false" doc:"The first rows it stands in."`
	Suggestions []Suggestion `json:"suggestions" nullable:"false" doc:"What may be meant, the likeliest first."`
	MayCreate   bool         `json:"mayCreate"`
	WhyNot      string       `json:"whyNot,omitempty" doc:"Why it cannot be created."`
}

// Suggestion is something a name may mean.
type Suggestion struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// Consequence is one thing that taking an import back brings about.
type Consequence struct {
	Kind    string `json:"kind"`
	Count   int64  `json:"count"`
	Message string `json:"message"`
}

// Principals makes the principal of whoever began an import, with what they hold now.
type Principals interface {
	// PrincipalOf returns nil for somebody who is gone.
	PrincipalOf(ctx context.Context, tx db.Tx, person ref.Person, account ref.Account, name string) (*authz.Principal, error)
}

// Applications creates applications that a sheet names.
type Applications interface {
	CreateApplication(ctx context.Context, tx db.Tx, name string, unit ref.Unit) (ref.App, error)
}

// Persons creates persons that a sheet names by address.
type Persons interface {
	CreatePerson(ctx context.Context, tx db.Tx, email string, unit ref.Unit) (ref.Person, error)
}

// Owners knows and sets who is accountable for an environment.
type Owners interface {
	OwnersOf(ctx context.Context, tx db.Tx, ids []string) (map[string]ref.Person, error)
	SetOwner(ctx context.Context, tx db.Tx, env environment.Environment, person ref.Person) error
}

// The permissions of other slices that decide what may be created.
const (
	permManageApplication authz.Permission = "catalog.manage_application"
	permViewApplication   authz.Permission = "catalog.view_application"
	permManagePerson      authz.Permission = "people.manage_person"
	permViewPerson        authz.Permission = "people.view_person"
	permViewUnit          authz.Permission = "people.view_unit"
)

func fault(place, code, message string) error {
	var faults problem.Fields
	faults.Add(place, code, message)
	return faults.Err(code, message)
}

// actor is who began the import.
func (i *Import) actor(ctx context.Context) {
	p := authz.From(ctx)
	i.ActorKind, i.ActorPerson, i.ActorAccount, i.ActorName, i.ActorLimit = string(p.Kind), p.Person, p.Account, p.Name, []string{}
	if p.Limit != nil {
		for _, l := range p.Limit {
			i.ActorLimit = append(i.ActorLimit, string(l))
		}
		i.ActorLimit = append(i.ActorLimit, "")
	}
}

// principal is whoever began the import, with the rights of now.
func (s *Service) principal(ctx context.Context, tx db.Tx, i *Import) (*authz.Principal, error) {
	if i.ActorKind == string(authz.SystemPrincipal) {
		return authz.System(i.ActorName), nil
	}
	p, err := s.Principals.PrincipalOf(ctx, tx, i.ActorPerson, i.ActorAccount, i.ActorName)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, problem.New(problem.Forbidden, "author_gone", "Who began this import may not act any more. Begin it anew.")
	}
	if len(i.ActorLimit) > 0 {
		p.Limit = []authz.Permission{}
		for _, l := range i.ActorLimit {
			if l != "" {
				p.Limit = append(p.Limit, authz.Permission(l))
			}
		}
	}
	return p, nil
}
