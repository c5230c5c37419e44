package booking

import (
	"slices"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

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
