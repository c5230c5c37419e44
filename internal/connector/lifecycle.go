package connector

import "slices"

// RunState is where a run stands.
type RunState string

// The states of a run.
const (
	Queued    RunState = "QUEUED"
	Running   RunState = "RUNNING"
	Succeeded RunState = "SUCCEEDED"
	Failed    RunState = "FAILED"
	Cancelled RunState = "CANCELLED"
)

// runMoves are the allowed moves of a run. A running run may start again: its worker was killed, and the next one
// resumes from the stored progress.
var runMoves = map[RunState][]RunState{
	Queued:  {Running, Cancelled, Failed},
	Running: {Running, Succeeded, Failed, Cancelled},
}

// CanMove reports whether a run may go from one state to the other.
func CanMove(from, to RunState) bool { return slices.Contains(runMoves[from], to) }

// Active reports whether a run in this state is still to be worked.
func (s RunState) Active() bool { return s == Queued || s == Running }
