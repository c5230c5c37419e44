package booking

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ImportChoice says what becomes of a row of an import that does not go together with others.
type ImportChoice string

// The choices: it is taken as requested, so that the conflicts show it; it is left out; it waits for what holds its time.
const (
	TakeRequested ImportChoice = "request"
	LeaveOut      ImportChoice = "skip"
	TakeWaiting   ImportChoice = "wait"
)

// ImportRow is one booking of an import: its environments are known already, with their descendants.
type ImportRow struct {
	NewBooking
	Places []ref.Environment
	Group  ref.EnvironmentGroup
	// Wish is Approved where the table says that it is agreed: then it is approved as far as the caller decides about it.
	// Requested keeps it undecided even where nobody has to decide.
	Wish   Status
	Choice ImportChoice
	// Replaces is the booking that the row changes.
	Replaces ref.Booking
	// Row is the number by which clashes name the row.
	Row int
	// Said is what its event tells beside the booking.
	Said map[string]any
}

// ImportedRow is what became of a row, or would.
type ImportedRow struct {
	Booking ref.Booking
	Status  Status
	// Left says that the row was left out because of its clashes.
	Left bool
	// Problem is why the row cannot be taken.
	Problem *problem.Error
	Clashes []ImportClash
}

// ImportClash is what a row does not go together with: a booking, or an earlier row where Row is not 0. Held says that it
// is approved.
type ImportClash struct {
	Booking     ref.Booking
	Row         int
	Environment ref.Environment
	Overlap     interval.Span
	Kind        ClashKind
	Held        bool
	// Other is the whole time of what it does not go together with.
	Other interval.Span
}

// importEvents is up to how many bookings of one import get an event of their own; importBatch is how many are written
// at once.
const (
	importEvents = 1000
	importBatch  = 1000
)

// Import takes many bookings one after the other through the same decision as Create. It lives in one transaction.
type Import struct {
	s      *Service
	tx     db.Tx
	st     *stage
	write  bool
	reason string
	hull   interval.Span
	near   *nearby
	closed map[ref.Environment][]interval.Closure
	who    map[ref.App][]ref.Person
	groups map[ref.EnvironmentGroup]bool
	rows   map[ref.Booking]int
	drafts []*draft
	count  int
}

// ImportOptions say what an import is about. Within holds all its times, Environments all its environments. Without Write
// it only tells what would become of the rows, and locks nothing.
type ImportOptions struct {
	Environments []ref.Environment
	// Coming are environments among them that do not exist yet; only an import that does not write may look at them.
	Coming         []environment.Bookable
	Within         interval.Span
	Write          bool
	OverrideReason string
}

// BeginImport begins to take bookings in the caller's transaction: the schedules of all environments are locked once, in the
// order of their ids, and each row is checked against what is there and against the rows before it.
func (s *Service) BeginImport(ctx context.Context, tx db.Tx, o ImportOptions) (*Import, error) {
	i := &Import{s: s, tx: tx, write: o.Write, reason: o.OverrideReason, hull: interval.Span{From: normal(o.Within.From), To: normal(o.Within.To)},
		groups: map[ref.EnvironmentGroup]bool{}, rows: map[ref.Booking]int{}, near: newNearby()}
	coming := map[ref.Environment]bool{}
	for _, e := range o.Coming {
		coming[e.ID] = true
	}
	ids := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(o.Environments))), func(id ref.Environment) bool { return coming[id] })
	ask := s.Environments.AskBookables
	if o.Write {
		ask = s.touch
	}
	var b db.Batch
	answer := ask(&b, tx, ids)
	if err := tx.Run(ctx, &b); err != nil {
		return nil, err
	}
	list, err := answer()
	if err != nil {
		return nil, err
	}
	if !o.Write {
		list = append(list, o.Coming...)
	}
	i.st = s.stageWith(tx, ids)
	if i.st.policies, err = loadPolicies(ctx, tx, i.st.meet(list)); err != nil {
		return nil, err
	}
	if err := i.read(ctx, ids); err != nil {
		return nil, err
	}
	if i.closed, err = i.st.closures(ctx, i.hull); err != nil {
		return nil, err
	}
	var apps []ref.App
	for _, e := range i.st.envs {
		apps = append(apps, e.Application)
	}
	i.who, err = s.named(ctx, tx, apps)
	return i, err
}

// read learns what environments hold.
func (i *Import) read(ctx context.Context, ids []ref.Environment) error {
	for chunk := range slices.Chunk(ids, 500) {
		for _, id := range chunk {
			i.near.clear(id)
		}
		if err := liveHolds(ctx, i.tx, chunk, i.hull, false, func(r holdRow) { i.near.add(r.Environment, r.hold()) }); err != nil {
			return err
		}
	}
	return nil
}

// Put takes one row. An error ends the import; what is wrong with the row is in the answer.
func (i *Import) Put(ctx context.Context, r ImportRow) (out ImportedRow, err error) {
	r.From, r.To, r.Recurrence = normal(r.From), normal(r.To), nil
	if r.Intent == "" {
		r.Intent = Touch
	}
	if out.Problem = r.fault(); out.Problem != nil {
		return out, nil
	}
	d := i.st.newDraft(ctx, r.NewBooking, Candidate{Environments: r.Places, Group: r.Group}, interval.Span{From: r.From, To: r.To}, 0, "")
	if d.Holder != "" && authz.From(ctx) != nil && authz.From(ctx).Person != d.Holder {
		d.Requester = string(d.Holder) // the table was agreed with whom it names; the event tells who brought it in
	}
	if r.Replaces != "" {
		d.ID = r.Replaces
	}
	if err := i.check(ctx, d); err != nil {
		if out.Problem = problem.Of(err); out.Problem == nil {
			return out, err
		}
		return out, nil
	}
	held, wanted := i.clashes(d)
	for n, c := range append(slices.Clip(held), wanted...) {
		out.Clashes = append(out.Clashes, ImportClash{Booking: c.Other.Booking, Row: i.rows[c.Other.Booking], Environment: c.Environment, Overlap: c.Overlap, Kind: c.Kind, Held: n < len(held), Other: c.Other.Span})
	}
	if out.Left = len(out.Clashes) > 0 && r.Choice == LeaveOut; out.Left {
		return out, nil
	}
	if len(held) > 0 && r.Replaces != "" {
		out.Problem = problem.New(problem.Conflict, "booking_overlaps", "An approved booking is in the way of the new times.")
		return out, nil
	}
	if err := i.decide(ctx, d, r, len(held) > 0); err != nil {
		return out, err
	}
	out.Booking, out.Status = d.ID, d.Status
	i.rows[d.ID] = r.Row
	i.near.drop(d.ID)
	if d.live() {
		for _, p := range d.parts {
			i.near.add(p.Environment, d.hold())
		}
	}
	if !i.write || r.Replaces != "" {
		return out, nil
	}
	return out, i.keep(ctx, d, r)
}

func (r *ImportRow) fault() *problem.Error {
	if len(r.Places) == 0 {
		return problem.New(problem.Invalid, "environment_unknown", "The row names no environment.")
	}
	in := r.NewBooking
	_, err := in.check()
	return problem.Of(err)
}

// check is what stands before the clash check: access, whether the environments take bookings, times, closures.
func (i *Import) check(ctx context.Context, d *draft) error {
	for _, p := range d.parts {
		if _, known := i.st.envs[p.Environment]; !known {
			return fmt.Errorf("environment %s was not announced to the import", p.Environment)
		}
		if err := authz.Check(ctx, PermCreate, i.st.envs[p.Environment].UnitPath); err != nil {
			return err
		}
	}
	past := !d.To.After(i.st.now)
	if !past { // what is over is told, not asked for
		if err := i.st.checkBookable(d); err != nil {
			return err
		}
		if err := i.st.checkTimes(d, d.From.Before(i.st.now)); err != nil {
			return err
		}
	}
	for _, p := range d.parts {
		e := i.st.envs[p.Environment]
		for _, c := range i.closed[p.Environment] {
			if past || !slices.Contains(c.Refuses, interval.ForBooking) || !c.Overlaps(d.Span()) {
				continue
			}
			if c.Override && strings.TrimSpace(i.reason) != "" && authz.From(ctx).Can(permOverride, e.UnitPath) {
				continue
			}
			code := closureCodes[c.Kind]
			if code == "" {
				code = "inside_freeze"
			}
			text := c.Reason
			if text == "" {
				text = fmt.Sprintf("%s is closed by %s.", e.Name, c.Name)
			}
			return problem.New(problem.Invalid, code, text).WithData("closure", c)
		}
	}
	return nil
}

// clashes asks the one place that decides, with what is near the row.
func (i *Import) clashes(d *draft) (held, wanted []envClash) {
	i.st.holds = map[ref.Environment][]Hold{}
	for _, p := range d.parts {
		i.st.holds[p.Environment] = i.near.around(p.Environment, d.Span())
	}
	return i.st.clashes(d)
}

// decide gives a row its status. What clashes with an approved booking is never approved.
func (i *Import) decide(ctx context.Context, d *draft, r ImportRow, clashes bool) error {
	d.Status = Requested
	switch {
	case clashes && r.Choice == TakeWaiting:
		d.Status, d.WaitingSince = Waiting, &i.st.now
		return nil
	case clashes || r.Wish == Requested:
		return nil
	}
	group, known := i.groups[d.Group]
	if !known {
		var err error
		if group, err = i.s.groupApproves(ctx, i.tx, d.Group); err != nil {
			return err
		}
		i.groups[d.Group] = group
	}
	whole, by := i.st.approveParts(d, group), "auto"
	if !whole && r.Wish == Approved {
		whole, by = i.approve(ctx, d), authz.From(ctx).ID()
	}
	if whole {
		d.Status, d.DecidedAt, d.DecidedBy = Approved, &i.st.now, by
	}
	return nil
}

// approve approves the parts the caller decides about and says whether nobody is missing.
func (i *Import) approve(ctx context.Context, d *draft) (whole bool) {
	p, now := authz.From(ctx), i.st.now
	whole = true
	for n := range d.parts {
		part := &d.parts[n]
		e := i.st.envs[part.Environment]
		if part.ApprovedAt == nil && approves(p, i.who[e.Application], e.UnitPath) && (!ownRequest(ctx, d) || i.st.policy(part.Environment).ApproveOwn) {
			part.ApprovedBy, part.ApprovedAt = p.ID(), &now
		}
		whole = whole && part.ApprovedAt != nil
	}
	return whole
}

func (i *Import) keep(ctx context.Context, d *draft, r ImportRow) error {
	i.count++
	i.drafts = append(i.drafts, d)
	if len(i.drafts) >= importBatch {
		if err := i.flush(ctx); err != nil {
			return err
		}
	}
	if i.count > importEvents {
		return nil
	}
	kind := EventRequested
	switch d.Status {
	case Approved:
		kind = EventBooked
	case Waiting:
		kind = EventWaiting
	}
	numbers, err := i.s.numbers.take(ctx, i.tx, 1)
	if err != nil {
		return err
	}
	d.Number = numbers[0]
	more := map[string]any{"imported": true}
	for k, v := range r.Said {
		more[k] = v
	}
	return i.s.say(ctx, i.tx, kind, d, nil, d.Booking, more)
}

// flush writes what was taken since the last time.
func (i *Import) flush(ctx context.Context) error {
	if len(i.drafts) == 0 {
		return nil
	}
	batch := i.drafts
	i.drafts = nil
	missing := 0
	for _, d := range batch {
		if d.Number == 0 {
			missing++
		}
	}
	numbers, err := i.s.numbers.take(ctx, i.tx, missing)
	if err != nil {
		return err
	}
	for _, d := range batch {
		if d.Number == 0 {
			d.Number, numbers = numbers[0], numbers[1:]
		}
	}
	if err := insertDrafts(ctx, i.tx, batch...); err != nil {
		return err
	}
	if missing == 0 {
		return nil
	}
	first := batch[len(batch)-1]
	return i.s.Events.Append(ctx, i.tx, events.Event{Kind: EventLoaded, SubjectID: string(first.ID), SubjectLabel: "bookings", Unit: first.Unit, Data: map[string]any{"count": missing}})
}

// End writes what is left.
func (i *Import) End(ctx context.Context) error { return i.flush(ctx) }
