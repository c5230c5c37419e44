package booking

import (
	"cmp"
	"slices"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// option is one thing that can be done with a settler.
type option struct {
	kind   MoveKind
	places []Placement
	cost   Cost
}

// How many options of a kind a settler gets at most.
const (
	latestOptions  = 10
	earlierOptions = 3
	swapOptions    = 6
)

// optionsOf lists what can be done with a settler, the cheapest first: stay; share with a milder intent; another environment
// at the same time, or at its next free time; another time. Times are those at which something else ends or begins,
// among them what would come to stand there when two settlers are put one behind the other. Only what fits beside what
// must stay is listed. The last option always is to leave it in conflict.
func (p *settling) optionsOf(i int) []option {
	s := p.in.Settlers[i]
	if s.Fixed {
		return nil
	}
	var out []option
	add := func(kind MoveKind, places []Placement) bool {
		if !p.groundAdmits(s, places, kind != moveStay && kind != MoveShare) {
			return false
		}
		out = append(out, option{kind: kind, places: places, cost: costOf(s, kind, places)})
		return true
	}
	add(moveStay, s.Places)
	if p.shared(s) {
		for _, intent := range s.Milder {
			places := slices.Clone(s.Places)
			for k := range places {
				places[k].Intent = intent
			}
			add(MoveShare, places)
		}
	}
	if len(s.Places) == 1 {
		pl := s.Places[0]
		for k, env := range s.Swaps {
			if k >= swapOptions || p.grounds[env] == nil {
				continue
			}
			if !add(MoveSwap, []Placement{{Environment: env, Span: pl.Span, Intent: pl.Intent}}) && k < 3 {
				for _, from := range p.startsOn(s, env, 1) {
					add(MoveSwap, []Placement{{Environment: env, Span: interval.Span{From: from, To: from.Add(pl.Length())}, Intent: pl.Intent}})
				}
			}
		}
	}
	out = append(out, p.moves(i)...)
	slices.SortStableFunc(out, func(a, b option) int { return a.cost.Compare(b.cost) })
	return append(out, option{kind: moveLeave, cost: Cost{Left: 1}})
}

func (p *settling) shared(s Settler) bool {
	for _, pl := range s.Places {
		if g := p.grounds[pl.Environment]; g == nil || g.Capacity <= 1 {
			return false
		}
	}
	return true
}

func costOf(s Settler, kind MoveKind, places []Placement) Cost {
	if kind == moveStay {
		return Cost{}
	}
	shift := places[0].From.Sub(s.Places[0].From)
	c := Cost{Disturbed: s.Weight, Minutes: int64(shift.Abs() / time.Minute)}
	if shift > 0 {
		c.Late = s.Late * int64((shift+time.Hour-1)/time.Hour)
	}
	return c
}

// moves lists other times for the whole booking.
func (p *settling) moves(i int) []option {
	s := p.in.Settlers[i]
	length := s.Places[0].Length()
	starts := map[int64]time.Time{}
	note := func(t time.Time) {
		if !t.Equal(s.Places[0].From) && !t.Before(s.NotBefore) && !t.Add(length).After(p.in.Horizon) {
			starts[t.UnixMicro()] = t
		}
	}
	for _, pl := range s.Places {
		offset := pl.From.Sub(s.Places[0].From)
		for _, from := range p.edges(i, pl.Environment, pl.Length()) {
			note(from.Add(-offset))
		}
	}
	sorted := make([]time.Time, 0, len(starts))
	for _, t := range starts {
		sorted = append(sorted, t)
	}
	origin := s.Places[0].From
	slices.SortFunc(sorted, func(a, b time.Time) int {
		return cmp.Or(cmp.Compare(a.Sub(origin).Abs(), b.Sub(origin).Abs()), a.Compare(b))
	})
	var out []option
	later, earlier := 0, 0
	for _, from := range sorted {
		n, most := &later, latestOptions
		if from.Before(origin) {
			n, most = &earlier, earlierOptions
		}
		if *n >= most {
			continue
		}
		places := make([]Placement, len(s.Places))
		for k, pl := range s.Places {
			at := from.Add(pl.From.Sub(origin))
			places[k] = Placement{Environment: pl.Environment, Span: interval.Span{From: at, To: at.Add(pl.Length())}, Intent: pl.Intent}
		}
		if p.groundAdmits(s, places, true) {
			*n++
			out = append(out, option{kind: MoveTime, places: places, cost: costOf(s, MoveTime, places)})
		}
	}
	return out
}

// edges returns the times at which a booking of a length could begin on an environment: where something ends, or so that it
// ends where something begins, counting the settlers there as they stand and one behind the other.
func (p *settling) edges(self int, env ref.Environment, length time.Duration) []time.Time {
	var out []time.Time
	g := p.grounds[env]
	if g == nil {
		return nil
	}
	for _, h := range g.Holds {
		out = append(out, h.To, h.From.Add(-length))
	}
	for _, c := range g.Closed {
		out = append(out, c.From.Add(-length))
		if !c.Endless() {
			out = append(out, c.To)
		}
	}
	var ends []time.Time
	var lengths []time.Duration
	for j, s := range p.in.Settlers {
		if j == self || s.Fixed {
			continue
		}
		for _, pl := range s.Places {
			if pl.Environment == env {
				ends, lengths = append(ends, pl.To), append(lengths, pl.Length())
				out = append(out, pl.From.Add(-length))
			}
		}
	}
	out = append(out, ends...)
	if len(ends) <= 12 {
		for a, e := range ends {
			for b, l := range lengths {
				if a != b {
					out = append(out, e.Add(l))
				}
			}
		}
	}
	return out
}

// startsOn returns the first free times of a settler on another environment, at its own time or later.
func (p *settling) startsOn(s Settler, env ref.Environment, limit int) []time.Time {
	g, pl := p.grounds[env], s.Places[0]
	from := pl.From
	if s.NotBefore.After(from) {
		from = s.NotBefore
	}
	var out []time.Time
	for _, slot := range Slots([]Ground{*g}, SlotSearch{Within: interval.Span{From: from, To: p.in.Horizon}, Length: pl.Length(), Intent: pl.Intent, Limit: limit}) {
		out = append(out, slot.From)
	}
	return out
}

// groundAdmits reports whether places stand beside what must stay, and where they are new, outside closed times.
func (p *settling) groundAdmits(s Settler, places []Placement, fresh bool) bool {
	for _, pl := range places {
		g := p.grounds[pl.Environment]
		if g == nil || fresh && (pl.From.Before(s.NotBefore) || !g.Until.IsZero() && pl.To.After(g.Until)) {
			return false
		}
		if fresh && slices.ContainsFunc(g.Closed, pl.Overlaps) {
			return false
		}
		if !Admits(g.Capacity, g.Matrix, s.hold(pl), near(g.Holds, pl.Span)) {
			return false
		}
	}
	return true
}

// near returns the holds that overlap a span.
func near(holds []Hold, s interval.Span) []Hold {
	var out []Hold
	for _, h := range holds {
		if h.Overlaps(s) {
			out = append(out, h)
		}
	}
	return out
}

// board is what stands where during a search. For each environment it keeps first what must stay and then what was put.
type board struct {
	p     *settling
	holds map[ref.Environment][]Hold
}

// board returns the holds that can matter for a group.
func (p *settling) board(group []int, way map[ref.Environment][]Hold) *board {
	b := &board{p: p, holds: map[ref.Environment][]Hold{}}
	hull := map[ref.Environment]interval.Span{}
	for _, i := range group {
		for _, o := range p.options[i] {
			for _, pl := range o.places {
				h, known := hull[pl.Environment]
				if !known || pl.From.Before(h.From) {
					h.From = pl.From
				}
				if !known || pl.To.After(h.To) {
					h.To = pl.To
				}
				hull[pl.Environment] = h
			}
		}
	}
	for env, h := range hull {
		// On exclusive environments the options stand beside what must stay already.
		if p.grounds[env].Capacity > 1 {
			b.holds[env] = append(b.holds[env], near(p.grounds[env].Holds, h)...)
		}
		b.holds[env] = append(b.holds[env], near(way[env], h)...)
	}
	return b
}

// admits reports whether an option stands beside what is there.
func (b *board) admits(s Settler, o option) bool {
	for _, pl := range o.places {
		g := b.p.grounds[pl.Environment]
		if !Admits(g.Capacity, g.Matrix, s.hold(pl), b.holds[pl.Environment]) {
			return false
		}
	}
	return true
}

// put places an option when it is admitted.
func (b *board) put(s Settler, o option) bool {
	if !b.admits(s, o) {
		return false
	}
	for _, pl := range o.places {
		b.holds[pl.Environment] = append(b.holds[pl.Environment], s.hold(pl))
	}
	return true
}

// take removes what was put last.
func (b *board) take(o option) {
	for _, pl := range o.places {
		h := b.holds[pl.Environment]
		b.holds[pl.Environment] = h[:len(h)-1]
	}
}

// solved is the outcome of the search of a group: choice has the option of each member.
type solved struct {
	choice   []int
	cost     Cost
	bound    Cost
	complete bool
	steps    int
}

// search finds the cheapest choices of a group by branch and bound. When the bound of steps is met, bound is the least of
// what was not looked at.
func (p *settling) search(group []int, way map[ref.Environment][]Hold) solved {
	b := p.board(group, way)
	best := solved{complete: true}
	current := make([]int, len(group))
	found := false
	var open Cost
	cut := false
	skip := func(c Cost) {
		if !cut || c.Compare(open) < 0 {
			open, cut = c, true
		}
	}
	// least is what the members from k on cost at least beside what is there.
	least := func(k int) Cost {
		var sum Cost
		for _, i := range group[k:] {
			for _, o := range p.options[i] {
				if b.admits(p.in.Settlers[i], o) {
					sum = sum.Plus(o.cost)
					break
				}
			}
		}
		return sum
	}
	var visit func(k int, so Cost)
	visit = func(k int, so Cost) {
		if k == len(group) {
			if !found || so.Compare(best.cost) < 0 {
				best.choice, best.cost, found = slices.Clone(current), so, true
			}
			return
		}
		s := p.in.Settlers[group[k]]
		for n, o := range p.options[group[k]] {
			with := so.Plus(o.cost)
			if found && with.Compare(best.cost) >= 0 {
				break // options come cheapest first
			}
			if best.steps >= p.in.Nodes && found {
				best.complete = false
				skip(with)
				break // the others are dearer
			}
			if !b.put(s, o) {
				continue
			}
			best.steps++
			if bound := with.Plus(least(k + 1)); !found || bound.Compare(best.cost) < 0 {
				current[k] = n
				visit(k+1, with)
			}
			b.take(o)
		}
	}
	visit(0, Cost{})
	best.bound = best.cost
	if !best.complete && open.Compare(best.cost) < 0 {
		best.bound = open
		if pairs := p.pairBound(group); pairs.Compare(open) > 0 && way == nil {
			best.bound = pairs
		}
	}
	return best
}

// pairBound is a bound that needs no search: of two settlers that exclude each other where they stand, one pays at least
// its cheapest change. Pairs that share no settler add up.
func (p *settling) pairBound(group []int) Cost {
	change := func(i int) Cost {
		for _, o := range p.options[i] {
			if o.kind != moveStay {
				return o.cost
			}
		}
		return Cost{Left: 1}
	}
	used := map[int]bool{}
	var sum Cost
	for x, i := range group {
		for _, j := range group[x+1:] {
			if used[i] || used[j] || !p.exclude(i, j) {
				continue
			}
			used[i], used[j] = true, true
			a, b := change(i), change(j)
			if b.Compare(a) < 0 {
				a = b
			}
			sum = sum.Plus(a)
		}
	}
	return sum
}

// exclude reports whether two settlers cannot both stay, whatever the others do.
func (p *settling) exclude(i, j int) bool {
	a, b := p.in.Settlers[i], p.in.Settlers[j]
	for _, x := range a.Places {
		for _, y := range b.Places {
			if g := p.grounds[x.Environment]; x.Environment == y.Environment && g != nil &&
				x.Overlaps(y.Span) && (g.Capacity <= 1 || !g.Matrix.Compatible(x.Intent, y.Intent)) {
				return true
			}
		}
	}
	return false
}
