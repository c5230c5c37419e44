package request

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// SlotRef names a time slot inside another record.
type SlotRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// LineView is a line of a booking request as it is shown.
type LineView struct {
	ID           string                   `json:"id"`
	Title        string                   `json:"title,omitempty"`
	Environments []booking.EnvironmentRef `json:"environments" nullable:"false"`
	Group        *booking.GroupRef        `json:"group,omitempty"`
	Capability   *environment.Capability  `json:"capability,omitempty"`
	From         time.Time                `json:"from"`
	To           time.Time                `json:"to"`
	OwnTimes     bool                     `json:"ownTimes" doc:"False where it follows the times of the request."`
	Slot         *SlotRef                 `json:"slot,omitempty"`
	Intent       booking.Intent           `json:"intent" enum:"change_code,change_configuration,touch"`
	OnClash      booking.OnClash          `json:"onClash,omitempty" enum:"refuse,wait"`
	Bookings     []BookingRef             `json:"bookings" nullable:"false" doc:"What it became."`
}

// BookingItem is a booking request in a list.
type BookingItem struct {
	Head
	SubmittedAt *time.Time `json:"submittedAt,omitempty"`
	CompletedAt *time.Time `json:"completedAt,omitempty"`
	Lines       []LineView `json:"lines" nullable:"false"`
}

// AnswerView is a question with what was answered.
type AnswerView struct {
	Question
	Answer       string            `json:"answer,omitempty" doc:"yes or no, or a text."`
	Environments []ref.Environment `json:"environmentIds" nullable:"false" doc:"The environments of the request it is asked for; none where it is asked always."`
}

// BookingView is a booking request with what its page shows.
type BookingView struct {
	BookingItem
	Answers      []AnswerView  `json:"answers" nullable:"false" doc:"The questions that are asked for its environments."`
	Consequences []Consequence `json:"consequences" nullable:"false" doc:"What the change brought about, or would in a dry run."`
}

// bookingItems adds to booking requests what a list shows of them.
func (s *Service) bookingItems(ctx context.Context, tx db.Tx, list []BookingRequest) ([]BookingItem, error) {
	cores, ids := make([]Core, len(list)), make([]ref.EnvironmentRequest, len(list))
	for i := range list {
		list[i].tidy()
		cores[i], ids[i] = list[i].Core, list[i].ID
	}
	heads, err := s.Heads(ctx, tx, bookingKind, cores)
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var envs []ref.Environment
	var groups []ref.EnvironmentGroup
	var slots []string
	for _, of := range lines {
		for _, l := range of {
			envs = append(envs, l.environments...)
			if l.Group != "" {
				groups = append(groups, l.Group)
			}
			if l.Slot != "" {
				slots = append(slots, l.Slot)
			}
		}
	}
	known, err := NameTargets(ctx, tx, envs, groups)
	if err != nil {
		return nil, err
	}
	named, err := slotNames(ctx, tx, slots)
	if err != nil {
		return nil, err
	}
	out := make([]BookingItem, len(list))
	for i, h := range heads {
		out[i] = BookingItem{Head: h, SubmittedAt: list[i].SubmittedAt, CompletedAt: list[i].CompletedAt, Lines: []LineView{}}
		for _, l := range lines[h.ID] {
			out[i].Lines = append(out[i].Lines, viewLine(h, l, known, named))
		}
	}
	return out, nil
}

func viewLine(h Head, l Line, known Known, slots map[string]string) LineView {
	span := l.span(h.Core)
	v := LineView{
		ID: l.ID, Title: l.Title, Environments: []booking.EnvironmentRef{}, Capability: l.Capability, From: span.From, To: span.To, OwnTimes: l.From != nil, Intent: l.Intent,
		OnClash: l.OnClash, Bookings: []BookingRef{},
	}
	for _, e := range l.environments {
		v.Environments = append(v.Environments, known.Environments[e])
	}
	if g, ok := known.Groups[l.Group]; ok {
		v.Group = &g
	}
	if l.Slot != "" {
		v.Slot = &SlotRef{l.Slot, slots[l.Slot]}
	}
	for _, b := range h.Bookings {
		if slices.Contains(l.Bookings, b.ID) {
			v.Bookings = append(v.Bookings, b)
		}
	}
	return v
}

func slotNames(ctx context.Context, tx db.Tx, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, chunk := range db.Chunks(distinct(ids), 500) {
		var rows []SlotRef
		if err := tx.NewSelect().Table("booking_time_slot").Column("id", "name").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r.Name
		}
	}
	return out, nil
}

// bookingView returns a booking request as its page shows it. It decides nothing about access.
func (s *Service) bookingView(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) (BookingView, error) {
	r, err := loadBooking(ctx, tx, id)
	if err != nil {
		return BookingView{}, err
	}
	items, err := s.bookingItems(ctx, tx, []BookingRequest{r})
	if err != nil {
		return BookingView{}, err
	}
	v := BookingView{BookingItem: items[0], Answers: []AnswerView{}, Consequences: []Consequence{}}
	questions, err := loadQuestions(ctx, tx)
	if err != nil {
		return v, err
	}
	places, err := s.placesOf(ctx, tx, r.lines)
	if err != nil {
		return v, err
	}
	for _, q := range questions {
		if envs, yes := q.asked(places); yes || r.Answers[q.ID] != "" {
			a := AnswerView{Question: q, Answer: r.Answers[q.ID], Environments: envs}
			if a.Environments == nil || q.Usage == "" && q.Application == "" {
				a.Environments = []ref.Environment{}
			}
			v.Answers = append(v.Answers, a)
		}
	}
	return v, nil
}

// placesOf are the environments that lines name, by themselves or by a group, as questions look at them.
func (s *Service) placesOf(ctx context.Context, tx db.Tx, lines []Line) ([]place, error) {
	var ids []ref.Environment
	for _, l := range lines {
		ids = append(ids, l.environments...)
		if l.Group != "" {
			members, err := s.Environments.Members(ctx, tx, l.Group)
			if err != nil {
				return nil, err
			}
			ids = append(ids, members...)
		}
	}
	var out []place
	for _, chunk := range db.Chunks(distinct(ids), 500) {
		var rows []struct {
			ID          ref.Environment `bun:"id"`
			Usage       *ref.Lookup     `bun:"usage_id"`
			Application *ref.App        `bun:"application_id"`
		}
		err := tx.NewSelect().Table("v_environment").Column("id", "usage_id", "application_id").Where("id IN (?)", bun.In(chunk)).OrderExpr("id").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			p := place{Environment: r.ID}
			if r.Usage != nil {
				p.Usage = *r.Usage
			}
			if r.Application != nil {
				p.Application = *r.Application
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// told is a booking request in words, for its history.
func (v BookingView) told() map[string]any {
	out := v.Head.Told()
	var lines []string
	for _, l := range v.Lines {
		text := l.Title
		for _, e := range l.Environments {
			text += " " + e.Name
		}
		if l.Group != nil {
			text += " " + l.Group.Name
		}
		if l.Capability != nil {
			text += " " + mustJSON(l.Capability)
		}
		lines = append(lines, line(text+" "+clock.Tell(l.From)+" – "+clock.Tell(l.To)+" "+string(l.Intent)))
	}
	if len(lines) > 0 {
		out["lines"] = lines
	}
	for _, a := range v.Answers {
		if a.Answer != "" {
			out[shorten(a.Text)] = a.Answer
		}
	}
	return out
}

// Told is the common part in words, for history.
func (h Head) Told() map[string]any {
	out := map[string]any{"title": h.Title, "type": h.TypeRef.Name, "unit": h.UnitRef.Name, "from": h.From, "to": h.To}
	for name, text := range map[string]string{"description": h.Description, "release": h.Release, "phase": h.Phase} {
		if text != "" {
			out[name] = text
		}
	}
	if h.Assignee != nil {
		out["assignee"] = h.Assignee.Name
	}
	return out
}
