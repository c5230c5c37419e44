package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Seed is the seed of the organisation that --demo loads.
const Seed = 20260101

// Plan is the organisation before its history.
type Plan struct {
	Company      string
	Divisions    []Division
	Teams        []Team
	People       []Person
	Applications []Application
	Dependencies []Dependency
}

// Division is a unit below the root.
type Division struct{ Name string }

// Team is a unit below a division and the team of people that works there.
type Team struct {
	Name     string
	Division int
	Members  []int // indexes into Plan.People; the first leads
}

// Person is somebody of the organisation.
type Person struct {
	Name, Email, Login string
	Team               int
}

// Application is something a team runs.
type Application struct {
	Key, Name, Description string
	Team                   int
	Criticality            string
	Vendor                 string
	Aliases                []string
	Components             []string
	Repository             string
	// pace, care and size steer the history: days between production deployments, how rarely they fail, and how long
	// changes take.
	pace, care, size float64
	regions          []string
}

// Dependency says that one application needs another.
type Dependency struct {
	From, To int
	Type     string
}

var divisions = []string{"Retail Banking", "Payments", "Insurance", "Shared Platforms"}

var teams = []struct {
	name     string
	division int
	apps     []string
}{
	{"Accounts", 0, []string{"Current Accounts", "Savings Ledger", "Statement Archive", "Account Opening"}},
	{"Cards", 0, []string{"Card Issuing", "Card Controls", "Dispute Desk", "Rewards Engine"}},
	{"Lending", 0, []string{"Loan Origination", "Credit Scoring", "Collateral Register", "Repayment Plans"}},
	{"Mobile Banking", 0, []string{"Mobile App Gateway", "Push Messaging", "Branch Finder", "Mobile Onboarding"}},
	{"Instant Payments", 1, []string{"Instant Rail", "Payee Check", "Payment Limits", "Settlement Files"}},
	{"Card Acquiring", 1, []string{"Merchant Portal", "Terminal Fleet", "Acquiring Switch", "Chargeback Intake", "Merchant Billing"}},
	{"Cross-Border", 1, []string{"SWIFT Adapter", "FX Pricing", "Sanctions Screening", "Nostro Reconciliation"}},
	{"Policy Administration", 2, []string{"Policy Core", "Policy Documents", "Renewal Batch", "Broker Portal"}},
	{"Claims", 2, []string{"Claims Intake", "Claims Triage", "Damage Photos", "Claims Payout"}},
	{"Underwriting", 2, []string{"Risk Rating", "Quote Engine", "Reinsurance Ledger", "Fraud Signals"}},
	{"Identity and Access", 3, []string{"Single Sign-On", "Customer Identity", "Consent Store", "Device Trust"}},
	{"Data Platform", 3, []string{"Event Backbone", "Data Lake Loader", "Reporting Cube", "Master Data Hub", "Archive Vault"}},
	{"Integration", 3, []string{"API Gateway", "Partner Connect", "File Transfer Hub", "Notification Service", "Address Lookup"}},
	{"Developer Experience", 3, []string{"Build Farm", "Artifact Store", "Feature Switches", "Test Data Factory", "Service Catalogue"}},
}

var firstNames = strings.Fields("Ada Amir Anna Bela Carla Chen Daniela David Elif Emma Farah Felix Grace Hana Hugo Ines Ivan Jana Jonas Julia Karim Kenji Lara Leon Lucia Maja Marco Maria Mila Nadia Nils Nora Olga Omar Paula Pavel Priya Rafael Rania Rosa Samir Sara Simon Sofia Stefan Tara Theo Uma Vera Viktor Yara Zoe")

var lastNames = strings.Fields("Adler Ahmed Almeida Bauer Berg Brandt Castro Cohen Costa Dahl Diaz Dubois Ekman Farkas Fischer Fontana Garcia Haas Hansen Horvat Huber Ito Ivanov Jensen Kaya Keller Khan Klein Kovacs Kumar Lang Larsen Lopez Maier Mensah Meyer Moreau Moser Nakamura Novak Okafor Olsen Patel Petrov Popov Rossi Sato Schmid Silva Singh Tanaka Toth Vogel Weber Wolf Yilmaz Zimmer")

// Make returns the organisation of a seed.
func Make(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 1))
	p := Plan{Company: "Halden Group"}
	for _, d := range divisions {
		p.Divisions = append(p.Divisions, Division{d})
	}
	taken := map[string]bool{}
	for i, t := range teams {
		team := Team{Name: t.name, Division: t.division}
		for range 6 + r.IntN(4) {
			team.Members = append(team.Members, len(p.People))
			p.People = append(p.People, newPerson(r, i, taken))
		}
		p.Teams = append(p.Teams, team)
		for _, name := range t.apps {
			p.Applications = append(p.Applications, newApplication(r, i, t.name, name))
		}
	}
	p.Dependencies = dependencies(r, p.Applications)
	return p
}

func newPerson(r *rand.Rand, team int, taken map[string]bool) Person {
	for {
		first, last := firstNames[r.IntN(len(firstNames))], lastNames[r.IntN(len(lastNames))]
		login := strings.ToLower(first + "." + last)
		if !taken[login] {
			taken[login] = true
			return Person{Name: first + " " + last, Email: login + "@halden.example", Login: login, Team: team}
		}
	}
}

func newApplication(r *rand.Rand, team int, teamName, name string) Application {
	words := strings.FieldsFunc(name, func(c rune) bool { return c == ' ' || c == '-' })
	slug := strings.ToLower(strings.Join(words, "-"))
	a := Application{
		Key: strings.ToUpper(slug), Name: name, Team: team,
		Description: fmt.Sprintf("%s, built and run by %s.", name, teamName),
		Criticality: []string{"MISSION_CRITICAL", "HIGH", "HIGH", "MEDIUM", "MEDIUM", "LOW"}[r.IntN(6)],
		Repository:  "https://git.halden.example/" + strings.ToLower(strings.ReplaceAll(teamName, " ", "-")) + "/" + slug,
		pace:        []float64{3, 5, 8, 12, 16, 24, 35}[r.IntN(7)],
		care:        0.03 + r.Float64()*0.17,
		size:        0.5 + r.ExpFloat64()*0.8,
		regions:     []string{"production"},
	}
	if len(words) > 1 {
		initials := ""
		for _, w := range words {
			initials += w[:1]
		}
		a.Aliases = append(a.Aliases, strings.ToLower(initials)+fmt.Sprintf("-%02d", team+1))
	}
	if r.IntN(5) == 0 {
		a.regions = []string{"production-eu", "production-us"}
	}
	if r.IntN(6) == 0 {
		a.Vendor = []string{"Corvex Systems", "Brightline Software", "Tessera"}[r.IntN(3)]
	}
	for _, c := range []string{"api", "worker", "web", "batch"}[:r.IntN(4)] {
		a.Components = append(a.Components, slug+"-"+c)
	}
	return a
}

// dependencies draws edges mostly towards the shared platforms, always from an earlier application to a later one, and
// then two small cycles by hand, because real maps have them.
func dependencies(r *rand.Rand, apps []Application) []Dependency {
	var shared []int
	for i, a := range apps {
		if teams[a.Team].division == 3 {
			shared = append(shared, i)
		}
	}
	seen := map[[2]int]bool{}
	var out []Dependency
	add := func(from, to int, kind string) {
		if !seen[[2]int{from, to}] {
			seen[[2]int{from, to}] = true
			out = append(out, Dependency{from, to, kind})
		}
	}
	for i, a := range apps {
		for range 1 + r.IntN(3) {
			if to := shared[r.IntN(len(shared))]; to > i {
				add(i, to, "RUNTIME")
			}
		}
		for range r.IntN(3) {
			j := r.IntN(len(apps))
			if j > i && (apps[j].Team == a.Team || r.IntN(3) == 0) {
				add(i, j, []string{"RUNTIME", "DATA", "RUNTIME", "BUILD"}[r.IntN(4)])
			}
		}
	}
	add(0, 1, "RUNTIME")
	add(1, 2, "DATA")
	add(2, 0, "DATA")
	last := len(apps) - 1
	add(last-1, last, "RUNTIME")
	add(last, last-1, "BUILD")
	return out
}
