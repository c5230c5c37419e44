package stack

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"millrace/internal/environment"
	"millrace/internal/environment/version"
)

// The formula is told in docs/reference/production-likeness.md; keep both alike.

// The weights of what makes an environment like another.
const (
	weightVersions      = 40
	weightStack         = 20
	weightConfiguration = 20
	weightData          = 20
)

// side is one of two environments that are compared.
type side struct {
	Name        string
	Components  []Component
	Items       []ConfigurationItem
	DataClass   environment.DataClass
	RefreshedAt *time.Time
}

// Comparison tells how environment A differs from environment B.
type Comparison struct {
	Versions      []VersionPair       `json:"versions" nullable:"false"`
	Configuration []ConfigurationPair `json:"configuration" nullable:"false"`
	Data          DataPair            `json:"data"`
	Likeness      Likeness            `json:"likeness"`
}

// VersionPair is a component in both environments, or in one alone.
type VersionPair struct {
	Layer string `json:"layer,omitempty"`
	Name  string `json:"name"`
	// A and B are the versions; absent where the component is not there or its version unknown.
	A    string `json:"a,omitempty"`
	B    string `json:"b,omitempty"`
	InA  bool   `json:"inA"`
	InB  bool   `json:"inB"`
	Same bool   `json:"same"`
	// Order is -1 when A is older than B, 1 when newer.
	Order int `json:"order"`
}

// ConfigurationPair is a setting in both environments, or in one alone.
type ConfigurationPair struct {
	Key    string `json:"key"`
	A      string `json:"a,omitempty" doc:"(hidden) of secret items."`
	B      string `json:"b,omitempty" doc:"(hidden) of secret items."`
	InA    bool   `json:"inA"`
	InB    bool   `json:"inB"`
	Secret bool   `json:"secret"`
	Same   bool   `json:"same"`
}

// DataPair tells the data of both environments.
type DataPair struct {
	ClassA       environment.DataClass `json:"classA,omitempty"`
	ClassB       environment.DataClass `json:"classB,omitempty"`
	RefreshedAtA *time.Time            `json:"refreshedAtA,omitempty"`
	RefreshedAtB *time.Time            `json:"refreshedAtB,omitempty"`
	AgeDaysA     *int                  `json:"ageDaysA,omitempty"`
	AgeDaysB     *int                  `json:"ageDaysB,omitempty"`
}

// Likeness says from 0 to 100 how much A is like B, and where the points went.
type Likeness struct {
	Score  float64         `json:"score" doc:"0 to 100."`
	Parts  []LikenessPart  `json:"parts" nullable:"false"`
	Causes []LikenessCause `json:"causes" nullable:"false" doc:"What costs points, the dearest first; together they are what is missing to 100."`
}

// LikenessPart is one aspect with its share of the score.
type LikenessPart struct {
	Part   string  `json:"part" enum:"versions,stack,configuration,data"`
	Score  float64 `json:"score" doc:"0 to 1."`
	Weight float64 `json:"weight" doc:"How many of the 100 points it decides about."`
}

// LikenessCause is one thing that costs points.
type LikenessCause struct {
	Part    string  `json:"part"`
	Message string  `json:"message"`
	Points  float64 `json:"points"`
}

// compare holds A against B.
func compare(a, b side, now time.Time) Comparison {
	c := Comparison{Versions: pairVersions(a, b), Configuration: pairConfiguration(a, b), Data: DataPair{
		ClassA: a.DataClass, ClassB: b.DataClass, RefreshedAtA: a.RefreshedAt, RefreshedAtB: b.RefreshedAt,
		AgeDaysA: ageDays(a.RefreshedAt, now), AgeDaysB: ageDays(b.RefreshedAt, now),
	}}
	c.Likeness = likeness(a, c)
	return c
}

// identity is what makes two components the same in two environments: the application and component they are instances
// of, else layer and name. The host does not count.
func identity(c Component) string {
	if c.Application != "" {
		return "app\x00" + string(c.Application) + "\x00" + string(c.Part)
	}
	return "name\x00" + strings.ToLower(c.Layer) + "\x00" + c.NameFolded
}

// pairVersions pairs the components. One that is installed several times counts once, with all its versions.
func pairVersions(a, b side) []VersionPair {
	pairs := map[string]*VersionPair{}
	var order []string
	add := func(list []Component, inA bool) {
		for _, c := range list {
			id := identity(c)
			p := pairs[id]
			if p == nil {
				p = &VersionPair{Layer: c.Layer, Name: c.Name}
				pairs[id] = p
				order = append(order, id)
			}
			installed, in := &p.B, &p.InB
			if inA {
				installed, in = &p.A, &p.InA
			}
			*in = true
			if c.Installed != "" && !slices.Contains(strings.Split(*installed, ", "), c.Installed) {
				all := append(strings.FieldsFunc(*installed, func(r rune) bool { return r == ',' || r == ' ' }), c.Installed)
				slices.SortFunc(all, func(x, y string) int { return cmp.Or(version.Compare(x, y), strings.Compare(x, y)) })
				*installed = strings.Join(all, ", ")
			}
		}
	}
	add(a.Components, true)
	add(b.Components, false)
	out := make([]VersionPair, 0, len(order))
	for _, id := range order {
		p := pairs[id]
		if p.InA && p.InB {
			p.Order = max(-1, min(1, version.Compare(p.A, p.B)))
			p.Same = p.Order == 0
		}
		out = append(out, *p)
	}
	slices.SortStableFunc(out, func(x, y VersionPair) int {
		return cmp.Or(strings.Compare(strings.ToLower(x.Layer), strings.ToLower(y.Layer)), strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)))
	})
	return out
}

func pairConfiguration(a, b side) []ConfigurationPair {
	pairs, marks := map[string]*ConfigurationPair{}, map[string][2]string{}
	for i, list := range [][]ConfigurationItem{a.Items, b.Items} {
		for _, item := range list {
			p := pairs[item.Key]
			if p == nil {
				p = &ConfigurationPair{Key: item.Key}
				pairs[item.Key] = p
			}
			m := marks[item.Key]
			m[i] = item.mark()
			marks[item.Key] = m
			shown, _ := item.shown().(string)
			p.Secret = p.Secret || item.Secret
			if i == 0 {
				p.A, p.InA = shown, true
			} else {
				p.B, p.InB = shown, true
			}
		}
	}
	out := make([]ConfigurationPair, 0, len(pairs))
	for key, p := range pairs {
		m := marks[key]
		p.Same = p.InA && p.InB && m[0] == m[1]
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y ConfigurationPair) int { return strings.Compare(x.Key, y.Key) })
	return out
}

// closeness says from 0 to 1 how near two versions of a component are: the same 1, equal in the first two numbers 0.7, in
// the first 0.4, else 0.
func closeness(p VersionPair) float64 {
	switch {
	case p.Same:
		return 1
	case p.A == "" || p.B == "":
		return 0
	}
	return []float64{0, 0.4, 0.7}[version.Shared(p.A, p.B, 2)]
}

// classLikeness says how much like production a class of data is.
var classLikeness = map[environment.DataClass]float64{environment.ProductionCopy: 1, environment.Masked: 0.9, environment.Synthetic: 0.4, "": 0}

// freshness says from 0 to 1 how fresh data is: up to a week 1, then falling evenly to 0.3 after a year; 0 when unknown.
func freshness(days *int) float64 {
	switch {
	case days == nil:
		return 0
	case *days <= 7:
		return 1
	}
	return 1 - 0.7*math.Min(1, float64(*days-7)/358)
}

func ageDays(at *time.Time, now time.Time) *int {
	if at == nil {
		return nil
	}
	days := max(0, int(now.Sub(*at)/(24*time.Hour)))
	return &days
}

// likeness scores a comparison. A part about which neither environment tells anything has no weight.
func likeness(a side, c Comparison) Likeness {
	l := Likeness{Parts: []LikenessPart{}, Causes: []LikenessCause{}}
	type loss struct {
		part, message string
		share         float64 // of its part
	}
	var losses []loss
	shared := 0
	for _, p := range c.Versions {
		if p.InA && p.InB {
			shared++
		}
	}
	scores := map[string]float64{}
	for _, p := range c.Versions {
		if p.InA && p.InB {
			near := closeness(p)
			scores["versions"] += near / float64(shared)
			if near < 1 {
				losses = append(losses, loss{"versions", fmt.Sprintf("%s is %s instead of %s.", p.Name, orUnknown(p.A), orUnknown(p.B)), (1 - near) / float64(shared)})
			}
			scores["stack"] += 1 / float64(len(c.Versions))
			continue
		}
		message := p.Name + " is missing."
		if p.InA {
			message = p.Name + " is there, and not in the other."
		}
		losses = append(losses, loss{"stack", message, 1 / float64(len(c.Versions))})
	}
	for _, p := range c.Configuration {
		share := 1 / float64(len(c.Configuration))
		switch {
		case p.Same:
			scores["configuration"] += share
		case !p.InA:
			losses = append(losses, loss{"configuration", "The setting " + p.Key + " is missing.", share})
		case !p.InB:
			losses = append(losses, loss{"configuration", "The setting " + p.Key + " is not in the other.", share})
		default:
			losses = append(losses, loss{"configuration", "The setting " + p.Key + " differs.", share})
		}
	}
	class, fresh := classLikeness[a.DataClass], freshness(c.Data.AgeDaysA)
	scores["data"] = 0.5*class + 0.5*fresh
	if class < 1 {
		losses = append(losses, loss{"data", "The data is " + environment.ClassWord(a.DataClass) + ".", 0.5 * (1 - class)})
	}
	if fresh < 1 {
		message := "Nobody recorded when the data was refreshed."
		if c.Data.AgeDaysA != nil {
			message = fmt.Sprintf("The data is %d days old.", *c.Data.AgeDaysA)
		}
		losses = append(losses, loss{"data", message, 0.5 * (1 - fresh)})
	}
	weights := map[string]float64{"data": weightData}
	if shared > 0 {
		weights["versions"] = weightVersions
	}
	if len(c.Versions) > 0 {
		weights["stack"] = weightStack
	}
	if len(c.Configuration) > 0 {
		weights["configuration"] = weightConfiguration
	}
	total := weights["versions"] + weights["stack"] + weights["configuration"] + weights["data"]
	for _, part := range []string{"versions", "stack", "configuration", "data"} {
		if weights[part] == 0 {
			continue
		}
		points := 100 * weights[part] / total
		l.Score += points * scores[part]
		l.Parts = append(l.Parts, LikenessPart{Part: part, Score: round(scores[part], 4), Weight: round(points, 2)})
	}
	for _, x := range losses {
		l.Causes = append(l.Causes, LikenessCause{Part: x.part, Message: x.message, Points: round(100*weights[x.part]/total*x.share, 4)})
	}
	slices.SortStableFunc(l.Causes, func(x, y LikenessCause) int { return cmp.Compare(y.Points, x.Points) })
	l.Score = round(l.Score, 2)
	return l
}

func round(v float64, places int) float64 {
	f := math.Pow10(places)
	return math.Round(v*f) / f
}

func orUnknown(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}
