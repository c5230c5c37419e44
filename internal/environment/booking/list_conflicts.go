package booking

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// ConflictView is two live bookings of one environment that do not go together.
type ConflictView struct {
	Environment EnvironmentRef `json:"environment"`
	A           BookingRef     `json:"a"`
	B           BookingRef     `json:"b"`
	Overlap     interval.Span  `json:"overlap"`
	Kind        ClashKind      `json:"kind" enum:"exclusive,capacity,intent"`
}

// ConflictFilter narrows ListConflicts.
type ConflictFilter struct {
	Filter
	Within interval.Span
	Cursor string
	Limit  int
}

// portfolio is what a look at many environments found.
type portfolio struct {
	lanes     []Lane
	conflicts []Conflict
	known     map[ref.Environment]knownLane
}

type knownLane struct {
	EnvironmentRef
	unitPath string
	bookable bool
}

// gather reads the live bookings of the visible environments of a window and sweeps them for conflicts.
func (s *Service) gather(ctx context.Context, tx db.Tx, f Filter, within interval.Span) (p portfolio, err error) {
	cond, args, err := s.environmentCondition(ctx, tx, f, "e.id")
	if err != nil {
		return p, err
	}
	type row struct {
		knownLane
		capacity int
	}
	var rows []row
	paths := []string{}
	matrices := map[string]Matrix{}
	where := "FROM v_environment AS e JOIN v_unit AS u ON u.id = e.unit_id WHERE e.state = 'active'"
	var all []any
	for _, c := range []func() (string, []any){func() (string, []any) { return authz.Condition(ctx, PermView, "e.unit_id") }, func() (string, []any) { return cond, args }} {
		if text, more := c(); text != "" {
			where, all = where+" AND ("+text+")", append(all, more...)
		}
	}
	err = tx.Stream(ctx, func(r *db.Row) error {
		e := row{knownLane{EnvironmentRef{ref.Environment(r.Text(0)), r.Text(1), r.Text(5)}, r.Text(2), r.Bool(3)}, int(r.Int(4))}
		if _, known := matrices[e.unitPath]; !known {
			matrices[e.unitPath] = nil
			paths = append(paths, e.unitPath)
		}
		rows = append(rows, e)
		return nil
	}, []string{"e.id", "e.key", "u.path", "e.bookable", "e.capacity", "e.name"}, where, all...)
	if err != nil {
		return p, err
	}
	rules, err := loadPolicies(ctx, tx, paths)
	if err != nil {
		return p, err
	}
	p.known = make(map[ref.Environment]knownLane, len(rows))
	at := make(map[ref.Environment]int, len(rows))
	for _, path := range paths {
		matrices[path] = rules.of(path).Compatible
	}
	for _, r := range rows {
		at[r.ID] = len(p.lanes)
		p.known[r.ID] = r.knownLane
		p.lanes = append(p.lanes, Lane{Environment: r.ID, Capacity: r.capacity, Matrix: matrices[r.unitPath]})
	}
	var only []ref.Environment
	if cond != "" && len(rows) <= 500 {
		if only = make([]ref.Environment, 0, len(rows)); len(rows) == 0 {
			return p, nil
		}
		for _, r := range rows {
			only = append(only, r.ID)
		}
	}
	err = liveHolds(ctx, tx, only, within, false, func(r holdRow) {
		if i, ok := at[r.Environment]; ok {
			p.lanes[i].Holds = append(p.lanes[i].Holds, r.hold())
		}
	})
	if err != nil {
		return p, err
	}
	for _, l := range p.lanes {
		if len(l.Holds) < 2 {
			continue
		}
		for _, c := range Conflicts(l) {
			if c.Overlap.Overlaps(within) {
				p.conflicts = append(p.conflicts, c)
			}
		}
	}
	slices.SortFunc(p.conflicts, func(a, b Conflict) int {
		return cmp.Or(a.Overlap.From.Compare(b.Overlap.From), cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.A.Booking, b.A.Booking), cmp.Compare(a.B.Booking, b.B.Booking))
	})
	return p, nil
}

// ListConflicts returns a page of the conflicts of a window, by when they begin.
func (s *Service) ListConflicts(ctx context.Context, f ConflictFilter) (page httpapi.Page[ConflictView], err error) {
	if f.Within, err = window(f.Within, s.Clock.Now()); err != nil {
		return page, err
	}
	var from time.Time
	var env, a, b string
	more, err := httpapi.DecodeCursor(f.Cursor, &from, &env, &a, &b)
	if err != nil {
		return page, err
	}
	var list []ConflictView
	var total int64
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		p, err := s.gather(ctx, tx, f.Filter, f.Within)
		if err != nil {
			return err
		}
		total = int64(len(p.conflicts))
		rest := p.conflicts
		if more {
			rest = rest[slices.IndexFunc(append(rest, Conflict{}), func(c Conflict) bool {
				return c.Environment == "" || cmp.Or(c.Overlap.From.Compare(from), cmp.Compare(string(c.Environment), env), cmp.Compare(string(c.A.Booking), a), cmp.Compare(string(c.B.Booking), b)) > 0
			}):]
		}
		list, err = s.showConflicts(ctx, tx, p, rest[:min(len(rest), f.Limit+1)])
		return err
	})
	page = httpapi.NewPage(list, f.Limit, func(c ConflictView) []any {
		return []any{c.Overlap.From, c.Environment.ID, c.A.ID, c.B.ID}
	})
	page.Total = &total
	return page, err
}

func (s *Service) showConflicts(ctx context.Context, tx db.Tx, p portfolio, list []Conflict) ([]ConflictView, error) {
	var ids []ref.Booking
	for _, c := range list {
		ids = append(ids, c.A.Booking, c.B.Booking)
	}
	names, err := bookingRefs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]ConflictView, len(list))
	for i, c := range list {
		out[i] = ConflictView{Environment: p.known[c.Environment].EnvironmentRef, A: names[c.A.Booking], B: names[c.B.Booking], Overlap: c.Overlap, Kind: c.Kind}
	}
	return out, nil
}

// window gives a window that was left open its ends: from now, ninety days on.
func window(w interval.Span, now time.Time) (interval.Span, error) {
	if w.From.IsZero() {
		w.From = now
	}
	if w.To.IsZero() {
		w.To = w.From.AddDate(0, 0, 90)
	}
	w.From, w.To = normal(w.From), normal(w.To)
	if w.Empty() || w.Length() > longestHold {
		var faults problem.Fields
		faults.Add("to", "out_of_range", "The window must end after it begins, and within five years.")
		return w, faults.Err("window_invalid", "The window cannot be looked at.")
	}
	return w, nil
}

// GetWithConflicts returns a booking with what wants the same, or stands in its way.
func (s *Service) GetWithConflicts(ctx context.Context, id string) (l Listed, conflicts []ConflictWith, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		d, err := s.visible(ctx, tx, id)
		if err != nil {
			return err
		}
		l, conflicts = d.listed(), []ConflictWith{}
		if d.live() || d.Status == Waiting {
			st, err := s.look(ctx, tx, d.ids())
			if err != nil {
				return err
			}
			if err := st.prepareFully(ctx, d.Span()); err != nil {
				return err
			}
			held, wanted := st.clashes(d)
			if conflicts, err = s.tellClashes(ctx, tx, append(held, wanted...)); err != nil {
				return err
			}
		}
		return s.listOne(ctx, tx, &l)
	})
	return l, conflicts, err
}

func (s *Service) mountConflicts(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/conflicts", ID: "list-conflicts", Tag: tag,
		Summary:     "List bookings that do not go together",
		Description: "Pairs of live bookings of one environment, by when they begin to share it; from now for ninety days when no window is given."},
		authz.SignedIn(), func(ctx context.Context, in *struct {
			FilterQuery
			httpapi.Paging
		}) (*httpapi.ListOut[ConflictView], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			page, err := s.ListConflicts(ctx, ConflictFilter{Filter: f, Within: interval.Span{From: in.From, To: in.To}, Cursor: in.Cursor, Limit: in.Limit})
			return &httpapi.ListOut[ConflictView]{Body: page}, err
		})
	s.mountSettlements(api)
}
