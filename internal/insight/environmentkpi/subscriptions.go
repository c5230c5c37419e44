package environmentkpi

import (
	"context"
	"encoding/json"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Subscription says that somebody wants the report of the month that ended mailed on a day of every month.
type Subscription struct {
	bun.BaseModel `bun:"table:report_subscription,alias:rs" json:"-"`

	ID         string          `bun:"id,pk" json:"id"`
	Owner      ref.Person      `bun:"owner_id" json:"-"`
	Unit       ref.Unit        `bun:"unit_id,nullzero" json:"unit,omitempty" doc:"Absent: everything its owner may see."`
	Day        int             `bun:"day" json:"day"`
	Format     string          `bun:"format" json:"format" enum:"xlsx,pdf"`
	Zone       string          `bun:"zone" json:"zone"`
	Recipients json.RawMessage `bun:"recipients,type:jsonb" json:"-"`
	Version    int64           `bun:"version" json:"version"`
	CreatedAt  time.Time       `bun:"created_at" json:"createdAt"`
	UpdatedAt  time.Time       `bun:"updated_at" json:"updatedAt"`
}

func (s *Subscription) addresses() (out []string) {
	_ = json.Unmarshal(s.Recipients, &out) // what was written by change
	return out
}

// DispatchView is a report that was sent, or is about to be.
type DispatchView struct {
	Month     string     `json:"month"`
	State     string     `json:"state" enum:"queued,sent,failed"`
	Problem   string     `json:"problem,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	SentAt    *time.Time `json:"sentAt,omitempty"`
}

// SubscriptionView is a subscription with what became of its latest mail.
type SubscriptionView struct {
	Subscription
	UnitName   string        `json:"unitName,omitempty"`
	Recipients []string      `json:"recipients" nullable:"false"`
	Latest     *DispatchView `json:"latest,omitempty"`
}

// SubscriptionBody is what a subscription is made of.
type SubscriptionBody struct {
	Unit       ref.Unit `json:"unit,omitempty" maxLength:"100" doc:"A unit and everything below it; without one, everything you may see."`
	Day        int      `json:"day" minimum:"1" maximum:"28" doc:"The day of the month on which the report of the month before is mailed."`
	Format     string   `json:"format" enum:"xlsx,pdf"`
	Zone       string   `json:"zone,omitempty" maxLength:"64" doc:"Your time zone; where months begin and the day is counted. By default UTC."`
	Recipients []string `json:"recipients,omitempty" maxItems:"50" nullable:"false" doc:"Mail addresses; without any, your own."`
}

// owner is the person who acts; subscriptions belong to persons, whose rights they have.
func owner(ctx context.Context) (ref.Person, error) {
	p := authz.From(ctx)
	if p == nil {
		return "", authz.ErrUnauthenticated
	}
	if p.Person == "" {
		return "", problem.New(problem.Forbidden, "subscription_needs_person", "Reports are mailed with the rights of a person; sign in as one.")
	}
	return p.Person, nil
}

// fill checks a body and puts it into a subscription.
func (in *SubscriptionBody) fill(ctx context.Context, tx db.Tx, s *Subscription) error {
	var faults problem.Fields
	if in.Day < 1 || in.Day > 28 {
		faults.Add("body.day", "out_of_range", "Choose a day that every month has: 1 to 28.")
	}
	if fileTypes[in.Format] == "" {
		faults.Add("body.format", "unknown", "The format is xlsx or pdf.")
	}
	if in.Zone == "" {
		in.Zone = "UTC"
	}
	if _, err := interval.Zone(in.Zone); err != nil {
		faults.Add("body.zone", "zone_unknown", "Give a time zone by its IANA name, for example Europe/Berlin.")
	}
	addresses, seen := []string{}, map[string]bool{}
	for _, text := range in.Recipients {
		a, err := netmail.ParseAddress(strings.TrimSpace(text))
		if err != nil || strings.ContainsAny(a.Address, "\r\n") {
			faults.Add("body.recipients", "address_malformed", "One of the mail addresses cannot be read: "+printable(text))
			continue
		}
		if key := strings.ToLower(a.Address); !seen[key] {
			seen[key] = true
			addresses = append(addresses, a.Address)
		}
	}
	if len(in.Recipients) == 0 {
		var own string
		if err := tx.NewRaw(`SELECT email FROM v_person WHERE id = ?`, s.Owner).Scan(ctx, &own); err != nil && !db.IsNoRows(err) {
			return err
		}
		if own == "" {
			faults.Add("body.recipients", "required", "You have no mail address here; name one.")
		}
		addresses = []string{own}
	}
	if in.Unit != "" {
		if path, err := unitPath(ctx, tx, in.Unit); err != nil {
			faults.Add("body.unit", "unit_unknown", "There is no such unit, or you may not see its report.")
		} else if err := authz.Check(ctx, PermSubscribe, path); err != nil {
			return err
		}
	}
	if err := faults.Err("subscription_invalid", "The subscription cannot be saved like this."); err != nil {
		return err
	}
	raw, err := json.Marshal(addresses)
	s.Unit, s.Day, s.Format, s.Zone, s.Recipients = in.Unit, in.Day, in.Format, in.Zone, raw
	return err
}

func (s *Service) say(ctx context.Context, tx db.Tx, kind events.Kind, label string, before, after *Subscription) error {
	shown := func(x *Subscription) any {
		if x == nil {
			return nil
		}
		return map[string]any{"unit": x.Unit, "day": x.Day, "format": x.Format, "zone": x.Zone, "recipients": x.addresses()}
	}
	e := events.Event{Kind: kind, SubjectLabel: label}
	for _, x := range []*Subscription{before, after} {
		if x != nil {
			e.SubjectID, e.Unit = x.ID, x.Unit
		}
	}
	e.Changes = events.Diff(shown(before), shown(after))
	return s.events.Append(ctx, tx, e)
}

func labelOf(ctx context.Context, tx db.Tx, unit ref.Unit) (string, error) {
	v, err := unitView(ctx, tx, unit)
	if db.IsNoRows(err) {
		return "a unit that is gone", nil
	}
	if err != nil || v == nil {
		return "all units", err
	}
	return v.Name, nil
}

// Subscribe keeps a subscription of the caller.
func (s *Service) Subscribe(ctx context.Context, in SubscriptionBody) (out SubscriptionView, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		who, err := owner(ctx)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		sub := Subscription{ID: ref.New[string](), Owner: who, Version: 1, CreatedAt: now, UpdatedAt: now}
		if err := in.fill(ctx, tx, &sub); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&sub).Exec(ctx); err != nil {
			return err
		}
		label, err := labelOf(ctx, tx, sub.Unit)
		if err != nil {
			return err
		}
		if err := s.say(ctx, tx, EventSubscribed, label, nil, &sub); err != nil {
			return err
		}
		list, err := s.views(ctx, tx, []Subscription{sub})
		out = list[0]
		return err
	})
	return out, err
}

// own loads a subscription of the caller; those of others do not exist for them.
func own(ctx context.Context, tx db.Tx, id string) (*Subscription, error) {
	who, err := owner(ctx)
	if err != nil {
		return nil, err
	}
	var sub Subscription
	err = tx.NewSelect().Model(&sub).Where("rs.id = ? AND rs.owner_id = ?", id, who).Scan(ctx)
	if db.IsNoRows(err) {
		return nil, authz.ErrNotFound
	}
	return &sub, err
}

// ChangeSubscription replaces what a subscription is made of.
func (s *Service) ChangeSubscription(ctx context.Context, id string, version int64, in SubscriptionBody) (out SubscriptionView, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		sub, err := own(ctx, tx, id)
		if err != nil {
			return err
		}
		if sub.Version != version {
			list, err := s.views(ctx, tx, []Subscription{*sub})
			if err != nil {
				return err
			}
			return httpapi.Stale(sub.Version, list[0])
		}
		before := *sub
		if err := in.fill(ctx, tx, sub); err != nil {
			return err
		}
		sub.Version, sub.UpdatedAt = version+1, s.clock.Now()
		res, err := tx.NewUpdate().Model(sub).WherePK().Where("version = ?", version).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return httpapi.Stale(version+1, nil)
		}
		label, err := labelOf(ctx, tx, sub.Unit)
		if err != nil {
			return err
		}
		if err := s.say(ctx, tx, EventChanged, label, &before, sub); err != nil {
			return err
		}
		list, err := s.views(ctx, tx, []Subscription{*sub})
		out = list[0]
		return err
	})
	return out, err
}

// Unsubscribe ends a subscription of the caller.
func (s *Service) Unsubscribe(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		sub, err := own(ctx, tx, id)
		if err != nil {
			return err
		}
		label, err := labelOf(ctx, tx, sub.Unit)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(sub).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.say(ctx, tx, EventUnsubscribed, label, sub, nil)
	})
}

// ListSubscriptions returns a page of the caller's subscriptions, the oldest first.
func (s *Service) ListSubscriptions(ctx context.Context, cursor string, limit int) (page httpapi.Page[SubscriptionView], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		var rows []Subscription
		p := authz.From(ctx)
		q := tx.NewSelect().Model(&rows).Where("rs.owner_id = ?", p.Person)
		var at time.Time
		var last string
		if ok, err := httpapi.DecodeCursor(cursor, &at, &last); err != nil {
			return err
		} else if ok {
			q = q.Where("(rs.created_at, rs.id) > (?, ?)", at, last)
		}
		if err := q.OrderExpr("rs.created_at, rs.id").Limit(int64(limit) + 1).Scan(ctx); err != nil {
			return err
		}
		raw := httpapi.NewPage(rows, limit, func(r Subscription) []any { return []any{r.CreatedAt.UTC(), r.ID} })
		page.Next = raw.Next
		page.Items, err = s.views(ctx, tx, raw.Items)
		return err
	})
	return page, err
}

// views shows subscriptions with the names of their units and their latest mails.
func (s *Service) views(ctx context.Context, tx db.Tx, list []Subscription) ([]SubscriptionView, error) {
	out := make([]SubscriptionView, len(list))
	at, ids := map[string]int{}, []string{}
	units := []ref.Unit{}
	for i, sub := range list {
		sub.CreatedAt, sub.UpdatedAt = sub.CreatedAt.UTC(), sub.UpdatedAt.UTC()
		out[i] = SubscriptionView{Subscription: sub, Recipients: sub.addresses()}
		at[sub.ID], ids, units = i, append(ids, sub.ID), append(units, sub.Unit)
	}
	if len(list) == 0 {
		return out, nil
	}
	var names []struct {
		ID   ref.Unit `bun:"id"`
		Name string   `bun:"name"`
	}
	if err := tx.NewRaw(`SELECT id, name FROM v_unit WHERE id IN (?)`, bun.In(units)).Scan(ctx, &names); err != nil {
		return out, err
	}
	for _, n := range names {
		for i := range out {
			if out[i].Unit == n.ID {
				out[i].UnitName = n.Name
			}
		}
	}
	var sent []dispatch
	err := tx.NewSelect().Model(&sent).Where("rd.subscription_id IN (?)", bun.In(ids)).
		Where("NOT EXISTS (SELECT 1 FROM report_dispatch AS x WHERE x.subscription_id = rd.subscription_id AND (x.created_at, x.id) > (rd.created_at, rd.id))").Scan(ctx)
	for _, d := range sent {
		v := DispatchView{Month: d.Month, State: d.State, Problem: d.Problem, CreatedAt: d.CreatedAt.UTC(), SentAt: d.SentAt}
		out[at[d.Subscription]].Latest = &v
	}
	return out, err
}

// Rehome moves subscriptions when a unit is deleted.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	_, err := tx.ExecContext(ctx, `UPDATE report_subscription SET unit_id = ? WHERE unit_id = ?`, to, from)
	return err
}

// Reassign does nothing: reports are mailed with the rights of who asked for them, which nobody inherits.
func (s *Service) Reassign(context.Context, db.Tx, ref.Person, ref.Person, string) ([]string, error) {
	return nil, nil
}

// Forget ends the subscriptions of a person who is deleted.
func (s *Service) Forget(ctx context.Context, tx db.Tx, person ref.Person) ([]string, error) {
	_, err := tx.ExecContext(ctx, `DELETE FROM report_subscription WHERE owner_id = ?`, person)
	return nil, err
}
