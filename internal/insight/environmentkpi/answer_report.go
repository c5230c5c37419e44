package environmentkpi

import (
	"context"
	"time"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Report answers the key figures of a scope.
func (s *Service) Report(ctx context.Context, q Question) (ReportView, error) {
	a, err := q.understand(s.clock.Now())
	if err != nil {
		return ReportView{}, err
	}
	var f *Facts
	var unit *NamedView
	currency := ""
	trend := trendOf(a.window, a.zone)
	within := Span{min(a.window.From, trend[0].From), max(a.window.To, trend[len(trend)-1].To)}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if f, err = s.gather(ctx, tx, a.Scope, wanted{Within: within, Details: a.window, Times: a.window, Outages: true}); err != nil {
			return err
		}
		if unit, err = unitView(ctx, tx, a.Unit); err != nil {
			return err
		}
		currency, err = currencyOf(ctx, tx)
		return err
	})
	if err != nil {
		return ReportView{}, err
	}
	r := f.report(&a, currency)
	r.Unit, r.Trend = unit, f.trend(&a, trend)
	r.YearOnYear = yearOnYear(r.Trend)
	return r, nil
}

func unitView(ctx context.Context, tx db.Tx, id ref.Unit) (*NamedView, error) {
	if id == "" {
		return nil, nil
	}
	v := &NamedView{ID: string(id)}
	return v, tx.NewRaw(`SELECT name FROM v_unit WHERE id = ?`, id).Scan(ctx, &v.Name)
}

func currencyOf(ctx context.Context, tx db.Tx) (currency string, err error) {
	err = tx.NewRaw(`SELECT currency FROM environment_setting WHERE id = 1`).Scan(ctx, &currency)
	return currency, err
}

// report computes everything but the trend.
func (f *Facts) report(a *asked, currency string) ReportView {
	w := a.window
	l := links{unit: a.Unit, env: a.Environment, w: w}
	heat := newHeat(newGrid(w, a.zone))
	usage := f.measureUse(w, heat)
	tally, times, shows, outs := f.tally(w), f.turnaround(w), f.noShows(w), f.outages(w)
	r := ReportView{Window: a.view(f.Now), Utilisation: f.utilisationView(usage, l), Heat: heat.view()}
	r.Bookings = bookingsView(tally, times, shows, f, l)
	r.Requests = []RequestsView{}
	if f.HasRequests {
		for _, k := range requestKinds {
			path := map[string]string{"booking_request": "/booking-requests", "environment_change_request": "/environment-change-requests"}[k.kind]
			list := links{unit: a.Unit}.to(path)
			r.Requests = append(r.Requests, RequestsView{Kind: k.kind, Hours: spreadView(times.Requests[k.kind], list), Breached: times.Breached[k.kind],
				Breaches: MeasureView{Value: part(int64(times.Breached[k.kind]), int64(times.Steps[k.kind])), N: times.Steps[k.kind], Items: list}})
		}
	}
	r.Outages = outs.view(f.counted(usage), l)
	r.ByUsage = demandViews(f.demand(w, func(e *Environment) (string, string) { return e.Usage, e.UsageName }), "usage", l)
	r.ByApplication = demandViews(f.demand(w, func(e *Environment) (string, string) { return e.App, e.AppName }), "application", l)
	r.Cost = f.costView(w, usage, currency, l)
	return r
}

// costView is what capacity and bookings cost, and whom.
func (f *Facts) costView(w Span, usage []Usage, currency string, l links) CostView {
	cost := f.cost(usage)
	v := CostView{Currency: currency, N: cost.N, Items: links{unit: l.unit}.to("/environments")}
	if cost.N > 0 {
		v.Capacity, v.Booked, v.Idle = &cost.Capacity, &cost.Booked, &cost.Idle
	}
	v.Unit = chargeViews(f.charges(w, func(_ *Environment, b *Booking) (string, string) { return b.Unit, b.UnitName }), "bookingUnit", l)
	v.Application = chargeViews(f.charges(w, func(e *Environment, _ *Booking) (string, string) { return e.App, e.AppName }), "application", l)
	v.Release = chargeViews(f.charges(w, func(_ *Environment, b *Booking) (string, string) { return b.Release, b.Release }), "release", l)
	return v
}

// counted is how many environments had capacity.
func (f *Facts) counted(usage []Usage) (n int) {
	for i := range usage {
		if usage[i].Capacity > 0 {
			n++
		}
	}
	return n
}

func (f *Facts) utilisationView(usage []Usage, l links) UtilisationView {
	var sum Usage
	for _, u := range usage {
		sum.add(u)
	}
	n := f.counted(usage)
	envs, held := links{unit: l.unit}.to("/environments"), l.bookings("status", heldStatuses)
	of := func(value *float64, n int, items string) MeasureView {
		return MeasureView{Value: value, N: n, Items: items}
	}
	known := func(us int64) *float64 {
		if n == 0 {
			return nil
		}
		return number(hours(us))
	}
	v := UtilisationView{
		Environments: of(number(float64(n)), n, envs), Capacity: of(known(sum.Capacity), n, envs), Booked: of(known(sum.Booked), sum.Bookings, held),
		Used: of(known(sum.Used), sum.Uses, held), Unused: of(known(sum.Booked-sum.Used), sum.Bookings-sum.Uses, held), Idle: of(known(sum.Capacity-sum.Booked), n, envs),
		BookedShare: of(part(sum.Booked, sum.Capacity), sum.Bookings, held), UsedShare: of(part(sum.Used, sum.Capacity), sum.Uses, held),
	}
	return v
}

func (h *heat) view() []HeatView {
	capacity, booked, used := h[capacityHeat].total(), h[bookedHeat].total(), h[usedHeat].total()
	out := make([]HeatView, cells)
	for c := range out {
		out[c] = HeatView{Weekday: c/24 + 1, Hour: c % 24, Capacity: hours(capacity[c]), Booked: part(booked[c], capacity[c]), Used: part(used[c], capacity[c])}
	}
	return out
}

func bookingsView(t Tally, times Turnaround, shows NoShow, f *Facts, l links) BookingsView {
	v := BookingsView{Total: MeasureView{Value: number(float64(t.Total())), N: t.Total(), Items: l.bookings()}, ByStatus: []StatusView{}}
	for s, n := range t.ByStatus {
		v.ByStatus = append(v.ByStatus, StatusView{Status: statusNames[s], N: n, Items: l.bookings("status", statusNames[s])})
	}
	decided := t.Held() + t.ByStatus[Rejected]
	v.Rejection = MeasureView{Value: part(int64(t.ByStatus[Rejected]), int64(decided)), N: decided, Items: l.bookings("status", decidedStatuses)}
	v.Contested = MeasureView{Value: part(int64(t.Contested), int64(t.Asked)), N: t.Asked, Items: l.bookings("status", askedStatuses)}
	v.NoShow = MeasureView{Value: part(int64(shows.Unused), int64(shows.Over)), N: shows.Over, Items: l.bookings("status", heldStatuses)}
	v.Freed = MeasureView{Value: number(float64(shows.Freed)), N: shows.Freed, Items: l.bookings("status", "expired")}
	v.Decision = spreadView(times.Decisions, l.bookings("status", decidedStatuses))
	v.Waited = spreadView(times.Waits, l.bookings("status", heldStatuses))
	v.Waiting = MeasureView{Value: number(float64(f.Queued)), N: f.Queued, Items: l.bookings("status", "waiting")}
	return v
}

// view shows outages; without any environment there is nothing to know.
func (o *Outs) view(environments int, l links) OutagesView {
	v := OutagesView{Unplanned: MeasureView{N: o.NUnplanned, Items: l.outages("unplanned")}, Planned: MeasureView{N: o.NPlanned, Items: l.outages("planned")},
		Detect: spreadView(o.Detect, l.outages("unplanned")), Find: spreadView(o.Find, l.outages("unplanned")), Restore: spreadView(o.Restore, l.outages("unplanned"))}
	if environments > 0 {
		v.Unplanned.Value, v.Planned.Value = number(hours(o.Unplanned)), number(hours(o.Planned))
	}
	return v
}

func demandViews(list []Demand, parameter string, l links) []DemandView {
	out := make([]DemandView, len(list))
	for i, d := range list {
		out[i] = DemandView{ID: d.ID, Name: d.Name, Demanded: hours(d.Demanded), Capacity: hours(d.Capacity), Share: part(d.Demanded, d.Capacity), N: d.N}
		if d.ID != "" {
			out[i].Items = l.bookings(parameter, d.ID, "status", askedStatuses)
		}
	}
	return out
}

func chargeViews(list []Charge, parameter string, l links) []ChargeView {
	out := make([]ChargeView, len(list))
	for i := range list {
		c := &list[i]
		out[i] = ChargeView{ID: c.ID, Name: c.Name, Hours: hours(c.Time), N: c.N}
		if amount, ok := c.Amount(); ok {
			out[i].Amount = &amount
		}
		if c.ID != "" {
			out[i].Items = l.bookings(parameter, c.ID, "status", heldStatuses)
		}
	}
	return out
}

// trend measures the months one by one.
func (f *Facts) trend(a *asked, months []Span) []TrendView {
	out := make([]TrendView, len(months))
	for i, m := range months {
		l := links{unit: a.Unit, env: a.Environment, w: m}
		usage := f.measureUse(m, nil)
		n := f.counted(usage)
		tally, outs := f.tally(m), f.outages(m)
		o, b := outs.view(n, l), bookingsView(tally, Turnaround{}, NoShow{}, f, l)
		out[i] = TrendView{
			Month: time.UnixMicro(m.From).In(a.zone).Format("2006-01"), Partial: m.To > f.Now, Booked: f.utilisationView(usage, l).BookedShare,
			Rejection: b.Rejection, Contested: b.Contested, Unplanned: o.Unplanned, Planned: o.Planned,
			Detect: meanOf(outs.Detect, o.Detect.Items), Find: meanOf(outs.Find, o.Find.Items), Restore: meanOf(outs.Restore, o.Restore.Items),
		}
	}
	return out
}

// yearOnYear compares the ends of a trend.
func yearOnYear(trend []TrendView) ChangeView {
	last, first := trend[len(trend)-1], trend[0]
	change := func(now, then MeasureView) *float64 {
		if now.Value == nil || then.Value == nil || *then.Value == 0 {
			return nil
		}
		return number((*now.Value - *then.Value) / *then.Value)
	}
	return ChangeView{
		Month: last.Month, Before: first.Month, Booked: change(last.Booked, first.Booked), Rejection: change(last.Rejection, first.Rejection),
		Contested: change(last.Contested, first.Contested), Unplanned: change(last.Unplanned, first.Unplanned), Planned: change(last.Planned, first.Planned),
		Restore: change(last.Restore, first.Restore),
	}
}
