package request

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// BookingRequest is what somebody asks for; its lines become bookings once it is submitted.
type BookingRequest struct {
	bun.BaseModel `bun:"table:booking_request,alias:r" json:"-"`

	Core
	Answers     map[string]string `bun:"answers,type:jsonb" json:"-"`
	SubmittedAt *time.Time        `bun:"submitted_at" json:"submittedAt,omitempty"`
	CompletedAt *time.Time        `bun:"completed_at" json:"completedAt,omitempty"`

	lines []Line
}

// Line is one thing a booking request asks for.
type Line struct {
	bun.BaseModel `bun:"table:booking_request_line,alias:l"`

	ID         string                  `bun:"id,pk"`
	Request    ref.EnvironmentRequest  `bun:"request_id"`
	Position   int64                   `bun:"position"`
	Title      string                  `bun:"title"`
	Group      ref.EnvironmentGroup    `bun:"group_id,nullzero"`
	Capability *environment.Capability `bun:"capability,type:jsonb"`
	Slot       string                  `bun:"slot_id,nullzero"`
	From       *time.Time              `bun:"from_at"`
	To         *time.Time              `bun:"to_at"`
	Intent     booking.Intent          `bun:"intent"`
	OnClash    booking.OnClash         `bun:"on_clash"`
	Bookings   []ref.Booking           `bun:"bookings,type:jsonb"`

	environments []ref.Environment
}

// span is the time of a line: its own, or that of its request.
func (l Line) span(c Core) interval.Span {
	s := c.Span()
	if l.From != nil && l.To != nil {
		s = interval.Span{From: *l.From, To: *l.To}
	}
	return s
}

// targets are what a line books, in the words of booking.
func (l Line) targets() booking.Targets {
	switch {
	case l.Capability != nil:
		return booking.Targets{Capability: l.Capability}
	case l.Group != "":
		return booking.Targets{Group: string(l.Group)}
	}
	t := booking.Targets{Environments: make([]string, len(l.environments))}
	for i, id := range l.environments {
		t.Environments[i] = string(id)
	}
	return t
}

// NewLine is a line of a booking request as it is sent.
type NewLine struct {
	ID string `json:"id,omitempty" maxLength:"100" doc:"The id of a line that is kept; absent for a new one."`
	booking.Targets
	Title   string          `json:"title,omitempty" maxLength:"200"`
	From    *time.Time      `json:"from,omitempty" doc:"With to, its own times; those of the request when left out."`
	To      *time.Time      `json:"to,omitempty"`
	Slot    string          `json:"slot,omitempty" maxLength:"200" doc:"The id or name of a time slot, instead of from and to."`
	Day     string          `json:"day,omitempty" maxLength:"10" doc:"The day of the slot, as 2026-03-02."`
	Intent  booking.Intent  `json:"intent,omitempty" enum:"change_code,change_configuration,touch" doc:"touch when left out."`
	OnClash booking.OnClash `json:"onClash,omitempty" enum:"refuse,wait" doc:"Whether its booking joins the waitlist where an approved one is in its way; the policy of bookings decides when left out."`
}

// readLines turns lines as they are sent into lines that are kept. old are those there are, by id.
func (s *Service) readLines(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest, in []NewLine, old []Line) ([]Line, error) {
	known := map[string]Line{}
	for _, l := range old {
		known[l.ID] = l
	}
	out := make([]Line, 0, len(in))
	for i, n := range in {
		place := fmt.Sprintf("body.lines[%d]", i)
		l := Line{ID: ref.New[string](), Bookings: []ref.Booking{}}
		if n.ID != "" {
			before, ok := known[n.ID]
			if !ok {
				return nil, fault(place+".id", "line_unknown", "The request has no such line.")
			}
			delete(known, n.ID)
			l.ID, l.Bookings = before.ID, before.Bookings
		}
		l.Request, l.Position, l.Title, l.Intent, l.OnClash = id, int64(i+1), line(n.Title), n.Intent, n.OnClash
		if l.Intent == "" {
			l.Intent = booking.Touch
		}
		if err := s.readTargets(ctx, tx, &l, n.Targets, place); err != nil {
			return nil, err
		}
		if err := s.readTimes(ctx, tx, &l, n, place); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

func (s *Service) readTargets(ctx context.Context, tx db.Tx, l *Line, t booking.Targets, place string) error {
	named := 0
	for _, given := range []bool{t.Environment != "", len(t.Environments) > 0, t.Group != "", t.Capability != nil} {
		if given {
			named++
		}
	}
	if named != 1 {
		return fault(place+".environments", "booking_target", "Name environments, a group or a capability, one of them.")
	}
	if t.Environment != "" {
		t.Environments = []string{t.Environment}
	}
	l.Capability = t.Capability
	if t.Group != "" {
		g, err := s.Environments.FindGroup(ctx, tx, t.Group)
		if err != nil {
			return Unknown(err, place+".group", "group", t.Group)
		}
		l.Group = g.ID
	}
	seen := map[ref.Environment]bool{}
	for _, name := range t.Environments {
		e, err := s.Environments.Find(ctx, tx, name)
		if err != nil {
			return Unknown(err, place+".environments", "environment", name)
		}
		if !seen[e.ID] {
			seen[e.ID] = true
			l.environments = append(l.environments, e.ID)
		}
	}
	return nil
}

func (s *Service) readTimes(ctx context.Context, tx db.Tx, l *Line, n NewLine, place string) error {
	var faults problem.Fields
	switch {
	case n.Slot != "" && n.Day != "":
		slot, err := findSlot(ctx, tx, n.Slot, place+".slot")
		if err != nil {
			return err
		}
		span, ok := slot.on(n.Day)
		if !ok {
			faults.Add(place+".day", "day_invalid", "Give the day of the slot as 2026-03-02.")
		}
		l.Slot, l.From, l.To = slot.ID, &span.From, &span.To
	case n.Slot != "" && n.From != nil && n.To != nil:
		// A line that is sent back as it was shown names its slot and its times.
		slot, err := findSlot(ctx, tx, n.Slot, place+".slot")
		if err != nil {
			return err
		}
		span, ok := slot.on(interval.Wall(*n.From, slot.location()).Format(time.DateOnly))
		if !ok || !span.From.Equal(*n.From) || !span.To.Equal(*n.To) {
			faults.Add(place+".slot", "slot_times", "These are not the times of the slot. Send the slot with its day.")
		}
		l.Slot, l.From, l.To = slot.ID, &span.From, &span.To
	case n.Slot != "":
		faults.Add(place+".day", "required", "Say on which day the slot is wanted.")
	case (n.From == nil) != (n.To == nil):
		faults.Add(place+".to", "required", "Give both ends of the line's own times, or none.")
	case n.From != nil:
		span := interval.Span{From: normal(*n.From), To: normal(*n.To)}
		CheckSpan(&faults, place, span)
		l.From, l.To = &span.From, &span.To
	}
	return faults.Err("booking_request_invalid", "The lines cannot be kept like this.")
}

// Unknown turns "not found" of something the body names into a fault of the body.
func Unknown(err error, place, noun, name string) error {
	if problem.KindOf(err) != problem.NotFound {
		return err
	}
	return fault(place, noun+"_unknown", fmt.Sprintf("There is no %s %q, or you may not see it.", noun, name))
}

// saveLines replaces the lines of a request.
func saveLines(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest, lines []Line) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM booking_request_environment WHERE request_id = ?`, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM booking_request_line WHERE request_id = ?`, id); err != nil {
		return err
	}
	for i := range lines {
		l := &lines[i]
		if l.Bookings == nil {
			l.Bookings = []ref.Booking{}
		}
		if _, err := tx.NewInsert().Model(l).Exec(ctx); err != nil {
			return err
		}
		for at, env := range l.environments {
			_, err := tx.ExecContext(ctx, `INSERT INTO booking_request_environment (line_id, environment_id, request_id, position) VALUES (?, ?, ?, ?)`, l.ID, env, id, at)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// linesOf returns the lines of requests in their order, with two queries.
func linesOf(ctx context.Context, tx db.Tx, ids []ref.EnvironmentRequest) (map[ref.EnvironmentRequest][]Line, error) {
	out := make(map[ref.EnvironmentRequest][]Line, len(ids))
	for _, chunk := range db.Chunks(ids, 500) {
		var lines []Line
		if err := tx.NewSelect().Model(&lines).Where("l.request_id IN (?)", bun.In(chunk)).OrderExpr("l.request_id, l.position, l.id").Scan(ctx); err != nil {
			return nil, err
		}
		var rows []struct {
			Line        string          `bun:"line_id"`
			Environment ref.Environment `bun:"environment_id"`
		}
		err := tx.NewSelect().Table("booking_request_environment").Column("line_id", "environment_id").Where("request_id IN (?)", bun.In(chunk)).
			OrderExpr("line_id, position").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		envs := map[string][]ref.Environment{}
		for _, r := range rows {
			envs[r.Line] = append(envs[r.Line], r.Environment)
		}
		for _, l := range lines {
			l.From, l.To, l.environments = utc(l.From), utc(l.To), envs[l.ID]
			out[l.Request] = append(out[l.Request], l)
		}
	}
	return out, nil
}

// loadBooking returns a booking request with its lines.
func loadBooking(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) (BookingRequest, error) {
	var r BookingRequest
	if err := tx.NewSelect().Model(&r).Where("r.id = ?", id).Scan(ctx); err != nil {
		return r, err
	}
	lines, err := linesOf(ctx, tx, []ref.EnvironmentRequest{id})
	r.tidy()
	r.lines = lines[id]
	return r, err
}

func (r *BookingRequest) tidy() {
	r.InUTC()
	r.SubmittedAt, r.CompletedAt = utc(r.SubmittedAt), utc(r.CompletedAt)
	if r.Answers == nil {
		r.Answers = map[string]string{}
	}
}

// saveBooking writes a booking request that was changed in its next version.
func (s *Service) saveBooking(ctx context.Context, tx db.Tx, r *BookingRequest) error {
	r.UpdatedAt, r.TitleKey = s.Clock.Now(), ref.NameKey(r.Title)
	r.Version++
	_, err := tx.NewUpdate().Model(r).WherePK().ExcludeColumn("id", "number", "created_at", "requester_id", "requester_key", "requester_name").Exec(ctx)
	return err
}
