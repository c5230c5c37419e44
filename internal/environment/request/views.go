package request

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/field"
	"millrace/internal/aspect/standing"
	"millrace/internal/aspect/workflow"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// LookupRef names a value of a list inside another record.
type LookupRef struct {
	ID     ref.Lookup `json:"id"`
	Name   string     `json:"name"`
	Colour string     `json:"colour,omitempty"`
}

// PartyRef names a person or a team inside another record.
type PartyRef struct {
	Kind string `json:"kind" enum:"person,team"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// UnitRef names a unit inside another record.
type UnitRef struct {
	ID   ref.Unit `json:"id"`
	Name string   `json:"name"`
}

// BookingRef names a booking of a request.
type BookingRef struct {
	ID           ref.Booking              `json:"id"`
	Reference    string                   `json:"reference" example:"BK-12"`
	Title        string                   `json:"title"`
	Status       booking.Status           `json:"status" enum:"requested,approved,rejected,waiting,cancelled,ended,expired"`
	From         time.Time                `json:"from"`
	To           time.Time                `json:"to"`
	Environments []booking.EnvironmentRef `json:"environments" nullable:"false"`

	request ref.EnvironmentRequest
}

func (b BookingRef) live() bool {
	return b.Status == booking.Requested || b.Status == booking.Approved || b.Status == booking.Waiting
}

// Head is what lists and pages show of both sorts of requests.
type Head struct {
	Core
	Reference string             `json:"reference" example:"EB-12"`
	TypeRef   LookupRef          `json:"type"`
	UnitRef   UnitRef            `json:"unit"`
	Assignee  *PartyRef          `json:"assignee,omitempty"`
	Position  *workflow.Position `json:"position,omitempty" doc:"The status it stands on, since when, and until when by the service level."`
	Fields    map[string]any     `json:"fields" nullable:"false" doc:"Custom fields, by their keys."`
	Bookings  []BookingRef       `json:"bookings" nullable:"false" doc:"Every booking that was made for it."`
	// AllowedActs are what the caller may do with it now; where it may move, its workflow tells.
	AllowedActs []string `json:"allowedActs" nullable:"false"`
}

// Mode is the mode of the status a request stands on.
func (h Head) Mode() workflow.Mode {
	if h.Position == nil {
		return workflow.Planning
	}
	return h.Position.Mode
}

// Heads adds to requests of a kind what stands beside them, with a handful of queries however many there are.
func (s *Service) Heads(ctx context.Context, tx db.Tx, k Kind, list []Core) ([]Head, error) {
	n, err := s.gather(ctx, tx, k, list)
	if err != nil {
		return nil, err
	}
	out := make([]Head, len(list))
	for i, c := range list {
		c.InUTC()
		h := Head{Core: c, Reference: k.Reference(c.Number), UnitRef: UnitRef{c.Unit, n.units[c.Unit]}, Fields: n.fields[string(c.ID)], Bookings: n.bookings[c.ID]}
		t := n.types[c.Type]
		h.TypeRef = LookupRef{c.Type, t.Name, t.Colour}
		if c.AssigneePerson != "" {
			h.Assignee = &PartyRef{"person", string(c.AssigneePerson), n.parties[string(c.AssigneePerson)]}
		}
		if c.AssigneeTeam != "" {
			h.Assignee = &PartyRef{"team", string(c.AssigneeTeam), n.parties[string(c.AssigneeTeam)]}
		}
		if p, ok := n.positions[string(c.ID)]; ok {
			h.Position = &p
		}
		if h.Fields == nil {
			h.Fields = map[string]any{}
		}
		if h.Bookings == nil {
			h.Bookings = []BookingRef{}
		}
		h.AllowedActs = acts(ctx, k, h, n)
		out[i] = h
	}
	return out, nil
}

// acts are what the caller may do with a request now.
func acts(ctx context.Context, k Kind, h Head, n names) []string {
	out := []string{}
	p, path := authz.From(ctx), n.paths[h.Unit]
	if p == nil {
		return out
	}
	if p.Can(PermManage, path) || isMine(ctx, h.Core, n.teams) && p.Can(PermCreate, path) {
		out = append(out, "change", "move")
		if !h.Mode().Ended() {
			out = append(out, "cancel")
			if k == ChangeKind {
				out = append(out, "book", "move_card")
			}
		}
	}
	if p.Can(PermCreate, path) {
		out = append(out, "duplicate")
	}
	return out
}

// names are what stands beside requests.
type names struct {
	units     map[ref.Unit]string
	paths     map[ref.Unit]string
	types     map[ref.Lookup]field.Value
	parties   map[string]string
	positions map[string]workflow.Position
	fields    map[string]map[string]any
	bookings  map[ref.EnvironmentRequest][]BookingRef
	teams     map[ref.Team]bool
}

func (s *Service) gather(ctx context.Context, tx db.Tx, k Kind, list []Core) (n names, err error) {
	var units []ref.Unit
	var types []ref.Lookup
	var parties []standing.Party
	var records []field.Record
	texts, ids := make([]string, len(list)), make([]ref.EnvironmentRequest, len(list))
	for i, c := range list {
		units, types, ids[i], texts[i] = append(units, c.Unit), append(types, c.Type), c.ID, string(c.ID)
		records = append(records, c.FieldRecord(k))
		if c.AssigneePerson != "" {
			parties = append(parties, standing.Party{Kind: standing.PersonParty, ID: string(c.AssigneePerson)})
		}
		if c.AssigneeTeam != "" {
			parties = append(parties, standing.Party{Kind: standing.TeamParty, ID: string(c.AssigneeTeam)})
		}
	}
	if n.units, err = unitNames(ctx, tx, units); err != nil {
		return n, err
	}
	if n.paths, err = standing.Paths(ctx, tx, distinct(units)); err != nil {
		return n, err
	}
	if n.types, err = s.Fields.Lookups.ByID(ctx, tx, distinct(types)); err != nil {
		return n, err
	}
	if n.parties, err = standing.Names(ctx, tx, distinct(parties)); err != nil {
		return n, err
	}
	if n.positions, err = s.Workflow.Positions(ctx, tx, k.subject, texts); err != nil {
		return n, err
	}
	if n.fields, err = s.Fields.Values(ctx, tx, k.subject, records); err != nil {
		return n, err
	}
	if n.bookings, err = BookingsOf(ctx, tx, ids); err != nil {
		return n, err
	}
	n.teams, err = myTeams(ctx, tx)
	return n, err
}

func distinct[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	out := make([]T, 0, len(list))
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func unitNames(ctx context.Context, tx db.Tx, ids []ref.Unit) (map[ref.Unit]string, error) {
	out := map[ref.Unit]string{}
	for _, chunk := range db.Chunks(distinct(ids), 500) {
		var rows []UnitRef
		if err := tx.NewSelect().Table("v_unit").Column("id", "name").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r.Name
		}
	}
	return out, nil
}

// BookingsOf returns the bookings of requests, the earliest first.
func BookingsOf(ctx context.Context, tx db.Tx, ids []ref.EnvironmentRequest) (map[ref.EnvironmentRequest][]BookingRef, error) {
	out := map[ref.EnvironmentRequest][]BookingRef{}
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []struct {
			ID      ref.Booking            `bun:"id"`
			Number  int64                  `bun:"number"`
			Title   string                 `bun:"title"`
			Status  booking.Status         `bun:"status"`
			From    time.Time              `bun:"from_at"`
			To      time.Time              `bun:"to_at"`
			Request ref.EnvironmentRequest `bun:"request_id"`
		}
		err := tx.NewSelect().Table("v_booking").Column("id", "number", "title", "status", "from_at", "to_at", "request_id").Where("request_id IN (?)", bun.In(chunk)).
			OrderExpr("from_at, id").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		bookings := make([]ref.Booking, len(rows))
		for i, r := range rows {
			bookings[i] = r.ID
		}
		envs, err := bookedEnvironments(ctx, tx, bookings)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			b := BookingRef{ID: r.ID, Reference: "BK-" + strconv.FormatInt(r.Number, 10), Title: r.Title, Status: r.Status, From: r.From.UTC(), To: r.To.UTC(), Environments: envs[r.ID], request: r.Request}
			if b.Environments == nil {
				b.Environments = []booking.EnvironmentRef{}
			}
			out[r.Request] = append(out[r.Request], b)
		}
	}
	return out, nil
}

func bookedEnvironments(ctx context.Context, tx db.Tx, ids []ref.Booking) (map[ref.Booking][]booking.EnvironmentRef, error) {
	out := map[ref.Booking][]booking.EnvironmentRef{}
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []struct {
			Booking ref.Booking     `bun:"booking_id"`
			ID      ref.Environment `bun:"id"`
			Key     string          `bun:"key"`
			Name    string          `bun:"name"`
		}
		err := tx.NewSelect().TableExpr("v_booking_environment AS be").Join("JOIN v_environment AS e ON e.id = be.environment_id").
			ColumnExpr("be.booking_id, e.id, e.key, e.name").Where("be.booking_id IN (?)", bun.In(chunk)).OrderExpr("e.name_key, e.id").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Booking] = append(out[r.Booking], booking.EnvironmentRef{ID: r.ID, Key: r.Key, Name: r.Name})
		}
	}
	return out, nil
}

// Known is what is shown of environments and groups.
type Known struct {
	Environments map[ref.Environment]booking.EnvironmentRef
	Groups       map[ref.EnvironmentGroup]booking.GroupRef
}

// NameTargets names environments and groups, with one query for each sort.
func NameTargets(ctx context.Context, tx db.Tx, envs []ref.Environment, groups []ref.EnvironmentGroup) (Known, error) {
	out := Known{map[ref.Environment]booking.EnvironmentRef{}, map[ref.EnvironmentGroup]booking.GroupRef{}}
	for _, chunk := range db.Chunks(distinct(envs), 500) {
		var rows []booking.EnvironmentRef
		if err := tx.NewSelect().Table("v_environment").Column("id", "key", "name").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return out, err
		}
		for _, r := range rows {
			out.Environments[r.ID] = r
		}
	}
	for _, chunk := range db.Chunks(distinct(groups), 500) {
		var rows []booking.GroupRef
		if err := tx.NewSelect().Table("v_environment_group").Column("id", "key", "name").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return out, err
		}
		for _, r := range rows {
			out.Groups[r.ID] = r
		}
	}
	return out, nil
}

// Consequence is one thing that a change brings about beside itself.
type Consequence struct {
	// Kind is stable: "bookings_made", "bookings_moved", "bookings_cancelled", "outage_announced", "outage_withdrawn".
	Kind     string       `json:"kind"`
	Count    int          `json:"count"`
	Message  string       `json:"message" doc:"The consequence in a sentence."`
	Bookings []BookingRef `json:"bookings,omitempty"`
}

// LiveBookings keeps the bookings that are not over.
func LiveBookings(list []BookingRef) []BookingRef {
	return slices.DeleteFunc(slices.Clone(list), func(b BookingRef) bool { return !b.live() })
}
