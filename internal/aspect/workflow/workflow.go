package workflow

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/standing"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the aspect; they need those of field.
var Migrations = migrate.Dir("workflow", files)

// Deps is what the aspect needs.
type Deps struct {
	DB      *db.DB
	Events  *events.Log
	Clock   clock.Clock
	Logger  *slog.Logger
	Lookups *field.Lookups
	// Mandatory refuses a status while fields are empty; nil asks nobody.
	Mandatory Mandatory
	// Calendar knows working time; nil means Monday to Friday, 9 to 17 o'clock UTC.
	Calendar Calendar
}

// Service holds the use cases of the aspect.
type Service struct {
	db        *db.DB
	events    *events.Log
	clock     clock.Clock
	logger    *slog.Logger
	lookups   *field.Lookups
	mandatory Mandatory
	calendar  Calendar
	subjects  map[string]Subject
	order     []string
}

// New returns the service. Owners register or mount their kinds of records before it serves.
func New(d Deps) *Service {
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, lookups: d.Lookups, mandatory: d.Mandatory, calendar: d.Calendar,
		subjects: map[string]Subject{}}
}

// Mandatory refuses with a problem when a record lacks what a status demands.
type Mandatory interface {
	CheckMandatory(ctx context.Context, tx db.Tx, kind, typ, status, id string) error
}

// Calendar knows when people of a unit work, from an instant on.
type Calendar interface {
	WorkingHours(ctx context.Context, tx db.Tx, unit ref.Unit, from time.Time) (Hours, error)
}

// Mode is what a status means to the product, whatever it is called.
type Mode string

// The modes; the last two are ends.
const (
	Planning       Mode = "planning"
	Execution      Mode = "execution"
	Implementation Mode = "implementation"
	Completed      Mode = "completed"
	Cancelled      Mode = "cancelled"
)

// Ended reports whether a record in this mode is finished.
func (m Mode) Ended() bool { return m == Completed || m == Cancelled }

// Status is a status as a graph uses it.
type Status struct {
	ID     string `bun:"id" json:"id,omitempty" doc:"Absent for a status that is added; one of the same name is used where there is one."`
	Name   string `bun:"name" json:"name"`
	Mode   Mode   `bun:"mode" json:"mode" enum:"planning,execution,implementation,completed,cancelled"`
	Colour string `bun:"colour" json:"colour,omitempty" doc:"#rrggbb"`
	// Order is unique in a graph; statuses are offered in it.
	Order   int64 `bun:"position" json:"order" minimum:"0"`
	Initial bool  `bun:"initial" json:"initial,omitempty" doc:"Exactly one status: where records begin."`
	// BreachAfter is how many minutes a record may stand here; 0 means for ever.
	BreachAfter  int64  `bun:"breach_after" json:"breachAfterMinutes,omitempty" minimum:"0"`
	WorkingTime  bool   `bun:"working_time" json:"workingTime,omitempty" doc:"Count working time only."`
	BreachColour string `bun:"breach_colour" json:"breachColour,omitempty"`
	BreachFont   string `bun:"breach_font" json:"breachFontColour,omitempty"`
	// Permitted may set the status; empty means whoever may edit the record.
	Permitted     []standing.Party `bun:"permitted,type:jsonb" json:"permitted,omitempty" maxItems:"100"`
	NeedsAssignee bool             `bun:"needs_assignee" json:"needsAssignee,omitempty" doc:"Only for records that are assigned to a person, not to a team or nobody."`
	// Active is false once no graph uses it.
	Active bool `bun:"active" json:"-"`
}

// Transition is a step that a graph allows.
type Transition struct {
	From string `bun:"from_id" json:"from" doc:"The id or name of a status."`
	To   string `bun:"to_id" json:"to" doc:"The id or name of a status."`
}

// Graph is the statuses and transitions of one type of a kind of record.
type Graph struct {
	Subject string `json:"subject"`
	// Type is the id of a value of the subject's list of types; empty for all types without a graph of their own. In the
	// defaults of a [Subject] it is the name.
	Type string `json:"type,omitempty"`
	// Enabled is false where every status of the kind may be chosen at any time.
	Enabled     bool         `json:"enabled"`
	Statuses    []Status     `json:"statuses" nullable:"false"`
	Transitions []Transition `json:"transitions" nullable:"false"`
	// Inherited means that the type has no graph of its own and this is that of all types.
	Inherited bool  `json:"inherited"`
	Version   int64 `json:"version"`
}

// Subject is a kind of record that moves through statuses.
type Subject struct {
	// Kind is the word of the event table: "environment_change_request".
	Kind string
	// Title is what a person reads: "Environment change request".
	Title string
	// TypeList is the list whose values are the types of these records; empty means that they have none.
	TypeList string
	// PathPrefix and Tag are those of the records in the API.
	PathPrefix, Tag string
	// Resolve tells what an owner knows of a record, or the not-found problem. It may take what the API takes in the place
	// of the id; the id it returns is the one under which steps are kept.
	Resolve func(ctx context.Context, tx db.Tx, id string) (Record, error)
	// View and Manage guard the mounted routes and are checked on the record's unit.
	View, Manage authz.Permission
	// Moved, where it is set, is told of every change of a status inside its transaction, so that the owner can keep the
	// status in its own table or act on it. Where it is not set, no route to move records is mounted.
	Moved func(ctx context.Context, tx db.Tx, r Record, from, to Status) error
	// Defaults are the graphs a new installation begins with.
	Defaults []Graph
}

// Record is what an owner tells about one of its records.
type Record struct {
	Kind  string
	ID    string
	Label string
	Unit  ref.Unit
	// Type is the id of a value of the subject's list of types, or empty.
	Type string
	// Assignee is the person the record is assigned to, if any.
	Assignee ref.Person
}

// Register makes kinds of records known without mounting their routes. A default graph with a fault is a mistake of the
// programmer and panics.
func (s *Service) Register(subject Subject) {
	if subject.Kind == "" || subject.Title == "" || subject.Resolve == nil || subject.View == "" || subject.Manage == "" {
		panic("a subject of workflows lacks its kind, its title, its resolver or its permissions")
	}
	if _, twice := s.subjects[subject.Kind]; twice {
		panic("the workflow subject " + subject.Kind + " is registered twice")
	}
	for _, g := range subject.Defaults {
		g = g.clone()
		if faults, _ := check(&g); len(faults) > 0 {
			panic(faults.Err("workflow_invalid", "a default graph of "+subject.Kind))
		}
	}
	s.subjects[subject.Kind] = subject
	s.order = append(s.order, subject.Kind)
}
