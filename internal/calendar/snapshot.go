package calendar

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// snapshot is everything that closes places, at one revision of the calendar.
type snapshot struct {
	revision string
	windows  []*entry
	// byTarget lists the windows that name a target, by kind and id.
	byTarget map[ScopeKind]map[string][]*entry
	labels   map[ScopeKind]map[string]string
	// aloof are the units that keep the holidays of the units above away.
	aloof map[string]bool
	// hours is the working time of the units that have their own.
	hours map[string]WorkingTime
}

// entry is a window with what was expanded of it.
type entry struct {
	Window
	typeName, colour string
	// targets is how many things it names; only one that names several can meet a place twice.
	targets int

	mu      sync.Mutex
	covered interval.Span
	spans   []interval.Span
	longest time.Duration
}

// load returns the calendar as the transaction sees it; it reads one row when nothing changed since the last call.
func (s *Service) load(ctx context.Context, tx db.Tx) (*snapshot, error) {
	for {
		token, err := revision(ctx, tx)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		known := s.known
		s.mu.Unlock()
		if known != nil && known.revision == token {
			return known, nil
		}
		fresh, err := readSnapshot(ctx, tx, token)
		if err != nil {
			return nil, err
		}
		// On PostgreSQL each statement sees what was committed before it; only what was read under one token is kept.
		if after, err := revision(ctx, tx); err != nil {
			return nil, err
		} else if after != token {
			continue
		}
		s.mu.Lock()
		s.known = fresh
		s.mu.Unlock()
		return fresh, nil
	}
}

func readSnapshot(ctx context.Context, tx db.Tx, token string) (*snapshot, error) {
	out := &snapshot{revision: token, byTarget: map[ScopeKind]map[string][]*entry{}, labels: map[ScopeKind]map[string]string{}, aloof: map[string]bool{}, hours: map[string]WorkingTime{}}
	var windows []Window
	if err := tx.NewSelect().Model(&windows).Where("w.state = ?", Active).OrderExpr("w.from_at, w.id").Scan(ctx); err != nil {
		return nil, err
	}
	var types []FreezeType
	if err := tx.NewSelect().Model(&types).Scan(ctx); err != nil {
		return nil, err
	}
	named := make(map[string]FreezeType, len(types))
	for _, t := range types {
		named[t.ID] = t
	}
	var scopes []Target
	if err := tx.NewSelect().Model(&scopes).OrderExpr("s.window_id, s.kind, s.target_id").Scan(ctx); err != nil {
		return nil, err
	}
	var hours []WorkingTime
	if err := tx.NewSelect().Model(&hours).Scan(ctx); err != nil {
		return nil, err
	}
	at := make(map[string]*entry, len(windows))
	for i := range windows {
		e := &entry{Window: windows[i]}
		e.utc()
		if e.Type != nil {
			e.typeName, e.colour = named[*e.Type].Name, named[*e.Type].Colour
		}
		at[e.ID] = e
		out.windows = append(out.windows, e)
	}
	for _, t := range scopes {
		e := at[t.Window]
		if e == nil {
			continue
		}
		if out.byTarget[t.Kind] == nil {
			out.byTarget[t.Kind], out.labels[t.Kind] = map[string][]*entry{}, map[string]string{}
		}
		e.targets++
		out.byTarget[t.Kind][t.ID] = append(out.byTarget[t.Kind][t.ID], e)
		out.labels[t.Kind][t.ID] = t.Label
	}
	for _, h := range hours {
		out.hours[string(h.Unit)] = h.utc()
		if h.OwnHolidays {
			out.aloof[string(h.Unit)] = true
		}
	}
	return out, nil
}

// years rounds a stretch out to whole years, so that many questions share one expansion.
func years(s interval.Span) interval.Span {
	return interval.Span{
		From: time.Date(s.From.Year(), 1, 1, 0, 0, 0, 0, time.UTC),
		To:   time.Date(s.To.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// occurrences returns those that share a moment with a stretch that ends.
func (e *entry) occurrences(stretch interval.Span) []interval.Span {
	if e.Rule == "" {
		return e.within(stretch)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.covered.From.IsZero() || stretch.From.Before(e.covered.From) || stretch.To.After(e.covered.To) {
		e.covered = years(stretch)
		e.spans, e.longest = e.within(e.covered), 0
		for _, s := range e.spans {
			e.longest = max(e.longest, s.Length())
		}
	}
	// What began longer ago than the longest of them lasts is over.
	first, _ := slices.BinarySearchFunc(e.spans, stretch.From.Add(-e.longest), func(s interval.Span, t time.Time) int { return s.From.Compare(t) })
	var out []interval.Span
	for _, s := range e.spans[first:] {
		if !s.From.Before(stretch.To) {
			break
		}
		if s.Overlaps(stretch) {
			out = append(out, s)
		}
	}
	return out
}

// hit is a window that is meant for a place, with the words for what it closes.
type hit struct {
	*entry
	label string
}

// meant returns the windows that are meant for a place, each once, the most particular target naming it.
func (s *snapshot) meant(p interval.Place) []hit {
	var out []hit
	seen := map[*entry]bool{}
	add := func(kind ScopeKind, id string, keep func(*entry) bool) {
		if id == "" {
			return
		}
		for _, e := range s.byTarget[kind][id] {
			if e.targets > 1 && seen[e] || keep != nil && !keep(e) {
				continue
			}
			if e.targets > 1 {
				seen[e] = true
			}
			out = append(out, hit{e, s.labels[kind][id]})
		}
	}
	add(ForEnvironment, string(p.Environment), nil)
	for _, g := range p.Groups {
		add(ForGroup, string(g), nil)
	}
	add(ForApplication, string(p.Application), nil)
	units := strings.Split(strings.Trim(p.UnitPath, "/"), "/")
	if p.UnitPath == "" {
		units = []string{string(p.Unit)}
	}
	holidays := true
	for _, unit := range slices.Backward(units) {
		add(ForUnit, unit, func(e *entry) bool { return e.Kind != Holiday || holidays })
		holidays = holidays && !s.aloof[unit]
	}
	return out
}

// horizon is how far an endless question is answered.
const horizon = 2 * 366 * 24 * time.Hour

// Closures returns the times within which the calendar's freezes, holidays and maintenance windows close each place, in the
// order of their beginning. It costs one small query however many places there are. An endless stretch is answered for two
// years. The caller's right to see the windows is not asked: what closes a place closes it for everybody.
func (s *Service) Closures(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	known, err := s.load(ctx, tx)
	if err != nil {
		return nil, err
	}
	if within.Endless() {
		within.To = within.From.Add(horizon)
	}
	out := make(map[ref.Environment][]interval.Closure, len(places))
	if within.Empty() {
		return out, nil
	}
	told := map[hit][]interval.Closure{}
	for _, p := range places {
		list := out[p.Environment]
		for _, h := range known.meant(p) {
			closures, done := told[h]
			if !done {
				for _, o := range h.occurrences(within) {
					closures = append(closures, h.closure(o))
				}
				if len(places) > 1 {
					told[h] = closures
				}
			}
			list = append(list, closures...)
		}
		slices.SortStableFunc(list, func(a, b interval.Closure) int { return a.From.Compare(b.From) })
		out[p.Environment] = list
	}
	return out, nil
}

func (h hit) closure(span interval.Span) interval.Closure {
	return interval.Closure{
		Span: span, Kind: interval.ClosureKind(h.Kind), ID: h.ID, Name: h.Name, Type: h.typeName, Colour: h.colour,
		Reason: reason(h.Kind, h.Name, h.typeName, h.label, span, h.Zone), Refuses: h.Refuses(), Override: h.Kind == Freeze,
	}
}
