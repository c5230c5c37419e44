package environment

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"millrace/internal/aspect/field"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Bookable is what booking needs to know of an environment.
type Bookable struct {
	ID          ref.Environment
	Key, Name   string
	Unit        ref.Unit
	UnitPath    string
	Application ref.App
	Usage       ref.Lookup
	Capacity    int
	AutoApprove bool
	// Bookable is false when its status takes no bookings, it expired, or it was deleted; WhyNot says which, in a
	// sentence.
	Bookable bool
	WhyNot   string
	// ExpiresAt is when it goes away: nothing may be booked beyond.
	ExpiresAt *time.Time
	// CostPerHour is in the smallest unit of the currency.
	CostPerHour int64
	Alert       string
	Groups      []ref.EnvironmentGroup
}

// Bookables returns the environments in the order of the ids, in one journey however many there are. It decides nothing
// about access; an unknown id is the not-found problem.
func (s *Service) Bookables(ctx context.Context, tx db.Tx, ids []ref.Environment) ([]Bookable, error) {
	var b db.Batch
	list := s.AskBookables(&b, tx, ids)
	if err := tx.Run(ctx, &b); err != nil {
		return nil, err
	}
	return list()
}

// LockSchedules touches the schedules of environments, so that until the end of the transaction nobody else decides about
// their bookings, and returns them as they are now, in the order of the ids. The locks are taken in the order of the
// ids' sort, whatever the order asked for, so that two callers cannot wait for each other.
func (s *Service) LockSchedules(ctx context.Context, tx db.Tx, ids []ref.Environment) ([]Bookable, error) {
	var b db.Batch
	list := s.AskLocked(&b, tx, ids)
	if err := tx.Run(ctx, &b); err != nil {
		return nil, err
	}
	return list()
}

// AskLocked puts the touch of [Service.LockSchedules] into a batch, and the questions of [Service.AskBookables] behind it:
// whatever stands in the batch after it is read under the locks.
func (s *Service) AskLocked(b *db.Batch, tx db.Tx, ids []ref.Environment) func() ([]Bookable, error) {
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	switch {
	case len(ids) == 1:
		// The common case says in one statement what is touched and how it is then.
		return s.askWhat(b, tx, ids, `UPDATE environment SET schedule_rev = schedule_rev + 1 WHERE id = ? RETURNING id, key, name, unit_id, application_id, usage_id, capacity,
			auto_approve, expires_at, cost_per_hour, alert, state, COALESCE((SELECT u.path FROM v_unit AS u WHERE u.id = environment.unit_id), ''),
			COALESCE((SELECT l.name FROM v_lookup AS l WHERE l.id = environment.status_id), ''),
			(SELECT CAST(l.attributes AS TEXT) FROM v_lookup AS l WHERE l.id = environment.status_id)`)
	case tx.Engine() == db.Postgres:
		b.Exec(`WITH locked AS (SELECT id FROM environment WHERE `+tx.Among("id")+` ORDER BY id FOR UPDATE)
			UPDATE environment SET schedule_rev = schedule_rev + 1 FROM locked WHERE environment.id = locked.id`, db.TextsOf(sorted))
	default:
		b.Exec(`UPDATE environment SET schedule_rev = schedule_rev + 1 WHERE `+tx.Among("id"), db.TextsOf(sorted))
	}
	return s.AskBookables(b, tx, ids)
}

// AskBookables puts the questions of [Service.Bookables] into a batch; the function it returns gives the answer once the
// batch was run.
func (s *Service) AskBookables(b *db.Batch, tx db.Tx, ids []ref.Environment) func() ([]Bookable, error) {
	which := tx.Among("e.id")
	if len(ids) == 1 {
		which = "e.id = ?"
	}
	return s.askWhat(b, tx, ids, `SELECT e.id, e.key, e.name, e.unit_id, e.application_id, e.usage_id, e.capacity, e.auto_approve, e.expires_at, e.cost_per_hour, e.alert, e.state,
			COALESCE(u.path, ''), COALESCE(l.name, ''), CAST(l.attributes AS TEXT)
		FROM environment AS e LEFT JOIN v_unit AS u ON u.id = e.unit_id LEFT JOIN v_lookup AS l ON l.id = e.status_id WHERE `+which)
}

// askWhat puts a statement into a batch that gives the columns of bookables for ids, or for the one, and the question for
// their groups.
func (s *Service) askWhat(b *db.Batch, tx db.Tx, ids []ref.Environment, statement string) func() ([]Bookable, error) {
	found := make(map[ref.Environment]*Bookable, len(ids))
	now := s.clock.Now()
	whose, arg := tx.Among("environment_id"), any(db.TextsOf(ids))
	if len(ids) == 1 {
		whose, arg = "environment_id = ?", string(ids[0])
	}
	b.Ask(func(r *db.Row) error {
		e := &Bookable{
			ID: ref.Environment(r.Text(0)), Key: r.Text(1), Name: r.Text(2), Unit: ref.Unit(r.Text(3)), Application: ref.App(r.Text(4)), Usage: ref.Lookup(r.Text(5)),
			Capacity: int(r.Int(6)), AutoApprove: r.Bool(7), CostPerHour: r.Int(9), Alert: r.Text(10), UnitPath: r.Text(12),
		}
		known := Environment{Name: e.Name, State: State(r.Text(11))}
		if !r.Null(8) {
			at := r.Time(8)
			e.ExpiresAt, known.ExpiresAt = &at, &at
		}
		attributes := field.Attributes{}
		if text := r.Bytes(14); len(text) > len("{}") {
			if err := json.Unmarshal(text, &attributes); err != nil {
				return err
			}
		}
		notBookable, _ := attributes[NotBookable].(bool)
		e.WhyNot = whyNotBookable(known, r.Text(13), notBookable, now)
		e.Bookable = e.WhyNot == ""
		found[e.ID] = e
		return nil
	}, statement, arg)
	b.Ask(func(r *db.Row) error {
		group := ref.EnvironmentGroup(r.Text(0))
		if e := found[ref.Environment(r.Text(1))]; e != nil && !slices.Contains(e.Groups, group) {
			e.Groups = append(e.Groups, group)
		}
		return nil
	}, `SELECT group_id, environment_id FROM environment_member WHERE `+whose+` ORDER BY group_id`, arg)
	return func() ([]Bookable, error) {
		out := make([]Bookable, len(ids))
		for i, id := range ids {
			e := found[id]
			if e == nil {
				return nil, authz.ErrNotFound
			}
			out[i] = *e
		}
		return out, nil
	}
}
