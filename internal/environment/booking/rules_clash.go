package booking

import (
	"cmp"
	"slices"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Intent says what a booking is going to do with an environment.
type Intent string

// The intents.
const (
	ChangeCode          Intent = "change_code"
	ChangeConfiguration Intent = "change_configuration"
	Touch               Intent = "touch"
)

// Intents are all intents, the most intrusive first.
var Intents = []Intent{ChangeCode, ChangeConfiguration, Touch}

// Pair is two intents that bear each other, in any order.
type Pair [2]Intent

// Matrix lists the pairs of intents that may share an environment of a capacity above one.
type Matrix []Pair

// DefaultMatrix lets only bookings that merely touch an environment share it.
var DefaultMatrix = Matrix{{Touch, Touch}}

// Compatible reports whether two intents bear each other.
func (m Matrix) Compatible(a, b Intent) bool {
	for _, p := range m {
		if p[0] == a && p[1] == b || p[0] == b && p[1] == a {
			return true
		}
	}
	return false
}

// Hold is what one booking takes of one environment.
type Hold struct {
	Booking ref.Booking
	interval.Span
	Intent Intent
	Status Status
}

// ClashKind says why two bookings do not go together.
type ClashKind string

// The kinds of clashes: the environment is exclusive, it bears no more bookings at once, or the intents do not go together.
const (
	ClashExclusive ClashKind = "exclusive"
	ClashCapacity  ClashKind = "capacity"
	ClashIntent    ClashKind = "intent"
)

// Clash is another booking that stands in the way, when, and why.
type Clash struct {
	Other Hold
	// Overlap is what both share.
	Overlap interval.Span
	Kind    ClashKind
}

// Clashes returns which of the others stand in the way of the wanted hold of an environment of a capacity, in the order of
// their beginning. On an exclusive environment every overlap does. On a shared one an overlap does when the intents do not
// go together, or when it lies in a time in which, with the wanted one, more are there than the capacity bears. A hold
// of the same booking never clashes with itself.
func Clashes(capacity int, m Matrix, wanted Hold, others []Hold) []Clash {
	var out []Clash
	var near []Hold
	for _, o := range others {
		shared, ok := wanted.Intersect(o.Span)
		if !ok || o.Booking == wanted.Booking && o.Booking != "" {
			continue
		}
		switch {
		case capacity <= 1:
			out = append(out, Clash{Other: o, Overlap: shared, Kind: ClashExclusive})
		case !m.Compatible(wanted.Intent, o.Intent):
			out = append(out, Clash{Other: o, Overlap: shared, Kind: ClashIntent})
			near = append(near, o)
		default:
			near = append(near, o)
		}
	}
	if capacity > 1 && len(near) >= capacity {
		out = append(out, overfull(capacity, m, wanted, near)...)
	}
	slices.SortStableFunc(out, func(a, b Clash) int {
		return cmp.Or(a.Overlap.From.Compare(b.Overlap.From), cmp.Compare(a.Other.Booking, b.Other.Booking))
	})
	return out
}

// overfull returns the clashes of compatible holds in times in which no place is left.
func overfull(capacity int, m Matrix, wanted Hold, near []Hold) []Clash {
	spans := make([]interval.Span, len(near))
	for i, o := range near {
		spans[i], _ = wanted.Intersect(o.Span)
	}
	full := interval.Above(spans, capacity-1)
	if len(full) == 0 {
		return nil
	}
	var out []Clash
	for i, o := range near {
		if !m.Compatible(wanted.Intent, o.Intent) {
			continue // it stands in the way already
		}
		if slices.ContainsFunc(full, func(f interval.Span) bool { return f.Overlaps(spans[i]) }) {
			out = append(out, Clash{Other: o, Overlap: spans[i], Kind: ClashCapacity})
		}
	}
	return out
}

// Admits reports whether an environment bears one more hold beside the others, which is [Clashes] finding nothing.
func Admits(capacity int, m Matrix, wanted Hold, others []Hold) bool {
	if capacity <= 1 {
		for _, o := range others {
			if (o.Booking != wanted.Booking || o.Booking == "") && o.Overlaps(wanted.Span) {
				return false
			}
		}
		return true
	}
	return len(Clashes(capacity, m, wanted, others)) == 0
}

// PredecessorClashes is the whole check of an exclusive environment whose holds are disjoint: of all holds that begin
// before the wanted one ends, only the last can still be there when it begins.
func PredecessorClashes(wanted interval.Span, predecessor interval.Span) bool {
	return wanted.Overlaps(predecessor)
}
