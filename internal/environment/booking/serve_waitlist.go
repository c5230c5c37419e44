package booking

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// waitersOf returns the waiting bookings that want environments in a time, with all their environments.
func waitersOf(ctx context.Context, tx db.Tx, envs []ref.Environment, span interval.Span) (map[ref.Booking][]ref.Environment, error) {
	var ids []ref.Booking
	var since []time.Time
	err := tx.NewSelect().TableExpr("booking_environment AS be").Join("JOIN booking AS b ON b.id = be.booking_id").ColumnExpr("DISTINCT be.booking_id, b.waiting_since").
		Where("be.status = 'waiting' AND be.environment_id IN (?) AND be.from_at < ? AND be.to_at > ?", bun.In(envs), span.To, span.From).
		OrderExpr("b.waiting_since, be.booking_id").Limit(promotions).Scan(ctx, &ids, &since)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	parts, err := partsOf(ctx, tx, ids...)
	out := make(map[ref.Booking][]ref.Environment, len(parts))
	for id, list := range parts {
		out[id] = environmentsOf(list)
	}
	return out, err
}

// serve gives freed time to the waitlist: who fits now is approved where nobody has to approve, and requested elsewhere.
func (s *Service) serve(ctx context.Context, st *stage, span interval.Span, waiting map[ref.Booking][]ref.Environment) ([]BookingRef, error) {
	drafts := map[ref.Booking]*draft{}
	var waiters []Waiter
	hull := span
	for id, envs := range waiting {
		if slices.ContainsFunc(envs, func(e ref.Environment) bool { _, locked := st.envs[e]; return !locked }) {
			continue
		}
		b, err := findBooking(ctx, st.tx, string(id))
		if err != nil || b.Status != Waiting || b.phase(st.now).over {
			if err != nil && problem.KindOf(err) != problem.NotFound {
				return nil, err
			}
			continue
		}
		parts, err := partsOf(ctx, st.tx, id)
		if err != nil {
			return nil, err
		}
		d := &draft{Booking: &b, parts: parts[id], envs: st.envs}
		drafts[id] = d
		rank, _, late := st.policy(d.parts[0].Environment).rank(b.Priority)
		waiters = append(waiters, Waiter{Booking: id, Rank: rank, Late: late, Since: *b.WaitingSince, From: b.From})
		hull.From, hull.To = minTime(hull.From, b.From), maxTime(hull.To, b.To)
	}
	if len(waiters) == 0 {
		return nil, nil
	}
	if err := st.prepareFully(ctx, hull); err != nil {
		return nil, err
	}
	served, err := Promote(waiters, func(id ref.Booking) (bool, error) {
		d := drafts[id]
		held, _ := st.clashes(d)
		if len(held) > 0 || st.checkBookable(d) != nil {
			return false, nil
		}
		_, err := st.checkOpen(ctx, d, "")
		if problem.KindOf(err) == problem.Invalid {
			return false, nil
		}
		return err == nil, err
	}, func(id ref.Booking) error { return s.promote(ctx, st, drafts[id]) })
	if err != nil || len(served) == 0 {
		return nil, err
	}
	refs, err := bookingRefs(ctx, st.tx, slices.Clone(served))
	var out []BookingRef
	for _, id := range served {
		out = append(out, refs[id])
	}
	return out, err
}

func (s *Service) promote(ctx context.Context, st *stage, d *draft) error {
	before := *d.Booking
	group, err := s.groupApproves(ctx, st.tx, d.Group)
	if err != nil {
		return err
	}
	d.Status, d.WaitingSince, d.UpdatedAt = Requested, nil, st.now
	if st.approveParts(d, group) {
		d.Status, d.DecidedAt, d.DecidedBy = Approved, &st.now, "auto"
	}
	if err := storeDraft(ctx, st.tx, d); err != nil {
		return err
	}
	st.put(d)
	return s.say(ctx, st.tx, EventPromoted, d, before, d.Booking, nil)
}

// ServeWaitlist promotes waiting bookings whose time became free by other ways than a booking that was given up. It returns
// how many it served.
func (s *Service) ServeWaitlist(ctx context.Context) (int, error) {
	var ids []ref.Booking
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewRaw(`SELECT id FROM booking WHERE status = 'waiting' AND to_at > ? ORDER BY waiting_since, id`, s.Clock.Now()).Scan(ctx, &ids)
	})
	if err != nil {
		return 0, err
	}
	served := 0
	for _, id := range ids {
		err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			d, err := s.whole(ctx, tx, id)
			if err != nil {
				return err
			}
			st, err := s.enter(ctx, tx, d.ids())
			if err != nil {
				return err
			}
			// Those who wait for the same are served in their order.
			waiting, err := waitersOf(ctx, tx, d.ids(), d.Span())
			if err != nil {
				return err
			}
			done, err := s.serve(ctx, st, d.Span(), waiting)
			served += len(done)
			return err
		})
		if err != nil && problem.KindOf(err) != problem.NotFound {
			return served, err
		}
	}
	return served, nil
}
