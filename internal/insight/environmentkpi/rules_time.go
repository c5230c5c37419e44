package environmentkpi

import "slices"

// Spread tells how times spread: in microseconds, over how many.
type Spread struct {
	Median, P90, Mean float64
	N                 int
}

// spreadOf computes a spread. The median and the 90th percentile are interpolated between neighbours, so the order of
// equal values does not matter.
func spreadOf(lengths []int64) Spread {
	if len(lengths) == 0 {
		return Spread{}
	}
	slices.Sort(lengths)
	at := func(share float64) float64 {
		place := share * float64(len(lengths)-1)
		i := int(place)
		if i+1 == len(lengths) {
			return float64(lengths[i])
		}
		return float64(lengths[i]) + (place-float64(i))*float64(lengths[i+1]-lengths[i])
	}
	sum := 0.0
	for _, l := range lengths {
		sum += float64(l)
	}
	return Spread{Median: at(0.5), P90: at(0.9), Mean: sum / float64(len(lengths)), N: len(lengths)}
}

// Turnaround is how long things took.
type Turnaround struct {
	Decisions, Waits Spread
	Requests         map[string]Spread
	// Breached of Steps passed the time agreed for a status.
	Breached, Steps map[string]int
}

// turnaround measures decisions that fell in the window, waits that ended in it, and requests completed in it.
func (f *Facts) turnaround(w Span) Turnaround {
	t := Turnaround{Requests: map[string]Spread{}, Breached: map[string]int{}, Steps: map[string]int{}}
	var decided, waited []int64
	for i := range f.Bookings {
		if b := &f.Bookings[i]; b.Decided >= w.From && b.Decided < w.To && b.Decided > 0 {
			decided = append(decided, max(0, b.Decided-b.Created))
		}
	}
	for _, x := range f.Waits {
		waited = append(waited, x.Length())
	}
	took := map[string][]int64{}
	for _, r := range f.Requests {
		took[r.Kind] = append(took[r.Kind], r.Length())
	}
	for kind, list := range took {
		t.Requests[kind] = spreadOf(list)
	}
	for _, s := range f.Steps {
		t.Steps[s.Kind]++
		if s.Breached {
			t.Breached[s.Kind]++
		}
	}
	t.Decisions, t.Waits = spreadOf(decided), spreadOf(waited)
	return t
}

// NoShow counts bookings that ended, or were freed, without a sign of life.
type NoShow struct{ Over, Unused, Freed int }

// noShows looks at the held bookings with a use in the window that are over.
func (f *Facts) noShows(w Span) (n NoShow) {
	seen := make([]bool, len(f.Bookings))
	for i := range f.Uses {
		u := &f.Uses[i]
		b := &f.Bookings[u.Booking]
		if seen[u.Booking] || !u.Status.Held() || !u.Meets(w) || b.To > f.Now {
			continue
		}
		seen[u.Booking] = true
		n.Over++
		if u.Status == Expired {
			n.Freed++
		}
		if u.Status == Expired || !b.Alive() {
			n.Unused++
		}
	}
	return n
}

// Outs is how long environments were out, and how long it took to detect, find and restore.
type Outs struct {
	Unplanned, Planned   int64 // microseconds of one environment; what lasts at once in one environment counts once
	NUnplanned, NPlanned int
	Detect, Find         Spread
	Restore              Spread
}

// outages measures a window. Hours are cut to it and to the present; the three means are over the unplanned outages that
// began in it and reached the step.
func (f *Facts) outages(w Span) Outs {
	var out Outs
	w.To = min(w.To, f.Now)
	lanes := map[int32]*[2][]Span{}
	var detect, find, restore []int64
	for i := range f.Outages {
		o := &f.Outages[i]
		s := o.Cut(w)
		if s.Length() > 0 {
			lane := lanes[o.Env]
			if lane == nil {
				lane = &[2][]Span{}
				lanes[o.Env] = lane
			}
			if o.Planned {
				out.NPlanned++
				lane[1] = append(lane[1], s)
			} else {
				out.NUnplanned++
				lane[0] = append(lane[0], s)
			}
		}
		if o.Planned || o.From < w.From || o.From >= w.To {
			continue
		}
		detect = append(detect, max(0, o.Detected-o.From))
		if o.Found > 0 {
			find = append(find, max(0, o.Found-o.Detected))
		}
		if !o.Open {
			restore = append(restore, o.Length())
		}
	}
	var sweep sweeper
	for _, lane := range lanes {
		sweep.load(lane[0], 1, func(s Span, _ int64) { out.Unplanned += s.Length() })
		sweep.load(lane[1], 1, func(s Span, _ int64) { out.Planned += s.Length() })
	}
	out.Detect, out.Find, out.Restore = spreadOf(detect), spreadOf(find), spreadOf(restore)
	return out
}
