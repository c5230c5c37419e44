package booking

import (
	"embed"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/signedlink"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables and the published views of bookings.
var Migrations = migrate.Dir("booking", files)

// Subject is the kind under which comments, history and search know bookings.
const Subject = "booking"

// Deps is what the slice needs from the rest of the house. What is nil is done without.
type Deps struct {
	DB           *db.DB
	Events       *events.Log
	Clock        clock.Clock
	Logger       *slog.Logger
	Environments *environment.Service
	Closures     ClosureSource
	Approvers    Approvers
	Principals   Principals
	Conversation Conversation
	Deployments  Deployments
	RequestNames RequestNames
	// Links makes the links of mails that decide about a booking.
	Links *signedlink.Links
	// PublicURL is where the product is reached, for the addresses of feeds and links.
	PublicURL string
}

// Service holds the use cases of the slice.
type Service struct {
	Deps
	numbers numbers
	// touch locks the schedules of environments: it puts that into a batch, before all that is read under the locks. Every guarantee rests on it; the test of concurrency takes it away to
	// show that it can fail.
	touch func(b *db.Batch, tx db.Tx, ids []ref.Environment) func() ([]environment.Bookable, error)
}

// New returns the service.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	if d.Environments != nil {
		s.touch = d.Environments.AskLocked
	}
	return s
}

// Booking is the right to use environments for a time.
type Booking struct {
	bun.BaseModel `bun:"table:booking,alias:b" json:"-"`

	ID          ref.Booking `bun:"id,pk" json:"id"`
	Number      int64       `bun:"number" json:"number"`
	Title       string      `bun:"title" json:"title"`
	Description string      `bun:"description" json:"description,omitempty"`
	Status      Status      `bun:"status" json:"status" enum:"requested,approved,rejected,waiting,cancelled,ended,expired"`
	Intent      Intent      `bun:"intent" json:"intent" enum:"change_code,change_configuration,touch"`
	From        time.Time   `bun:"from_at" json:"from"`
	To          time.Time   `bun:"to_at" json:"to"`
	PlannedTo   *time.Time  `bun:"planned_to" json:"plannedTo,omitempty" doc:"The end that was planned, where the booking was released or freed before."`
	// Holder may use the environments; Requester asked for them.
	Holder        ref.Person             `bun:"holder_id,nullzero" json:"holderId,omitempty"`
	Requester     string                 `bun:"requester_id" json:"requesterId"`
	RequesterName string                 `bun:"requester_name" json:"requesterName"`
	Unit          ref.Unit               `bun:"unit_id" json:"unitId"`
	Release       string                 `bun:"release" json:"release,omitempty"`
	Request       ref.EnvironmentRequest `bun:"request_id,nullzero" json:"requestId,omitempty"`
	Priority      string                 `bun:"priority" json:"priority,omitempty"`
	Group         ref.EnvironmentGroup   `bun:"group_id,nullzero" json:"groupId,omitempty"`
	Asked         map[string]any         `bun:"asked,type:jsonb" json:"asked,omitempty" doc:"What was asked for, where it was not the environments themselves."`
	Series        string                 `bun:"series_id,nullzero" json:"seriesId,omitempty"`
	DecidedBy     string                 `bun:"decided_by" json:"decidedBy,omitempty"`
	DecidedAt     *time.Time             `bun:"decided_at" json:"decidedAt,omitempty"`
	Reason        string                 `bun:"decision_reason" json:"decisionReason,omitempty"`
	WaitingSince  *time.Time             `bun:"waiting_since" json:"waitingSince,omitempty"`
	LastUseAt     *time.Time             `bun:"last_use_at" json:"lastUseAt,omitempty"`
	LastUse       string                 `bun:"last_use" json:"lastUse,omitempty" doc:"How the last use was seen: deployment or confirmed."`
	WarnedAt      *time.Time             `bun:"warned_at" json:"warnedAt,omitempty"`
	Version       int64                  `bun:"version" json:"version"`
	CreatedAt     time.Time              `bun:"created_at" json:"createdAt"`
	UpdatedAt     time.Time              `bun:"updated_at" json:"updatedAt"`
	TitleKey      string                 `bun:"title_key" json:"-"`
}

// Part is what a booking takes of one environment.
type Part struct {
	bun.BaseModel `bun:"table:booking_environment,alias:be" json:"-"`

	Booking     ref.Booking     `bun:"booking_id,pk"`
	Environment ref.Environment `bun:"environment_id,pk"`
	From        time.Time       `bun:"from_at"`
	To          time.Time       `bun:"to_at"`
	Intent      Intent          `bun:"intent"`
	Status      Status          `bun:"status"`
	LastsLong   bool            `bun:"lasts_long"`
	ApprovedBy  string          `bun:"approved_by"`
	ApprovedAt  *time.Time      `bun:"approved_at"`
	Number      int64           `bun:"number"`
	Title       string          `bun:"title"`
	Holder      ref.Person      `bun:"holder_id"`
	Version     int64           `bun:"booking_version"`
}

// Span is the time of the booking.
func (b *Booking) Span() interval.Span { return interval.Span{From: b.From, To: b.To} }

// Reference is how people name the booking.
func (b *Booking) Reference() string { return reference(b.Number) }

// prefix stands before the numbers of bookings.
const prefix = "BK-"

func reference(number int64) string { return prefix + strconv.FormatInt(number, 10) }

// numberOf reads "BK-12"; ok is false for anything else.
func numberOf(s string) (int64, bool) {
	digits, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(s)), prefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, ok && err == nil && n > 0
}

func (b *Booking) phase(now time.Time) phase {
	return phase{begun: !now.Before(b.From), over: !now.Before(b.To)}
}

func (b *Booking) live() bool { return b.Status == Requested || b.Status == Approved }

func (b *Booking) hold() Hold {
	return Hold{Booking: b.ID, Span: b.Span(), Intent: b.Intent, Status: b.Status}
}

func (b Booking) utc() Booking {
	b.From, b.To, b.CreatedAt, b.UpdatedAt = b.From.UTC(), b.To.UTC(), b.CreatedAt.UTC(), b.UpdatedAt.UTC()
	for _, t := range []**time.Time{&b.PlannedTo, &b.DecidedAt, &b.WaitingSince, &b.LastUseAt, &b.WarnedAt} {
		if *t != nil {
			u := (*t).UTC()
			*t = &u
		}
	}
	return b
}

// numbers gives out booking numbers from blocks, so that bookings of different environments do not wait for each other.
type numbers struct {
	mu   sync.Mutex
	free []int64
}
