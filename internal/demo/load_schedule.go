package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"millrace/internal/aspect/comment"
	"millrace/internal/calendar"
	"millrace/internal/environment/booking"
	"millrace/internal/platform/db"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const zone = "UTC"

// calendar fills the calendar: freezes, holidays and maintenance.
func (l *estate) calendar(ctx context.Context, _ uint64) error {
	release, err := l.Calendar.CreateType(ctx, calendar.TypeFields{Name: "Deployment freeze", Colour: "#d97706", Icon: "rocket-off", RefusesDeployment: true})
	if err != nil {
		return err
	}
	today := l.now.Truncate(day)
	at := func(month time.Month, d, hour int) time.Time {
		return time.Date(today.Year()-1, month, d, hour, 0, 0, 0, time.UTC)
	}
	yearly := func(more string) *interval.Recurrence {
		return &interval.Recurrence{Rule: "FREQ=YEARLY" + more, Zone: zone}
	}
	lastFriday := today.AddDate(0, 0, -14-(int(today.Weekday())+2)%7)
	sunday := today.AddDate(0, 0, -365-int(today.AddDate(0, 0, -365).Weekday()))
	saturday := today.AddDate(0, 0, 7+(6-int(today.Weekday())))
	end := yearEnd(today.Year() - 2)
	type window struct {
		kind calendar.Kind
		calendar.NewWindow
	}
	holiday := func(name string, month time.Month, d int) window {
		return window{calendar.Holiday, calendar.NewWindow{Name: name, From: at(month, d, 0), To: at(month, d, 24), Zone: zone, Recurrence: yearly("")}}
	}
	list := []window{
		{calendar.Freeze, calendar.NewWindow{Name: "Year-end freeze", Description: "Nothing changes while the year is closed.", From: end.From, To: end.To, Zone: zone, Recurrence: yearly("")}},
		{calendar.Freeze, calendar.NewWindow{Name: "Quarter close", Description: "No deployments while the quarter is closed.", Type: release.ID, From: at(3, 29, 0), To: at(4, 2, 0), Zone: zone,
			Recurrence: &interval.Recurrence{Rule: "FREQ=MONTHLY;INTERVAL=3", Zone: zone}, Scope: calendar.Scope{Units: []string{string(l.of.divisions[0]), string(l.of.divisions[2])}}}},
		{calendar.Freeze, calendar.NewWindow{Name: "Weekend deployment freeze", Description: "Payments does not deploy from Friday noon to Monday morning.", Type: release.ID, Unit: l.of.divisions[1],
			From: lastFriday.Add(12 * time.Hour), To: lastFriday.Add(66 * time.Hour), Zone: zone, Recurrence: &interval.Recurrence{Rule: "FREQ=WEEKLY", Zone: zone}}},
		holiday("New Year's Day", 1, 1), holiday("Labour Day", 5, 1), holiday("Christmas Day", 12, 25), holiday("Boxing Day", 12, 26),
		{calendar.Maintenance, calendar.NewWindow{Name: "Patch Sunday", Description: "Operating systems of all test environments are patched.", From: sunday.Add(2 * time.Hour), To: sunday.Add(6 * time.Hour), Zone: zone,
			Recurrence: &interval.Recurrence{Rule: "FREQ=WEEKLY;INTERVAL=4", Zone: zone}}},
		{calendar.Maintenance, calendar.NewWindow{Name: "Storage migration", Description: "The databases move to the new storage.", From: saturday.Add(6 * time.Hour), To: saturday.Add(20 * time.Hour), Zone: zone,
			Unit: l.of.divisions[0]}},
	}
	for _, w := range list {
		if _, err := l.Calendar.CreateWindow(ctx, w.kind, w.NewWindow, false); err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
	}
	week := calendar.Week{Saturday: []calendar.Stretch{}, Sunday: []calendar.Stretch{}}
	for _, d := range []*[]calendar.Stretch{&week.Monday, &week.Tuesday, &week.Wednesday, &week.Thursday, &week.Friday} {
		*d = []calendar.Stretch{{From: "08:00", To: "17:00"}}
	}
	_, err = l.Calendar.SetWorkingTime(ctx, l.of.root, 0, calendar.SetTime{Zone: zone, Days: week})
	return err
}

// bookings sets the rules of booking and loads the year that lies behind and what is approved of the weeks to come.
func (l *estate) bookings(ctx context.Context, seed uint64) error {
	l.Clock.Set(l.now)
	policy := booking.DefaultPolicy()
	policy.WarnUnusedAfterMinutes, policy.FreeUnusedAfterMinutes = 48*60, 72*60
	if _, err := l.Bookings.SetPolicy(ctx, l.of.root, 0, policy); err != nil {
		return err
	}
	list, _ := l.plan.Bookings(seed, &l.e, l.now)
	rows := make([]booking.HistoryRow, len(list))
	for i, b := range list {
		person := l.of.people[b.Holder]
		r := booking.HistoryRow{
			Title: b.Title, Release: b.Release, Priority: b.Priority, Intent: b.Intent, Status: b.Status, From: b.From, To: b.To, PlannedTo: b.PlannedTo, Holder: person,
			Requester: person, RequesterName: l.plan.People[b.Holder].Name, AskedAt: b.Asked, DecidedAt: b.Decided, DecidedBy: "auto", Reason: b.Reason, LastUseAt: b.Used,
			WarnedAt: b.Warned, Series: b.Series, Recurrence: interval.Recurrence{Rule: b.Rule, Zone: zone},
		}
		if b.DecidedBy >= 0 {
			r.DecidedBy = string(l.of.people[b.DecidedBy])
		}
		if b.Lane >= 0 {
			r.Group = l.lanes[b.Lane]
		}
		for _, env := range b.Environments {
			r.Environments = append(r.Environments, l.ids[env])
		}
		rows[i] = r
	}
	return l.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error { return l.Bookings.LoadHistory(ctx, tx, rows) })
}

// asks lets people ask for environments in the days before the start.
func (l *estate) asks(ctx context.Context, seed uint64) error {
	_, list := l.plan.Bookings(seed, &l.e, l.now)
	for _, a := range list {
		l.Clock.Set(l.now.Add(-a.Ago))
		as, err := l.As(ctx, l.of.people[a.By])
		if err != nil {
			return err
		}
		in := booking.NewBooking{
			Targets: booking.Targets{Environment: string(l.ids[a.Environment])}, From: a.From, To: a.To, Intent: a.Intent, Title: a.Title, Release: a.Release, OnClash: booking.Refuse,
		}
		if a.Wait {
			in.OnClash = booking.WaitInQueue
		}
		if a.Rule != "" {
			in.Recurrence = &booking.NewRecurrence{Recurrence: interval.Recurrence{Rule: a.Rule, Zone: zone}}
		}
		if _, err := l.Bookings.Create(as, in, false); err != nil {
			return fmt.Errorf("asking for %s from %s: %w", l.e.Environments[a.Environment].Key, a.From, err)
		}
	}
	return nil
}

var remarks = []string{
	"Could we have this an hour earlier? The data load takes longer than planned.", "We only need the web tier; the database may be used by others.",
	"Please keep the test accounts, they are used again next week.", "Done earlier than planned; I release it this afternoon.",
	"The interface to the core is stubbed in this round.", "Is it possible to move this by a day? We wait for a fix.", "Data refresh is agreed with the owners.",
	"Two testers from the vendor will join.",
}

// remarks lets people talk about bookings that run or come.
func (l *estate) remarks(ctx context.Context, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 19))
	page, err := l.Bookings.List(ctx, booking.ListFilter{From: l.now, To: l.now.AddDate(0, 0, 21), Limit: 200})
	if err != nil {
		return err
	}
	for _, b := range page.Items {
		if r.IntN(6) > 0 || b.Holder == "" {
			continue
		}
		author := b.Holder
		if r.IntN(2) == 0 {
			author = l.admin
		}
		as, err := l.As(ctx, author)
		if err != nil {
			return err
		}
		l.Clock.Set(l.now.Add(-time.Duration(1+r.IntN(60)) * time.Hour))
		_, err = l.Comments.Add(as, booking.Subject, string(b.ID), comment.NewComment{Body: remarks[r.IntN(len(remarks))]})
		if err != nil && problem.KindOf(err) != problem.NotFound {
			return err // a guest from another team does not see it
		}
	}
	// The administrator is asked something by name.
	for i, b := range page.Items {
		if b.Status != booking.Requested || b.Requester == "" || b.Requester == string(l.admin) {
			continue
		}
		as, err := l.As(ctx, ref.Person(b.Requester))
		if err != nil {
			return err
		}
		l.Clock.Set(l.now.Add(-time.Duration(20+10*i) * time.Minute))
		body := fmt.Sprintf("@[Demo Administrator](person:%s) can you decide about this one today? The vendor is on site only this week.", l.admin)
		_, err = l.Comments.Add(as, booking.Subject, string(b.ID), comment.NewComment{Body: body})
		return err
	}
	return nil
}
