package request

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/workflow"
	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables and the published views of requests; they need those of environments and bookings.
var Migrations = migrate.Dir("request", files)

// The kinds under which comments, history, workflows and search know the records of the slice.
const (
	BookingSubject = "booking_request"
	ChangeSubject  = "environment_change_request"
)

// The lists of types.
const (
	BookingTypeList = "booking_request_type"
	ChangeTypeList  = "environment_change_type"
)

// The attributes of types.
const (
	// DefaultAssignee holds the id of the person or team that requests of the type are assigned to.
	DefaultAssignee = "defaultAssignee"
	// DefaultForBench marks the type that change requests get on the maintenance bench.
	DefaultForBench = "defaultForBench"
)

// Lists are the lists of the slice, for the aspect of fields.
var Lists = []field.List{
	{Key: BookingTypeList, Title: "Type of booking requests", Tag: tag, Attributes: []field.Attribute{
		{Key: DefaultAssignee, Title: "The id of the person or team it is assigned to", Type: field.TextAttribute},
	}, Defaults: []field.Value{
		{Name: "Test", Default: true, Colour: "#2f7ed8"}, {Name: "Project", Colour: "#7a4fd1"}, {Name: "Training", Colour: "#2a9d8f"}, {Name: "Investigation", Colour: "#d9822b"},
	}},
	{Key: ChangeTypeList, Title: "Type of environment change requests", Tag: tag, Attributes: []field.Attribute{
		{Key: DefaultAssignee, Title: "The id of the person or team it is assigned to", Type: field.TextAttribute},
		{Key: DefaultForBench, Title: "Requests made on the maintenance bench have this type", Type: field.BooleanAttribute},
	}, Defaults: []field.Value{
		{Name: "Deploy", Default: true, Colour: "#2f7ed8", Attributes: field.Attributes{DefaultForBench: true}}, {Name: "Refresh", Colour: "#7a4fd1"},
		{Name: "Patch", Colour: "#2a9d8f"}, {Name: "Configuration", Colour: "#d9822b"}, {Name: "Network", Colour: "#b5489a"}, {Name: "Maintenance", Colour: "#8c96a3"},
	}},
}

// Deps is what the slice needs from the rest of the house. Approvers may be nil: then nobody is named as one.
type Deps struct {
	DB           *db.DB
	Events       *events.Log
	Clock        clock.Clock
	Logger       *slog.Logger
	Fields       *field.Service
	Workflow     *workflow.Service
	Environments *environment.Service
	Bookings     *booking.Service
	Approvers    Approvers
	// Movers are the aspects that follow a request to another unit.
	Movers []RecordMover
}

// Service holds the use cases of the slice.
type Service struct {
	Deps
	changes Changes
}

// Changes is what package change does for requests of its sort where both are treated alike.
type Changes struct {
	// Show returns a request as its page shows it.
	Show func(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) (any, error)
	// Moved follows a request whose type put it on another status.
	Moved func(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest, to workflow.Status) error
	// Affected are the persons whose bookings a request falls into.
	Affected func(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) ([]ref.Person, error)
}

// UseChanges makes package change known. Call it while the services are made.
func (s *Service) UseChanges(c Changes) { s.changes = c }

// New returns the service. Its [Lists] have to be registered with the aspect of fields.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	if d.Fields != nil {
		d.Fields.Lookups.UsedBy(BookingTypeList, typeUser{s, bookingKind})
		d.Fields.Lookups.UsedBy(ChangeTypeList, typeUser{s, ChangeKind})
	}
	return s
}

// Kind is what differs between the two sorts of requests where both are treated alike.
type Kind struct {
	subject, table, prefix, path, types, noun string
}

var (
	bookingKind = Kind{BookingSubject, "booking_request", "EB-", "/booking-requests", BookingTypeList, "booking request"}
	ChangeKind  = Kind{ChangeSubject, "environment_change_request", "EC-", "/environment-change-requests", ChangeTypeList, "environment change request"}
)

// Reference is how people name a request: EB-12.
func (k Kind) Reference(number int64) string { return k.prefix + strconv.FormatInt(number, 10) }

// numberOf reads "EB-12"; ok is false for anything else.
func (k Kind) numberOf(s string) (int64, bool) {
	digits, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(s)), k.prefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, ok && err == nil && n > 0
}

// Core is what both sorts of requests have.
type Core struct {
	ID             ref.EnvironmentRequest `bun:"id,pk" json:"id"`
	Number         int64                  `bun:"number" json:"number"`
	Title          string                 `bun:"title" json:"title"`
	TitleKey       string                 `bun:"title_key" json:"-"`
	Description    string                 `bun:"description" json:"description,omitempty"`
	Type           ref.Lookup             `bun:"type_id" json:"typeId"`
	Unit           ref.Unit               `bun:"unit_id" json:"unitId"`
	Requester      ref.Person             `bun:"requester_id,nullzero" json:"requesterId,omitempty"`
	RequesterKey   string                 `bun:"requester_key" json:"-"`
	RequesterName  string                 `bun:"requester_name" json:"requesterName"`
	AssigneePerson ref.Person             `bun:"assignee_person_id,nullzero" json:"-"`
	AssigneeTeam   ref.Team               `bun:"assignee_team_id,nullzero" json:"-"`
	Release        string                 `bun:"release" json:"release,omitempty"`
	Phase          string                 `bun:"phase" json:"phase,omitempty" doc:"The phase of the release it is for."`
	From           time.Time              `bun:"from_at" json:"from"`
	To             time.Time              `bun:"to_at" json:"to"`
	RaisedAt       time.Time              `bun:"created_at" json:"raisedAt"`
	UpdatedAt      time.Time              `bun:"updated_at" json:"updatedAt"`
	Version        int64                  `bun:"version" json:"version"`
}

// Span is the time of the request.
func (c Core) Span() interval.Span { return interval.Span{From: c.From, To: c.To} }

// InUTC brings the times into the form in which they are shown.
func (c *Core) InUTC() {
	c.From, c.To, c.RaisedAt, c.UpdatedAt = c.From.UTC(), c.To.UTC(), c.RaisedAt.UTC(), c.UpdatedAt.UTC()
}

// Label is how history, mails and search name a request.
func (c Core) Label(k Kind) string { return k.Reference(c.Number) + " " + c.Title }

// Record is what the workflow knows of a request.
func (c Core) Record(k Kind) workflow.Record {
	return workflow.Record{Kind: k.subject, ID: string(c.ID), Label: c.Label(k), Unit: c.Unit, Type: string(c.Type), Assignee: c.AssigneePerson}
}

// FieldRecord is what custom fields know of a request.
func (c Core) FieldRecord(k Kind) field.Record {
	return field.Record{ID: string(c.ID), Unit: c.Unit, Label: c.Label(k), Type: string(c.Type)}
}

// errDryRun rolls a transaction back that did all its work only to tell what it would do.
var errDryRun = errors.New("dry run")

// Write runs a use case in a transaction, and undoes it when it is only a dry run.
func (s *Service) Write(ctx context.Context, dry bool, fn func(ctx context.Context, tx db.Tx) error) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		err := fn(ctx, tx)
		if err == nil && dry {
			err = errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

func normal(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
