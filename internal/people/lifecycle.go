package people

import (
	"slices"

	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

// State is where a person stands.
type State string

// The states of a person. Pending persons are known but have not signed in yet; inactive ones may not.
const (
	Pending  State = "PENDING"
	Active   State = "ACTIVE"
	Inactive State = "INACTIVE"
)

// Act is what moves a person from state to state.
type Act string

// The acts.
const (
	Activate   Act = "activate"
	Deactivate Act = "deactivate"
	Reactivate Act = "reactivate"
	Expire     Act = "expire"
)

type transition struct {
	from []State
	act  Act
	to   State
	kind events.Kind
	// byHand marks acts a person chooses, which answers list among the allowed acts.
	byHand bool
}

// transitions is everything that can happen to a person's state. Reactivate leads to Active: whoever was deactivated has
// been let in before or is let in now by the administrator who does it.
var transitions = []transition{
	{from: []State{Pending}, act: Activate, to: Active, kind: PersonActivated},
	{from: []State{Pending, Active}, act: Deactivate, to: Inactive, kind: PersonDeactivated, byHand: true},
	{from: []State{Inactive}, act: Reactivate, to: Active, kind: PersonReactivated, byHand: true},
	{from: []State{Pending, Active}, act: Expire, to: Inactive, kind: PersonExpired},
}

// next returns where act leads from a state, or a conflict when it is not allowed there.
func next(from State, act Act) (transition, error) {
	for _, t := range transitions {
		if t.act == act && slices.Contains(t.from, from) {
			return t, nil
		}
	}
	return transition{}, problem.Newf(problem.Conflict, "person_state",
		"A person who is %s cannot be %sd.", from, act).WithData("state", string(from))
}

// actsByHand returns what a person may choose to do in a state.
func actsByHand(from State) []string {
	acts := []string{}
	for _, t := range transitions {
		if t.byHand && slices.Contains(t.from, from) {
			acts = append(acts, string(t.act))
		}
	}
	return acts
}
