package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"millrace/internal/environment"
)

// Environment is a place in which an application of the plan runs.
type Environment struct {
	Key, Name, Usage, Status, Alert string

	Kind        environment.Kind
	DataClass   environment.DataClass
	Application int
	// Parent is the index of the environment it belongs to; -1 is none.
	Parent       int
	Capacity     int
	AutoApprove  bool
	CostPerHour  int64
	Techs        []string
	ExpiresIn    time.Duration
	Hosts        []Host
	Settings     []Setting
	RefreshedAgo []time.Duration // oldest first
	Installed    []Installed     // oldest first
	// pace is how many bookings a place of it has in a week.
	pace float64
}

// Host is a machine or cluster of an environment with what runs there.
type Host struct {
	Name, Description string
	Components        []Component
}

// Component is something installed on a host. Of the application itself and its parts no name is needed.
type Component struct {
	Layer, Name, Version, Part string
	Whole                      bool // the application as a whole
}

// Setting is one configuration item.
type Setting struct {
	Key, Value string
	Secret     bool
}

// Installed is a version that came to an environment.
type Installed struct {
	Ago     time.Duration
	Version string
}

// Lane is a group of environments with what connects them.
type Lane struct {
	Key, Name, Description, Usage, Colour string

	AutoApprove bool
	Division    int
	Members     []int
	Links       []Link
}

// Link connects two environments of a lane.
type Link struct {
	From, To int
	Type     string
	Both     bool
}

// Estate is the environments of the organisation.
type Estate struct {
	Environments []Environment
	Lanes        []Lane
	// of finds the environment of an application by usage.
	of map[place]int
}

type place struct {
	app   int
	usage string
}

const (
	dev, sit, uat, performance, training, productionLike, production = "DEV", "SIT", "UAT", "Performance", "Training", "Production-like", "Production"

	active = "Active"
	day    = 24 * time.Hour
)

var usageKeys = map[string]string{performance: "PERF", training: "TRAINING", productionLike: "PRELIVE", production: "PROD"}

var usageCosts = map[string]int64{dev: 120, sit: 450, uat: 900, performance: 2600, training: 300, productionLike: 3100, production: 5200}

// Estate plans the environments: every application has a system-integration one, the important ones the way up to
// production.
func (p *Plan) Estate(seed uint64) Estate {
	m := &mason{r: rand.New(rand.NewPCG(seed, 7)), plan: p, e: Estate{of: map[place]int{}}}
	important := 0
	for i, a := range p.Applications {
		m.add(i, sit)
		if a.Criticality != "MISSION_CRITICAL" && a.Criticality != "HIGH" || important == 24 {
			continue
		}
		important++
		m.add(i, uat)
		if important <= 16 {
			m.add(i, production)
		}
		switch important % 4 {
		case 1:
			m.add(i, productionLike)
		case 3:
			m.add(i, performance)
		}
		if important%3 == 0 {
			m.add(i, dev)
		}
	}
	m.specials()
	m.families()
	m.lanes()
	return m.e
}

// mason builds an estate.
type mason struct {
	r    *rand.Rand
	plan *Plan
	e    Estate
}

func (m *mason) add(app int, usage string) *Environment {
	a := m.plan.Applications[app]
	suffix := usage
	if s := usageKeys[usage]; s != "" {
		suffix = s
	}
	e := Environment{
		Key: a.Key + "-" + suffix, Name: a.Name + " " + usage, Usage: usage, Status: active, Kind: environment.Virtual, Application: app, Parent: -1, Capacity: 1,
		AutoApprove: usage == dev || usage == sit && m.r.IntN(10) < 4, CostPerHour: usageCosts[usage] * int64(70+m.r.IntN(80)) / 100,
		pace: []float64{0.05, 0.6, 0.9, 1.2, 1.4, 1.8}[m.r.IntN(6)],
	}
	if usage == uat || usage == productionLike {
		e.pace = max(e.pace, 0.8)
	}
	shared := teams[a.Team].division == 3
	if shared && (usage == sit || usage == dev) && m.r.IntN(3) > 0 {
		e.Capacity = 2 + m.r.IntN(3)
		e.Alert = "Shared by several teams: change nothing without asking " + m.plan.Teams[a.Team].Name + "."
	}
	e.Kind = []environment.Kind{environment.Virtual, environment.Virtual, environment.Cloud, environment.Physical}[m.r.IntN(4)]
	e.DataClass = map[string]environment.DataClass{dev: environment.Synthetic, sit: environment.Masked, uat: environment.Masked, training: environment.Synthetic,
		performance: environment.Synthetic, productionLike: environment.ProductionCopy, production: ""}[usage]
	if e.DataClass == environment.Masked && m.r.IntN(4) == 0 {
		e.DataClass = environment.Synthetic
	}
	if e.DataClass == environment.ProductionCopy {
		e.Alert = "Holds a copy of production data: no exports, and sign in with your own account."
	}
	if e.DataClass != "" && usage != dev {
		for ago := 330 + m.r.IntN(60); ago > 10+m.r.IntN(50); ago = ago * (4 + m.r.IntN(3)) / 10 {
			e.RefreshedAgo = append(e.RefreshedAgo, time.Duration(ago)*day)
		}
	}
	m.stack(&e)
	m.versions(&e)
	m.e.of[place{app, usage}] = len(m.e.Environments)
	m.e.Environments = append(m.e.Environments, e)
	return &m.e.Environments[len(m.e.Environments)-1]
}

// stack puts the application and what it stands on onto two hosts.
func (m *mason) stack(e *Environment) {
	a := m.plan.Applications[e.Application]
	// The application decides about its technology, the usage about how new it is.
	t := rand.New(rand.NewPCG(uint64(e.Application), 11))
	runtime := []string{"OpenJDK", "Node.js", ".NET", "Python"}[t.IntN(4)]
	database := []string{"PostgreSQL", "Oracle Database", "SQL Server", "MongoDB"}[t.IntN(4)]
	middleware := []string{"Kafka", "RabbitMQ", "IBM MQ", "Redis"}[t.IntN(4)]
	behind := 0
	switch e.Usage {
	case uat, productionLike:
		behind = m.r.IntN(2)
	case production:
		behind = 1
	}
	newness := func(n int) string { return fmt.Sprintf("%d.%d", n-behind, m.r.IntN(2)) }
	e.Techs = []string{runtime, database, middleware}
	slug := strings.ToLower(e.Key)
	app := Host{Name: slug + "-app01", Description: "Runs the application", Components: []Component{
		{Layer: "Application", Whole: true}, {Layer: "Middleware", Name: runtime, Version: newness(21)}, {Layer: "Operating system", Name: "Linux", Version: newness(9)},
	}}
	for _, part := range a.Components {
		app.Components = append(app.Components, Component{Layer: "Application", Part: part, Version: fmt.Sprintf("%d.%d.0", 2+t.IntN(4), 10-behind)})
	}
	e.Hosts = []Host{app, {Name: slug + "-db01", Description: "Keeps the data", Components: []Component{
		{Layer: "Database", Name: database, Version: newness(16)}, {Layer: "Middleware", Name: middleware, Version: newness(4)},
	}}}
	if e.Usage == dev || e.Usage == training {
		return
	}
	timeout := "30s"
	if e.Usage == sit && m.r.IntN(3) == 0 {
		timeout = "5s" // settings differ here and there, as they do
	}
	e.Settings = []Setting{
		{"http.timeout", timeout, false}, {"pool.size", fmt.Sprint(map[bool]int{true: 50, false: 10}[e.Usage == production || e.Usage == performance]), false},
		{"feature.newLimits", fmt.Sprint(e.Usage != production), false}, {"log.level", map[bool]string{true: "info", false: "debug"}[e.Usage == production], false},
		{"database.password", slug + "-" + a.Key, true},
	}
}

// versions gives the application a version a week in system integration, a later and rarer one in what comes after.
func (m *mason) versions(e *Environment) {
	weeks, every, behind := 10, 1, 0
	switch e.Usage {
	case sit, dev:
		weeks, every, behind = 6, 1, 0
	case uat, performance, training:
		weeks, every, behind = 12, 2, m.r.IntN(2)
	case productionLike, production:
		weeks, every, behind = 20, 4, 2
	}
	a := m.plan.Applications[e.Application]
	for week := weeks; week >= 0; week -= every {
		ago := time.Duration(week)*7*day + time.Duration(10+m.r.IntN(60))*time.Hour
		e.Installed = append(e.Installed, Installed{ago, fmt.Sprintf("%d.%d.%d", 3+a.Team%4, 40-week-behind, m.r.IntN(3))})
	}
}

// specials are the environments that show what else there is: short-lived, unfinished, given up, for training.
func (m *mason) specials() {
	// Those that share a usage with another of the application get a number.
	second := func(app int, usage, suffix, name string) *Environment {
		before, twice := m.e.of[place{app, usage}]
		e := m.add(app, usage)
		e.Key, e.Name = m.plan.Applications[app].Key+"-"+suffix, m.plan.Applications[app].Name+" "+name
		if twice {
			m.e.of[place{app, usage}] = before
		}
		return e
	}
	for i, app := range []int{1, 17} {
		e := second(app, dev, fmt.Sprintf("PR%d", 41+i), fmt.Sprintf("preview %d", 41+i))
		e.Kind, e.ExpiresIn, e.AutoApprove, e.pace, e.Capacity, e.Alert = environment.Ephemeral, time.Duration(9+5*i)*day, true, 0.3, 1, ""
	}
	second(0, sit, "SIT2", "SIT 2").pace = 0.05
	second(4, sit, "SIT2", "SIT 2").pace = 1.6
	second(8, training, "TRAINING", training).Capacity = 3
	building := second(30, uat, "UAT2", "UAT 2")
	building.Status, building.pace = "Under construction", 0
	gone := second(12, sit, "SIT-OLD", "SIT (old)")
	gone.Status, gone.pace = "Decommissioned", 0
}

// families makes three parents with their children: who books the parent books the children with it.
func (m *mason) families() {
	made := 0
	for app := len(m.plan.Applications) - 1; app > 0 && made < 3; app -= 7 {
		parent := m.e.of[place{app, sit}]
		m.e.Environments[parent].Capacity = 1
		for child := app - 1; child >= app-2; child-- {
			c := m.e.of[place{child, sit}]
			m.e.Environments[c].Parent, m.e.Environments[c].Capacity = parent, 1
		}
		made++
	}
}

// lanes groups the environments of a usage and division that are tested together, with the shared platforms they call.
func (m *mason) lanes() {
	colours := []string{"#2f7ed8", "#7a4fd1", "#2a9d8f", "#d9822b"}
	for d, division := range m.plan.Divisions {
		var sits, uats []int
		for i, e := range m.e.Environments {
			if teams[m.plan.Applications[e.Application].Team].division != d || e.Status != active {
				continue
			}
			switch e.Usage {
			case sit:
				sits = append(sits, i)
			case uat:
				uats = append(uats, i)
			}
		}
		initials := strings.ToUpper(division.Name[:3])
		half := len(sits) / 2
		for n, members := range [][]int{sits[:half], sits[half:], uats} {
			usage, number := sit, n+1
			if n == 2 {
				usage, number = uat, 1
			}
			l := Lane{
				Key: fmt.Sprintf("%s-%s%d", initials, usage, number), Name: fmt.Sprintf("%s %s lane %d", division.Name, usage, number), Usage: usage, Division: d, Colour: colours[d],
				Description: fmt.Sprintf("Everything a %s round of %s needs, wired together.", usage, division.Name), Members: members,
			}
			if hub, ok := m.e.of[place{m.hub(), usage}]; ok && d != 3 {
				l.Members = append(l.Members[:len(l.Members):len(l.Members)], hub)
			}
			m.connect(&l)
			m.e.Lanes = append(m.e.Lanes, l)
		}
	}
}

// hub is the application that everybody calls.
func (m *mason) hub() int {
	for i, a := range m.plan.Applications {
		if a.Name == "API Gateway" {
			return i
		}
	}
	return len(m.plan.Applications) - 1
}

// connect wires the members of a lane along the dependencies of their applications, and each to its neighbour where
// there are none.
func (m *mason) connect(l *Lane) {
	types := []string{"HTTPS", "Web service", "Message queue", "File", "Database link"}
	member := map[int]int{}
	for _, i := range l.Members {
		member[m.e.Environments[i].Application] = i
	}
	linked := map[[2]int]bool{}
	link := func(from, to int) {
		if from != to && !linked[[2]int{from, to}] && !linked[[2]int{to, from}] {
			linked[[2]int{from, to}] = true
			l.Links = append(l.Links, Link{From: from, To: to, Type: types[m.r.IntN(len(types))], Both: m.r.IntN(5) == 0})
		}
	}
	for _, d := range m.plan.Dependencies {
		from, a := member[d.From]
		to, b := member[d.To]
		if a && b {
			link(from, to)
		}
	}
	for i := 1; i < len(l.Members); i++ {
		if i%2 == 1 || len(l.Links) == 0 {
			link(l.Members[i-1], l.Members[i])
		}
	}
}

// Bookable reports whether people book an environment.
func (e Environment) Bookable() bool { return e.pace > 0 && e.Usage != production }

// Family is an environment with those that are booked along with it.
func (e Estate) Family(i int) []int {
	out := []int{i}
	for k, child := range e.Environments {
		if child.Parent == i {
			out = append(out, k)
		}
	}
	return out
}
