package environmentkpi

import (
	"cmp"
	"slices"
)

// The limits of advice: judgement, not measurement.
const (
	// rarelyBooked is the share of its capacity below which an environment is looked at.
	rarelyBooked = 0.2
	// scarce is the share of asked-for time in capacity above which a usage lacks environments.
	scarce = 0.8
	// farthestShift is how much later a booking may begin in another environment and still count as served.
	farthestShift = 7 * day
)

// Outcome is what would have become of a booking.
type Outcome string

// The outcomes: it would have found an equivalent environment at its time, at a later time, or none.
const (
	AsIs    Outcome = "as_is"
	Shifted Outcome = "shifted"
	NoPlace Outcome = "no_place"
)

// Replayed is what would have become of one booking, had its environment been gone.
type Replayed struct {
	Use     Use
	Outcome Outcome
	To      int32 // the other environment, where there is one
	Shift   int64
}

// equivalents returns the environments that serve the same application and usage and take bookings, those with the same
// data class and the same capacity first, then by key.
func (f *Facts) equivalents(env int) []int {
	e := &f.Envs[env]
	if e.App == "" {
		return nil
	}
	var out []int
	for i := range f.Envs {
		if o := &f.Envs[i]; i != env && o.App == e.App && o.Usage == e.Usage && o.Active && o.Bookable {
			out = append(out, i)
		}
	}
	differs := func(i int) int {
		n := 0
		if f.Envs[i].DataClass != e.DataClass {
			n += 2
		}
		if f.Envs[i].Capacity != e.Capacity {
			n++
		}
		return n
	}
	slices.SortFunc(out, func(a, b int) int {
		return cmp.Or(cmp.Compare(differs(a), differs(b)), cmp.Compare(f.Envs[a].Key, f.Envs[b].Key), cmp.Compare(f.Envs[a].ID, f.Envs[b].ID))
	})
	return out
}

// place is an environment into which bookings are moved in a replay.
type place struct {
	env  int
	life Span
	cap  int64
	ok   *Sharing
	held []Use // by beginning
}

// admits reports whether a span with an intent finds a place beside what is held.
func (p *place) admits(s Span, intent Intent) bool {
	if s.From < p.life.From || s.To > p.life.To {
		return false
	}
	var inside []Span
	for _, h := range p.held {
		if h.From >= s.To {
			break
		}
		if !h.Meets(s) {
			continue
		}
		if p.cap <= 1 || !p.ok[h.Intent][intent] {
			return false
		}
		inside = append(inside, h.Cut(s))
	}
	full := false
	if int64(len(inside)) >= p.cap {
		var sweep sweeper
		sweep.load(inside, forever, func(_ Span, n int64) { full = full || n >= p.cap })
	}
	return !full
}

// next returns the first beginning, no later than the farthest, at which a span of a length finds a place.
func (p *place) next(s Span, intent Intent, farthest int64) (int64, bool) {
	starts := []int64{s.From}
	for _, h := range p.held {
		if h.To > s.From && h.To <= s.From+farthest {
			starts = append(starts, h.To)
		}
	}
	if p.life.From > s.From && p.life.From <= s.From+farthest {
		starts = append(starts, p.life.From)
	}
	slices.Sort(starts)
	for _, at := range slices.Compact(starts) {
		if p.admits(Span{at, at + s.Length()}, intent) {
			return at, true
		}
	}
	return 0, false
}

func (p *place) take(u Use) {
	at, _ := slices.BinarySearchFunc(p.held, u.From, func(h Use, from int64) int { return cmp.Compare(h.From, from) })
	p.held = slices.Insert(p.held, at, u)
}

// replay tells what would have become of the held bookings of an environment within a window, had it been gone: in the
// order in which they began each takes the first equivalent environment free at its time; else the place, over all
// equivalents, where it begins the earliest within a week; else there was none. What was moved stays where it went.
func (f *Facts) replay(env int, w Span) []Replayed {
	var places []*place
	for _, i := range f.equivalents(env) {
		p := &place{env: i, life: f.Envs[i].Life, cap: f.Envs[i].Capacity, ok: &f.Envs[i].Sharing}
		for _, u := range f.lane(i) {
			if u.Status.Held() {
				p.held = append(p.held, u)
			}
		}
		places = append(places, p)
	}
	var out []Replayed
	for _, u := range f.lane(env) {
		if !u.Status.Held() || !u.Meets(w) {
			continue
		}
		r := Replayed{Use: u, Outcome: NoPlace}
		var best *place
		for _, p := range places {
			if p.admits(u.Span, u.Intent) {
				best, r.Outcome = p, AsIs
				break
			}
		}
		for _, p := range places {
			if r.Outcome == AsIs {
				break
			}
			if at, ok := p.next(u.Span, u.Intent, farthestShift); ok && (best == nil || at-u.From < r.Shift) {
				best, r.Shift = p, at-u.From
			}
		}
		if best != nil {
			if r.Outcome != AsIs {
				r.Outcome = Shifted
			}
			r.To = int32(best.env)
			best.take(Use{Env: r.To, Booking: u.Booking, Span: Span{u.From + r.Shift, u.To + r.Shift}, Status: u.Status, Intent: u.Intent})
		}
		out = append(out, r)
	}
	return out
}

// Verdict is what is advised about an environment.
type Verdict string

// The verdicts: it can go, it serves better for another usage, or it is rarely booked but what it does has no other place.
const (
	Retire    Verdict = "retire"
	Repurpose Verdict = "repurpose"
	Keep      Verdict = "keep"
)

// Advice is the advice about one rarely booked environment.
type Advice struct {
	Env     int
	Verdict Verdict
	Busy    bool
	Lively  bool // nobody booked it, yet something was installed
	// Usage is what it should serve instead.
	UsageID, UsageName string
	Use                Usage
	Bookings           int
	AsIs, Shifted      int
	NoPlace            int
	Shift              Spread
	Saves              int64 // minor units in the window
	Priced             bool
}

// advise looks at every active environment that was booked for less than a fifth of its capacity; one that nobody booked
// is left alone where something was installed in it all the same, as in production, or where it takes no bookings. What would have had no
// place keeps an environment; otherwise it is advised to serve the scarcest usage of its application, where one lacks
// environments, and else to go. With the id of one environment it looks at that one alone, however busy.
func (f *Facts) advise(w Span, only string) []Advice {
	usage := f.measureUse(w, nil)
	short := f.shortages(w)
	var out []Advice
	for i := range f.Envs {
		e := &f.Envs[i]
		busy := float64(usage[i].Booked) >= rarelyBooked*float64(usage[i].Capacity)
		if !e.Active || usage[i].Capacity == 0 || busy && only == "" || only != "" && only != string(e.ID) {
			continue
		}
		held := usage[i].Bookings > 0
		if only == "" && !held && (e.Lively || !e.Bookable) {
			continue // it serves without bookings, or is not meant to be booked
		}
		a := Advice{Env: i, Busy: busy, Lively: e.Lively && !held, Verdict: Retire, Use: usage[i], Priced: e.Cost > 0, Saves: money(usage[i].Capacity / 1e6 * e.Cost)}
		var shifts []int64
		for _, r := range f.replay(i, w) {
			a.Bookings++
			switch r.Outcome {
			case AsIs:
				a.AsIs++
			case Shifted:
				a.Shifted++
				shifts = append(shifts, r.Shift)
			default:
				a.NoPlace++
			}
		}
		a.Shift = spreadOf(shifts)
		if a.NoPlace > 0 || busy || a.Lively {
			a.Verdict = Keep
		} else if s, ok := short[e.App]; ok && s.ID != e.Usage {
			a.Verdict, a.UsageID, a.UsageName = Repurpose, s.ID, s.Name
		}
		out = append(out, a)
	}
	order := map[Verdict]int{Retire: 0, Repurpose: 1, Keep: 2}
	slices.SortFunc(out, func(a, b Advice) int {
		return cmp.Or(cmp.Compare(order[a.Verdict], order[b.Verdict]), cmp.Compare(b.Saves, a.Saves),
			cmp.Compare(b.Use.Capacity-b.Use.Booked, a.Use.Capacity-a.Use.Booked), cmp.Compare(f.Envs[a.Env].Key, f.Envs[b.Env].Key))
	})
	return out
}

// shortages returns the scarcest usage of each application for which more is asked than four fifths of what there is.
func (f *Facts) shortages(w Span) map[string]Demand {
	out := map[string]Demand{}
	names := map[string][2]string{}
	list := f.demand(w, func(e *Environment) (string, string) {
		key := e.App + "\x00" + e.Usage
		names[key] = [2]string{e.App, e.Usage}
		return key, e.UsageName
	})
	for _, d := range list { // the scarcest first
		app, usage := names[d.ID][0], names[d.ID][1]
		if _, known := out[app]; known || app == "" || usage == "" || float64(d.Demanded) < scarce*float64(d.Capacity) {
			continue
		}
		d.ID = usage
		out[app] = d
	}
	return out
}
