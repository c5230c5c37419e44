package environmentkpi

import (
	"cmp"
	"context"
	"slices"

	"millrace/internal/platform/db"
)

// Utilisation answers how the environments of a scope were used, one by one, and what that cost.
func (s *Service) Utilisation(ctx context.Context, q Question) (UseReportView, error) {
	a, err := q.understand(s.clock.Now())
	if err != nil {
		return UseReportView{}, err
	}
	var f *Facts
	currency := ""
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if f, err = s.gather(ctx, tx, a.Scope, wanted{Within: a.window, Details: a.window}); err != nil {
			return err
		}
		currency, err = currencyOf(ctx, tx)
		return err
	})
	if err != nil {
		return UseReportView{}, err
	}
	l := links{unit: a.Unit, env: a.Environment, w: a.window}
	heat := newHeat(newGrid(a.window, a.zone))
	usage := f.measureUse(a.window, heat)
	out := UseReportView{Window: a.view(f.Now), Utilisation: f.utilisationView(usage, l), Heat: heat.view(), Environments: []UseView{},
		Cost: f.costView(a.window, usage, currency, l)}
	for i, u := range usage {
		e := &f.Envs[i]
		if u.Capacity == 0 {
			continue
		}
		out.Environments = append(out.Environments, UseView{
			Environment: NamedView{string(e.ID), e.Key, e.Name}, Unit: NamedView{ID: e.Unit, Name: e.UnitName}, Application: e.AppName, Usage: e.UsageName, Active: e.Active,
			Capacity: hours(u.Capacity), Booked: hours(u.Booked), Used: hours(u.Used), Idle: hours(u.Capacity - u.Booked), BookedShare: part(u.Booked, u.Capacity),
			UsedShare: part(u.Used, u.Capacity), Bookings: u.Bookings, Items: links{w: a.window}.bookings("environment", string(e.ID), "status", heldStatuses),
		})
	}
	slices.SortStableFunc(out.Environments, func(a, b UseView) int {
		return cmp.Or(cmp.Compare(*b.BookedShare, *a.BookedShare), cmp.Compare(a.Environment.Key, b.Environment.Key))
	})
	return out, nil
}
