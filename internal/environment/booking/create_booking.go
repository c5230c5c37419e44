package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// OnClash says what becomes of a booking that overlaps an approved one.
type OnClash string

// The answers to a clash: refuse, or wait.
const (
	Refuse      OnClash = "refuse"
	WaitInQueue OnClash = "wait"
)

// Targets name what is booked: exactly one of them.
type Targets struct {
	Environment  string   `json:"environment,omitempty" maxLength:"200" doc:"Key or id of an environment; its descendants are booked with it."`
	Environments []string `json:"environments,omitempty" maxItems:"500" doc:"Keys or ids of several environments."`
	Group        string   `json:"group,omitempty" maxLength:"200" doc:"Key or id of a group; its members are booked."`
	// Capability books the best free environment, or lane, that has what is needed.
	Capability *environment.Capability `json:"capability,omitempty" doc:"What is needed; the best free environment or lane that has it is booked."`
}

// NewRecurrence repeats a booking.
type NewRecurrence struct {
	interval.Recurrence
	SkipClashing bool `json:"skipClashing,omitempty" doc:"Leave out occurrences that clash instead of refusing all."`
}

// NewBooking is what Create takes.
type NewBooking struct {
	Targets
	From           time.Time              `json:"from"`
	To             time.Time              `json:"to"`
	Intent         Intent                 `json:"intent,omitempty" enum:"change_code,change_configuration,touch" default:"touch"`
	Title          string                 `json:"title" minLength:"1" maxLength:"200"`
	Description    string                 `json:"description,omitempty" maxLength:"10000"`
	Release        string                 `json:"release,omitempty" maxLength:"200"`
	Holder         ref.Person             `json:"holder,omitempty" doc:"Who will use it, where that is not the caller."`
	Priority       string                 `json:"priority,omitempty" maxLength:"60" doc:"The name of a priority class of the policy."`
	Recurrence     *NewRecurrence         `json:"recurrence,omitempty"`
	OnClash        OnClash                `json:"onClash,omitempty" enum:"refuse,wait" doc:"Whether to join the waitlist when it overlaps an approved booking; the policy decides when left out."`
	OverrideReason string                 `json:"overrideReason,omitempty" maxLength:"2000" doc:"Why a freeze may be passed, by a holder of the permission."`
	Request        ref.EnvironmentRequest `json:"request,omitempty" doc:"The booking request this fulfils."`
}

// Created is the outcome of Create.
type Created struct {
	// Bookings are those of a series in their order, or the one.
	Bookings []Listed
	// Conflicts are requested bookings of others that want the same.
	Conflicts []ConflictWith
	// Skipped are occurrences that were left out because they clash.
	Skipped []SkippedOccurrence
}

// SkippedOccurrence is an occurrence of a series that was not booked.
type SkippedOccurrence struct {
	interval.Span
	Conflicts []ConflictWith `json:"conflicts" nullable:"false"`
}

// How far series reach at most.
const (
	mostOccurrences = 400
	seriesHorizon   = 2 * 366 * 24 * time.Hour
)

// clashError says that approved bookings are in the way; outside the transaction it becomes the answer with the ways out.
type clashError struct {
	draft *draft
	held  []envClash
	// stage is where it was decided; what is known there is used again for the ways out.
	stage *stage
}

func (e *clashError) Error() string {
	return fmt.Sprintf("%d approved bookings are in the way", len(e.held))
}

// Create books environments. On environments that approve by themselves it is approved at once; elsewhere it is requested.
// What overlaps an approved booking is refused with the ways out, or joins the waitlist where the policy or the caller says
// so. With dry set nothing is saved.
func (s *Service) Create(ctx context.Context, in NewBooking, dry bool) (Created, error) {
	in.From, in.To = normal(in.From), normal(in.To)
	if in.Intent == "" {
		in.Intent = Touch
	}
	spans, err := in.check()
	if err != nil {
		return Created{}, err
	}
	if in.namesOne() && (in.Holder == "" || authz.From(ctx) != nil && authz.From(ctx).Person == in.Holder) {
		// The common case takes no journey to the database that it can do without.
		out, err := s.createOn(ctx, in, nil, spans, dry)
		var clash *clashError
		if errors.As(err, &clash) {
			err = s.overlaps(ctx, clash)
		}
		return out, err
	}
	var candidates []Candidate
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if err = s.checkPeople(ctx, tx, in.Holder, "body.holder"); err != nil {
			return err
		}
		candidates, err = s.resolve(ctx, tx, in.Targets, PermCreate, spans)
		return err
	})
	if err != nil {
		return Created{}, err
	}
	for i, c := range candidates {
		out, err := s.createOn(ctx, in, &c, spans, dry)
		var clash *clashError
		switch {
		case err == nil:
			return out, nil
		case errors.As(err, &clash) && i == len(candidates)-1:
			return Created{}, s.overlaps(ctx, clash)
		case !errors.As(err, &clash) && (i == len(candidates)-1 || problem.KindOf(err) != problem.Invalid):
			return Created{}, err
		}
	}
	return Created{}, authz.ErrNotFound
}

// namesOne reports whether the targets are one environment by its name alone.
func (t *Targets) namesOne() bool {
	return t.Environment != "" && len(t.Environments) == 0 && t.Group == "" && t.Capability == nil
}

// check finds what is wrong with the input alone and returns the occurrences.
func (in *NewBooking) check() ([]interval.Span, error) {
	var faults problem.Fields
	if strings.TrimSpace(in.Title) == "" {
		faults.Add("body.title", "required", "Say what the booking is for.")
	}
	if !slices.Contains(Intents, in.Intent) {
		faults.Add("body.intent", "unknown", "The intent is change_code, change_configuration or touch.")
	}
	base := interval.Span{From: in.From, To: in.To}
	checkSpan(&faults, base)
	if err := faults.Err("booking_invalid", "The booking cannot be made like this."); err != nil {
		return nil, err
	}
	if in.Recurrence == nil {
		return []interval.Span{base}, nil
	}
	rule, err := in.Recurrence.Parse()
	if err != nil {
		return nil, err
	}
	spans, err := rule.Expand(base, interval.Bounds{Most: mostOccurrences, Horizon: seriesHorizon})
	if err != nil {
		return nil, err
	}
	for i := range spans {
		if i > 0 && spans[i].From.Before(spans[i-1].To) {
			return nil, problem.New(problem.Invalid, "recurrence_overlaps_itself", "The occurrences overlap each other: a booking lasts longer than it takes until the next. Shorten it or repeat it less often.")
		}
	}
	return spans, nil
}

// createOn books one candidate in one transaction; without one it is found there, before anything is locked.
func (s *Service) createOn(ctx context.Context, in NewBooking, c *Candidate, spans []interval.Span, dry bool) (out Created, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		chosen := c
		if chosen == nil {
			list, err := s.resolve(ctx, tx, in.Targets, PermCreate, spans)
			if err != nil {
				return err
			}
			chosen = &list[0]
		}
		out, err = s.createIn(ctx, tx, in, *chosen, spans)
		if err == nil && dry {
			err = errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return out, err
}

// CreateIn is Create inside the caller's transaction, for requests that bring their bookings along. A clash is returned as
// the problem booking_overlaps without ways out.
func (s *Service) CreateIn(ctx context.Context, tx db.Tx, in NewBooking) (Created, error) {
	in.From, in.To = normal(in.From), normal(in.To)
	if in.Intent == "" {
		in.Intent = Touch
	}
	spans, err := in.check()
	if err != nil {
		return Created{}, err
	}
	if err := s.checkPeople(ctx, tx, in.Holder, "body.holder"); err != nil {
		return Created{}, err
	}
	candidates, err := s.resolve(ctx, tx, in.Targets, PermCreate, spans)
	if err != nil {
		return Created{}, err
	}
	out, err := s.createIn(ctx, tx, in, candidates[0], spans)
	var clash *clashError
	if errors.As(err, &clash) {
		list, err := s.tellClashes(ctx, tx, clash.held)
		if err != nil {
			return out, err
		}
		return out, overlapProblem(list, nil)
	}
	return out, err
}

func (s *Service) createIn(ctx context.Context, tx db.Tx, in NewBooking, c Candidate, spans []interval.Span) (out Created, err error) {
	hull := interval.Span{From: spans[0].From, To: spans[len(spans)-1].To}
	var st *stage
	if len(spans) == 1 {
		st, err = s.enterFor(ctx, tx, c.Environments, hull)
	} else if st, err = s.enter(ctx, tx, c.Environments); err == nil {
		err = st.prepareFully(ctx, hull)
	}
	if err != nil {
		return out, err
	}
	groupApproves, err := s.groupApproves(ctx, tx, c.Group)
	if err != nil {
		return out, err
	}
	numbers, err := s.numbers.take(ctx, tx, len(spans))
	if err != nil {
		return out, err
	}
	series := ""
	if in.Recurrence != nil {
		series = ref.New[string]()
	}
	var drafts []*draft
	var wanted []envClash
	kinds := map[ref.Booking]events.Kind{}
	passed := map[ref.Booking]bool{}
	for i, span := range spans {
		d := st.newDraft(ctx, in, c, span, numbers[i], series)
		if err := st.checkDraft(ctx, d, in, passed); err != nil {
			return out, err
		}
		held, w := st.clashes(d)
		switch {
		case len(held) > 0 && in.Recurrence != nil && in.Recurrence.SkipClashing:
			list, err := s.tellClashes(ctx, tx, held)
			if err != nil {
				return out, err
			}
			out.Skipped = append(out.Skipped, SkippedOccurrence{span, list})
			continue
		case len(held) > 0 && in.OnClash != Refuse && (in.OnClash == WaitInQueue || st.queues(d)):
			d.Status, d.WaitingSince, kinds[d.ID] = Waiting, &st.now, EventWaiting
		case len(held) > 0:
			return out, &clashError{draft: d, held: held, stage: st}
		case st.approveParts(d, groupApproves):
			d.Status, kinds[d.ID] = Approved, EventBooked
			d.DecidedAt, d.DecidedBy = &st.now, "auto"
		default:
			d.Status, kinds[d.ID] = Requested, EventRequested
		}
		wanted = append(wanted, w...)
		if len(spans) > 1 {
			st.put(d)
		}
		drafts = append(drafts, d)
	}
	if len(drafts) == 0 {
		return out, problem.New(problem.Conflict, "booking_overlaps", "Every occurrence overlaps an approved booking; nothing was booked.").WithData("skipped", out.Skipped)
	}
	if err := s.insertCreated(ctx, tx, in, series, drafts, kinds, passed); err != nil {
		return out, err
	}
	if out.Conflicts, err = s.tellClashes(ctx, tx, wanted); err != nil {
		return out, err
	}
	for _, d := range drafts {
		out.Bookings = append(out.Bookings, d.listed())
	}
	return out, s.addNamesFrom(ctx, tx, out.Bookings, st.names())
}

func (s *Service) insertCreated(ctx context.Context, tx db.Tx, in NewBooking, series string, drafts []*draft, kinds map[ref.Booking]events.Kind, passed map[ref.Booking]bool) error {
	if series != "" {
		b := drafts[0].Booking
		_, err := tx.ExecContext(ctx, `INSERT INTO booking_series (id, title, rule, zone, occurrences, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			series, b.Title, in.Recurrence.Rule, in.Recurrence.Zone, len(drafts), b.CreatedAt, b.Requester)
		if err != nil {
			return err
		}
	}
	var b db.Batch
	if len(drafts) == 1 && len(drafts[0].parts) <= fewPlaces {
		insertDraft(&b, drafts[0])
	} else if err := insertDrafts(ctx, tx, drafts...); err != nil {
		return err
	}
	for _, d := range drafts {
		more := map[string]any{}
		if passed[d.ID] {
			more["overrideReason"] = in.OverrideReason
		}
		if err := s.sayIn(ctx, tx, &b, kinds[d.ID], d, nil, d.Booking, more); err != nil {
			return err
		}
	}
	return tx.Run(ctx, &b)
}

// checkDraft is what stands before the clash check: access, whether the environments take bookings, times, closures.
func (st *stage) checkDraft(ctx context.Context, d *draft, in NewBooking, passed map[ref.Booking]bool) error {
	for _, p := range d.parts {
		if err := authz.Check(ctx, PermCreate, st.envs[p.Environment].UnitPath); err != nil {
			return err
		}
	}
	if err := st.checkBookable(d); err != nil {
		return err
	}
	if err := st.checkTimes(d, false); err != nil {
		return err
	}
	over, err := st.checkOpen(ctx, d, in.OverrideReason)
	passed[d.ID] = over
	return err
}

func (st *stage) newDraft(ctx context.Context, in NewBooking, c Candidate, span interval.Span, number int64, series string) *draft {
	b := &Booking{
		ID: ref.New[ref.Booking](), Number: number, Title: strings.TrimSpace(in.Title), Description: in.Description, Intent: in.Intent, From: span.From, To: span.To,
		Holder: in.Holder, Unit: st.envs[c.Environments[0]].Unit, Release: strings.TrimSpace(in.Release), Request: in.Request, Priority: in.Priority, Group: c.Group,
		Series: series, Version: 1, CreatedAt: st.now, UpdatedAt: st.now,
	}
	if p := authz.From(ctx); p != nil {
		b.Requester, b.RequesterName = p.ID(), p.Name
		if b.Holder == "" {
			b.Holder = p.Person
		}
	}
	if in.Capability != nil {
		b.Asked = map[string]any{"capability": in.Capability, "matched": c.Name}
	}
	d := &draft{Booking: b, envs: st.envs}
	for _, env := range c.Environments {
		d.parts = append(d.parts, Part{Booking: b.ID, Environment: env})
	}
	return d
}

// groupApproves reports whether bookings of a whole group need no approval.
func (s *Service) groupApproves(ctx context.Context, tx db.Tx, id ref.EnvironmentGroup) (bool, error) {
	if id == "" {
		return false, nil
	}
	g, err := s.Environments.FindGroup(ctx, tx, string(id))
	if problem.KindOf(err) == problem.NotFound || problem.KindOf(err) == problem.Forbidden {
		return false, nil
	}
	return g.AutoApprove, err
}

func normal(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
