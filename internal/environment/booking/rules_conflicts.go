package booking

import (
	"cmp"
	"slices"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Lane is one environment with the live holds of a window.
type Lane struct {
	Environment ref.Environment
	Capacity    int
	Matrix      Matrix
	Holds       []Hold
}

// Conflict is two live bookings of one environment that do not go together; A begins no later than B.
type Conflict struct {
	Environment ref.Environment
	A, B        Hold
	Overlap     interval.Span
	Kind        ClashKind
}

// Conflicts returns every conflict of a lane, by the time at which its sharing begins. Two holds conflict when the
// environment is exclusive, when their intents do not go together, or when at a moment they share more holds are there than
// the environment bears.
func Conflicts(l Lane) []Conflict {
	holds := slices.Clone(l.Holds)
	compare := func(a, b Hold) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Booking, b.Booking))
	}
	if !slices.IsSortedFunc(holds, compare) {
		slices.SortFunc(holds, compare)
	}
	var out []Conflict
	note := func(a, b Hold, kind ClashKind) {
		if shared, ok := a.Intersect(b.Span); ok {
			out = append(out, Conflict{Environment: l.Environment, A: a, B: b, Overlap: shared, Kind: kind})
		}
	}
	// told keeps pairs of a shared environment from being told twice.
	var told map[[2]int]bool
	var active []int
	for i, h := range holds {
		if h.Empty() {
			continue
		}
		open := active[:0]
		for _, a := range active {
			if holds[a].To.After(h.From) || holds[a].Endless() {
				open = append(open, a)
			}
		}
		active = open
		for _, a := range active {
			switch {
			case l.Capacity <= 1:
				note(holds[a], h, ClashExclusive)
			case !l.Matrix.Compatible(holds[a].Intent, h.Intent):
				note(holds[a], h, ClashIntent)
			}
		}
		active = append(active, i)
		if l.Capacity <= 1 || len(active) <= l.Capacity {
			continue
		}
		if told == nil {
			told = map[[2]int]bool{}
		}
		for x, a := range active {
			for _, b := range active[x+1:] {
				if !told[[2]int{a, b}] && l.Matrix.Compatible(holds[a].Intent, holds[b].Intent) {
					told[[2]int{a, b}] = true
					note(holds[a], holds[b], ClashCapacity)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Conflict) int {
		return cmp.Or(a.Overlap.From.Compare(b.Overlap.From), cmp.Compare(a.A.Booking, b.A.Booking), cmp.Compare(a.B.Booking, b.B.Booking))
	})
	return out
}
