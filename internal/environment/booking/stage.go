package booking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// stage is what decisions about bookings are made on: environments whose schedules are locked until the transaction ends,
// as they are now.
type stage struct {
	s        *Service
	tx       db.Tx
	now      time.Time
	ids      []ref.Environment
	envs     map[ref.Environment]environment.Bookable
	policies policies
	holds    map[ref.Environment][]Hold
}

// enter locks the schedules of environments, in the order of their ids, and reads what is known of them.
func (s *Service) enter(ctx context.Context, tx db.Tx, ids []ref.Environment) (*stage, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return s.stageOf(ctx, tx, ids, nil, s.touch)
}

// enterFor is enter with all that one booking is checked against, in one journey to the database.
func (s *Service) enterFor(ctx context.Context, tx db.Tx, ids []ref.Environment, span interval.Span) (*stage, error) {
	if len(ids) != 1 {
		st, err := s.enter(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		return st, st.prepare(ctx, span)
	}
	return s.stageOf(ctx, tx, slices.Clone(ids), &span, s.touch)
}

// look is enter without locks, for questions.
func (s *Service) look(ctx context.Context, tx db.Tx, ids []ref.Environment) (*stage, error) {
	return s.stageOf(ctx, tx, ids, nil, s.Environments.AskBookables)
}

// fewPlaces is up to how many environments their policies are found beside them; for more it takes two journeys.
const fewPlaces = 16

func (s *Service) stageOf(ctx context.Context, tx db.Tx, ids []ref.Environment, hull *interval.Span,
	ask func(*db.Batch, db.Tx, []ref.Environment) func() ([]environment.Bookable, error)) (*stage, error) {
	st := s.stageWith(tx, ids)
	var b db.Batch
	answer := ask(&b, tx, ids)
	if len(ids) <= fewPlaces {
		st.policies = policies{}
		askPolicies(&b, tx, ids, st.policies)
	}
	if hull != nil {
		st.holds = map[ref.Environment][]Hold{}
		askPredecessor(&b, tx, ids[0], *hull, st.note)
	}
	if err := tx.Run(ctx, &b); err != nil {
		return nil, err
	}
	list, err := answer()
	if err != nil {
		return nil, err
	}
	paths := st.meet(list)
	if len(ids) > fewPlaces {
		if st.policies, err = loadPolicies(ctx, tx, paths); err != nil {
			return nil, err
		}
	}
	if hull != nil && st.envs[ids[0]].Capacity > 1 {
		return st, st.prepareFully(ctx, *hull)
	}
	return st, nil
}

func (s *Service) stageWith(tx db.Tx, ids []ref.Environment) *stage {
	return &stage{s: s, tx: tx, now: s.Clock.Now(), ids: ids, envs: make(map[ref.Environment]environment.Bookable, len(ids))}
}

// meet makes environments known to the stage and returns the paths of their units.
func (st *stage) meet(list []environment.Bookable) []string {
	paths := make([]string, len(list))
	for i, e := range list {
		st.envs[e.ID], paths[i] = e, e.UnitPath
	}
	return paths
}

// note adds a row of the schedule to what the environments hold.
func (st *stage) note(r holdRow) {
	st.holds[r.Environment] = append(st.holds[r.Environment], r.hold())
}

// again is the stage in another transaction, for questions: what is known of some of its environments is used again, what
// they hold is not.
func (st *stage) again(tx db.Tx, ids []ref.Environment) *stage {
	return &stage{s: st.s, tx: tx, now: st.now, ids: ids, envs: st.envs, policies: st.policies}
}

// names are the names of the stage's environments.
func (st *stage) names() map[ref.Environment]knownEnvironment {
	out := make(map[ref.Environment]knownEnvironment, len(st.envs))
	for id, e := range st.envs {
		out[id] = knownEnvironment{EnvironmentRef{e.ID, e.Key, e.Name}, e.Unit, e.UnitPath, e.Application}
	}
	return out
}

func (st *stage) policy(env ref.Environment) Policy { return st.policies.of(st.envs[env].UnitPath) }

// prepare reads what the environments hold in a time, and when they are closed.
func (st *stage) prepare(ctx context.Context, hull interval.Span) error {
	if len(st.ids) != 1 || st.envs[st.ids[0]].Capacity > 1 {
		return st.prepareFully(ctx, hull)
	}
	st.holds = map[ref.Environment][]Hold{}
	var b db.Batch
	askPredecessor(&b, st.tx, st.ids[0], hull, st.note)
	return st.tx.Run(ctx, &b)
}

// prepareFully is prepare with every approved hold, for more than one booking and for telling what is in the way.
func (st *stage) prepareFully(ctx context.Context, hull interval.Span) error {
	st.holds = map[ref.Environment][]Hold{}
	return liveHolds(ctx, st.tx, st.ids, hull, false, st.note)
}

// put makes a decision known to the decisions after it.
func (st *stage) put(d *draft) {
	for env, list := range st.holds {
		st.holds[env] = slices.DeleteFunc(list, func(h Hold) bool { return h.Booking == d.ID })
	}
	if !d.live() {
		return
	}
	for _, p := range d.parts {
		st.holds[p.Environment] = append(st.holds[p.Environment], d.hold())
	}
}

// envClash is a clash in one environment.
type envClash struct {
	Environment ref.Environment
	Clash
}

// clashes is the one place where it is decided whether a booking goes together with the others: which approved bookings are
// in its way, and which requested ones want the same. Nothing is approved while held is not empty.
func (st *stage) clashes(d *draft) (held, wanted []envClash) {
	for _, p := range d.parts {
		var approved, requested []Hold
		for _, h := range st.holds[p.Environment] {
			if h.Status == Approved {
				approved = append(approved, h)
			} else {
				requested = append(requested, h)
			}
		}
		e, m := st.envs[p.Environment], st.policy(p.Environment).Compatible
		mine := d.hold()
		for _, c := range Clashes(e.Capacity, m, mine, approved) {
			held = append(held, envClash{p.Environment, c})
		}
		if len(requested) == 0 {
			continue
		}
		for _, c := range Clashes(e.Capacity, m, mine, append(requested, approved...)) {
			if c.Other.Status == Requested {
				wanted = append(wanted, envClash{p.Environment, c})
			}
		}
	}
	return held, wanted
}

// checkBookable refuses environments that take no bookings, or not until the end.
func (st *stage) checkBookable(d *draft) error {
	for _, p := range d.parts {
		e := st.envs[p.Environment]
		why := e.WhyNot
		if e.Bookable && e.ExpiresAt != nil && d.To.After(*e.ExpiresAt) {
			why = fmt.Sprintf("%s goes away on %s, before the booking ends.", e.Name, clock.Tell(e.ExpiresAt.UTC()))
		}
		if why != "" {
			return problem.New(problem.Invalid, "environment_not_bookable", why).
				WithData("environment", EnvironmentRef{e.ID, e.Key, e.Name})
		}
	}
	return nil
}

// closures returns when the environments are closed in a time.
func (st *stage) closures(ctx context.Context, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	if st.s.Closures == nil {
		return nil, nil
	}
	places := make([]interval.Place, 0, len(st.ids))
	for _, id := range st.ids {
		places = append(places, placeOf(st.envs[id]))
	}
	return st.s.Closures.Closures(ctx, st.tx, places, within)
}

func placeOf(e environment.Bookable) interval.Place {
	return interval.Place{Environment: e.ID, Groups: e.Groups, Application: e.Application, Unit: e.Unit, UnitPath: e.UnitPath}
}

// checkOpen refuses bookings in closed times, unless the caller may pass them and gives a reason. passed says that one was.
func (st *stage) checkOpen(ctx context.Context, d *draft, reason string) (passed bool, err error) {
	closed, err := st.closures(ctx, d.Span())
	if err != nil {
		return false, err
	}
	for _, p := range d.parts {
		e := st.envs[p.Environment]
		for _, c := range closed[p.Environment] {
			if !slices.Contains(c.Refuses, interval.ForBooking) || !c.Overlaps(d.Span()) {
				continue
			}
			may := c.Override && authz.From(ctx).Can(permOverride, e.UnitPath)
			if may && strings.TrimSpace(reason) != "" {
				passed = true
				continue
			}
			return false, st.insideClosure(ctx, d, e, c, may)
		}
	}
	return passed, nil
}

// closureCodes are the codes of refusals by kind of closure.
var closureCodes = map[interval.ClosureKind]string{interval.Outage: "environment_not_bookable", interval.NotBookable: "environment_not_bookable"}

func (st *stage) insideClosure(ctx context.Context, d *draft, e environment.Bookable, c interval.Closure, may bool) error {
	code := closureCodes[c.Kind]
	if code == "" {
		code = "inside_freeze"
	}
	text := c.Reason
	if text == "" {
		text = fmt.Sprintf("%s is closed by %s.", e.Name, c.Name)
	}
	if may {
		text += " You may pass it: send overrideReason."
	}
	p := problem.New(problem.Invalid, code, text).WithData("closure", c).WithData("environment", EnvironmentRef{e.ID, e.Key, e.Name}).WithData("mayOverride", may)
	within := interval.Span{From: d.From, To: d.From.Add(lookAhead)}
	closed, err := st.closures(ctx, within)
	if err != nil {
		return err
	}
	g := Ground{Environment: e.ID, Capacity: 1, Closed: interval.Refusing(closed[e.ID], interval.ForBooking)}
	if next := Slots([]Ground{g}, SlotSearch{Within: within, Length: d.Span().Length(), Limit: 1}); len(next) > 0 {
		p = p.WithData("opensAt", next[0].From).WithData("opening", next[0].Span)
	}
	return p
}

// autoApproves reports whether nobody has to approve the use of an environment.
func (st *stage) autoApproves(env ref.Environment, intent Intent, group bool) bool {
	return group || st.envs[env].AutoApprove || slices.Contains(st.policy(env).AutoApproveIntents, intent)
}

// approveParts marks what needs no approval and says whether somebody is missing.
func (st *stage) approveParts(d *draft, groupApproves bool) (whole bool) {
	whole = true
	for i := range d.parts {
		p := &d.parts[i]
		if p.ApprovedAt == nil && st.autoApproves(p.Environment, d.Intent, groupApproves) {
			now := st.now
			p.ApprovedBy, p.ApprovedAt = "auto", &now
		}
		whole = whole && p.ApprovedAt != nil
	}
	return whole
}

// checkTimes finds what is wrong with the times of a draft.
func (st *stage) checkTimes(d *draft, begun bool) error {
	var faults problem.Fields
	checkSpan(&faults, d.Span())
	if len(faults) == 0 {
		for _, p := range d.parts {
			checkPolicy(&faults, st.policy(p.Environment), d.Span(), st.now, begun)
			if len(faults) > 0 {
				break
			}
		}
	}
	return faults.Err("booking_times_invalid", "The times of the booking cannot be taken like this.")
}

// queues reports whether every environment of a draft lets bookings wait.
func (st *stage) queues(d *draft) bool {
	for _, p := range d.parts {
		if st.policy(p.Environment).Mode != Queue {
			return false
		}
	}
	return true
}

// errDryRun undoes a transaction after all its work was done.
var errDryRun = problem.New(problem.Internal, "dry_run", "This was a dry run.")
