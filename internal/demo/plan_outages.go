package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"millrace/internal/platform/interval"
)

// OutageMonths is how far back outages go.
const OutageMonths = 13

// Outage is a time in which an environment did not work.
type Outage struct {
	interval.Span

	Environment int
	Title       string
	Message     string
	Planned     bool
	Detected    time.Time
	// Found is when the cause was marked; zero where nobody knows it.
	Found time.Time
	// Trigger is what was done to the environment shortly before; "" is nothing.
	Trigger   string
	TriggerAt time.Time
	// Cause is the cause in words where no suspect is it.
	Cause string
}

// Trouble is what is wrong at the moment of the start.
type Trouble struct {
	Environment int
	Since       time.Time
	Out         bool
	Message     string
	Trigger     string
	TriggerAt   time.Time
}

// The triggers of outages.
const (
	byVersion       = "version"
	byConfiguration = "configuration"
	byData          = "data"
)

var failures = []struct{ title, message string }{
	{"HTTP check fails", "503 from the load balancer for five minutes"}, {"Sign-in check fails", "Login times out after 30 seconds"},
	{"Database connection fails", "Connection pool exhausted"}, {"Queue does not drain", "4,200 messages wait, the consumer is gone"},
	{"Disk is full", "/var/log has no space left"}, {"Certificate expired", "The server certificate ended yesterday"},
}

var causes = []string{"Disk filled up by debug logs", "Certificate was not renewed", "Network change at the data centre", "Test data load blocked the database", "Virtual machine host failed"}

// Outages returns about sixty outages before the start, in the order of their beginning, and what is wrong now.
func (p *Plan) Outages(seed uint64, e *Estate, now time.Time) ([]Outage, []Trouble) {
	r := rand.New(rand.NewPCG(seed, 17))
	now = now.UTC().Truncate(time.Minute)
	var targets []int
	for i, env := range e.Environments {
		if env.Status == active && env.ExpiresIn == 0 && env.Usage != dev {
			targets = append(targets, i)
		}
	}
	// A few environments are worse than the others.
	weak := []int{targets[5], targets[11], targets[23], targets[31]}
	var out []Outage
	span := now.Sub(now.AddDate(0, -OutageMonths, 0)) - 3*day
	busy := map[int][]interval.Span{}
	for len(out) < 62 {
		i := targets[r.IntN(len(targets))]
		if r.IntN(4) == 0 {
			i = weak[r.IntN(len(weak))]
		}
		// The last months are better than the first: the trend shows.
		from := now.Add(-2 * day).Add(-time.Duration(float64(span) * math.Pow(r.Float64(), 0.75))).Truncate(time.Minute)
		o := Outage{Environment: i, Span: interval.Span{From: from, To: from.Add(time.Duration(12+r.ExpFloat64()*170) * time.Minute)}}
		room := interval.Span{From: o.From.Add(-12 * time.Hour), To: o.To.Add(12 * time.Hour)}
		if slices.ContainsFunc(busy[i], room.Overlaps) {
			continue
		}
		busy[i] = append(busy[i], room)
		f := failures[r.IntN(len(failures))]
		o.Title, o.Message = f.title, f.message
		if len(out)%8 == 3 {
			o.Planned, o.Title, o.Message = true, "Patching of "+e.Environments[i].Name, "Operating system and middleware updates."
			o.From = o.From.Truncate(day).Add(18 * time.Hour)
			o.To = o.From.Add(3 * time.Hour)
			out = append(out, o)
			continue
		}
		o.Detected = o.From.Add(time.Duration(1+r.ExpFloat64()*9) * time.Minute)
		if o.Detected.After(o.To) {
			o.Detected = o.From.Add(time.Minute)
		}
		if r.IntN(10) < 7 {
			o.Trigger, o.TriggerAt = []string{byVersion, byVersion, byConfiguration, byData}[r.IntN(4)], o.From.Add(-time.Duration(5+r.ExpFloat64()*90)*time.Minute)
		}
		if r.IntN(5) > 0 {
			o.Found = o.Detected.Add(time.Duration(float64(o.To.Sub(o.Detected)) * (0.3 + 0.9*r.Float64())))
			if o.Trigger == "" {
				o.Cause = causes[r.IntN(len(causes))]
			}
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Outage) int { return a.From.Compare(b.From) })
	return out, p.troubles(r, e, now, targets)
}

// troubles are one environment that is out and one that limps.
func (p *Plan) troubles(r *rand.Rand, e *Estate, now time.Time, targets []int) []Trouble {
	hub := -1
	for _, i := range targets {
		if env := e.Environments[i]; env.Usage == sit && env.Capacity > 1 {
			hub = i
			break
		}
	}
	if hub < 0 {
		hub = targets[0]
	}
	limps := targets[len(targets)/3+r.IntN(10)]
	if limps == hub {
		limps = targets[1]
	}
	since := now.Add(-95 * time.Minute)
	return []Trouble{
		{Environment: hub, Since: since, Out: true, Message: "Connections are refused", Trigger: byVersion, TriggerAt: since.Add(-25 * time.Minute)},
		{Environment: limps, Since: now.Add(-4 * time.Hour), Message: fmt.Sprintf("Answers take %d seconds", 6+r.IntN(9)), Trigger: byConfiguration, TriggerAt: now.Add(-5 * time.Hour)},
	}
}
