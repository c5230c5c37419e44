package health

import (
	"embed"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables and views of the slice.
var Migrations = migrate.Dir("health", files)

// Deps is what the slice needs from the rest of the house. The ports may be nil: then nothing is known of that sort.
type Deps struct {
	DB           *db.DB
	Events       *events.Log
	Clock        clock.Clock
	Logger       *slog.Logger
	Environments *environment.Service
	Changes      []ChangeSource
	Announced    []ClosureSource
	Bookings     Bookings
	People       People
}

// Service holds the use cases of the slice.
type Service struct {
	db           *db.DB
	events       *events.Log
	clock        clock.Clock
	logger       *slog.Logger
	environments *environment.Service
	changes      []ChangeSource
	announced    []ClosureSource
	bookings     Bookings
	people       People
	facts        *ref.Facts
}

// New returns the service.
func New(d Deps) *Service {
	return &Service{
		db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, environments: d.Environments,
		changes: d.Changes, announced: d.Announced, bookings: d.Bookings, people: d.People, facts: ref.NewFacts(),
	}
}

// Health is how an environment is.
type Health string

// The healths. NoData is the health of an environment of which nobody ever said anything.
const (
	Online  Health = "online"
	Offline Health = "offline"
	Issue   Health = "issue"
	Unknown Health = "unknown"
	NoData  Health = "no_data"
)

// Event is what a monitor or a person said about an environment.
type Event struct {
	bun.BaseModel `bun:"table:health_event,alias:h" json:"-"`

	ID          ref.Fact        `bun:"id,pk" json:"-"`
	Number      string          `bun:"-" json:"id"`
	Environment ref.Environment `bun:"environment_id" json:"environmentId"`
	Health      Health          `bun:"health" json:"health" enum:"online,offline,issue,unknown"`
	At          time.Time       `bun:"at" json:"at"`
	ReceivedAt  time.Time       `bun:"received_at" json:"receivedAt"`
	Source      string          `bun:"source" json:"source,omitempty"`
	Name        string          `bun:"name" json:"name,omitempty"`
	Message     string          `bun:"message" json:"message,omitempty"`
	Link        string          `bun:"link" json:"link,omitempty"`
	ExternalID  string          `bun:"external_id" json:"externalId,omitempty"`
	EndedOutage ref.Outage      `bun:"ended_outage_id" json:"endedOutageId,omitempty" doc:"The outage that somebody ended by hand, saying this."`
	// byHand marks what somebody says by opening an outage again: it opens no other.
	byHand bool
}

// OutageKind says whether an outage was announced.
type OutageKind string

// The kinds of outages.
const (
	Planned   OutageKind = "planned"
	Unplanned OutageKind = "unplanned"
)

// The sources of outages beside the kinds of records that plan them.
const (
	fromMonitor = "monitor"
	fromPerson  = "person"
)

// Outage is a time in which an environment did not work.
type Outage struct {
	bun.BaseModel `bun:"table:outage,alias:o" json:"-"`

	ID            ref.Outage      `bun:"id,pk" json:"id"`
	Environment   ref.Environment `bun:"environment_id" json:"environmentId"`
	Kind          OutageKind      `bun:"kind" json:"kind" enum:"planned,unplanned"`
	Title         string          `bun:"title" json:"title"`
	Description   string          `bun:"description" json:"description,omitempty"`
	StartedAt     time.Time       `bun:"started_at" json:"startedAt" doc:"When it began."`
	DetectedAt    time.Time       `bun:"detected_at" json:"detectedAt" doc:"When it was first known here."`
	FoundAt       *time.Time      `bun:"found_at" json:"foundAt,omitempty" doc:"When its cause was marked."`
	EndedAt       *time.Time      `bun:"ended_at" json:"endedAt,omitempty"`
	ExpectedEndAt *time.Time      `bun:"expected_end_at" json:"expectedEndAt,omitempty"`
	Source        string          `bun:"source" json:"source" doc:"monitor, person, or the kind of record that planned it."`
	Reference     string          `bun:"reference" json:"reference,omitempty"`
	CauseKind     string          `bun:"cause_kind" json:"causeKind,omitempty"`
	CauseID       string          `bun:"cause_id" json:"causeId,omitempty"`
	Cause         string          `bun:"cause" json:"cause,omitempty" doc:"The cause in words."`
	Version       int64           `bun:"version" json:"version"`
	CreatedAt     time.Time       `bun:"created_at" json:"createdAt"`
	UpdatedAt     time.Time       `bun:"updated_at" json:"updatedAt"`
}

func (o Outage) utc() Outage {
	o.StartedAt, o.DetectedAt, o.CreatedAt, o.UpdatedAt = o.StartedAt.UTC(), o.DetectedAt.UTC(), o.CreatedAt.UTC(), o.UpdatedAt.UTC()
	o.FoundAt, o.EndedAt, o.ExpectedEndAt = utc(o.FoundAt), utc(o.EndedAt), utc(o.ExpectedEndAt)
	return o
}

func (e Event) utc() Event {
	e.Number = e.ID.String()
	e.At, e.ReceivedAt = e.At.UTC(), e.ReceivedAt.UTC()
	return e
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
