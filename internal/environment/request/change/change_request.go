package change

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/environment/request"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Request is an environment change request: something that is to be done to environments.
type Request struct {
	bun.BaseModel `bun:"table:environment_change_request,alias:r" json:"-"`

	request.Core
	Colour      string     `bun:"colour" json:"-"`
	OnSchedule  bool       `bun:"on_schedule" json:"onSchedule" doc:"Whether it is shown on the schedule of environments."`
	InOrder     bool       `bun:"in_order" json:"inOrder" doc:"Whether a card may only begin when all before it are done or skipped."`
	OutageFrom  *time.Time `bun:"outage_from" json:"-"`
	OutageTo    *time.Time `bun:"outage_to" json:"-"`
	StartedAt   *time.Time `bun:"started_at" json:"startedAt,omitempty"`
	CompletedAt *time.Time `bun:"completed_at" json:"completedAt,omitempty"`

	cards []Card
}

// outage is the time in which the environments are out; ok is false where there is none.
func (r Request) outage() (s interval.Span, ok bool) {
	if r.OutageFrom == nil || r.OutageTo == nil {
		return s, false
	}
	return interval.Span{From: *r.OutageFrom, To: *r.OutageTo}, true
}

// Card is one step of the progression path: an environment or a group, and what is done there.
type Card struct {
	bun.BaseModel `bun:"table:environment_change_card,alias:c"`

	ID          string                 `bun:"id,pk"`
	Request     ref.EnvironmentRequest `bun:"request_id"`
	Position    int64                  `bun:"position"`
	Environment ref.Environment        `bun:"environment_id,nullzero"`
	Group       ref.EnvironmentGroup   `bun:"group_id,nullzero"`
	Hosts       []string               `bun:"hosts,type:jsonb"`
	Targets     []Target               `bun:"targets,type:jsonb"`
	Status      CardStatus             `bun:"status"`
	Note        string                 `bun:"note"`
	StartedAt   *time.Time             `bun:"started_at"`
	EndedAt     *time.Time             `bun:"ended_at"`
	ActorName   string                 `bun:"actor_name"`
}

// Target is a component that a card is about, and the version it shall have.
type Target struct {
	Application string `json:"application,omitempty" maxLength:"200" doc:"The id or key of an application; the card names either it or a component."`
	Component   string `json:"component,omitempty" maxLength:"200" doc:"The id or name of a component of the environment's stack."`
	Version     string `json:"version,omitempty" maxLength:"200" doc:"What it shall have; a card that is done brings it to the stack."`
	Name        string `json:"name,omitempty" readOnly:"true" doc:"What it is called; only in answers."`
}

// NewCard is a card as it is sent.
type NewCard struct {
	ID          string   `json:"id,omitempty" maxLength:"100" doc:"The id of a card that is kept; absent for a new one."`
	Environment string   `json:"environment,omitempty" maxLength:"200" doc:"The key or id of an environment; a card names it or a group."`
	Group       string   `json:"group,omitempty" maxLength:"200" doc:"The key or id of a group."`
	Hosts       []string `json:"hosts,omitempty" maxItems:"200" doc:"Ids or names of hosts of the environment."`
	Targets     []Target `json:"targets,omitempty" maxItems:"200" doc:"Components with the versions they shall have."`
	Note        string   `json:"note,omitempty" maxLength:"2000"`
}

// readCards turns cards as they are sent into cards that are kept. old are those there are.
func (s *Service) readCards(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest, in []NewCard, old []Card) ([]Card, error) {
	known := map[string]Card{}
	for _, c := range old {
		known[c.ID] = c
	}
	out := make([]Card, 0, len(in))
	for i, n := range in {
		place := fmt.Sprintf("body.cards[%d]", i)
		c := Card{ID: ref.New[string](), Status: CardPlanned}
		if n.ID != "" {
			before, ok := known[n.ID]
			if !ok {
				return nil, fault(place+".id", "card_unknown", "The request has no such card.")
			}
			delete(known, n.ID)
			c = before
			c.Environment, c.Group = "", ""
		}
		c.Request, c.Position, c.Note = id, int64(i+1), n.Note
		if (n.Environment == "") == (n.Group == "") {
			return nil, fault(place+".environment", "card_target", "A card names an environment or a group, one of the two.")
		}
		if n.Group != "" {
			g, err := s.Environments.FindGroup(ctx, tx, n.Group)
			if err != nil {
				return nil, request.Unknown(err, place+".group", "group", n.Group)
			}
			c.Group = g.ID
		} else {
			e, err := s.Environments.Find(ctx, tx, n.Environment)
			if err != nil {
				return nil, request.Unknown(err, place+".environment", "environment", n.Environment)
			}
			c.Environment = e.ID
		}
		if err := s.readParts(ctx, tx, &c, n, place); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// readParts takes in what is done at a card.
func (s *Service) readParts(ctx context.Context, tx db.Tx, c *Card, n NewCard, place string) error {
	c.Hosts, c.Targets = []string{}, []Target{}
	envs, err := s.cardEnvironments(ctx, tx, *c)
	if err != nil {
		return err
	}
	hosts, components, err := s.stackNames(ctx, tx, envs)
	if err != nil {
		return err
	}
	for i, h := range n.Hosts {
		id, ok := hosts[ref.NameKey(h)]
		if !ok {
			return fault(fmt.Sprintf("%s.hosts[%d]", place, i), "host_unknown", "The environment has no such host.")
		}
		c.Hosts = append(c.Hosts, id)
	}
	for i, t := range n.Targets {
		at := fmt.Sprintf("%s.targets[%d]", place, i)
		t.Version, t.Name = line(t.Version), ""
		switch {
		case (t.Application == "") == (t.Component == ""):
			return fault(at, "target_unclear", "Name an application or a component of the stack, one of the two.")
		case t.Application != "":
			var app struct {
				ID   ref.App `bun:"id"`
				Name string  `bun:"name"`
			}
			err := tx.NewSelect().Table("v_application").Column("id", "name").
				Where("id IN (SELECT application_id FROM v_application_name WHERE name_key IN (?, ?))", t.Application, ref.NameKey(t.Application)).OrderExpr("id").Limit(1).Scan(ctx, &app)
			if db.IsNoRows(err) {
				return fault(at+".application", "application_unknown", "There is no such application.")
			}
			if err != nil {
				return err
			}
			t.Application, t.Name = string(app.ID), app.Name
		default:
			name, ok := components[ref.NameKey(t.Component)]
			if !ok {
				return fault(at+".component", "component_unknown", "The stack has no such component.")
			}
			t.Component, t.Name = name, name
		}
		c.Targets = append(c.Targets, t)
	}
	return nil
}

// stackNames are the hosts of environments by their names and ids, and the names of their components likewise.
func (s *Service) stackNames(ctx context.Context, tx db.Tx, envs []ref.Environment) (hosts, components map[string]string, err error) {
	hosts, components = map[string]string{}, map[string]string{}
	for _, env := range envs {
		stack, err := s.Stacks.In(ctx, tx, env)
		if err != nil {
			return nil, nil, err
		}
		all := stack.Loose
		for _, h := range stack.Hosts {
			hosts[ref.NameKey(h.Name)], hosts[ref.NameKey(h.ID)] = h.ID, h.ID
			all = append(all, h.Components...)
		}
		for _, c := range all {
			components[ref.NameKey(c.Name)], components[ref.NameKey(c.ID)] = c.Name, c.Name
		}
	}
	return hosts, components, nil
}

// cardEnvironments are the environments of a card: its own, or the members of its group.
func (s *Service) cardEnvironments(ctx context.Context, tx db.Tx, c Card) ([]ref.Environment, error) {
	if c.Group != "" {
		return s.Environments.Members(ctx, tx, c.Group)
	}
	return []ref.Environment{c.Environment}, nil
}

// environmentsOf are the environments of all cards, each once.
func (s *Service) environmentsOf(ctx context.Context, tx db.Tx, cards []Card) ([]ref.Environment, error) {
	var out []ref.Environment
	for _, c := range cards {
		list, err := s.cardEnvironments(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return distinct(out), nil
}

// saveCards replaces the cards of a request.
func saveCards(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest, cards []Card) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM environment_change_card WHERE request_id = ?`, id); err != nil {
		return err
	}
	for i := range cards {
		if _, err := tx.NewInsert().Model(&cards[i]).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func cardsOf(ctx context.Context, tx db.Tx, ids []ref.EnvironmentRequest) (map[ref.EnvironmentRequest][]Card, error) {
	out := make(map[ref.EnvironmentRequest][]Card, len(ids))
	for _, chunk := range db.Chunks(ids, 500) {
		var rows []Card
		if err := tx.NewSelect().Model(&rows).Where("c.request_id IN (?)", bun.In(chunk)).OrderExpr("c.request_id, c.position, c.id").Scan(ctx); err != nil {
			return nil, err
		}
		for _, c := range rows {
			c.StartedAt, c.EndedAt = utc(c.StartedAt), utc(c.EndedAt)
			out[c.Request] = append(out[c.Request], c)
		}
	}
	return out, nil
}

func (r *Request) tidy() {
	r.InUTC()
	r.OutageFrom, r.OutageTo, r.StartedAt, r.CompletedAt = utc(r.OutageFrom), utc(r.OutageTo), utc(r.StartedAt), utc(r.CompletedAt)
}

// load returns a change request with its cards.
func load(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) (Request, error) {
	var r Request
	if err := tx.NewSelect().Model(&r).Where("r.id = ?", id).Scan(ctx); err != nil {
		return r, err
	}
	cards, err := cardsOf(ctx, tx, []ref.EnvironmentRequest{id})
	r.tidy()
	r.cards = cards[id]
	return r, err
}

// save writes a change request that was changed in its next version.
func (s *Service) save(ctx context.Context, tx db.Tx, r *Request) error {
	r.UpdatedAt, r.TitleKey = s.Clock.Now(), ref.NameKey(r.Title)
	r.Version++
	_, err := tx.NewUpdate().Model(r).WherePK().ExcludeColumn("id", "number", "created_at", "requester_id", "requester_key", "requester_name").Exec(ctx)
	return err
}

// times is what is known of a card's or request's times.
type times struct {
	ID            ref.EnvironmentRequest `bun:"id"`
	Number        int64                  `bun:"number"`
	Title         string                 `bun:"title"`
	StartedAt     *time.Time             `bun:"started_at"`
	CompletedAt   *time.Time             `bun:"completed_at"`
	CardStartedAt *time.Time             `bun:"card_started_at"`
	CardEndedAt   *time.Time             `bun:"card_ended_at"`
	Actor         string                 `bun:"actor_name"`
}

// moment is the last moment of a change within a span: its end, or its beginning where the end lies outside.
func (c times) moment(within interval.Span) (time.Time, bool) {
	times := []*time.Time{c.CardEndedAt, c.CardStartedAt}
	if c.CardEndedAt == nil && c.CardStartedAt == nil {
		times = []*time.Time{c.CompletedAt, c.StartedAt}
	}
	for _, t := range times {
		if t != nil && within.Contains(t.UTC()) {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// farEnd is the end of a span, or a moment far ahead where it has none.
func farEnd(s interval.Span) time.Time {
	if s.Endless() {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return s.To
}
