package calendar

import (
	"context"
	"fmt"
	"slices"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Question asks whether places are closed.
type Question struct {
	Environments, Groups []string
	// Application and Unit ask about everything of an application or a unit that has no environment of its own to ask about.
	Application, Unit string
	// Within is the stretch of time whose closures are told; its beginning is the moment asked about.
	Within interval.Span
	Use    interval.Use
}

// PlaceAnswer says whether one place is closed.
type PlaceAnswer struct {
	Environment ref.Environment    `json:"environmentId,omitempty" doc:"Absent where an application or a unit was asked about."`
	Application ref.App            `json:"applicationId,omitempty"`
	Unit        ref.Unit           `json:"unitId,omitempty"`
	Closed      bool               `json:"closed"`
	Reason      string             `json:"reason,omitempty" doc:"Why it is closed now, in a sentence or several."`
	Until       *time.Time         `json:"until,omitempty" doc:"When the closure that lasts longest of those in force ends."`
	OpensAt     *time.Time         `json:"opensAt,omitempty" doc:"When nothing closes it any more, all closures taken together; absent when that is not in sight."`
	Closures    []interval.Closure `json:"closures" nullable:"false" doc:"Everything that closes it in the stretch of time, in order."`
}

// Answer says whether places are closed.
type Answer struct {
	At      time.Time     `json:"at"`
	Use     interval.Use  `json:"use" enum:"booking,deployment"`
	Closed  bool          `json:"closed" doc:"Whether any of the places is closed."`
	OpensAt *time.Time    `json:"opensAt,omitempty" doc:"When all places are open at once; absent when that is not in sight."`
	Items   []PlaceAnswer `json:"items" nullable:"false"`
}

// AskClosures says of each place whether it is closed at a moment, why, until when, and when it opens next, all sources taken
// together.
func (s *Service) AskClosures(ctx context.Context, q Question) (Answer, error) {
	out := Answer{Use: q.Use, Items: []PlaceAnswer{}}
	if q.Use == "" {
		out.Use = interval.ForDeployment
	}
	if q.Within.From.IsZero() {
		q.Within.From = s.clock.Now()
	}
	out.At = q.Within.From
	if q.Within.Empty() {
		return out, problem.New(problem.Invalid, "stretch_invalid", "The end of the stretch of time must lie after its beginning.")
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		places, err := s.asked(ctx, tx, q)
		if err != nil {
			return err
		}
		// When a place opens may lie beyond what the caller wants listed.
		all, err := s.AllClosures(ctx, tx, places, interval.Span{From: q.Within.From, To: q.Within.From.Add(horizon)})
		if err != nil {
			return err
		}
		var together []interval.Closure
		for _, p := range places {
			out.Items = append(out.Items, answerFor(p, all[p.Environment], out.Use, q.Within))
			together = append(together, all[p.Environment]...)
		}
		sight := interval.Look(together, out.Use, out.At)
		out.Closed, out.OpensAt = sight.Closed(), insight(sight.Opens, out.At)
		return nil
	})
	return out, err
}

// AllClosures merges the closures of every source, the calendar's own among them.
func (s *Service) AllClosures(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	all, err := s.Closures(ctx, tx, places, within)
	if err != nil {
		return nil, err
	}
	for _, source := range s.sources {
		more, err := source.Closures(ctx, tx, places, within)
		if err != nil {
			return nil, err
		}
		for id, list := range more {
			all[id] = append(all[id], list...)
		}
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b interval.Closure) int { return a.From.Compare(b.From) })
	}
	return all, nil
}

// insight returns a moment unless it lies beyond what was looked at.
func insight(t, from time.Time) *time.Time {
	if t.IsZero() || !t.Before(from.Add(horizon)) {
		return nil
	}
	return &t
}

func answerFor(p interval.Place, closures []interval.Closure, use interval.Use, within interval.Span) PlaceAnswer {
	a := PlaceAnswer{Environment: p.Environment, Application: p.Application, Unit: p.Unit, Closures: []interval.Closure{}}
	for _, c := range closures {
		if c.Overlaps(within) {
			a.Closures = append(a.Closures, c)
		}
	}
	sight := interval.Look(closures, use, within.From)
	a.Closed, a.OpensAt = sight.Closed(), insight(sight.Opens, within.From)
	if !a.Closed {
		return a
	}
	a.Reason = sight.Why[0].Reason
	if n := len(sight.Why) - 1; n > 0 {
		a.Reason += fmt.Sprintf(" So do %d more: %s.", n, names(sight.Why[1:]))
	}
	if to := sight.Why[0].To; !to.IsZero() {
		a.Until = &to
	}
	return a
}

func names(list []interval.Closure) string {
	out := ""
	for i, c := range list {
		if i > 0 {
			out += ", "
		}
		out += c.Name
	}
	return out
}

// asked returns the places a question is about; the caller must see them.
func (s *Service) asked(ctx context.Context, tx db.Tx, q Question) ([]interval.Place, error) {
	var places []interval.Place
	switch {
	case len(q.Environments)+len(q.Groups) > 0:
		if s.places == nil {
			return nil, authz.ErrNotFound
		}
		var err error
		if places, err = s.places.Places(ctx, tx, q.Environments, q.Groups, "", ""); err != nil {
			return nil, err
		}
	case q.Application != "":
		var a struct {
			ID   ref.App  `bun:"id"`
			Unit ref.Unit `bun:"unit_id"`
			Path string   `bun:"path"`
		}
		err := tx.NewSelect().TableExpr("v_application AS a").Join("JOIN v_unit AS u ON u.id = a.unit_id").ColumnExpr("a.id, a.unit_id, u.path").
			Where("a.id = ?0 OR LOWER(a.key) = LOWER(?0)", q.Application).Limit(1).Scan(ctx, &a)
		if db.IsNoRows(err) {
			return nil, authz.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		places = []interval.Place{{Application: a.ID, Unit: a.Unit, UnitPath: a.Path}}
	default:
		unit := ref.Unit(q.Unit)
		if unit == "" {
			root, err := rootUnit(ctx, tx)
			if err != nil {
				return nil, err
			}
			unit = root.ID
		}
		units, err := unitsOf(ctx, tx, []ref.Unit{unit})
		if err != nil {
			return nil, err
		}
		if _, ok := units[unit]; !ok {
			return nil, authz.ErrNotFound
		}
		places = []interval.Place{{Unit: unit, UnitPath: units[unit].Path}}
	}
	for _, p := range places {
		if err := authz.Check(ctx, PermView, p.UnitPath); err != nil {
			return nil, err
		}
	}
	return places, nil
}
