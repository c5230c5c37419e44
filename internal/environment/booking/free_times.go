package booking

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Opening is a free slot.
type Opening struct {
	Environment EnvironmentRef `json:"environment"`
	From        time.Time      `json:"from"`
	To          time.Time      `json:"to"`
	FreeUntil   *time.Time     `json:"freeUntil,omitempty" doc:"How long it stays free; absent when nothing follows in the time looked at."`
}

// OpeningSearch says what free time is looked for.
type OpeningSearch struct {
	Environments []ref.Environment
	Length       time.Duration
	From         time.Time
	Intent       Intent
	Hours        *interval.Hours
	Limit        int
}

// Openings returns the next free slots of environments, the earliest first.
func (s *Service) Openings(ctx context.Context, in OpeningSearch) (out []Opening, err error) {
	if in.Length <= 0 || in.Length > longestHold {
		var faults problem.Fields
		faults.Add("query.duration", "out_of_range", "Ask for a duration such as 90m, 8h or 3d, up to five years.")
		return nil, faults.Err("duration_invalid", "The duration cannot be looked for.")
	}
	out = []Opening{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		if len(in.Environments) == 0 {
			return nil
		}
		st, err := s.look(ctx, tx, in.Environments)
		if err != nil {
			return err
		}
		from := in.From
		if from.IsZero() {
			from = st.now
		}
		slots, err := s.nextSlots(ctx, st, SlotSearch{Within: interval.Span{From: normal(from)}, Length: in.Length, Intent: in.Intent, Hours: in.Hours, Limit: in.Limit})
		if err != nil {
			return err
		}
		for _, slot := range slots {
			e := st.envs[slot.Environment]
			o := Opening{Environment: EnvironmentRef{e.ID, e.Key, e.Name}, From: slot.From, To: slot.To}
			if !slot.FreeUntil.IsZero() {
				o.FreeUntil = &slot.FreeUntil
			}
			out = append(out, o)
		}
		return nil
	})
	return out, err
}

// Availability is the answer to "could I have this".
type Availability struct {
	Available bool `json:"available"`
	// Status is what a booking would become; "" when it would be refused.
	Status       Status         `json:"status,omitempty" enum:"approved,requested,waiting"`
	Environments []FreeAnswer   `json:"environments" nullable:"false"`
	Conflicts    []ConflictWith `json:"conflicts" nullable:"false" doc:"Approved bookings in the way."`
	Wanted       []ConflictWith `json:"wanted" nullable:"false" doc:"Requested bookings that want the same."`
	Alternatives []Alternative  `json:"alternatives" nullable:"false"`
	Alerts       []string       `json:"alerts" nullable:"false" doc:"What the keepers of the environments want you to know."`
	CostEstimate int64          `json:"costEstimate" doc:"In the smallest unit of the currency."`
}

// FreeAnswer is an environment of an availability.
type FreeAnswer struct {
	EnvironmentRef
	Bookable bool               `json:"bookable"`
	Why      string             `json:"why,omitempty" doc:"Why it cannot be booked then."`
	Closed   []interval.Closure `json:"closed" nullable:"false"`
}

// AvailabilityQuestion asks for environments and a time.
type AvailabilityQuestion struct {
	Targets
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Intent Intent    `json:"intent,omitempty" enum:"change_code,change_configuration,touch" default:"touch"`
}

// Available answers before anybody asks for anything: whether a booking would go through, what it would become, what is in
// the way and what could be done instead.
func (s *Service) Available(ctx context.Context, in AvailabilityQuestion) (out Availability, err error) {
	in.From, in.To = normal(in.From), normal(in.To)
	if in.Intent == "" {
		in.Intent = Touch
	}
	var faults problem.Fields
	span := interval.Span{From: in.From, To: in.To}
	checkSpan(&faults, span)
	if err := faults.Err("booking_times_invalid", "The times cannot be asked about like this."); err != nil {
		return out, err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		candidates, err := s.resolve(ctx, tx, in.Targets, PermView, []interval.Span{span})
		if err != nil {
			return err
		}
		st, err := s.look(ctx, tx, candidates[0].Environments)
		if err != nil {
			return err
		}
		group, err := s.groupApproves(ctx, tx, candidates[0].Group)
		if err != nil {
			return err
		}
		out, err = s.available(ctx, st, st.newDraft(ctx, NewBooking{Intent: in.Intent}, candidates[0], span, 0, ""), group)
		return err
	})
	return out, err
}

func (s *Service) available(ctx context.Context, st *stage, d *draft, groupApproves bool) (Availability, error) {
	out := Availability{Available: true, Environments: []FreeAnswer{}, Alternatives: []Alternative{}, Alerts: []string{}}
	closed, err := st.closures(ctx, d.Span())
	if err != nil {
		return out, err
	}
	for _, p := range d.parts {
		e := st.envs[p.Environment]
		f := FreeAnswer{EnvironmentRef: EnvironmentRef{e.ID, e.Key, e.Name}, Bookable: true, Closed: []interval.Closure{}}
		one := &draft{Booking: d.Booking, parts: []Part{p}, envs: st.envs}
		if err := st.checkBookable(one); err != nil {
			f.Bookable, f.Why = false, problem.Of(err).Message
		}
		for _, c := range closed[p.Environment] {
			if c.Overlaps(d.Span()) {
				f.Closed = append(f.Closed, c)
			}
		}
		if interval.Look(f.Closed, interval.ForBooking, d.From).Closed() || len(interval.Refusing(f.Closed, interval.ForBooking)) > 0 {
			f.Bookable = false
			if f.Why == "" {
				f.Why = "It is closed at that time."
			}
		}
		if e.Alert != "" {
			out.Alerts = append(out.Alerts, e.Name+": "+e.Alert)
		}
		out.CostEstimate += int64(float64(e.CostPerHour) * d.Span().Length().Hours())
		out.Available = out.Available && f.Bookable
		out.Environments = append(out.Environments, f)
	}
	if err := st.prepareFully(ctx, d.Span()); err != nil {
		return out, err
	}
	held, wanted := st.clashes(d)
	if out.Wanted, err = s.tellClashes(ctx, st.tx, wanted); err != nil {
		return out, err
	}
	out.Conflicts = []ConflictWith{}
	switch {
	case len(held) > 0:
		out.Available = false
		if st.queues(d) {
			out.Status = Waiting
		}
	case out.Available && st.approveParts(d, groupApproves):
		out.Status = Approved
	case out.Available:
		out.Status = Requested
	}
	if len(held) > 0 || !out.Available {
		out.Conflicts, out.Alternatives, err = s.waysOut(ctx, st, d)
		if len(held) == 0 {
			// Nobody is in the way, so there is nobody to wait for.
			out.Alternatives = withoutKind(out.Alternatives, Wait)
		}
	}
	return out, err
}

func withoutKind(list []Alternative, kind AlternativeKind) []Alternative {
	out := []Alternative{}
	for _, a := range list {
		if a.Kind != kind {
			out = append(out, a)
		}
	}
	return out
}

// parseLength reads a duration as people write it: 90m, 8h, 3d, 2w, or as ISO 8601 (PT8H, P3D).
func parseLength(text string) (time.Duration, bool) {
	t := strings.ToLower(strings.TrimSpace(text))
	if rest, iso := strings.CutPrefix(t, "p"); iso {
		t = strings.Replace(rest, "t", "", 1)
	}
	if n := len(t); n > 1 && (t[n-1] == 'd' || t[n-1] == 'w') {
		f, err := strconv.ParseFloat(t[:n-1], 64)
		days := f
		if t[n-1] == 'w' {
			days = f * 7
		}
		return time.Duration(days * float64(24*time.Hour)), err == nil && f > 0 && f < 10_000
	}
	d, err := time.ParseDuration(t)
	if seconds, e := strconv.Atoi(t); e == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	return d, err == nil && d > 0
}

// OpeningQuery are the query parameters of a search for free slots.
type OpeningQuery struct {
	Duration string    `query:"duration" required:"true" maxLength:"40" example:"8h" doc:"How long: 90m, 8h, 3d, 2w."`
	From     time.Time `query:"from" doc:"From when on; now when left out."`
	Intent   Intent    `query:"intent" enum:"change_code,change_configuration,touch" default:"touch"`
	Hours    string    `query:"hours" maxLength:"20" example:"08:00-18:00" doc:"Begin within these hours of weekdays only."`
	Zone     string    `query:"zone" maxLength:"64" doc:"The IANA name of the zone of the hours."`
	Limit    int       `query:"limit" minimum:"1" maximum:"100" default:"10"`
}

// OpeningList is the answer of a search for free slots.
type OpeningList struct {
	Items []Opening `json:"items" nullable:"false"`
}

type openingsOut struct{ Body OpeningList }

func (q OpeningQuery) search() (OpeningSearch, error) {
	var faults problem.Fields
	length, ok := parseLength(q.Duration)
	if !ok {
		faults.Add("query.duration", "malformed", "Ask for a duration such as 90m, 8h or 3d.")
	}
	hours, err := workingHours(q.Hours, q.Zone)
	if err != nil {
		faults.Add("query.hours", "malformed", "Give the hours as 08:00-18:00 and the zone by its IANA name.")
	}
	return OpeningSearch{Length: length, From: q.From, Intent: q.Intent, Hours: hours, Limit: q.Limit}, faults.Err("duration_invalid", "The search cannot be read.")
}

func workingHours(text, zone string) (*interval.Hours, error) {
	if text == "" {
		return nil, nil
	}
	loc, err := interval.Zone(zone)
	if err != nil {
		return nil, err
	}
	from, to, _ := strings.Cut(text, "-")
	a, err := time.Parse("15:04", strings.TrimSpace(from))
	if err != nil {
		return nil, err
	}
	b, err := time.Parse("15:04", strings.TrimSpace(to))
	if err != nil {
		return nil, err
	}
	h := &interval.Hours{Zone: loc}
	for d := time.Monday; d <= time.Friday; d++ {
		h.Days[d] = []interval.TimeOfDay{{From: a.Hour()*60 + a.Minute(), To: b.Hour()*60 + b.Minute()}}
	}
	return h, nil
}

func (s *Service) mountFree(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/environments/{id}/openings", ID: "list-environment-openings", Tag: tag, Summary: "Next free slots of an environment"},
		authz.Need(PermView), func(ctx context.Context, in *struct {
			ID string `path:"id" doc:"Key or id of an environment."`
			OpeningQuery
		}) (*openingsOut, error) {
			search, err := in.search()
			if err != nil {
				return nil, err
			}
			err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
				e, err := s.Environments.Find(ctx, tx, in.ID)
				search.Environments = []ref.Environment{e.ID}
				return err
			})
			if err != nil {
				return nil, err
			}
			list, err := s.Openings(ctx, search)
			return &openingsOut{OpeningList{list}}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/openings", ID: "list-openings", Tag: tag, Summary: "Next free slots among equivalent environments"},
		authz.Need(PermView), func(ctx context.Context, in *struct {
			Environment string   `query:"environment" maxLength:"200" doc:"This environment and its equivalents."`
			Application string   `query:"application" maxLength:"200"`
			Usage       string   `query:"usage" maxLength:"200"`
			Group       string   `query:"group" maxLength:"200"`
			Unit        ref.Unit `query:"unit"`
			DataClass   string   `query:"dataClass" maxLength:"40"`
			OpeningQuery
		}) (*openingsOut, error) {
			search, err := in.search()
			if err != nil {
				return nil, err
			}
			search.Environments, err = s.equivalentsOf(ctx, in.Environment, in.DataClass, Filter{Application: in.Application, Usage: in.Usage, Group: in.Group, Unit: in.Unit})
			if err != nil {
				return nil, err
			}
			list, err := s.Openings(ctx, search)
			return &openingsOut{OpeningList{list}}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/availability", ID: "ask-availability", Tag: tag, Status: http.StatusOK, Summary: "Ask whether something is free, before booking it"},
		authz.Need(PermView), func(ctx context.Context, in *struct{ Body AvailabilityQuestion }) (*struct{ Body Availability }, error) {
			a, err := s.Available(ctx, in.Body)
			return &struct{ Body Availability }{a}, err
		})
}

// equivalentsOf returns the environments a search for openings goes through.
func (s *Service) equivalentsOf(ctx context.Context, environmentName, dataClass string, f Filter) (ids []ref.Environment, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		ids = nil
		if environmentName != "" {
			e, err := s.Environments.Find(ctx, tx, environmentName)
			if err != nil {
				return bodyFault(err, "query.environment", "environment", environmentName)
			}
			others, err := s.Environments.Equivalent(ctx, tx, e.ID)
			ids = append([]ref.Environment{e.ID}, others...)
			return err
		}
		cond, args, err := s.environmentCondition(ctx, tx, f, "e.id")
		if err != nil {
			return err
		}
		q := tx.NewSelect().TableExpr("v_environment AS e").ColumnExpr("e.id").Where("e.bookable").
			Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("e.name_key, e.id")
		if cond != "" {
			q = q.Where(cond, args...)
		}
		if dataClass != "" {
			q = q.Where("e.data_class = ?", dataClass)
		}
		return q.Scan(ctx, &ids)
	})
	return ids, err
}
