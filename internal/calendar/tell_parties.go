package calendar

import (
	"context"
	"slices"
	"strings"
	"time"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Parties knows the people whom a closure concerns: who has a part in what a window names or in a place it closes, and who
// holds a place while it is closed.
type Parties interface {
	Parties(ctx context.Context, tx db.Tx, named []Target, places []interval.Place, closed []interval.Span) ([]watch.Recipient, error)
}

// SetParties sets who knows the people whom a closure concerns. Call it before the first request.
func (s *Service) SetParties(p Parties) { s.parties = p }

// Members of the data of every event about a window.
const (
	// dataScope holds what the window is meant for, before the change and after it: people who are let off hear of it too.
	dataScope = "scope"
	// dataWhen tells when the window is, in words.
	dataWhen = "when"
)

// dataOf is what every event about a window holds.
func dataOf(w Window, scope []Target) map[string]any {
	return map[string]any{"from": w.From, "to": w.To, dataScope: scope, dataWhen: w.when(w.Span(), w.Rule != "")}
}

// when tells a time of the window in its own zone.
func (w *Window) when(span interval.Span, repeats bool) string {
	loc, err := interval.Zone(w.Zone)
	if err != nil {
		loc = time.UTC
	}
	text := clock.Tell(span.From.In(loc)) + " to " + clock.Tell(span.To.In(loc))
	if repeats {
		text += " and again"
	}
	return text
}

// bothScopes are the targets of either, each once.
func bothScopes(a, b []Target) []Target {
	out := slices.Clone(a)
	for _, t := range b {
		if !slices.ContainsFunc(out, func(o Target) bool { return o.Kind == t.Kind && o.ID == t.ID }) {
			out = append(out, t)
		}
	}
	return out
}

// scopeIn reads the targets out of an event, which holds them as it was written or as it came back from the database.
func scopeIn(e events.Event) []Target {
	if list, ok := e.Data[dataScope].([]Target); ok {
		return list
	}
	list, _ := e.Data[dataScope].([]any)
	var out []Target
	for _, item := range list {
		m, _ := item.(map[string]any)
		text := func(key string) string { v, _ := m[key].(string); return v }
		out = append(out, Target{Kind: ScopeKind(text("kind")), ID: text("id"), Label: text("label"), Unit: ref.Unit(text("unitId"))})
	}
	return out
}

// Audience says whom an event about a window concerns. What was deleted since is left out; what the window closed when it
// was deleted itself is in the event.
func (s *Service) Audience(ctx context.Context, tx db.Tx, e events.Event) ([]watch.Recipient, error) {
	if s.parties == nil {
		return nil, nil
	}
	scope := scopeIn(e)
	var places []interval.Place
	for _, t := range scope {
		found, err := s.placesOf(ctx, tx, []Target{t})
		if problem.KindOf(err) == problem.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		places = append(places, found...)
	}
	slices.SortFunc(places, func(a, b interval.Place) int { return strings.Compare(string(a.Environment), string(b.Environment)) })
	places = slices.CompactFunc(places, func(a, b interval.Place) bool { return a.Environment == b.Environment })
	closed, err := s.closedBy(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	return s.parties.Parties(ctx, tx, scope, places, closed)
}

// closedBy are the coming times of the window of an event; those of one that is gone are in the event.
func (s *Service) closedBy(ctx context.Context, tx db.Tx, e events.Event) ([]interval.Span, error) {
	now := s.clock.Now()
	w := Window{From: instant(e.Data["from"]), To: instant(e.Data["to"])}
	err := tx.NewSelect().Model(&w).Where("w.id = ?", e.SubjectID).Scan(ctx)
	if err != nil && !db.IsNoRows(err) {
		return nil, err
	}
	w.utc()
	ahead := interval.Span{From: now, To: now.Add(preview)}
	if w.Rule == "" {
		ahead = interval.Span{From: now}
	}
	closed := w.within(ahead)
	return closed[:min(len(closed), previewMost)], nil
}

func instant(v any) time.Time {
	switch v := v.(type) {
	case time.Time:
		return v
	case string:
		t, _ := time.Parse(time.RFC3339Nano, v)
		return t.UTC()
	}
	return time.Time{}
}

// Through returns the unit by which the caller sees the window of an event: its own, that of something it is meant for, or
// one of the caller's below a unit that it covers. It is the not-found problem when there is none.
func (s *Service) Through(ctx context.Context, tx db.Tx, e events.Event) (ref.Unit, error) {
	scope := scopeIn(e)
	ids := []ref.Unit{e.Unit}
	for _, t := range scope {
		ids = append(ids, t.Unit)
	}
	units, err := unitsOf(ctx, tx, ids)
	if err != nil {
		return "", err
	}
	p := authz.From(ctx)
	for _, id := range ids {
		if u, ok := units[id]; ok && p.Can(PermView, u.Path) {
			return id, nil
		}
	}
	for _, path := range p.Paths(PermView) {
		for _, t := range scope {
			if u, ok := units[t.Unit]; ok && t.Kind == ForUnit && strings.HasPrefix(path, u.Path) {
				way := strings.Split(strings.Trim(path, "/"), "/")
				return ref.Unit(way[len(way)-1]), nil
			}
		}
	}
	return "", authz.ErrNotFound
}
