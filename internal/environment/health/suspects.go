package health

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Suspects ranks what may have caused an outage: what was done to the environment and to what it depends on.
func (s *Service) Suspects(ctx context.Context, id ref.Outage) ([]Suspect, error) {
	var out []Suspect
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		o, env, err := s.may(ctx, tx, PermView, id)
		if err != nil {
			return err
		}
		edges, err := dependencies(ctx, tx)
		if err != nil {
			return err
		}
		distance := walk(edges, env.ID, false, farthest)
		near, names, err := visible(ctx, tx, distance)
		if err != nil {
			return err
		}
		within := interval.Span{From: o.StartedAt.Add(-reach), To: o.StartedAt.Add(1)}
		changes, err := s.outagesBefore(ctx, tx, near, within, o.ID)
		if err != nil {
			return err
		}
		for _, source := range s.changes {
			more, err := source.EnvironmentChanges(ctx, tx, near, within)
			if err != nil {
				return err
			}
			changes = append(changes, more...)
		}
		out = rank(changes, o.StartedAt, distance, names)
		for i := range out {
			out[i].Marked = o.CauseKind == out[i].Kind && o.CauseID == out[i].ID && o.CauseID != ""
		}
		return nil
	})
	return out, err
}

// outagesBefore are the other outages that began in a time, as changes: what an environment depends on and was out is a
// suspect.
func (s *Service) outagesBefore(ctx context.Context, tx db.Tx, envs []ref.Environment, within interval.Span, but ref.Outage) ([]Change, error) {
	var list []Outage
	err := tx.NewSelect().Model(&list).Where("o.environment_id IN (?) AND o.started_at >= ? AND o.started_at < ? AND o.id <> ?", bun.In(envs), within.From, within.To, but).
		Where("o.ended_at IS NULL OR o.ended_at >= ?", within.To.Add(-1)).OrderExpr("o.started_at, o.id").Scan(ctx)
	out := make([]Change, len(list))
	for i, o := range list {
		out[i] = Change{Kind: "outage", ID: string(o.ID), Environment: o.Environment, At: o.StartedAt.UTC(), Label: o.Title}
	}
	return out, err
}

// dependencies are all edges between environments: what connections say, what a child needs of its parent, and what
// applications need of each other where their environments share a group.
func dependencies(ctx context.Context, tx db.Tx) ([]edge, error) {
	var rows []struct {
		From ref.Environment `bun:"from_id"`
		To   ref.Environment `bun:"to_id"`
	}
	err := tx.NewRaw(`
		SELECT source_id AS from_id, target_id AS to_id FROM v_environment_connection WHERE direction IN ('out', 'both')
		UNION SELECT target_id, source_id FROM v_environment_connection WHERE direction IN ('in', 'both')
		UNION SELECT id, parent_id FROM v_environment WHERE parent_id IS NOT NULL AND state = 'active'
		UNION SELECT a.id, b.id FROM v_dependency AS d
			JOIN v_environment AS a ON a.application_id = d.from_id AND a.state = 'active'
			JOIN v_environment_member AS am ON am.environment_id = a.id
			JOIN v_environment_member AS bm ON bm.group_id = am.group_id
			JOIN v_environment AS b ON b.id = bm.environment_id AND b.application_id = d.to_id AND b.state = 'active'
		ORDER BY 1, 2`).Scan(ctx, &rows)
	out := make([]edge, len(rows))
	for i, r := range rows {
		out[i] = edge{r.From, r.To}
	}
	return out, err
}

// visible keeps the environments the caller may see, with their names.
func visible(ctx context.Context, tx db.Tx, distance map[ref.Environment]int) ([]ref.Environment, map[ref.Environment]string, error) {
	all := make([]ref.Environment, 0, len(distance))
	for id := range distance {
		all = append(all, id)
	}
	slices.Sort(all)
	near, names := []ref.Environment{}, map[ref.Environment]string{}
	for _, chunk := range db.Chunks(all, 1000) {
		var rows []struct {
			ID   ref.Environment `bun:"id"`
			Name string          `bun:"name"`
		}
		err := tx.NewSelect().TableExpr("v_environment AS e").Column("id", "name").Where("e.id IN (?)", bun.In(chunk)).
			Apply(authz.Filter(ctx, PermView, "e.unit_id")).OrderExpr("e.id").Scan(ctx, &rows)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range rows {
			near, names[r.ID] = append(near, r.ID), r.Name
		}
	}
	return near, names, nil
}

// Impact is whom an outage hurts.
type Impact struct {
	// Environments are those that depend on the one that is out, with the number of steps.
	Environments []Dependent       `json:"environments" nullable:"false"`
	Bookings     []AffectedBooking `json:"bookings" nullable:"false"`
	LostSeconds  int64             `json:"lostSeconds" doc:"Booked time lost, of all bookings together."`
	Releases     []string          `json:"releases" nullable:"false"`
	People       int               `json:"people" doc:"How many different persons hold those bookings."`
}

// Dependent is an environment that needs the one that is out.
type Dependent struct {
	ID       ref.Environment `json:"id"`
	Name     string          `json:"name"`
	Distance int             `json:"distance" doc:"0 is the environment itself."`
}

// Impact tells what depends on an environment that is out and which bookings and releases lose time.
func (s *Service) Impact(ctx context.Context, id ref.Outage) (Impact, error) {
	out := Impact{Environments: []Dependent{}, Bookings: []AffectedBooking{}, Releases: []string{}}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		o, env, err := s.may(ctx, tx, PermView, id)
		if err != nil {
			return err
		}
		edges, err := dependencies(ctx, tx)
		if err != nil {
			return err
		}
		distance := walk(edges, env.ID, true, farthest)
		near, names, err := visible(ctx, tx, distance)
		if err != nil {
			return err
		}
		out.Environments = out.Environments[:0]
		for _, e := range near {
			out.Environments = append(out.Environments, Dependent{ID: e, Name: names[e], Distance: distance[e]})
		}
		slices.SortStableFunc(out.Environments, func(a, b Dependent) int { return a.Distance - b.Distance })
		if s.bookings == nil {
			return nil
		}
		bookings, err := s.bookings.BookingsWithin(ctx, tx, near, s.spanOf(o))
		if err != nil {
			return err
		}
		out.Bookings = append([]AffectedBooking{}, bookings...)
		out.count()
		return nil
	})
	return out, err
}

func (i *Impact) count() {
	i.LostSeconds, i.Releases = 0, []string{}
	holders := map[ref.Person]bool{}
	for _, b := range i.Bookings {
		i.LostSeconds += b.LostSeconds
		if b.Release != "" && !slices.Contains(i.Releases, b.Release) {
			i.Releases = append(i.Releases, b.Release)
		}
		if b.Holder != "" {
			holders[b.Holder] = true
		}
	}
	slices.Sort(i.Releases)
	i.People = len(holders)
}

// spanOf is the time of an outage: until it ended, is expected to end, or now.
func (s *Service) spanOf(o Outage) interval.Span {
	to := later(s.clock.Now(), o.StartedAt)
	switch {
	case o.EndedAt != nil:
		to = *o.EndedAt
	case o.ExpectedEndAt != nil:
		to = later(to, *o.ExpectedEndAt)
	}
	return interval.Span{From: o.StartedAt, To: to}
}
