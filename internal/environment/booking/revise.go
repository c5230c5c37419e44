package booking

import (
	"context"
	"errors"
	"slices"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Revised is the outcome of changing a booking.
type Revised struct {
	Booking Listed
	// Conflicts are requested bookings of others that want the same.
	Conflicts []ConflictWith
	// Promoted are bookings that left the waitlist because this one made room.
	Promoted []BookingRef
	// More are bookings that came into being with the change.
	More []Listed
}

// revision is one way to change a stored booking.
type revision struct {
	act     Act
	version int64 // that the caller saw; 0 takes any
	dry     bool
	// allowed decides about access; nil wants the holder, the requester or a manager.
	allowed func(ctx context.Context, st *stage, d *draft) error
	// environments returns what the booking shall stand in, where that changes.
	environments func(ctx context.Context, tx db.Tx, d *draft) ([]ref.Environment, error)
	// apply changes the draft; it returns the kind of event and what else to say, or "" when nothing changes.
	apply func(ctx context.Context, st *stage, d *draft) (events.Kind, map[string]any, error)
	// overrideReason is why a freeze may be passed.
	overrideReason string
	// add returns further bookings to insert, made of the changed one.
	add func(d *draft) []*draft
}

// promotions is how many bookings of the waitlist one change serves at most; the rest is served by the job of the waitlist.
const promotions = 20

// revise is the one path on which a stored booking changes: lock the schedules of all environments concerned, read the
// booking again, decide, write, tell, and serve the waitlist with what was freed.
func (s *Service) revise(ctx context.Context, id string, r revision) (out Revised, err error) {
	for range 4 {
		err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			out, err = s.reviseIn(ctx, tx, id, r)
			if err == nil && r.dry {
				err = errDryRun
			}
			return err
		})
		if !errors.Is(err, errChanged) {
			break
		}
	}
	var clash *clashError
	switch {
	case errors.Is(err, errDryRun):
		return out, nil
	case errors.As(err, &clash):
		return out, s.overlaps(ctx, clash)
	case errors.Is(err, errChanged):
		return out, problem.New(problem.Stale, "stale", "Somebody changes this booking again and again; try once more.")
	}
	return out, err
}

func (s *Service) reviseIn(ctx context.Context, tx db.Tx, id string, r revision) (out Revised, err error) {
	found, err := findBooking(ctx, tx, id)
	if err != nil {
		return out, err
	}
	parts, err := partsOf(ctx, tx, found.ID)
	if err != nil {
		return out, err
	}
	d := &draft{Booking: &found, parts: parts[found.ID]}
	old := d.ids()
	target := old
	if r.environments != nil {
		if target, err = r.environments(ctx, tx, d); err != nil {
			return out, err
		}
	}
	waiting, err := waitersOf(ctx, tx, old, found.Span())
	if err != nil {
		return out, err
	}
	lock := slices.Concat(old, target)
	for _, w := range waiting {
		lock = append(lock, w...)
	}
	st, err := s.enter(ctx, tx, lock)
	if err != nil {
		return out, err
	}
	// What was read before the lock may be old.
	fresh, err := findBooking(ctx, tx, string(found.ID))
	if err != nil {
		return out, err
	}
	if fresh.Version != found.Version {
		return out, errChanged
	}
	d.envs = st.envs
	if err := s.mayRevise(ctx, st, d, r); err != nil {
		return out, err
	}
	before := *d.Booking
	if r.environments != nil && !slices.Equal(sortedIDs(old), sortedIDs(target)) {
		d.parts = nil
		for _, env := range target {
			d.parts = append(d.parts, Part{Booking: d.ID, Environment: env})
		}
		d.Unit = st.envs[target[0]].Unit
	}
	kind, more, err := r.apply(ctx, st, d)
	if err != nil {
		return out, err
	}
	if kind == "" {
		out.Booking = d.listed()
		return out, s.listOne(ctx, tx, &out.Booking)
	}
	if out.Conflicts, err = s.admit(ctx, st, d, &before, old, r); err != nil {
		return out, err
	}
	if more == nil {
		more = map[string]any{}
	}
	if r.overrideReason != "" {
		more["overrideReason"] = r.overrideReason
	}
	d.UpdatedAt = st.now
	if err := storeDraft(ctx, tx, d); err != nil {
		return out, err
	}
	if err := s.say(ctx, tx, kind, d, before, d.Booking, more); err != nil {
		return out, err
	}
	if out.More, err = s.addMore(ctx, tx, d, r); err != nil {
		return out, err
	}
	if before.Status == Approved && freed(&before, old, d) {
		if out.Promoted, err = s.serve(ctx, st, before.Span(), waiting); err != nil {
			return out, err
		}
	}
	out.Booking = d.listed()
	return out, s.listOne(ctx, tx, &out.Booking)
}

func (s *Service) listOne(ctx context.Context, tx db.Tx, l *Listed) error {
	list := []Listed{*l}
	err := s.addNames(ctx, tx, list)
	*l = list[0]
	return err
}

// mayRevise decides about access, version and state, in this order.
func (s *Service) mayRevise(ctx context.Context, st *stage, d *draft, r revision) error {
	if err := st.sees(ctx, d); err != nil {
		return err
	}
	allowed := r.allowed
	if allowed == nil {
		allowed = mayManage
	}
	if err := allowed(ctx, st, d); err != nil {
		return err
	}
	if r.version != 0 && r.version != d.Version {
		return httpapi.Stale(d.Version, *d.Booking)
	}
	return checkAct(r.act, d.Status, d.phase(st.now))
}

// sees returns the not-found problem to callers who see none of the environments and do not own the booking.
func (st *stage) sees(ctx context.Context, d *draft) error {
	if owns(ctx, d.Booking) {
		return nil
	}
	var err error
	for _, p := range d.parts {
		if err = authz.Check(ctx, PermView, st.envs[p.Environment].UnitPath); err == nil {
			return nil
		}
	}
	return err
}

// mayManage lets the holder, the requester and managers of all environments in.
func mayManage(ctx context.Context, st *stage, d *draft) error {
	if owns(ctx, d.Booking) && authz.From(ctx).CanSomewhere(PermCreate) {
		return nil
	}
	for _, p := range d.parts {
		if err := authz.Check(ctx, PermManage, st.envs[p.Environment].UnitPath); err != nil {
			return err
		}
	}
	return nil
}

// admit checks what a changed booking must meet, and gives it the status that follows.
func (s *Service) admit(ctx context.Context, st *stage, d *draft, before *Booking, old []ref.Environment, r revision) ([]ConflictWith, error) {
	moved := !d.From.Equal(before.From) || !d.To.Equal(before.To) || !slices.Equal(sortedIDs(old), sortedIDs(d.ids()))
	wider := moved && !within(d, before, old) || d.Intent != before.Intent
	if d.Status != Waiting && !d.live() {
		return nil, nil
	}
	if moved {
		begun := before.phase(st.now).begun && d.From.Equal(before.From)
		if err := st.checkTimes(d, begun || within(d, before, old)); err != nil {
			return nil, err
		}
	}
	if wider {
		if err := st.checkWider(ctx, d, old, r); err != nil {
			return nil, err
		}
		if d.Status == Approved && r.act != ActApprove {
			for i := range d.parts {
				d.parts[i].ApprovedBy, d.parts[i].ApprovedAt = "", nil
			}
			d.DecidedAt, d.DecidedBy = nil, ""
			d.Status = Requested
		}
	}
	if !wider && before.Status == d.Status {
		return nil, nil
	}
	group, err := s.groupApproves(ctx, st.tx, d.Group)
	if err != nil {
		return nil, err
	}
	if err := st.prepareFully(ctx, d.Span()); err != nil {
		return nil, err
	}
	held, wanted := st.clashes(d)
	switch {
	case len(held) > 0 && d.Status == Waiting:
		return nil, nil
	case len(held) > 0 && r.act == ActChange && d.Status == Requested && st.queues(d):
		d.Status, d.WaitingSince = Waiting, &st.now
		return nil, nil
	case len(held) > 0:
		return nil, &clashError{draft: d, held: held, stage: st}
	case d.Status == Waiting:
		d.Status, d.WaitingSince = Requested, nil
	}
	if d.Status == Requested && st.approveParts(d, group) {
		d.Status, d.DecidedAt, d.DecidedBy = Approved, &st.now, "auto"
	}
	return s.tellClashes(ctx, st.tx, wanted)
}

// checkWider is what a booking must meet that takes more than it did.
func (st *stage) checkWider(ctx context.Context, d *draft, old []ref.Environment, r revision) error {
	for _, p := range d.parts {
		if !slices.Contains(old, p.Environment) {
			if err := authz.Check(ctx, PermCreate, st.envs[p.Environment].UnitPath); err != nil {
				return err
			}
		}
	}
	if err := st.checkBookable(d); err != nil {
		return err
	}
	_, err := st.checkOpen(ctx, d, r.overrideReason)
	return err
}

// within reports whether a changed booking takes no more than it did: then nothing new can clash.
func within(d *draft, before *Booking, old []ref.Environment) bool {
	for _, p := range d.parts {
		if !slices.Contains(old, p.Environment) {
			return false
		}
	}
	return !d.From.Before(before.From) && !d.To.After(before.To)
}

// freed reports whether a booking that held environments holds less of them now.
func freed(before *Booking, old []ref.Environment, d *draft) bool {
	if d.Status != Approved || d.From.After(before.From) || d.To.Before(before.To) || d.Intent != before.Intent {
		return true
	}
	now := d.ids()
	return slices.ContainsFunc(old, func(e ref.Environment) bool { return !slices.Contains(now, e) })
}

func (s *Service) addMore(ctx context.Context, tx db.Tx, d *draft, r revision) ([]Listed, error) {
	if r.add == nil {
		return nil, nil
	}
	list := r.add(d)
	numbers, err := s.numbers.take(ctx, tx, len(list))
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(list))
	for i, n := range list {
		n.Number = numbers[i]
	}
	if err := insertDrafts(ctx, tx, list...); err != nil {
		return nil, err
	}
	for i, n := range list {
		kind := EventRequested
		if n.Status == Approved {
			kind = EventBooked
		}
		if err := s.say(ctx, tx, kind, n, nil, n.Booking, map[string]any{"splitFrom": d.Reference()}); err != nil {
			return nil, err
		}
		out[i] = n.listed()
	}
	return out, s.addNames(ctx, tx, out)
}

func sortedIDs(ids []ref.Environment) []ref.Environment { return slices.Sorted(slices.Values(ids)) }
