package change

import (
	"context"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/environment/request"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// CardView is a card of a progression path as it is shown.
type CardView struct {
	ID          string                  `json:"id"`
	Environment *booking.EnvironmentRef `json:"environment,omitempty" doc:"A card stands in an environment or in a group."`
	Group       *booking.GroupRef       `json:"group,omitempty"`
	Hosts       []string                `json:"hosts" nullable:"false" doc:"Ids of hosts."`
	Targets     []Target                `json:"targets" nullable:"false"`
	Status      CardStatus              `json:"status" enum:"planned,in_progress,done,failed,skipped"`
	Next        []CardStatus            `json:"next" nullable:"false" doc:"Where it may go."`
	Note        string                  `json:"note,omitempty"`
	StartedAt   *time.Time              `json:"startedAt,omitempty"`
	EndedAt     *time.Time              `json:"endedAt,omitempty"`
	ActorName   string                  `json:"actorName,omitempty" doc:"Who set its status."`
}

// Item is a change request in a list.
type Item struct {
	request.Head
	Colour      string         `json:"colour,omitempty" doc:"Its own, or that of its type."`
	OwnColour   string         `json:"ownColour,omitempty"`
	OnSchedule  bool           `json:"onSchedule"`
	InOrder     bool           `json:"inOrder"`
	Outage      *interval.Span `json:"outage,omitempty"`
	StartedAt   *time.Time     `json:"startedAt,omitempty"`
	CompletedAt *time.Time     `json:"completedAt,omitempty"`
	Cards       []CardView     `json:"cards" nullable:"false" doc:"The progression path: where it is done, one after the other."`
}

// View is a change request with what its page shows.
type View struct {
	Item
	Impact       Impact                `json:"impact"`
	Consequences []request.Consequence `json:"consequences" nullable:"false" doc:"What the change brought about, or would in a dry run."`
}

// items adds to change requests what a list shows of them.
func (s *Service) items(ctx context.Context, tx db.Tx, list []Request) ([]Item, error) {
	cores, ids := make([]request.Core, len(list)), make([]ref.EnvironmentRequest, len(list))
	for i := range list {
		list[i].tidy()
		cores[i], ids[i] = list[i].Core, list[i].ID
	}
	heads, err := s.Requests.Heads(ctx, tx, kind, cores)
	if err != nil {
		return nil, err
	}
	cards, err := cardsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var envs []ref.Environment
	var groups []ref.EnvironmentGroup
	for _, of := range cards {
		for _, c := range of {
			if c.Group != "" {
				groups = append(groups, c.Group)
			} else {
				envs = append(envs, c.Environment)
			}
		}
	}
	known, err := request.NameTargets(ctx, tx, envs, groups)
	if err != nil {
		return nil, err
	}
	out := make([]Item, len(list))
	for i, h := range heads {
		r := list[i]
		v := Item{Head: h, Colour: r.Colour, OwnColour: r.Colour, OnSchedule: r.OnSchedule, InOrder: r.InOrder, StartedAt: r.StartedAt, CompletedAt: r.CompletedAt, Cards: []CardView{}}
		if v.Colour == "" {
			v.Colour = h.TypeRef.Colour
		}
		if o, ok := r.outage(); ok {
			v.Outage = &o
		}
		for _, c := range cards[h.ID] {
			v.Cards = append(v.Cards, viewCard(c, known))
		}
		out[i] = v
	}
	return out, nil
}

func viewCard(c Card, known request.Known) CardView {
	v := CardView{ID: c.ID, Hosts: c.Hosts, Targets: c.Targets, Status: c.Status, Next: cardSteps[c.Status], Note: c.Note, StartedAt: c.StartedAt, EndedAt: c.EndedAt, ActorName: c.ActorName}
	if v.Hosts == nil {
		v.Hosts = []string{}
	}
	if v.Targets == nil {
		v.Targets = []Target{}
	}
	if e, ok := known.Environments[c.Environment]; ok {
		v.Environment = &e
	}
	if g, ok := known.Groups[c.Group]; ok {
		v.Group = &g
	}
	return v
}

// name is how a card is called.
func (v CardView) name() string {
	switch {
	case v.Environment != nil:
		return v.Environment.Name
	case v.Group != nil:
		return v.Group.Name
	}
	return "a place that is gone"
}

// view returns a change request as its page shows it. It decides nothing about access.
func (s *Service) view(ctx context.Context, tx db.Tx, id ref.EnvironmentRequest) (View, error) {
	r, err := load(ctx, tx, id)
	if err != nil {
		return View{}, err
	}
	items, err := s.items(ctx, tx, []Request{r})
	if err != nil {
		return View{}, err
	}
	v := View{Item: items[0], Consequences: []request.Consequence{}}
	v.Impact, err = s.impact(ctx, tx, r)
	return v, err
}

// told is a change request in words, for its history.
func (v Item) told() map[string]any {
	out := v.Head.Told()
	out["onSchedule"], out["inOrder"] = v.OnSchedule, v.InOrder
	if v.OwnColour != "" {
		out["colour"] = v.OwnColour
	}
	if v.Outage != nil {
		out["outage"] = clock.Tell(v.Outage.From) + " – " + clock.Tell(v.Outage.To)
	}
	var cards []string
	for _, c := range v.Cards {
		text := c.name()
		for _, t := range c.Targets {
			text += " " + t.Name + " " + t.Version
		}
		if c.Note != "" {
			text += " (" + c.Note + ")"
		}
		for _, h := range c.Hosts {
			text += " " + h
		}
		cards = append(cards, line(text))
	}
	if len(cards) > 0 {
		out["cards"] = cards
	}
	return out
}
