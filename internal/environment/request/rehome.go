package request

import (
	"context"
	"fmt"

	"millrace/internal/aspect/field"
	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

var bothKinds = []Kind{bookingKind, ChangeKind}

// Rehome moves the requests of a unit that is deleted to another, in the caller's transaction. People calls it; the
// permission was checked there. The aspects follow by themselves.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	units, err := unitNames(ctx, tx, []ref.Unit{from, to})
	if err != nil {
		return err
	}
	for _, k := range bothKinds {
		event := EventRequestRehomed
		if k == ChangeKind {
			event = EventChangeRehomed
		}
		var ids []string
		if err := tx.NewSelect().Table(k.table).Column("id").Where("unit_id = ?", from).OrderExpr("id").Scan(ctx, &ids); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE "+k.table+" SET unit_id = ?, version = version + 1 WHERE unit_id = ?", to, from); err != nil {
			return err
		}
		for _, id := range ids {
			c, err := FindCore(ctx, tx, k, id)
			if err != nil {
				return err
			}
			change := map[string]events.Change{"unit": {units[from], units[to]}}
			if err := s.Say(ctx, tx, k, event, c, change, map[string]any{"unit": units[to]}); err != nil {
				return err
			}
		}
	}
	return nil
}

// RehomePreview says what Rehome would move.
func (s *Service) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) (out []string, err error) {
	for _, k := range bothKinds {
		n, err := tx.NewSelect().Table(k.table).Where("unit_id = ?", from).Count(ctx)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, plural(n, k.noun))
		}
	}
	return out, nil
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Reassign gives the requests that are assigned to a person who leaves to another. scope "open" and "future" leave those
// that are over; who asked for a request stays its requester.
func (s *Service) Reassign(ctx context.Context, tx db.Tx, from, to ref.Person, scope string) (out []string, err error) {
	for _, k := range bothKinds {
		var ids []string
		q := tx.NewSelect().TableExpr(k.table+" AS r").Column("r.id").Where("r.assignee_person_id = ?", from)
		if scope != "all" {
			cond, args := s.Workflow.FilterModes(k.subject, "r.id", ends)
			q = q.Where("NOT ("+cond+")", args...)
		}
		if scope == "future" {
			q = q.Where("r.from_at > ?", s.Clock.Now())
		}
		if err := q.OrderExpr("r.id").Scan(ctx, &ids); err != nil {
			return nil, err
		}
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "UPDATE "+k.table+" SET assignee_person_id = ?, version = version + 1, updated_at = ? WHERE id = ?", to, s.Clock.Now(), id); err != nil {
				return nil, err
			}
			if err := s.tellAssigned(ctx, tx, k, id, from, to); err != nil {
				return nil, err
			}
		}
		if len(ids) > 0 {
			out = append(out, plural(int64(len(ids)), k.noun)+" assigned to them.")
		}
	}
	return out, nil
}

func (s *Service) tellAssigned(ctx context.Context, tx db.Tx, k Kind, id string, from, to ref.Person) error {
	names := map[ref.Person]string{}
	for _, p := range []ref.Person{from, to} {
		var name string
		if err := tx.NewSelect().Table("v_person").Column("name").Where("id = ?", p).Scan(ctx, &name); err != nil && !db.IsNoRows(err) {
			return err
		}
		names[p] = name
	}
	c, err := FindCore(ctx, tx, k, id)
	if err != nil {
		return err
	}
	event := EventRequestChanged
	if k == ChangeKind {
		event = EventChangeChanged
	}
	return s.Say(ctx, tx, k, event, c, map[string]events.Change{"assignee": {names[from], names[to]}}, nil)
}

// Forget drops a person who is deleted from the requests they made or are assigned to; their name stays.
func (s *Service) Forget(ctx context.Context, tx db.Tx, person ref.Person) (out []string, err error) {
	for _, k := range bothKinds {
		if _, err := tx.ExecContext(ctx, "UPDATE "+k.table+" SET requester_id = NULL, version = version + 1 WHERE requester_id = ?", person); err != nil {
			return nil, err
		}
		res, err := tx.ExecContext(ctx, "UPDATE "+k.table+" SET assignee_person_id = NULL, version = version + 1 WHERE assignee_person_id = ?", person)
		if out, err = unassigned(out, k, res, err); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ForgetTeam drops a team that is deleted from the requests it is assigned to.
func (s *Service) ForgetTeam(ctx context.Context, tx db.Tx, team ref.Team) (out []string, err error) {
	for _, k := range bothKinds {
		res, err := tx.ExecContext(ctx, "UPDATE "+k.table+" SET assignee_team_id = NULL, version = version + 1 WHERE assignee_team_id = ?", team)
		if out, err = unassigned(out, k, res, err); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func unassigned(out []string, k Kind, res interface{ RowsAffected() (int64, error) }, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	n, err := res.RowsAffected()
	if err == nil && n > 0 {
		out = append(out, plural(n, k.noun)+" assigned to nobody now.")
	}
	return out, err
}

// EnvironmentUse tells which requests name an environment that would be deleted.
func (s *Service) EnvironmentUse(ctx context.Context, tx db.Tx, env ref.Environment) (out []environment.Consequence, err error) {
	for _, k := range bothKinds {
		q := tx.NewSelect().TableExpr(k.table + " AS r")
		if k == bookingKind {
			q = q.Where("r.id IN (SELECT request_id FROM booking_request_environment WHERE environment_id = ?)", env)
		} else {
			q = q.Where("r.id IN (SELECT request_id FROM environment_change_card WHERE environment_id = ?)", env)
		}
		cond, args := s.Workflow.FilterModes(k.subject, "r.id", ends)
		n, err := q.Where("NOT ("+cond+")", args...).Count(ctx)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, environment.Consequence{Kind: k.subject + "s_open", Count: n, Message: "It stands in " + plural(n, "open "+k.noun) + "."})
		}
	}
	return out, nil
}

// typeUser gives the requests of a deleted type another.
type typeUser struct {
	s *Service
	k Kind
}

// LookupUse tells how many requests have a type.
func (u typeUser) LookupUse(ctx context.Context, tx db.Tx, _ string, id ref.Lookup) (int64, string, error) {
	n, err := tx.NewSelect().Table(u.k.table).Where("type_id = ?", id).Count(ctx)
	return n, u.k.noun + "s", err
}

// ReplaceLookup gives the requests of a type another, with its workflow.
func (u typeUser) ReplaceLookup(ctx context.Context, tx db.Tx, _ string, from, to field.Value) error {
	var ids []string
	if err := tx.NewSelect().Table(u.k.table).Column("id").Where("type_id = ?", from.ID).OrderExpr("id").Scan(ctx, &ids); err != nil {
		return err
	}
	event := EventRequestChanged
	if u.k == ChangeKind {
		event = EventChangeChanged
	}
	for _, id := range ids {
		if _, err := tx.ExecContext(ctx, "UPDATE "+u.k.table+" SET type_id = ?, version = version + 1, updated_at = ? WHERE id = ?", to.ID, u.s.Clock.Now(), id); err != nil {
			return err
		}
		c, err := FindCore(ctx, tx, u.k, id)
		if err != nil {
			return err
		}
		mode, err := u.s.ModeOf(ctx, tx, u.k, c.ID)
		if err != nil {
			return err
		}
		status, err := u.s.Workflow.Retype(ctx, tx, c.Record(u.k))
		if err != nil {
			return err
		}
		if err := u.s.retyped(ctx, tx, u.k, c, mode, status); err != nil {
			return err
		}
		if err := u.s.Say(ctx, tx, u.k, event, c, map[string]events.Change{"type": {from.Name, to.Name}}, nil); err != nil {
			return err
		}
	}
	return nil
}
