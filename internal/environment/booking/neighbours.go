package booking

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// SubjectOf describes bookings to the aspects: comments, attachments, watchers, stakeholders.
func (s *Service) SubjectOf() subject.Subject {
	return subject.Subject{Kind: Subject, PathPrefix: "/bookings", Tag: tag, View: PermView, Manage: PermManage,
		Resolve: func(ctx context.Context, tx db.Tx, id string) (subject.Record, error) {
			d, err := s.visible(ctx, tx, id)
			if err != nil {
				return subject.Record{}, err
			}
			return subject.Record{ID: string(d.ID), Unit: d.Unit, Label: d.Reference() + " " + d.Title}, nil
		}}
}

// Audience says whom an event about a booking concerns: its holder, who asked for it, who decides about it, and who is in
// its way or waits behind it.
func (s *Service) Audience(ctx context.Context, tx db.Tx, e events.Event) ([]watch.Recipient, error) {
	if e.SubjectKind != Subject {
		return nil, nil
	}
	d, err := s.whole(ctx, tx, ref.Booking(e.SubjectID))
	if problem.KindOf(err) == problem.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []watch.Recipient
	add := func(p ref.Person, r watch.Reason) {
		if p != "" && ref.Valid(p) && !slices.ContainsFunc(out, func(x watch.Recipient) bool { return x.Person == p }) {
			out = append(out, watch.Recipient{Person: p, Reason: r})
		}
	}
	add(d.Holder, watch.Holder)
	add(ref.Person(d.Requester), watch.Requester)
	if from, ok := e.Data["fromHolderId"].(string); ok {
		add(ref.Person(from), watch.Affected)
	}
	switch e.Kind {
	case EventRequested, EventChanged, EventExtended:
		if d.Status == Requested {
			deciders, err := s.deciders(ctx, tx, d)
			if err != nil {
				return nil, err
			}
			for _, p := range deciders {
				add(p, watch.Approver)
			}
		}
		others, err := s.wantTheSame(ctx, tx, d)
		if err != nil {
			return nil, err
		}
		for _, p := range others {
			add(p, watch.Affected)
		}
	}
	return out, nil
}

// deciders returns who is told that a booking waits for a decision: who is named for the applications of its environments,
// and where nobody is, the nearest of those who may decide.
func (s *Service) deciders(ctx context.Context, tx db.Tx, d *draft) ([]ref.Person, error) {
	var apps []ref.App
	for _, p := range d.parts {
		apps = append(apps, d.envs[p.Environment].Application)
	}
	who, err := s.named(ctx, tx, apps)
	if err != nil {
		return nil, err
	}
	var out []ref.Person
	for _, list := range who {
		out = append(out, list...)
	}
	asked := map[ref.Unit]bool{}
	for _, p := range d.parts {
		e := d.envs[p.Environment]
		if s.Approvers == nil || len(who[e.Application]) > 0 || asked[e.Unit] {
			continue
		}
		asked[e.Unit] = true
		near, err := s.Approvers.NearestHolders(ctx, tx, PermApprove, e.Unit)
		if err != nil {
			return nil, err
		}
		out = append(out, near...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// wantTheSame returns the holders of live bookings that do not go together with one.
func (s *Service) wantTheSame(ctx context.Context, tx db.Tx, d *draft) ([]ref.Person, error) {
	st, err := s.look(ctx, tx, d.ids())
	if err != nil {
		return nil, err
	}
	if err := st.prepareFully(ctx, d.Span()); err != nil {
		return nil, err
	}
	held, wanted := st.clashes(d)
	list, err := s.tellClashes(ctx, tx, append(held, wanted...))
	var out []ref.Person
	for _, c := range list {
		out = append(out, c.Booking.Holder)
	}
	return out, err
}

// EnvironmentUse says what a deletion of an environment would take away.
func (s *Service) EnvironmentUse(ctx context.Context, tx db.Tx, env ref.Environment) ([]environment.Consequence, error) {
	var live, waiting int64
	err := tx.NewRaw(`SELECT COUNT(*) FILTER (WHERE status IN ('requested', 'approved')), COUNT(*) FILTER (WHERE status = 'waiting')
		FROM booking_environment WHERE environment_id = ? AND to_at > ?`, env, s.Clock.Now()).Scan(ctx, &live, &waiting)
	if err != nil {
		return nil, err
	}
	var out []environment.Consequence
	if live > 0 {
		out = append(out, environment.Consequence{Kind: "bookings_cancelled", Count: live, Message: count(int(live), "booking") + " that is not over will be cancelled."})
	}
	if waiting > 0 {
		out = append(out, environment.Consequence{Kind: "waiting_cancelled", Count: waiting, Message: count(int(waiting), "waiting booking") + " will be cancelled."})
	}
	return out, nil
}

// LeaveEnvironment cancels what is booked of an environment that is deleted. A booking of several environments keeps the
// others.
func (s *Service) LeaveEnvironment(ctx context.Context, tx db.Tx, env ref.Environment) error {
	var ids []ref.Booking
	err := tx.NewRaw(`SELECT booking_id FROM booking_environment WHERE environment_id = ? AND status IN ('requested', 'approved', 'waiting') AND to_at > ? ORDER BY booking_id`,
		env, s.Clock.Now()).Scan(ctx, &ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		d, err := s.whole(ctx, tx, id)
		if err != nil {
			return err
		}
		before := *d.Booking
		kind, more := EventCancelled, map[string]any{"reason": "environment deleted"}
		switch left := slices.DeleteFunc(slices.Clone(d.parts), func(p Part) bool { return p.Environment == env }); {
		case len(left) > 0:
			kind, d.parts = EventChanged, left
			more = map[string]any{"left": d.envs[env].Name}
		case d.Status == Approved && d.phase(s.Clock.Now()).begun:
			end(d, s.Clock.Now())
			d.Status = Ended
		default:
			d.Status = Cancelled
		}
		d.UpdatedAt = s.Clock.Now()
		if err := storeDraft(ctx, tx, d); err != nil {
			return err
		}
		if err := s.say(ctx, tx, kind, d, before, d.Booking, more); err != nil {
			return err
		}
	}
	return nil
}

// CheckSchedules refuses a lower capacity that approved bookings do not fit into. The schedules are locked.
func (s *Service) CheckSchedules(ctx context.Context, tx db.Tx, envs []ref.Environment) error {
	st, err := s.look(ctx, tx, envs)
	if err != nil {
		return err
	}
	holds := map[ref.Environment][]Hold{}
	ahead := interval.Span{From: st.now, To: latest}
	if err := liveHolds(ctx, tx, envs, ahead, true, func(r holdRow) { holds[r.Environment] = append(holds[r.Environment], r.hold()) }); err != nil {
		return err
	}
	for _, env := range envs {
		e := st.envs[env]
		list := Conflicts(Lane{Environment: env, Capacity: e.Capacity, Matrix: st.policy(env).Compatible, Holds: holds[env]})
		if len(list) == 0 {
			continue
		}
		refs, err := bookingRefs(ctx, tx, []ref.Booking{list[0].A.Booking, list[0].B.Booking})
		if err != nil {
			return err
		}
		a, b := refs[list[0].A.Booking], refs[list[0].B.Booking]
		return problem.Newf(problem.Conflict, "capacity_in_use", "%s cannot bear only %s: %s %s and %s %s are approved for the same time, from %s. Move or cancel one of them first.",
			e.Name, count(e.Capacity, "booking"), a.Reference, a.Title, b.Reference, b.Title, moment(list[0].Overlap.From)).WithData("conflicts", len(list))
	}
	return nil
}

// Rehome moves the bookings, policies and shared views of a unit that is deleted, in the caller's transaction.
func (s *Service) Rehome(ctx context.Context, tx db.Tx, from, to ref.Unit) error {
	now := s.Clock.Now()
	if _, err := tx.ExecContext(ctx, `UPDATE booking SET unit_id = ?, updated_at = ? WHERE unit_id = ?`, to, now, from); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE schedule_view SET unit_id = ?, version = version + 1, updated_at = ? WHERE unit_id = ?`, to, now, from); err != nil {
		return err
	}
	// The rules of a unit end with it: those of the unit that takes over are in force there.
	_, err := tx.ExecContext(ctx, `DELETE FROM booking_policy WHERE unit_id = ?`, from)
	return err
}

// RehomePreview says what Rehome would move.
func (s *Service) RehomePreview(ctx context.Context, tx db.Tx, from ref.Unit) ([]string, error) {
	n, err := tx.NewSelect().Table("booking").Where("unit_id = ?", from).Count(ctx)
	if err != nil || n == 0 {
		return nil, err
	}
	return []string{count(int(n), "booking")}, nil
}

// Reassign gives the bookings of somebody who leaves to somebody else.
func (s *Service) Reassign(ctx context.Context, tx db.Tx, from, to ref.Person, scope string) ([]string, error) {
	q := tx.NewSelect().TableExpr("booking AS b").ColumnExpr("b.id").Where("b.holder_id = ?", from).OrderExpr("b.id")
	switch scope {
	case "open":
		q = q.Where("b.status IN ('requested', 'approved', 'waiting') AND b.to_at > ?", s.Clock.Now())
	case "future":
		q = q.Where("b.status IN ('requested', 'approved', 'waiting') AND b.from_at > ?", s.Clock.Now())
	}
	var ids []ref.Booking
	if err := q.Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return nil, err
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		if _, err := tx.ExecContext(ctx, `UPDATE booking SET holder_id = ?, updated_at = ? WHERE id IN (?)`, to, s.Clock.Now(), bun.In(chunk)); err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE booking_environment SET holder_id = ? WHERE booking_id IN (?)`, to, bun.In(chunk)); err != nil {
			return nil, err
		}
	}
	return []string{strings.ToUpper(count(len(ids), "booking")[:1]) + count(len(ids), "booking")[1:] + "."}, nil
}

// BookedTimes tells the approved bookings of environments as closures, so that "why is it closed" is answered in one place.
// Bookings refuse neither: whether one may book or deploy beside them depends on who asks.
func (s *Service) BookedTimes(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	var envs []ref.Environment
	for _, p := range places {
		envs = append(envs, p.Environment)
	}
	if len(envs) == 0 {
		return nil, nil
	}
	holds := map[ref.Environment][]Hold{}
	var ids []ref.Booking
	if within.Endless() {
		within.To = latest
	}
	err := liveHolds(ctx, tx, envs, within, true, func(r holdRow) {
		holds[r.Environment] = append(holds[r.Environment], r.hold())
		ids = append(ids, r.Booking)
	})
	if err != nil {
		return nil, err
	}
	names, err := bookingRefs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[ref.Environment][]interval.Closure{}
	for env, list := range holds {
		for _, h := range list {
			b := names[h.Booking]
			out[env] = append(out[env], interval.Closure{Span: h.Span, Kind: interval.Booked, ID: string(b.ID), Name: b.Reference + " " + b.Title,
				Reason: fmt.Sprintf("It is booked until %s: %s %s.", moment(b.To), b.Reference, b.Title), Refuses: []interval.Use{}})
		}
	}
	return out, nil
}
