package environmentkpi

import "slices"

// Usage is the capacity of environments and what became of it, in microseconds of one booking's place.
type Usage struct {
	Capacity, Booked, Used int64
	// Bookings and Uses are on how many held bookings, and on how many with a sign of life, they rest.
	Bookings, Uses int
}

func (u *Usage) add(o Usage) {
	u.Capacity += o.Capacity
	u.Booked += o.Booked
	u.Used += o.Used
	u.Bookings += o.Bookings
	u.Uses += o.Uses
}

// sweeper finds how many spans are there at once; it keeps its memory between lanes.
type sweeper struct{ starts, ends []int64 }

// load hands over the stretches in which at least one span is there, with how many are, at most the capacity.
func (w *sweeper) load(spans []Span, capacity int64, yield func(s Span, count int64)) {
	w.starts, w.ends = w.starts[:0], w.ends[:0]
	for _, s := range spans {
		if s.From < s.To {
			w.starts, w.ends = append(w.starts, s.From), append(w.ends, s.To)
		}
	}
	slices.Sort(w.starts)
	slices.Sort(w.ends)
	n, i, at := int64(0), 0, int64(0)
	for j := 0; j < len(w.ends); {
		next, step := w.ends[j], int64(-1)
		if i < len(w.starts) && w.starts[i] < next {
			next, step = w.starts[i], 1
		}
		if n > 0 && next > at {
			yield(Span{at, next}, min(n, capacity))
		}
		if step > 0 {
			i++
		} else {
			j++
		}
		n, at = n+step, next
	}
}

// measureUse sums capacity, booked and used time of every environment in a window. week hears of every stretch that
// is booked and used; it may be nil.
func (f *Facts) measureUse(w Span, heat *heat) []Usage {
	out := make([]Usage, len(f.Envs))
	var sweep sweeper
	var held, alive []Span
	for i := range f.Envs {
		e := &f.Envs[i]
		life := e.Life.Cut(w)
		if life.Length() == 0 {
			continue
		}
		u := &out[i]
		u.Capacity = life.Length() * e.Capacity
		heat.add(capacityHeat, life, e.Capacity)
		held, alive = held[:0], alive[:0]
		for _, use := range f.lane(i) {
			if s := use.Cut(life); use.Status.Held() && s.Length() > 0 {
				held = append(held, s)
				if f.Bookings[use.Booking].Alive() {
					alive = append(alive, s)
				}
			}
		}
		u.Bookings, u.Uses = len(held), len(alive)
		sweep.load(held, e.Capacity, func(s Span, n int64) {
			u.Booked += s.Length() * n
			heat.add(bookedHeat, s, n)
		})
		sweep.load(alive, e.Capacity, func(s Span, n int64) {
			u.Used += s.Length() * n
			heat.add(usedHeat, s, n)
		})
	}
	return out
}

// heat sums capacity, booked and used time by the hours of the week.
type heat [3]*week

const (
	capacityHeat = iota
	bookedHeat
	usedHeat
)

func newHeat(g *grid) *heat { return &heat{newWeek(g), newWeek(g), newWeek(g)} }

func (h *heat) add(what int, s Span, weight int64) {
	if h != nil {
		h[what].add(s, weight)
	}
}
