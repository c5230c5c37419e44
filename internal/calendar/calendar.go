package calendar

import (
	"embed"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the calendar.
var Migrations = migrate.Dir("calendar", files)

// Deps is what the slice needs from the rest of the house.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Places knows environments and groups; nil where there are none.
	Places Places
	// Affected knows what a closure hits; nil where nothing can be hit.
	Affected Affected
	// Sources close places beside the calendar's own windows.
	Sources []ClosureSource
}

// Service holds the use cases of the slice.
type Service struct {
	db       *db.DB
	events   *events.Log
	clock    clock.Clock
	logger   *slog.Logger
	places   Places
	affected Affected
	parties  Parties
	sources  []ClosureSource

	mu    sync.Mutex
	known *snapshot
}

// New returns the service.
func New(d Deps) *Service {
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, places: d.Places, affected: d.Affected, sources: d.Sources}
}

// AddSource adds a source of closures that was made after the service. Call it before the first request.
func (s *Service) AddSource(source ClosureSource) { s.sources = append(s.sources, source) }

// SetPlaces sets who knows environments and groups, where that was made after the service. Call it before the first request.
func (s *Service) SetPlaces(p Places) { s.places = p }

// SetAffected sets who knows what a closure hits, where that was made after the service. Call it before the first request.
func (s *Service) SetAffected(a Affected) { s.affected = a }

// Kind says what a window is.
type Kind string

// The kinds of windows.
const (
	Freeze      Kind = "freeze"
	Holiday     Kind = "holiday"
	Maintenance Kind = "maintenance"
)

// State says whether a window counts.
type State string

// The states of a window. A cancelled one stays for the record and closes nothing.
const (
	Active    State = "ACTIVE"
	Cancelled State = "CANCELLED"
)

// ScopeKind says what a scope row names.
type ScopeKind string

// What a window can be meant for.
const (
	ForUnit        ScopeKind = "unit"
	ForEnvironment ScopeKind = "environment"
	ForGroup       ScopeKind = "group"
	ForApplication ScopeKind = "application"
)

// FreezeType classes freezes.
type FreezeType struct {
	bun.BaseModel `bun:"table:freeze_type,alias:t" json:"-"`

	ID                string    `bun:"id,pk" json:"id"`
	Name              string    `bun:"name" json:"name"`
	NameKey           string    `bun:"name_key" json:"-"`
	Colour            string    `bun:"colour" json:"colour" example:"#c2410c"`
	Icon              string    `bun:"icon" json:"icon,omitempty" doc:"The name of an icon of the interface."`
	Default           bool      `bun:"is_default" json:"default" doc:"Whether new freezes have it unless another is chosen."`
	RefusesBooking    bool      `bun:"refuses_booking" json:"refusesBooking" doc:"What freezes of the type refuse unless they say otherwise."`
	RefusesDeployment bool      `bun:"refuses_deployment" json:"refusesDeployment"`
	Version           int64     `bun:"version" json:"version"`
	CreatedAt         time.Time `bun:"created_at" json:"createdAt"`
	UpdatedAt         time.Time `bun:"updated_at" json:"updatedAt"`
}

// Window is a freeze, a holiday or a maintenance window: a time that may repeat, and what it is meant for.
type Window struct {
	bun.BaseModel `bun:"table:calendar_window,alias:w" json:"-"`

	ID                string     `bun:"id,pk"`
	Kind              Kind       `bun:"kind"`
	Name              string     `bun:"name"`
	NameKey           string     `bun:"name_key"`
	Description       string     `bun:"description"`
	Type              *string    `bun:"type_id"`
	Unit              ref.Unit   `bun:"unit_id"`
	From              time.Time  `bun:"from_at"`
	To                time.Time  `bun:"to_at"`
	Ends              *time.Time `bun:"ends_at"`
	Zone              string     `bun:"zone"`
	Rule              string     `bun:"rule"`
	Skip              []string   `bun:"skip,type:jsonb"`
	RefusesBooking    bool       `bun:"refuses_booking"`
	RefusesDeployment bool       `bun:"refuses_deployment"`
	OnSchedule        bool       `bun:"on_schedule"`
	State             State      `bun:"state"`
	Version           int64      `bun:"version"`
	CreatedAt         time.Time  `bun:"created_at"`
	UpdatedAt         time.Time  `bun:"updated_at"`
	// RemindedOf is the beginning of the occurrence that people were told of last.
	RemindedOf *time.Time `bun:"reminded_of"`

	Scope []Target `bun:"-"`
}

// Target is one thing a window is meant for.
type Target struct {
	bun.BaseModel `bun:"table:calendar_window_scope,alias:s" json:"-"`

	Window string    `bun:"window_id,pk" json:"-"`
	Kind   ScopeKind `bun:"kind,pk" json:"kind" enum:"unit,environment,group,application"`
	ID     string    `bun:"target_id,pk" json:"id"`
	Label  string    `bun:"label" json:"label"`
	Unit   ref.Unit  `bun:"unit_id" json:"unitId"`
}

// Span is the window itself, or its first occurrence.
func (w *Window) Span() interval.Span { return interval.Span{From: w.From, To: w.To} }

// Refuses lists what the window refuses.
func (w *Window) Refuses() []interval.Use {
	out := []interval.Use{}
	if w.RefusesBooking {
		out = append(out, interval.ForBooking)
	}
	if w.RefusesDeployment {
		out = append(out, interval.ForDeployment)
	}
	return out
}

// utc puts times read from the database into UTC, in which they were stored.
func (w *Window) utc() {
	w.From, w.To, w.CreatedAt, w.UpdatedAt = w.From.UTC(), w.To.UTC(), w.CreatedAt.UTC(), w.UpdatedAt.UTC()
	if w.Ends != nil {
		ends := w.Ends.UTC()
		w.Ends = &ends
	}
	if w.Skip == nil {
		w.Skip = []string{}
	}
}
