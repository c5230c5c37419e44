package booking

import (
	"context"
	"strings"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// BookingChange is what Change takes; members that were not sent stay as they are.
type BookingChange struct {
	Title          httpapi.Optional[string]    `json:"title,omitzero"`
	Description    httpapi.Optional[string]    `json:"description,omitzero"`
	From           httpapi.Optional[time.Time] `json:"from,omitzero"`
	To             httpapi.Optional[time.Time] `json:"to,omitzero"`
	Intent         httpapi.Optional[Intent]    `json:"intent,omitzero"`
	Release        httpapi.Optional[string]    `json:"release,omitzero"`
	Priority       httpapi.Optional[string]    `json:"priority,omitzero"`
	Environment    string                      `json:"environment,omitempty" maxLength:"200" doc:"Key or id of the environment to take instead."`
	Environments   []string                    `json:"environments,omitempty" maxItems:"500"`
	Group          string                      `json:"group,omitempty" maxLength:"200"`
	OverrideReason string                      `json:"overrideReason,omitempty" maxLength:"2000"`
}

// Change edits a booking. New times, other environments or another intent send it back to its approvers, unless nobody has to
// approve; taking less than before needs no new approval.
func (s *Service) Change(ctx context.Context, id string, version int64, in BookingChange, dry bool) (Revised, error) {
	r := revision{act: ActChange, version: version, dry: dry, overrideReason: in.OverrideReason,
		apply: func(_ context.Context, _ *stage, d *draft) (events.Kind, map[string]any, error) {
			before := *d.Booking
			if err := in.apply(d); err != nil {
				return "", nil, err
			}
			moved := in.Environment != "" || len(in.Environments) > 0 || in.Group != ""
			if !moved && len(events.Diff(before, d.Booking)) == 0 {
				return "", nil, nil
			}
			return EventChanged, nil, nil
		}}
	if in.Environment != "" || len(in.Environments) > 0 || in.Group != "" {
		r.environments = func(ctx context.Context, tx db.Tx, d *draft) ([]ref.Environment, error) {
			c, err := s.resolve(ctx, tx, Targets{Environment: in.Environment, Environments: in.Environments, Group: in.Group}, PermCreate, nil)
			if err != nil {
				return nil, err
			}
			d.Group = c[0].Group
			return c[0].Environments, nil
		}
	}
	return s.revise(ctx, id, r)
}

func (in *BookingChange) apply(d *draft) error {
	var faults problem.Fields
	if in.Title.Set {
		if d.Title = strings.TrimSpace(in.Title.Value); d.Title == "" || len(d.Title) > 800 {
			faults.Add("body.title", "required", "Say in up to 200 characters what the booking is for.")
		}
	}
	set(&d.Description, in.Description)
	set(&d.Release, in.Release)
	set(&d.Priority, in.Priority)
	if in.From.Set {
		d.From = normal(in.From.Value)
	}
	if in.To.Set {
		d.To = normal(in.To.Value)
	}
	if in.Intent.Set {
		d.Intent = in.Intent.Value
		if d.Intent != ChangeCode && d.Intent != ChangeConfiguration && d.Intent != Touch {
			faults.Add("body.intent", "unknown", "The intent is change_code, change_configuration or touch.")
		}
	}
	checkSpan(&faults, d.Span())
	return faults.Err("booking_invalid", "The booking cannot be changed like this.")
}

func set(into *string, from httpapi.Optional[string]) {
	if from.Set {
		*into = from.Value
	}
}

// Extend moves the end of a booking. A later end is approved like the booking itself.
func (s *Service) Extend(ctx context.Context, id string, version int64, to time.Time, overrideReason string, dry bool) (Revised, error) {
	return s.revise(ctx, id, revision{act: ActExtend, version: version, dry: dry, overrideReason: overrideReason,
		apply: func(_ context.Context, _ *stage, d *draft) (events.Kind, map[string]any, error) {
			if d.To = normal(to); !d.From.Before(d.To) {
				var faults problem.Fields
				checkSpan(&faults, d.Span())
				return "", nil, faults.Err("booking_times_invalid", "The booking must end after it begins.")
			}
			return EventExtended, nil, nil
		}})
}

// Cancel gives a booking up; one that runs keeps its record of the time it took.
func (s *Service) Cancel(ctx context.Context, id string, version int64, reason string, dry bool) (Revised, error) {
	return s.revise(ctx, id, s.cancellation(version, reason, dry))
}

func (s *Service) cancellation(version int64, reason string, dry bool) revision {
	return revision{act: ActCancel, version: version, dry: dry,
		apply: func(_ context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			if d.Status == Approved && d.phase(st.now).begun {
				end(d, st.now)
				d.Status = Ended
			} else {
				d.Status = Cancelled
			}
			d.Reason = strings.TrimSpace(reason)
			return EventCancelled, map[string]any{"reason": d.Reason}, nil
		}}
}

// end cuts a running booking off and remembers when it should have ended.
func end(d *draft, now time.Time) {
	planned := d.To
	d.PlannedTo = &planned
	if d.To = now; !d.From.Before(d.To) {
		d.To = d.From.Add(time.Microsecond)
	}
}

// ReleaseEarly ends a running booking now.
func (s *Service) ReleaseEarly(ctx context.Context, id string, version int64, dry bool) (Revised, error) {
	return s.revise(ctx, id, revision{act: ActReleaseEarly, version: version, dry: dry,
		apply: func(_ context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			end(d, st.now)
			d.Status = Ended
			return EventReleased, nil, nil
		}})
}

// HandOver gives a booking to somebody else by name.
func (s *Service) HandOver(ctx context.Context, id string, version int64, to ref.Person) (Revised, error) {
	return s.revise(ctx, id, revision{act: ActHandOver, version: version,
		apply: func(ctx context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			if to == "" {
				var faults problem.Fields
				faults.Add("body.to", "required", "Name who takes the booking over.")
				return "", nil, faults.Err("holder_unknown", "Name who takes the booking over.")
			}
			if err := s.checkPeople(ctx, st.tx, to, "body.to"); err != nil {
				return "", nil, err
			}
			names, err := personNames(ctx, st.tx, []ref.Person{to})
			if err != nil || d.Holder == to {
				return "", nil, err
			}
			more := map[string]any{"holder": names[to], "fromHolderId": d.Holder}
			d.Holder = to
			return EventHandedOver, more, nil
		}})
}

// ConfirmUse is a sign of life given by hand.
func (s *Service) ConfirmUse(ctx context.Context, id string) (Revised, error) {
	return s.revise(ctx, id, revision{act: ActConfirmUse,
		apply: func(_ context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			now := st.now
			d.LastUseAt, d.LastUse = &now, "confirmed"
			return EventUsed, nil, nil
		}})
}

// Split cuts a booking in two at a moment. Together both take what the one did, so the parts need no new approval.
func (s *Service) Split(ctx context.Context, id string, version int64, at time.Time, dry bool) (Revised, error) {
	at = normal(at)
	var rest *draft
	return s.revise(ctx, id, revision{act: ActSplit, version: version, dry: dry,
		apply: func(_ context.Context, st *stage, d *draft) (events.Kind, map[string]any, error) {
			if !at.After(d.From) || !at.Before(d.To) {
				var faults problem.Fields
				faults.Add("body.at", "out_of_range", "Split the booking at a moment inside it.")
				return "", nil, faults.Err("booking_times_invalid", "Split the booking at a moment inside it.")
			}
			second := *d.Booking
			second.ID, second.From, second.Version, second.CreatedAt, second.UpdatedAt = ref.New[ref.Booking](), at, 1, st.now, st.now
			second.LastUseAt, second.LastUse, second.WarnedAt = nil, "", nil
			rest = &draft{Booking: &second, envs: d.envs}
			for _, p := range d.parts {
				rest.parts = append(rest.parts, Part{Environment: p.Environment, ApprovedBy: p.ApprovedBy, ApprovedAt: p.ApprovedAt})
			}
			d.To = at
			return EventSplit, map[string]any{"at": at.Format(time.RFC3339)}, nil
		},
		add: func(*draft) []*draft { return []*draft{rest} }})
}

// AskHolder opens a conversation with the holder of a booking and tells them of it. Everybody who sees the booking may.
func (s *Service) AskHolder(ctx context.Context, id string, text string) (Listed, error) {
	var out Listed
	text = strings.TrimSpace(text)
	if text == "" {
		var faults problem.Fields
		faults.Add("body.text", "required", "Say what you ask for.")
		return out, faults.Err("question_empty", "Say what you ask for.")
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		d, err := s.visible(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := checkAct(ActAskHolder, d.Status, d.phase(s.Clock.Now())); err != nil {
			return err
		}
		if s.Conversation != nil {
			about := []ref.Person{}
			if d.Holder != "" {
				about = append(about, d.Holder)
			}
			if err := s.Conversation.Say(ctx, tx, d.ID, d.Unit, d.Reference()+" "+d.Title, text, about); err != nil {
				return err
			}
		}
		if err := s.say(ctx, tx, EventHolderAsked, d, nil, nil, map[string]any{"text": text}); err != nil {
			return err
		}
		out = d.listed()
		return s.listOne(ctx, tx, &out)
	})
	return out, err
}

// visible returns a booking the caller may see.
func (s *Service) visible(ctx context.Context, tx db.Tx, id string) (*draft, error) {
	b, err := findBooking(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(ctx, tx, b.ID)
	if err != nil {
		return nil, err
	}
	d := &draft{Booking: &b, parts: parts[b.ID]}
	st, err := s.look(ctx, tx, d.ids())
	if err != nil {
		return nil, err
	}
	d.envs = st.envs
	return d, st.sees(ctx, d)
}

// Get returns one booking.
func (s *Service) Get(ctx context.Context, id string) (l Listed, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		d, err := s.visible(ctx, tx, id)
		if err != nil {
			return err
		}
		l = d.listed()
		return s.listOne(ctx, tx, &l)
	})
	return l, err
}
