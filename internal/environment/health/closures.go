package health

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/watch"
	"millrace/internal/environment"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Closures are the outages of places as times in which they are closed. An outage that was not planned refuses
// deployments while it lasts and leaves bookings of another day alone; a planned one refuses both.
func (s *Service) Closures(ctx context.Context, tx db.Tx, places []interval.Place, within interval.Span) (map[ref.Environment][]interval.Closure, error) {
	out := map[ref.Environment][]interval.Closure{}
	ids := []ref.Environment{}
	for _, p := range places {
		if p.Environment != "" {
			ids = append(ids, p.Environment)
		}
	}
	for _, chunk := range db.Chunks(ids, 1000) {
		var list []Outage
		q := tx.NewSelect().Model(&list).Where("o.environment_id IN (?) AND (o.ended_at IS NULL OR o.ended_at > ?)", bun.In(chunk), within.From)
		if !within.Endless() {
			q = q.Where("o.started_at < ?", within.To)
		}
		if err := q.OrderExpr("o.started_at, o.id").Scan(ctx); err != nil {
			return nil, err
		}
		for _, o := range list {
			o = o.utc()
			c := interval.Closure{
				Span: interval.Span{From: o.StartedAt}, Kind: interval.Outage, ID: string(o.ID), Name: o.Title,
				Reason: "It is out: " + o.Title + ".", Refuses: []interval.Use{interval.ForDeployment},
			}
			if o.Kind == Planned {
				c.Reason = "An outage is planned: " + o.Title + "."
				c.Refuses = []interval.Use{interval.ForBooking, interval.ForDeployment}
			}
			switch {
			case o.EndedAt != nil:
				c.To = *o.EndedAt
			case o.ExpectedEndAt != nil && o.ExpectedEndAt.After(s.clock.Now()):
				c.To = *o.ExpectedEndAt
			}
			out[o.Environment] = append(out[o.Environment], c)
		}
	}
	return out, nil
}

// Audience is who wants to hear of an event of the slice: who has a part in the environment, and who holds it now.
func (s *Service) Audience(ctx context.Context, tx db.Tx, e events.Event) ([]watch.Recipient, error) {
	id, _ := e.Data["environmentId"].(string)
	if e.Kind == HealthChanged {
		id = e.SubjectID
	}
	if id == "" {
		return nil, nil
	}
	envs := []ref.Environment{ref.Environment(id)}
	var out []watch.Recipient
	if s.people != nil {
		list, err := s.people.EnvironmentPeople(ctx, tx, envs)
		if err != nil {
			return nil, err
		}
		out = list
	}
	if s.bookings == nil || e.SubjectKind != Subject {
		return out, nil
	}
	var o Outage
	err := tx.NewSelect().Model(&o).Where("o.id = ?", e.SubjectID).Scan(ctx)
	if db.IsNoRows(err) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	affected, err := s.bookings.BookingsWithin(ctx, tx, envs, s.spanOf(o.utc()))
	if err != nil {
		return nil, err
	}
	for _, b := range affected {
		if b.Holder != "" {
			out = append(out, watch.Recipient{Person: b.Holder, Reason: watch.Affected})
		}
	}
	return out, nil
}

// EnvironmentUse tells what there is of an environment that would be deleted.
func (s *Service) EnvironmentUse(ctx context.Context, tx db.Tx, env ref.Environment) ([]environment.Consequence, error) {
	n, err := tx.NewSelect().Model((*Outage)(nil)).Where("environment_id = ?", env).Count(ctx)
	if err != nil || n == 0 {
		return nil, err
	}
	return []environment.Consequence{{Kind: "outages_kept", Count: n, Message: "Its outages stay in the reports."}}, nil
}
