package health

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"millrace/internal/platform/ref"
)

// weights say how often a change of a kind is the cause of an outage, relative to a deployment. They are judgement, not
// measurement, and stand in docs/reference/outages.md with the formula.
var weights = map[string]float64{
	"deployment": 1, "change_request": 1, "version": 0.9, "configuration": 0.9, "outage": 0.8, "data": 0.6,
}

const (
	// halfLife is the age at which a change counts half as much.
	halfLife = 4 * time.Hour
	// reach is how far back changes are looked at, and how many dependencies away.
	reach     = 72 * time.Hour
	farthest  = 3
	distanceK = 0.6
)

// Suspect is a change that may have caused an outage, with what speaks for it.
type Suspect struct {
	Change
	EnvironmentName string   `json:"environmentName"`
	Distance        int      `json:"distance" doc:"0 is the environment itself, 1 what it depends on, and so on."`
	Score           float64  `json:"score" doc:"Between 0 and 1; only its order means something."`
	Evidence        []string `json:"evidence" nullable:"false" doc:"What speaks for it, in sentences."`
	Marked          bool     `json:"marked" doc:"Whether it is marked as the cause."`
}

// rank orders changes by how likely they caused what began at a moment: score = weight × 0.5^(age ÷ 4 h) × 0.6^distance.
// What happened after the beginning, more than 72 hours before it, or more than three dependencies away is no suspect.
func rank(changes []Change, began time.Time, distance map[ref.Environment]int, names map[ref.Environment]string) []Suspect {
	out := []Suspect{}
	for _, c := range changes {
		d, near := distance[c.Environment]
		age := began.Sub(c.At)
		if !near || d > farthest || age < 0 || age > reach {
			continue
		}
		s := Suspect{
			Change: c, EnvironmentName: names[c.Environment], Distance: d,
			Score: weights[c.Kind] * math.Pow(0.5, age.Hours()/halfLife.Hours()) * math.Pow(distanceK, float64(d)),
		}
		s.Evidence = evidence(s, age)
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Suspect) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), b.At.Compare(a.At), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func evidence(s Suspect, age time.Duration) []string {
	when := "It happened " + words(age) + " before."
	if age < time.Minute {
		when = "It happened within the minute before."
	}
	where := "It happened to the environment itself."
	switch {
	case s.Distance == 1:
		where = fmt.Sprintf("The environment depends on %s, to which it happened.", s.EnvironmentName)
	case s.Distance > 1:
		where = fmt.Sprintf("It happened to %s, %d dependencies away.", s.EnvironmentName, s.Distance)
	}
	return []string{when, where}
}

// words tells a duration as people do: "2 d 4 h", "45 min".
func words(d time.Duration) string {
	minutes := int64(d / time.Minute)
	days, hours := minutes/1440, minutes%1440/60
	switch {
	case days > 0 && hours > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case days > 0:
		return fmt.Sprintf("%d d", days)
	case hours > 0 && minutes%60 > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes%60)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d s", int64(d/time.Second))
}

// edge says that one environment needs another.
type edge struct{ from, to ref.Environment }

// walk returns how many steps each environment within reach of start is away, along the edges or against them.
func walk(edges []edge, start ref.Environment, against bool, most int) map[ref.Environment]int {
	next := map[ref.Environment][]ref.Environment{}
	for _, e := range edges {
		if against {
			e.from, e.to = e.to, e.from
		}
		next[e.from] = append(next[e.from], e.to)
	}
	distance := map[ref.Environment]int{start: 0}
	for queue := []ref.Environment{start}; len(queue) > 0; queue = queue[1:] {
		here := queue[0]
		if distance[here] == most {
			continue
		}
		for _, n := range next[here] {
			if _, seen := distance[n]; !seen {
				distance[n] = distance[here] + 1
				queue = append(queue, n)
			}
		}
	}
	return distance
}
