package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/environment/request"
	"millrace/internal/environment/request/change"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
)

// How many requests the demo has, over the last weeks and the next.
const (
	bookingRequests = 24
	changeRequests  = 36
	requestDays     = 80
	// One of each was forgotten: it waits for longer than agreed.
	forgottenBooking, forgottenChange = bookingRequests - 5, changeRequests - 4
)

// requests lets people ask for bookings and for changes of environments, and moves what they ask for along.
func (l *estate) requests(ctx context.Context, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 23))
	l.Clock.Set(l.now.Add(-began))
	for _, slot := range []request.NewSlot{{Name: "Morning", From: "08:00", To: "12:00", Zone: zone}, {Name: "Afternoon", From: "13:00", To: "17:00", Zone: zone}, {Name: "Night", From: "20:00", To: "06:00", Zone: zone}} {
		if _, err := l.Requests.CreateSlot(ctx, slot); err != nil {
			return err
		}
	}
	for _, q := range []request.NewQuestion{{Text: "Will testers from outside take part?"}, {Text: "Is production-like data needed?", Usage: uat}, {Text: "Which interfaces are stubbed?", Kind: "text"}} {
		if _, err := l.Requests.CreateQuestion(ctx, q); err != nil {
			return err
		}
	}
	desk, err := l.As(ctx, l.admin)
	if err != nil {
		return err
	}
	var quiet []int
	for i, e := range l.e.Environments {
		if e.Bookable() && e.pace < 0.1 && e.Parent < 0 && e.ExpiresIn == 0 && len(l.e.Family(i)) == 1 {
			quiet = append(quiet, i)
		}
	}
	for n := range bookingRequests {
		if err := l.bookingRequest(ctx, desk, r, n, quiet[n%len(quiet)]); err != nil {
			return fmt.Errorf("booking request %d: %w", n, err)
		}
	}
	for n := range changeRequests {
		if err := l.changeRequest(ctx, desk, r, n); err != nil {
			return fmt.Errorf("change request %d: %w", n, err)
		}
	}
	l.Clock.Set(l.now)
	return l.Breach(ctx, l.now)
}

// raised is when the n-th of many requests was made.
func (l *estate) raised(r *rand.Rand, n, many int) time.Time {
	ago := time.Duration(requestDays-requestDays*n/many)*day - time.Duration(r.IntN(20))*time.Hour
	return workday(l.now.Add(-max(ago, 90*time.Minute)))
}

// workday goes back to the last weekday.
func workday(t time.Time) time.Time {
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.Add(-day)
	}
	return t
}

// step is where a request goes, and when.
type step struct {
	to string
	at time.Time
}

// walk takes a request along its steps, as far as they lie behind.
func (l *estate) walk(ctx context.Context, steps []step, move func(to string) error) error {
	for _, s := range steps {
		if s.at.After(l.now) {
			return nil
		}
		l.Clock.Set(s.at)
		if err := l.Breach(ctx, s.at); err != nil {
			return err
		}
		if err := move(s.to); err != nil {
			return fmt.Errorf("to %s: %w", s.to, err)
		}
	}
	return nil
}

func (l *estate) somebody(r *rand.Rand, env int) int {
	members := l.plan.Teams[l.plan.Applications[l.e.Environments[env].Application].Team].Members
	return members[r.IntN(len(members))]
}

func (l *estate) bookingRequest(ctx, desk context.Context, r *rand.Rand, n, env int) error {
	e := l.e.Environments[env]
	at := l.raised(r, n, bookingRequests)
	as, err := l.As(ctx, l.of.people[l.somebody(r, env)])
	if err != nil {
		return err
	}
	l.Clock.Set(at)
	app := l.plan.Applications[e.Application]
	first := at.Truncate(day).AddDate(0, 0, 5+r.IntN(8)).Add(8 * time.Hour)
	late, draft := n%3 == 0, n%10 == 9
	var made request.BookingView
	// What is taken is asked for a day later.
	for try := 0; ; try++ {
		from := workday(first.AddDate(0, 0, 2+try))
		in := request.NewBookingRequest{Submit: !draft, NewCore: request.NewCore{
			Title: []string{"Test of the next release of ", "Project test of ", "Training on ", "Investigation of a defect in "}[n%4] + app.Name, Type: []string{"Test", "Project", "Training", "Investigation"}[n%4],
			Description: "As agreed in the planning of the release.", Release: release(from), Phase: []string{"SIT", "UAT"}[n%2], From: from, To: from.Add(9 * time.Hour),
		}}
		in.Lines = []request.NewLine{{Targets: booking.Targets{Environment: string(l.ids[env])}, Intent: booking.Touch, OnClash: booking.Refuse}}
		if made, err = l.Requests.CreateBookingRequest(as, in, false); err == nil {
			break
		}
		if code := problem.CodeOf(err); try > 30 || code != "booking_overlaps" && code != "inside_freeze" && code != "environment_not_bookable" {
			return err
		}
	}
	if draft {
		return nil
	}
	decided := at.Add(time.Duration(2+r.IntN(5)) * time.Hour)
	if late {
		decided = at.Add(time.Duration(4+r.IntN(2)) * day)
	}
	steps := []step{{"Approved", decided}, {"Completed", made.To.Add(2 * time.Hour)}}
	switch {
	case n == forgottenBooking:
		return nil
	case n%9 == 4:
		steps = []step{{"Rejected", decided}}
	case n%9 == 7:
		steps[1] = step{"Cancelled", decided.Add(20 * time.Hour)}
	}
	return l.walk(desk, steps, func(to string) error {
		_, err := l.Requests.MoveBookingRequest(desk, string(made.ID), 0, request.Move{To: to}, false)
		return err
	})
}

var works = []struct{ kind, title string }{
	{"Deploy", "Deploy %s"}, {"Deploy", "Deploy the hotfix of %s"}, {"Refresh", "Refresh the data of %s"}, {"Patch", "Patch the operating system of %s"},
	{"Configuration", "Raise the connection limits of %s"}, {"Network", "Open the firewall for %s"}, {"Maintenance", "Renew the certificates of %s"},
}

func (l *estate) changeRequest(ctx, desk context.Context, r *rand.Rand, n int) error {
	env := r.IntN(len(l.e.Environments))
	for l.e.Environments[env].Status != active || l.e.Environments[env].Usage == dev || l.e.Environments[env].ExpiresIn > 0 {
		env = (env + 1) % len(l.e.Environments)
	}
	e, work := l.e.Environments[env], works[n%len(works)]
	at := l.raised(r, n, changeRequests)
	as, err := l.As(ctx, l.of.people[l.somebody(r, env)])
	if err != nil {
		return err
	}
	l.Clock.Set(at)
	from := at.Truncate(day).AddDate(0, 0, 3+r.IntN(6)).Add(18 * time.Hour)
	team := l.plan.Applications[e.Application].Team
	in := change.NewRequest{NewCore: request.NewCore{
		Title: fmt.Sprintf(work.title, e.Name), Type: work.kind, From: from, To: from.Add(3 * time.Hour), Release: release(from),
		Assignee: &request.Party{Kind: "team", ID: string(l.of.teams[team])}, Description: "The steps are in the runbook of " + l.plan.Teams[team].Name + ".",
	}}
	if n%3 == 1 {
		in.Outage = &interval.Span{From: from, To: from.Add(90 * time.Minute)}
	}
	in.Cards = []change.NewCard{{Environment: string(l.ids[env])}}
	// Some go the whole way up to production, in order.
	if path := l.path(e.Application); n%5 == 0 && len(path) > 2 {
		in.Title, in.Type, in.Cards, in.InOrder, in.Outage = "Bring release "+release(from)+" of "+l.plan.Applications[e.Application].Name+" to production", "Deploy", nil, true, nil
		for _, i := range path {
			in.Cards = append(in.Cards, change.NewCard{Environment: string(l.ids[i])})
		}
	}
	made, err := l.Changes.Create(as, in, false)
	if err != nil {
		return err
	}
	slow := time.Duration(1+r.IntN(6)) * time.Hour
	if n%4 == 2 {
		slow = time.Duration(2+r.IntN(2)) * day // longer than agreed
	}
	steps := []step{{"Assigned", at.Add(slow)}, {"Scheduled", at.Add(slow + 5*time.Hour)}, {"In progress", later(from, at.Add(slow+6*time.Hour))}, {"Done", later(from, at.Add(slow+6*time.Hour)).Add(2 * time.Hour)}}
	switch {
	case n == forgottenChange:
		return nil
	case n%11 == 5:
		steps[3].to = "Failed"
	case n%13 == 6:
		steps = []step{steps[0], {"Cancelled", at.Add(slow + 7*time.Hour)}}
	case l.now.Sub(at) < 4*day && n%2 == 0:
		steps = nil // nobody looked at it yet
	}
	id := string(made.ID)
	return l.walk(desk, steps, func(to string) error {
		if to == "Done" {
			if err := l.cards(desk, made); err != nil {
				return err
			}
		}
		_, err := l.Changes.Move(desk, id, 0, request.Move{To: to}, false)
		return err
	})
}

// cards finishes the cards of a change request, one after the other.
func (l *estate) cards(ctx context.Context, v change.View) error {
	for _, c := range v.Cards {
		if _, err := l.Changes.MoveCard(ctx, string(v.ID), c.ID, 0, change.CardMove{Status: change.CardDone}, false); err != nil {
			return err
		}
	}
	return nil
}

// path is the way of an application through its environments.
func (l *estate) path(app int) []int {
	var out []int
	for _, usage := range []string{sit, uat, production} {
		if i, ok := l.e.of[place{app, usage}]; ok {
			out = append(out, i)
		}
	}
	return out
}
