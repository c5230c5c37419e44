package booking

import (
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// nearby finds the holds of an environment around a time without looking at all of them: they are kept by the weeks they
// touch.
type nearby struct {
	weeks map[ref.Environment]map[int64][]*nearHold
	of    map[ref.Booking][]*nearHold
}

type nearHold struct {
	Hold
	gone bool
}

const week = int64(7 * 24 * time.Hour / time.Second)

func newNearby() *nearby {
	return &nearby{weeks: map[ref.Environment]map[int64][]*nearHold{}, of: map[ref.Booking][]*nearHold{}}
}

func (n *nearby) add(env ref.Environment, h Hold) {
	kept := &nearHold{Hold: h}
	if n.weeks[env] == nil {
		n.weeks[env] = map[int64][]*nearHold{}
	}
	for w := h.From.Unix() / week; w <= (h.To.Unix()-1)/week; w++ {
		n.weeks[env][w] = append(n.weeks[env][w], kept)
	}
	n.of[h.Booking] = append(n.of[h.Booking], kept)
}

// drop forgets the holds of a booking.
func (n *nearby) drop(id ref.Booking) {
	for _, h := range n.of[id] {
		h.gone = true
	}
	delete(n.of, id)
}

// clear forgets the holds of an environment.
func (n *nearby) clear(env ref.Environment) { delete(n.weeks, env) }

func (n *nearby) around(env ref.Environment, s interval.Span) []Hold {
	var out []Hold
	from := s.From.Unix() / week
	for w := from; w <= (s.To.Unix()-1)/week; w++ {
		for _, h := range n.weeks[env][w] {
			// A hold that touches several weeks is told in the first of them that is looked at.
			if first := max(from, h.From.Unix()/week); !h.gone && w == first && h.Overlaps(s) {
				out = append(out, h.Hold)
			}
		}
	}
	return out
}
