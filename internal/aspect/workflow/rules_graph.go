package workflow

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/internal/aspect/standing"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxStatuses    = 100
	maxName        = 100
	maxBreachAfter = 5 * 366 * 24 * 60
)

var colourShape = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Warning is something odd about a graph that can be saved all the same.
type Warning struct {
	// Code is stable: "dead_end", "unreachable", "sla_on_end".
	Code    string `json:"code"`
	Status  string `json:"status"`
	Message string `json:"message" doc:"The warning in a sentence."`
}

func (g Graph) clone() Graph {
	g.Statuses, g.Transitions = slices.Clone(g.Statuses), slices.Clone(g.Transitions)
	for i := range g.Statuses {
		g.Statuses[i].Permitted = slices.Clone(g.Statuses[i].Permitted)
	}
	return g
}

// check tidies a graph and notes what is wrong with it: statuses and modes, one initial status, an order without
// repetition, transitions between statuses it has, and, where it is enabled, none that cannot be reached.
func check(g *Graph) (problem.Fields, []Warning) {
	var faults problem.Fields
	if len(g.Statuses) == 0 || len(g.Statuses) > maxStatuses {
		faults.Add("body.statuses", "status_count", fmt.Sprintf("A workflow has between 1 and %d statuses.", maxStatuses))
		return faults, nil
	}
	names, orders, ids, initial := map[string]bool{}, map[int64]bool{}, map[string]bool{}, 0
	for i := range g.Statuses {
		st, place := &g.Statuses[i], fmt.Sprintf("body.statuses[%d]", i)
		checkStatus(&faults, place, st)
		if key := ref.NameKey(st.Name); names[key] || st.ID != "" && ids[st.ID] {
			faults.Add(place+".name", "status_twice", fmt.Sprintf("The status %q stands in the workflow twice.", st.Name))
		} else {
			names[key], ids[st.ID] = true, true
		}
		if orders[st.Order] || st.Order < 0 {
			faults.Add(place+".order", "order_twice", "Each status has an order of its own, from 0 on.")
		}
		orders[st.Order] = true
		if st.Initial {
			initial++
		}
	}
	if initial != 1 {
		faults.Add("body.statuses", "one_initial", "Exactly one status is the initial one, where records begin.")
	}
	checkTransitions(&faults, g)
	if len(faults) > 0 {
		return faults, nil
	}
	slices.SortStableFunc(g.Statuses, func(a, b Status) int { return int(a.Order - b.Order) })
	return shapeOf(*g)
}

func checkStatus(faults *problem.Fields, place string, st *Status) {
	st.Name = strings.Join(strings.Fields(st.Name), " ")
	odd := func(r rune) bool { return unicode.IsControl(r) }
	if st.Name == "" || utf8.RuneCountInString(st.Name) > maxName || !utf8.ValidString(st.Name) || strings.ContainsFunc(st.Name, odd) {
		faults.Add(place+".name", "name_invalid", "A status has a name of at most 100 characters that can be shown.")
	}
	if !slices.Contains([]Mode{Planning, Execution, Implementation, Completed, Cancelled}, st.Mode) {
		faults.Add(place+".mode", "mode_unknown", "The mode is planning, execution, implementation, completed or cancelled.")
	}
	for _, c := range []struct {
		member string
		text   *string
	}{{"colour", &st.Colour}, {"breachColour", &st.BreachColour}, {"breachFontColour", &st.BreachFont}} {
		if *c.text = strings.ToLower(strings.TrimSpace(*c.text)); *c.text != "" && !colourShape.MatchString(*c.text) {
			faults.Add(place+"."+c.member, "colour_unreadable", "A colour is written #rrggbb, such as #1f77b4.")
		}
	}
	if st.BreachAfter < 0 || st.BreachAfter > maxBreachAfter {
		faults.Add(place+".breachAfterMinutes", "out_of_range", "The time until a breach is between 0 and five years.")
	}
	if st.Permitted == nil {
		st.Permitted = []standing.Party{}
	}
}

// checkTransitions turns the ends of transitions into one form, the id of a status or the key of its name where it has no
// id yet, and drops repetitions.
func checkTransitions(faults *problem.Fields, g *Graph) {
	seen := map[Transition]bool{}
	kept := []Transition{}
	for i, t := range g.Transitions {
		place := fmt.Sprintf("body.transitions[%d]", i)
		from, to := g.at(t.From), g.at(t.To)
		switch {
		case from < 0:
			faults.Add(place+".from", "status_unknown", "The workflow has no such status.")
		case to < 0:
			faults.Add(place+".to", "status_unknown", "The workflow has no such status.")
		case from == to:
			faults.Add(place, "transition_to_itself", "A transition leads to another status.")
		default:
			t = Transition{From: g.Statuses[from].handle(), To: g.Statuses[to].handle()}
			if !seen[t] {
				seen[t] = true
				kept = append(kept, t)
			}
		}
	}
	g.Transitions = kept
}

// handle names a status within its graph.
func (st Status) handle() string {
	if st.ID != "" {
		return st.ID
	}
	return ref.NameKey(st.Name)
}

// at returns the index of the status that an id or a name means, or -1.
func (g Graph) at(idOrName string) int {
	if i := slices.IndexFunc(g.Statuses, func(st Status) bool { return st.ID != "" && st.ID == idOrName }); i >= 0 {
		return i
	}
	key := ref.NameKey(idOrName)
	return slices.IndexFunc(g.Statuses, func(st Status) bool { return ref.NameKey(st.Name) == key })
}

// shapeOf finds what cannot be reached and where records get stuck.
func shapeOf(g Graph) (problem.Fields, []Warning) {
	var faults problem.Fields
	warnings := []Warning{}
	next := map[string][]string{}
	for _, t := range g.Transitions {
		next[t.From] = append(next[t.From], t.To)
	}
	reached := reachable(next, g.initial().handle())
	for i, st := range g.Statuses {
		if !reached[st.handle()] {
			message := fmt.Sprintf("No way leads to %q from the initial status.", st.Name)
			if g.Enabled {
				faults.Add(fmt.Sprintf("body.statuses[%d]", i), "unreachable", message)
			} else {
				warnings = append(warnings, Warning{Code: "unreachable", Status: st.Name, Message: message})
			}
		}
		if !st.Mode.Ended() && len(next[st.handle()]) == 0 {
			warnings = append(warnings, Warning{Code: "dead_end", Status: st.Name, Message: fmt.Sprintf("Records that stand on %q can go nowhere, and it is not an end.", st.Name)})
		}
		if st.Mode.Ended() && st.BreachAfter > 0 {
			warnings = append(warnings, Warning{Code: "sla_on_end", Status: st.Name, Message: fmt.Sprintf("%q is an end; the time until a breach does not run there.", st.Name)})
		}
	}
	return faults, warnings
}

func reachable(next map[string][]string, from string) map[string]bool {
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, to := range next[queue[0]] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return seen
}

// initial returns where records begin.
func (g Graph) initial() Status {
	for _, st := range g.Statuses {
		if st.Initial {
			return st
		}
	}
	return g.Statuses[0]
}

// Choice is a status of the graph and whether the record may go there now.
type Choice struct {
	Status
	Allowed bool `json:"allowed"`
	// Code and Reason say why not: "no_transition", "not_permitted", "assignee_needed", "current".
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// choices decides about every status of a graph for a record that stands on current ("" where it stands nowhere).
// permitted says whether the caller may set a status.
func choices(g Graph, current string, assigned bool, permitted func(Status) bool) []Choice {
	out := make([]Choice, 0, len(g.Statuses))
	here := slices.IndexFunc(g.Statuses, func(st Status) bool { return st.ID == current })
	for _, st := range g.Statuses {
		c := Choice{Status: st}
		edge := !g.Enabled || here < 0 || slices.Contains(g.Transitions, Transition{From: current, To: st.ID})
		switch {
		case st.ID == current:
			c.Code, c.Reason = "current", "The record stands there."
		case !edge:
			c.Code, c.Reason = "no_transition", fmt.Sprintf("The workflow has no way from %q to %q.", g.Statuses[here].Name, st.Name)
		case g.Enabled && !permitted(st):
			c.Code, c.Reason = "not_permitted", fmt.Sprintf("Only certain roles and teams may set %q.", st.Name)
		case g.Enabled && st.NeedsAssignee && !assigned:
			c.Code, c.Reason = "assignee_needed", fmt.Sprintf("Assign the record to a person before it goes to %q.", st.Name)
		default:
			c.Allowed = true
		}
		out = append(out, c)
	}
	return out
}

// reached reports whether a status lies at or behind a mark in the order of a graph. A cancelled record need not have come
// as far as anything but its own status.
func reached(g Graph, status, mark string) bool {
	at, from := g.at(status), g.at(mark)
	if at < 0 || from < 0 {
		return at < 0 && ref.NameKey(status) == ref.NameKey(mark)
	}
	if g.Statuses[at].Mode == Cancelled && at != from {
		return false
	}
	return g.Statuses[at].Order >= g.Statuses[from].Order
}

// removed returns the statuses of before that after lacks.
func removed(before, after Graph) []Status {
	kept := map[string]bool{}
	for _, st := range after.Statuses {
		kept[st.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(before.Statuses), func(st Status) bool { return kept[st.ID] })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
