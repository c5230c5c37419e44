package change

import (
	"context"
	"regexp"
	"strings"

	"millrace/internal/environment/request"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// NewRequest is what Create takes.
type NewRequest struct {
	request.NewCore
	Environments []string       `json:"environments,omitempty" maxItems:"200" doc:"Keys or ids of environments: a card each."`
	Groups       []string       `json:"groups,omitempty" maxItems:"200" doc:"Keys or ids of groups: a card each."`
	Cards        []NewCard      `json:"cards,omitempty" maxItems:"200" doc:"The progression path, before the cards of environments and groups."`
	Colour       string         `json:"colour,omitempty" maxLength:"7" doc:"As #rrggbb; that of its type when left out."`
	OnSchedule   *bool          `json:"onSchedule,omitempty" doc:"True when left out."`
	InOrder      bool           `json:"inOrder,omitempty"`
	Outage       *interval.Span `json:"outage,omitempty" doc:"When the environments are out because of it."`
	Bench        bool           `json:"bench,omitempty" doc:"Made on the maintenance bench: without a type it gets the one for that."`
	Book         bool           `json:"book,omitempty" doc:"Book its environments for its time at once."`
}

// RequestChange is what Change takes; members that were not sent stay as they are, null clears.
type RequestChange struct {
	request.CoreChange
	Cards      httpapi.Optional[[]NewCard]     `json:"cards,omitzero" doc:"All cards there shall be; those with an id keep their status."`
	Colour     httpapi.Optional[string]        `json:"colour,omitzero"`
	OnSchedule httpapi.Optional[bool]          `json:"onSchedule,omitzero"`
	InOrder    httpapi.Optional[bool]          `json:"inOrder,omitzero"`
	Outage     httpapi.Optional[interval.Span] `json:"outage,omitzero"`
}

// Create makes an environment change request and says whom it hits. With dry set nothing is saved.
func (s *Service) Create(ctx context.Context, in NewRequest, dry bool) (out View, err error) {
	err = s.Requests.Write(ctx, dry, func(ctx context.Context, tx db.Tx) error {
		r, err := s.create(ctx, tx, in)
		if err != nil {
			return err
		}
		var more []request.Consequence
		if in.Book {
			if more, err = s.book(ctx, tx, &r, NewBooking{}); err != nil {
				return err
			}
		}
		announced, err := s.announce(ctx, tx, &r)
		if err != nil {
			return err
		}
		out, err = s.view(ctx, tx, r.ID)
		out.Consequences = append(append(out.Consequences, announced...), more...)
		return err
	})
	return out, err
}

func (s *Service) create(ctx context.Context, tx db.Tx, in NewRequest) (Request, error) {
	var r Request
	for _, e := range in.Environments {
		in.Cards = append(in.Cards, NewCard{Environment: e})
	}
	for _, g := range in.Groups {
		in.Cards = append(in.Cards, NewCard{Group: g})
	}
	cards, err := s.readCards(ctx, tx, "", in.Cards, nil)
	if err != nil {
		return r, err
	}
	unit, err := s.unitOfCards(ctx, tx, cards)
	if err != nil {
		return r, err
	}
	if in.Bench && in.Type == "" {
		if in.Type, err = s.benchType(ctx, tx); err != nil {
			return r, err
		}
	}
	core, err := s.Requests.MakeCore(ctx, tx, kind, in.NewCore, unit)
	if err != nil {
		return r, err
	}
	r = Request{Core: core, Colour: in.Colour, OnSchedule: in.OnSchedule == nil || *in.OnSchedule, InOrder: in.InOrder, cards: cards}
	if in.Outage != nil {
		r.OutageFrom, r.OutageTo = at(normal(in.Outage.From)), at(normal(in.Outage.To))
	}
	for i := range r.cards {
		r.cards[i].Request = r.ID
	}
	if err := s.check(ctx, tx, &r); err != nil {
		return r, err
	}
	return r, s.insert(ctx, tx, &r, func(ctx context.Context) error {
		return s.Requests.Fields.SetNew(ctx, tx, request.ChangeSubject, r.FieldRecord(kind), in.Fields, "body.fields")
	})
}

// insert writes a new change request, puts it on its first status and tells of it.
func (s *Service) insert(ctx context.Context, tx db.Tx, r *Request, fields func(ctx context.Context) error) (err error) {
	if r.Number, err = request.TakeNumber(ctx, tx, kind); err != nil {
		return err
	}
	r.TitleKey = ref.NameKey(r.Title)
	if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
		return err
	}
	if err := saveCards(ctx, tx, r.ID, r.cards); err != nil {
		return err
	}
	if _, err := s.Requests.Workflow.Start(ctx, tx, r.Record(kind)); err != nil {
		return err
	}
	if err := fields(ctx); err != nil {
		return err
	}
	v, err := s.view(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	return s.Requests.Say(ctx, tx, kind, request.EventChangeCreated, r.Core, events.Diff(nil, v.told()), nil)
}

var colourShape = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// check checks a change request as it shall be kept: whoever makes it may make requests where its environments are.
func (s *Service) check(ctx context.Context, tx db.Tx, r *Request) error {
	var faults problem.Fields
	request.CheckCore(&faults, &r.Core)
	if r.Colour = strings.ToLower(strings.TrimSpace(r.Colour)); r.Colour != "" && !colourShape.MatchString(r.Colour) {
		faults.Add("body.colour", "colour_unreadable", "A colour is written #rrggbb, such as #1f77b4.")
	}
	if o, ok := r.outage(); ok {
		request.CheckSpan(&faults, "body.outage", o)
		if len(r.cards) == 0 {
			faults.Add("body.cards", "required", "Say which environments are out.")
		}
	}
	for _, c := range r.cards {
		request.CheckText(&faults, "body.cards", c.Note, false, 2000)
	}
	if err := faults.Err("change_request_invalid", "The change request cannot be kept like this."); err != nil {
		return err
	}
	envs, err := s.environmentsOf(ctx, tx, r.cards)
	if err != nil {
		return err
	}
	list, err := s.Environments.Bookables(ctx, tx, envs)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := authz.Check(ctx, request.PermCreate, e.UnitPath); err != nil {
			return problem.Newf(problem.Forbidden, "environment_not_yours", "You may not ask for changes of %s.", e.Name)
		}
	}
	return nil
}

// unitOfCards is the unit of the first environment or group of a path.
func (s *Service) unitOfCards(ctx context.Context, tx db.Tx, cards []Card) (unit ref.Unit, err error) {
	if len(cards) == 0 {
		return "", nil
	}
	if cards[0].Group != "" {
		return unit, tx.NewSelect().Table("v_environment_group").Column("unit_id").Where("id = ?", cards[0].Group).Scan(ctx, &unit)
	}
	err = tx.NewSelect().Table("v_environment").Column("unit_id").Where("id = ?", cards[0].Environment).Scan(ctx, &unit)
	return unit, err
}

// benchType is the type of requests that are made on the maintenance bench; "" where none is marked.
func (s *Service) benchType(ctx context.Context, tx db.Tx) (string, error) {
	values, err := s.Requests.Fields.Lookups.Values(ctx, tx, request.ChangeTypeList)
	for _, v := range values {
		if v.Flag(request.DefaultForBench) {
			return string(v.ID), err
		}
	}
	return "", err
}

// Get returns a change request with whom it hits.
func (s *Service) Get(ctx context.Context, id string) (out View, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := request.ToView(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		out, err = s.view(ctx, tx, c.ID)
		return err
	})
	return out, err
}
