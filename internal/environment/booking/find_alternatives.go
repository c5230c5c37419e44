package booking

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// overlaps turns a clash into the answer: what is in the way, and the ways out. It runs after the transaction was undone.
func (s *Service) overlaps(ctx context.Context, clash *clashError) error {
	var list []ConflictWith
	var ways []Alternative
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		st := clash.stage.again(tx, clash.draft.ids())
		list, ways, err = s.waysAround(ctx, st, clash.draft, nil) // closures were looked at before the clash
		return err
	})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		// What was in the way is gone again; the caller may simply try once more.
		if list, err = s.tellAgain(ctx, clash); err != nil {
			return err
		}
	}
	return overlapProblem(list, ways)
}

func (s *Service) tellAgain(ctx context.Context, clash *clashError) (list []ConflictWith, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		list, err = s.tellClashes(ctx, tx, clash.held)
		return err
	})
	return list, err
}

func overlapProblem(list []ConflictWith, ways []Alternative) error {
	text := "Something is booked there at that time."
	if len(list) > 0 {
		c := list[0]
		text = fmt.Sprintf("%s is booked from %s to %s: %s %s.", c.Environment.Name, moment(c.Booking.From), moment(c.Booking.To), c.Booking.Reference, c.Booking.Title)
		if n := len(list) - 1; n > 0 {
			text += fmt.Sprintf(" %s in the way too.", countIs(n))
		}
	}
	if list == nil {
		list = []ConflictWith{}
	}
	if ways == nil {
		ways = []Alternative{}
	}
	return problem.New(problem.Conflict, "booking_overlaps", text).WithData("conflicts", list).WithData("alternatives", ways)
}

func countIs(n int) string {
	if n == 1 {
		return "1 other is"
	}
	return fmt.Sprintf("%d others are", n)
}

// horizons are how far ahead free times are looked for, the next one only when the one before has none.
var horizons = []int{7, 45, 366}

// nextSlots returns the next free times of grounds, looked for ever further ahead. What they hold is read once for all of
// them, and no further than is looked.
func (s *Service) nextSlots(ctx context.Context, st *stage, search SlotSearch) ([]Slot, error) {
	var out []Slot
	holds, known := map[ref.Environment][]Hold{}, search.Within.From
	for _, days := range horizons {
		within := search.Within
		if to := within.From.AddDate(0, 0, days); within.Endless() || to.Before(within.To) {
			within.To = to
		}
		within.To = maxTime(within.To, within.From.Add(search.Length+24*hour))
		if !search.Within.Endless() && within.To.After(search.Within.To) {
			within.To = search.Within.To
		}
		first, since := known.Equal(within.From), known
		err := st.held(ctx, interval.Span{From: known, To: within.To}, func(env ref.Environment, h Hold) {
			if first || !h.From.Before(since) {
				holds[env] = append(holds[env], h)
			}
		})
		if err != nil {
			return nil, err
		}
		known = within.To
		grounds, err := st.groundsOf(ctx, within, holds)
		if err != nil {
			return nil, err
		}
		near := search
		near.Within = within
		if out = Slots(grounds, near); len(out) >= max(1, search.Limit) || within.To.Equal(search.Within.To) {
			return out, nil
		}
	}
	return out, nil
}

// held reads the approved bookings of the stage's environments in a time. Of exclusive ones it tells the times alone, since
// nothing else matters to who looks for a free one.
func (st *stage) held(ctx context.Context, within interval.Span, fn func(ref.Environment, Hold)) error {
	for _, id := range st.ids {
		if st.envs[id].Capacity > 1 {
			return liveHolds(ctx, st.tx, st.ids, within, true, func(r holdRow) { fn(r.Environment, r.hold()) })
		}
	}
	return approvedTimes(ctx, st.tx, st.ids, within, func(env ref.Environment, span interval.Span) {
		fn(env, Hold{Span: span, Status: Approved})
	})
}

// grounds reads the approved bookings and the closures of the stage's environments.
func (st *stage) grounds(ctx context.Context, within interval.Span, exclude ref.Booking) ([]Ground, error) {
	holds := map[ref.Environment][]Hold{}
	err := liveHolds(ctx, st.tx, st.ids, within, true, func(r holdRow) {
		if r.Booking != exclude {
			holds[r.Environment] = append(holds[r.Environment], r.hold())
		}
	})
	if err != nil {
		return nil, err
	}
	return st.groundsOf(ctx, within, holds)
}

// groundsOf is grounds where the approved bookings are read already.
func (st *stage) groundsOf(ctx context.Context, within interval.Span, holds map[ref.Environment][]Hold) ([]Ground, error) {
	closed, err := st.closures(ctx, within)
	if err != nil {
		return nil, err
	}
	out := make([]Ground, 0, len(st.ids))
	for _, id := range st.ids {
		e := st.envs[id]
		if !e.Bookable {
			continue
		}
		g := Ground{Environment: id, Capacity: e.Capacity, Matrix: st.policy(id).Compatible, Holds: holds[id], Closed: interval.Refusing(closed[id], interval.ForBooking)}
		if e.ExpiresAt != nil {
			g.Until = *e.ExpiresAt
		}
		out = append(out, g)
	}
	return out, nil
}

// waysAround tells what is in the way of a draft and what could be done instead; closed are the parts of its time that are
// refused to it.
func (s *Service) waysAround(ctx context.Context, st *stage, d *draft, closed []interval.Span) ([]ConflictWith, []Alternative, error) {
	near, waiting, err := s.readAround(ctx, st, d)
	if err != nil {
		return nil, nil, err
	}
	held, _ := st.clashes(d)
	list, err := s.tellClashesFrom(ctx, st.tx, held, st.names())
	if err != nil {
		return nil, nil, err
	}
	// What is closed is closed to everybody: neither sharing nor waiting nor asking whoever holds it opens it.
	open := len(closed) == 0
	w := Ways{Now: st.now, Wanted: d.Span(), Intent: d.Intent, CanWait: open, Ahead: waiting}
	for i, c := range held {
		if !open {
			break
		}
		if i < len(list) {
			w.Clashes = append(w.Clashes, InTheWay{Clash: c.Clash, Title: list[i].Booking.Title, Holder: list[i].Booking.Holder, HolderName: list[i].Booking.HolderName})
		}
	}
	for _, intent := range Intents {
		if !open {
			break
		}
		milder := *d
		b := *d.Booking
		b.Intent = intent
		milder.Booking = &b
		if h, _ := st.clashes(&milder); len(h) == 0 && intent != d.Intent {
			w.Milder = append(w.Milder, intent)
		}
	}
	w.Free = interval.Subtract(st.freeParts(d), closed)
	if len(st.ids) == 1 {
		w.Next, w.Equivalents, err = s.singleSlots(ctx, st, d, near)
	} else {
		w.Next, err = s.jointSlots(ctx, st, d)
	}
	return list, Alternatives(w), err
}

// around is the stage of the environment of a draft and of those that would do as well, with what they hold for as far as is
// looked first.
type around struct {
	stage  *stage
	others int
	within interval.Span
	holds  map[ref.Environment][]Hold
}

// nearest is where free times are looked for first.
func nearest(st *stage, d *draft, days int) interval.Span {
	from := maxTime(d.From, st.now)
	return interval.Span{From: from, To: maxTime(from.AddDate(0, 0, days), from.Add(d.Span().Length()+24*hour))}
}

// readAround reads what the environments of a draft hold at its time, and how many bookings wait there. For one environment
// it reads those that would do as well together with it.
func (s *Service) readAround(ctx context.Context, st *stage, d *draft) (near around, waiting int, err error) {
	st.holds = map[ref.Environment][]Hold{}
	var b db.Batch
	b.Ask(func(r *db.Row) error { waiting = int(r.Int(0)); return nil }, `SELECT COUNT(DISTINCT booking_id) FROM booking_environment
		WHERE status = 'waiting' AND `+st.tx.Among("environment_id")+` AND from_at < ? AND to_at > ?`, db.TextsOf(st.ids), d.To, d.From)
	if len(st.ids) != 1 {
		if err := st.tx.Run(ctx, &b); err != nil {
			return near, 0, err
		}
		return near, waiting, st.prepareFully(ctx, d.Span())
	}
	all, err := s.lookEquivalent(ctx, st)
	if err != nil {
		return near, 0, err
	}
	self := st.ids[0]
	near = around{stage: all, others: len(all.ids), within: nearest(st, d, horizons[0]), holds: map[ref.Environment][]Hold{}}
	all.ids = append(all.ids, self)
	all.envs[self] = st.envs[self]
	all.policies = all.policies.with(st.policies)
	hull := interval.Span{From: minTime(near.within.From, d.From), To: maxTime(near.within.To, d.To)}
	askHolds(&b, st.tx, all.ids, hull, true, func(r holdRow) {
		h := r.hold()
		if h.Overlaps(near.within) && h.Booking != d.ID {
			near.holds[r.Environment] = append(near.holds[r.Environment], h)
		}
		if r.Environment == self && h.Overlaps(d.Span()) {
			st.holds[self] = append(st.holds[self], h)
		}
	})
	return near, waiting, st.tx.Run(ctx, &b)
}

// freeParts returns the parts of the wanted time in which everything is free.
func (st *stage) freeParts(d *draft) []interval.Span {
	var blocked []interval.Span
	for _, p := range d.parts {
		g := Ground{Capacity: st.envs[p.Environment].Capacity, Matrix: st.policy(p.Environment).Compatible}
		for _, h := range st.holds[p.Environment] {
			if h.Status == Approved && h.Booking != d.ID {
				g.Holds = append(g.Holds, h)
			}
		}
		blocked = append(blocked, unavailable(g, d.Intent)...)
	}
	return interval.Gaps(blocked, d.Span())
}

// jointSlots returns the next times in which all environments of a draft are free.
func (s *Service) jointSlots(ctx context.Context, st *stage, d *draft) ([]interval.Span, error) {
	from := maxTime(d.From, st.now)
	search := SlotSearch{Length: d.Span().Length(), Intent: d.Intent, Limit: 3}
	for _, days := range horizons {
		within := interval.Span{From: from, To: maxTime(from.AddDate(0, 0, days), from.Add(search.Length+24*hour))}
		grounds, err := st.grounds(ctx, within, d.ID)
		if err != nil {
			return nil, err
		}
		if len(grounds) < len(st.ids) {
			return nil, nil
		}
		one := Ground{Environment: st.ids[0], Capacity: 1}
		for _, g := range grounds {
			one.Closed = append(append(one.Closed, g.Closed...), unavailable(g, d.Intent)...)
			if !g.Until.IsZero() {
				one.Closed = append(one.Closed, interval.Span{From: g.Until})
			}
		}
		search.Within = within
		if slots := Slots([]Ground{one}, search); len(slots) > 0 {
			return spansOf(slots), nil
		}
	}
	return nil, nil
}

func spansOf(slots []Slot) []interval.Span {
	var out []interval.Span
	for _, s := range slots {
		out = append(out, s.Span)
	}
	return out
}

// mostEquivalents is how many equivalent environments a way out looks at.
const mostEquivalents = 8

// amongEquivalents is how many it chooses them from.
const amongEquivalents = 40

// singleSlots returns when the one environment of a draft is free next, and when environments that do the same work are. All
// of them are read together, ever further ahead until both are found.
func (s *Service) singleSlots(ctx context.Context, st *stage, d *draft, near around) (own []interval.Span, out []EquivalentSlot, err error) {
	all, self := near.stage, st.ids[0]
	for i, days := range horizons {
		within := nearest(st, d, days)
		var grounds []Ground
		if i == 0 {
			grounds, err = all.groundsOf(ctx, within, near.holds)
		} else {
			grounds, err = all.grounds(ctx, within, d.ID)
		}
		if err != nil {
			return nil, nil, err
		}
		search := SlotSearch{Within: within, Length: d.Span().Length(), Intent: d.Intent, Limit: 3}
		own, out = nil, nil
		for _, g := range grounds {
			if g.Environment == self {
				own = spansOf(Slots([]Ground{g}, search))
				continue
			}
			e := all.envs[g.Environment]
			one := search
			one.Limit = 1
			if slots := Slots([]Ground{g}, one); len(slots) > 0 && authz.From(ctx).Can(PermCreate, e.UnitPath) {
				out = append(out, EquivalentSlot{Environment: EnvironmentRef{e.ID, e.Key, e.Name}, Rank: slices.Index(all.ids, e.ID), Slot: slots[0].Span})
			}
		}
		if len(own) > 0 && (len(out) > 0 || near.others == 0) {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b EquivalentSlot) int {
		return cmp.Or(a.Slot.From.Compare(b.Slot.From), cmp.Compare(a.Rank, b.Rank))
	})
	return own, out[:min(len(out), 3)], nil
}

// lookEquivalent returns a stage of the environments that would do as well, the most alike first. It reads no more than a
// way out needs, because every refusal comes by here.
func (s *Service) lookEquivalent(ctx context.Context, st *stage) (*stage, error) {
	e := st.envs[st.ids[0]]
	out := &stage{s: s, tx: st.tx, now: st.now, envs: map[ref.Environment]environment.Bookable{}}
	if e.Application == "" || e.Usage == "" {
		return out, nil
	}
	var paths []string
	err := st.tx.Ask(ctx, func(r *db.Row) error {
		b := environment.Bookable{ID: ref.Environment(r.Text(0)), Key: r.Text(1), Name: r.Text(2), Unit: ref.Unit(r.Text(3)), UnitPath: r.Text(4), Capacity: int(r.Int(5)),
			Application: e.Application, Usage: e.Usage, Bookable: true}
		if !r.Null(6) {
			at := r.Time(6)
			b.ExpiresAt = &at
		}
		out.ids, out.envs[b.ID], paths = append(out.ids, b.ID), b, append(paths, b.UnitPath)
		return nil
	}, `SELECT o.id, o.key, o.name, o.unit_id, u.path, o.capacity, o.expires_at
		FROM (SELECT * FROM v_environment AS o WHERE o.application_id = ? AND o.usage_id = ? AND o.id <> ? AND o.bookable
			AND (o.expires_at IS NULL OR o.expires_at > ?) LIMIT ?) AS o JOIN v_unit AS u ON u.id = o.unit_id LEFT JOIN v_environment AS e ON e.id = ?
		ORDER BY CASE WHEN o.data_class = e.data_class THEN 0 ELSE 1 END, CASE WHEN o.unit_id = e.unit_id THEN 0 ELSE 1 END, o.name_key, o.id LIMIT ?`,
		string(e.Application), string(e.Usage), string(e.ID), st.now, amongEquivalents, string(e.ID), mostEquivalents)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(paths, func(path string) bool { return path != e.UnitPath }) {
		out.policies = st.policies
		return out, nil
	}
	out.policies, err = loadPolicies(ctx, st.tx, paths)
	return out, err
}
