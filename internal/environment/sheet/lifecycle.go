package sheet

import (
	"slices"

	"millrace/internal/platform/problem"
)

// State says where an import stands.
type State string

// The states.
const (
	Uploaded  State = "uploaded"
	Checking  State = "checking"
	Checked   State = "checked"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Undoing   State = "undoing"
	Undone    State = "undone"
	Discarded State = "discarded"
)

// Act is something that is done to an import.
type Act string

// The acts.
const (
	ActChoose  Act = "choose"
	ActCheck   Act = "check"
	ActRun     Act = "run"
	ActStop    Act = "stop"
	ActUndo    Act = "undo"
	ActDiscard Act = "discard"
)

// acts lists, per act, the states it can be done in, in the order in which answers name them.
var acts = []struct {
	act  Act
	from []State
}{
	{ActChoose, []State{Uploaded, Checked, Failed}},
	{ActCheck, []State{Uploaded, Checked, Failed}},
	{ActRun, []State{Checked}},
	{ActStop, []State{Checking, Running, Undoing}},
	{ActUndo, []State{Done}},
	{ActDiscard, []State{Uploaded, Checked, Failed, Done, Undone}},
}

func allowed(from State) []Act {
	out := []Act{}
	for _, a := range acts {
		if slices.Contains(a.from, from) {
			out = append(out, a.act)
		}
	}
	return out
}

// checkAct returns the problem of an act that does not fit the state.
func checkAct(act Act, from State) error {
	if slices.Contains(allowed(from), act) {
		return nil
	}
	return problem.Newf(problem.Conflict, "import_state", "This import is %s; it cannot be changed in this way now.", from).WithData("state", from).WithData("act", act)
}
