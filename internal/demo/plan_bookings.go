package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"millrace/internal/environment/booking"
	"millrace/internal/platform/interval"
)

// How far bookings reach from the day of the start.
const (
	WeeksBack  = 52
	WeeksAhead = 6
)

// Booking is one booking of the plan with what became of it.
type Booking struct {
	interval.Span

	Title, Release, Priority, Reason, Series, Rule string

	Intent       booking.Intent
	Status       booking.Status
	Environments []int
	Lane         int // -1 is none
	PlannedTo    *time.Time
	Asked        time.Time
	Decided      *time.Time
	Used, Warned *time.Time
	Holder       int // index into Plan.People
	DecidedBy    int // -1 is nobody: it needed no approval
}

// Ask is a booking that somebody asks for shortly before the start.
type Ask struct {
	interval.Span

	Title, Release string

	Intent      booking.Intent
	Environment int
	By          int
	Ago         time.Duration // when it is asked for
	Wait        bool
	Rule        string
	// Pair is the same for asks that want the same time; 0 is none.
	Pair int
}

// clerk books environments of an estate.
type clerk struct {
	r        *rand.Rand
	plan     *Plan
	estate   *Estate
	now      time.Time
	monday   time.Time // of the week of now
	held     [][]interval.Span
	bookings []Booking
}

// Bookings returns a year of bookings and the next weeks, and what is asked for and not decided yet. The same seed and day
// give the same ones.
func (p *Plan) Bookings(seed uint64, e *Estate, now time.Time) ([]Booking, []Ask) {
	now = now.UTC().Truncate(time.Hour)
	today := now.Truncate(day)
	c := &clerk{
		r: rand.New(rand.NewPCG(seed, 13)), plan: p, estate: e, now: now, monday: today.AddDate(0, 0, -(int(today.Weekday())+6)%7),
		held: make([][]interval.Span, len(e.Environments)),
	}
	c.rounds()
	c.series()
	for week := -WeeksBack; week < WeeksAhead; week++ {
		for i := range e.Environments {
			c.week(week, i)
		}
	}
	c.running()
	return c.bookings, c.asks()
}

// yearEnd is the freeze in which nothing is booked.
func yearEnd(year int) interval.Span {
	return interval.Span{From: time.Date(year, 12, 20, 0, 0, 0, 0, time.UTC), To: time.Date(year+1, 1, 6, 0, 0, 0, 0, time.UTC)}
}

func frozen(s interval.Span) bool {
	return s.Overlaps(yearEnd(s.From.Year())) || s.Overlaps(yearEnd(s.From.Year()-1))
}

// free reports whether environments bear one more booking in a time.
func (c *clerk) free(envs []int, s interval.Span) bool {
	if frozen(s) {
		return false
	}
	for _, i := range envs {
		n := 0
		for _, h := range c.held[i] {
			if h.Overlaps(s) {
				n++
			}
		}
		if n >= c.estate.Environments[i].Capacity {
			return false
		}
	}
	return true
}

var tests = []string{"Regression of %s", "Smoke test of %s", "Interface test of %s", "Retest of defects in %s", "Migration rehearsal of %s", "End-to-end test of %s", "Security test of %s", "Batch window test of %s"}

func (c *clerk) title(i int) string {
	e := c.estate.Environments[i]
	a := c.plan.Applications[e.Application]
	switch e.Usage {
	case performance:
		return []string{"Load test of ", "Endurance test of ", "Stress test of "}[c.r.IntN(3)] + a.Name
	case training:
		return "Training: " + a.Name
	case uat, productionLike:
		if c.r.IntN(2) == 0 {
			return []string{"Acceptance test of ", "Business verification of ", "Release rehearsal of "}[c.r.IntN(3)] + a.Name
		}
	}
	return fmt.Sprintf(tests[c.r.IntN(len(tests))], a.Name)
}

func release(at time.Time) string { return fmt.Sprintf("%d.R%d", at.Year(), (int(at.Month())-1)/2+1) }

// holder is mostly somebody of the application's team.
func (c *clerk) holder(i int) int {
	team := c.plan.Applications[c.estate.Environments[i].Application].Team
	if c.r.IntN(6) == 0 {
		team = c.r.IntN(len(c.plan.Teams))
	}
	members := c.plan.Teams[team].Members
	return members[c.r.IntN(len(members))]
}

// shape is a time in a week in which people test.
func (c *clerk) shape(monday time.Time, usage string) interval.Span {
	at := func(days, hour int) time.Time {
		return monday.Add(time.Duration(days)*day + time.Duration(hour)*time.Hour)
	}
	n := c.r.IntN(100)
	if usage == performance {
		n += 30
	}
	switch first := c.r.IntN(5); {
	case n < 22:
		from := []int{7, 8, 12, 13}[c.r.IntN(4)]
		return interval.Span{From: at(first, from), To: at(first, from+4)}
	case n < 47:
		return interval.Span{From: at(first, 7), To: at(first, 17)}
	case n < 80:
		first = c.r.IntN(3)
		return interval.Span{From: at(first, 8), To: at(first+1+c.r.IntN(2), 17)}
	case n < 95:
		return interval.Span{From: at(0, 8), To: at(4, 16)}
	default:
		first = c.r.IntN(4)
		return interval.Span{From: at(first, 19), To: at(first+1, 5)}
	}
}

// week books one environment for a week.
func (c *clerk) week(week, i int) {
	e := c.estate.Environments[i]
	if !e.Bookable() || e.ExpiresIn > 0 && week < 0 {
		return
	}
	monday := c.monday.AddDate(0, 0, 7*week)
	pace := e.pace * float64(e.Capacity) * (0.7 + 0.4*float64((week+WeeksBack)%13)/12)
	n := int(pace)
	if c.r.Float64() < pace-float64(n) {
		n++
	}
	envs := c.estate.Family(i)
	for range n {
		s := c.shape(monday, e.Usage)
		if e.ExpiresIn > 0 && s.To.After(c.now.Add(e.ExpiresIn-day)) {
			continue
		}
		b := c.asked(i, envs, s)
		switch {
		case !c.free(envs, s):
			// Somebody else was first: it was asked for and turned down.
			if s.To.Before(c.now) && !frozen(s) && c.r.IntN(4) == 0 {
				b.Status, b.Reason = booking.Rejected, []string{"The environment is taken.", "Please use another environment.", "Not before the defect is fixed."}[c.r.IntN(3)]
				c.decide(&b)
				c.bookings = append(c.bookings, b)
			}
		default:
			c.settle(&b)
		}
	}
}

// asked is a booking before it is decided.
func (c *clerk) asked(i int, envs []int, s interval.Span) Booking {
	e := c.estate.Environments[i]
	b := Booking{
		Span: s, Title: c.title(i), Intent: booking.Touch, Status: booking.Approved, Environments: envs, Lane: -1, Holder: c.holder(i), DecidedBy: -1,
		Asked: s.From.Add(-time.Duration(20+c.r.IntN(24*16)) * time.Hour), Priority: []string{"normal", "normal", "normal", "high", "low", "critical"}[c.r.IntN(6)],
	}
	if b.Asked.After(c.now) {
		b.Asked = c.now.Add(-time.Duration(1+c.r.IntN(24*12)) * time.Hour)
	}
	if c.r.IntN(2) == 0 {
		b.Release = release(s.From)
	}
	if e.Capacity == 1 {
		b.Intent = booking.Intents[c.r.IntN(len(booking.Intents))]
	}
	return b
}

// decide says who decided a booking and when.
func (c *clerk) decide(b *Booking) {
	at := b.Asked
	if e := c.estate.Environments[b.Environments[0]]; !e.AutoApprove || b.Status == booking.Rejected {
		b.DecidedBy = c.plan.Teams[c.plan.Applications[e.Application].Team].Members[0]
		at = at.Add(time.Duration(20+c.r.ExpFloat64()*9*60) * time.Minute)
	}
	if at.After(b.From) {
		at = b.From.Add(-time.Minute)
	}
	if at.After(c.now) {
		at = c.now.Add(-time.Minute)
	}
	at = later(at, b.Asked)
	b.Decided = &at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// settle says what became of a booking that could be had, and keeps its place.
func (c *clerk) settle(b *Booking) {
	c.decide(b)
	length := b.Length()
	if b.From.Before(c.now) {
		used := b.From.Add(time.Duration(float64(length) * (0.1 + 0.8*c.r.Float64())))
		if used.After(c.now) {
			used = c.now.Add(-time.Duration(1+c.r.IntN(5)) * time.Hour)
		}
		used = later(used, b.From)
		b.Used = &used
	}
	if b.To.Before(c.now) {
		planned := b.To
		switch n := c.r.IntN(100); {
		case n < 5:
			b.Status, b.Used, b.Reason = booking.Cancelled, nil, "No longer needed."
		case n < 12 && length > 6*time.Hour:
			b.Status, b.To, b.PlannedTo = booking.Ended, b.From.Add(length/2), &planned
			if b.Used.After(b.To) {
				b.Used = &b.To
			}
		case n < 16 && length > 9*time.Hour:
			warned := b.From.Add(3 * time.Hour)
			b.Status, b.Used, b.Warned, b.To, b.PlannedTo = booking.Expired, nil, &warned, b.From.Add(8*time.Hour), &planned
		case n < 30:
			b.Used = nil // nobody was seen
		}
	}
	if b.Status == booking.Approved {
		c.keep(b.Environments, b.Span)
	}
	c.bookings = append(c.bookings, *b)
}

func (c *clerk) keep(envs []int, s interval.Span) {
	for _, i := range envs {
		c.held[i] = append(c.held[i], s)
	}
}

// rounds are the tests of a whole lane, every other week.
func (c *clerk) rounds() {
	for l, lane := range c.estate.Lanes {
		for week := -WeeksBack + l%2; week < WeeksAhead; week += 2 {
			from := c.monday.AddDate(0, 0, 7*week+1+l%3).Add(7 * time.Hour)
			s := interval.Span{From: from, To: from.Add(10 * time.Hour)}
			if lane.Usage == uat {
				s.To = s.From.Add(34 * time.Hour)
			}
			// A member with children would bring environments of other lanes along.
			var envs []int
			for _, i := range lane.Members {
				envs = append(envs, c.estate.Family(i)...)
			}
			slices.Sort(envs)
			envs = slices.Compact(envs)
			if week%13 == 0 || !c.free(envs, s) {
				continue
			}
			b := c.asked(envs[0], envs, s)
			b.Title, b.Lane, b.Intent, b.Priority, b.Release = "Integration round: "+lane.Name, l, booking.Touch, "high", release(s.From)
			c.settle(&b)
		}
	}
}

// series are bookings that repeat every week.
func (c *clerk) series() {
	days := []string{"MO", "TU", "WE", "TH", "FR"}
	n := 0
	for i, e := range c.estate.Environments {
		if e.Usage != sit || !e.Bookable() || e.Parent >= 0 || len(c.estate.Family(i)) > 1 || i%5 != 0 {
			continue
		}
		n++
		weekday, first := n%5, -4*(1+n%4)
		var list []Booking
		for week := first; week < WeeksAhead; week++ {
			from := c.monday.AddDate(0, 0, 7*week+weekday).Add(5 * time.Hour)
			s := interval.Span{From: from, To: from.Add(90 * time.Minute)}
			if !c.free([]int{i}, s) {
				continue
			}
			b := c.asked(i, []int{i}, s)
			b.Title, b.Series, b.Intent, b.Release = "Weekly batch check of "+c.plan.Applications[e.Application].Name, fmt.Sprint("series ", i), booking.Touch, ""
			b.Asked = c.monday.AddDate(0, 0, 7*first-3).Add(9 * time.Hour)
			list = append(list, b)
		}
		for _, b := range list {
			b.Holder, b.Priority = list[0].Holder, "low"
			b.Rule = fmt.Sprintf("FREQ=WEEKLY;BYDAY=%s;COUNT=%d", days[weekday], WeeksAhead-first)
			c.settle(&b)
		}
	}
}

// running makes sure that a good part of the environments is booked at the moment of the start, also on a weekend, and
// that some of those bookings seem unused.
func (c *clerk) running() {
	for i, e := range c.estate.Environments {
		if !e.Bookable() || e.ExpiresIn > 0 || c.r.IntN(3) > 0 {
			continue
		}
		from := c.now.Add(-time.Duration(3+c.r.IntN(30)) * time.Hour)
		s := interval.Span{From: from, To: c.now.Add(time.Duration(4+c.r.IntN(40)) * time.Hour)}
		envs := c.estate.Family(i)
		if !c.free(envs, s) {
			continue
		}
		b := c.asked(i, envs, s)
		c.settle(&b)
		if last := &c.bookings[len(c.bookings)-1]; c.r.IntN(7) == 0 {
			last.Used = nil
		}
	}
}

// asks are what waits for a decision: single ones, pairs that want the same time, a few that wait for somebody else to
// finish, and one that repeats.
func (c *clerk) asks() []Ask {
	var out []Ask
	var open []int
	for i, e := range c.estate.Environments {
		if e.Bookable() && !e.AutoApprove && e.Capacity == 1 && e.ExpiresIn == 0 && len(c.estate.Family(i)) == 1 {
			open = append(open, i)
		}
	}
	c.r.Shuffle(len(open), func(a, b int) { open[a], open[b] = open[b], open[a] })
	// The administrator decides about some: those come first.
	slices.SortStableFunc(open, func(a, b int) int {
		return boolInt(!c.plan.administered(c.estate.Environments[a].Application)) - boolInt(!c.plan.administered(c.estate.Environments[b].Application))
	})
	pair, singles, repeated := 0, 0, false
	for n, i := range open {
		s, ok := c.opening(i)
		if !ok {
			continue
		}
		members := c.plan.Teams[c.plan.Applications[c.estate.Environments[i].Application].Team].Members
		ask := Ask{Span: s, Title: c.title(i), Intent: booking.Intents[c.r.IntN(3)], Environment: i, By: members[1+c.r.IntN(len(members)-1)],
			Ago: time.Duration(2+c.r.IntN(70)) * time.Hour, Release: release(s.From)}
		switch {
		case n%2 == 0 && pair < 16:
			pair++
			ask.Pair = pair
			other := ask
			other.Title, other.By, other.Ago = c.title(i), members[0], ask.Ago/2+time.Hour
			shift := s.Length() / 3
			other.Span = interval.Span{From: s.From.Add(shift), To: s.To.Add(shift)}
			out = append(out, ask)
			if c.free([]int{i}, other.Span) {
				out = append(out, other)
			} else {
				other.Span = s
				out = append(out, other)
			}
		case singles < 24:
			singles++
			if !repeated && c.free([]int{i}, shifted(s, 7*day)) && c.free([]int{i}, shifted(s, 14*day)) {
				repeated, ask.Rule = true, "FREQ=WEEKLY;COUNT=3"
			}
			out = append(out, ask)
		}
	}
	return append(out, c.waiting()...)
}

// opening finds a time in the coming weeks in which an environment is free.
func (c *clerk) opening(i int) (interval.Span, bool) {
	for range 40 {
		s := c.shape(c.monday.AddDate(0, 0, 7*(1+c.r.IntN(WeeksAhead-2))), sit)
		if c.free([]int{i}, s) && c.free([]int{i}, interval.Span{From: s.From, To: s.To.Add(s.Length())}) {
			return s, true
		}
	}
	return interval.Span{}, false
}

func shifted(s interval.Span, by time.Duration) interval.Span {
	return interval.Span{From: s.From.Add(by), To: s.To.Add(by)}
}

// waiting are asks for what somebody else has.
func (c *clerk) waiting() []Ask {
	var out []Ask
	for _, b := range c.bookings {
		if len(out) == 6 {
			break
		}
		i := b.Environments[0]
		e := c.estate.Environments[i]
		if b.Status != booking.Approved || !b.From.After(c.now.Add(4*day)) || len(b.Environments) > 1 || b.Series != "" || e.Capacity > 1 || b.Title[0] == 'I' {
			continue
		}
		members := c.plan.Teams[c.plan.Applications[e.Application].Team].Members
		by := members[len(out)%len(members)]
		if by == b.Holder {
			by = members[(len(out)+1)%len(members)]
		}
		out = append(out, Ask{Span: b.Span, Title: c.title(i), Intent: booking.ChangeCode, Environment: i, By: by, Ago: time.Duration(5+7*len(out)) * time.Hour, Wait: true})
	}
	return out
}

// administered reports whether the demo administrator decides about bookings of an application.
func (p *Plan) administered(app int) bool { return app%7 == 3 }

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
