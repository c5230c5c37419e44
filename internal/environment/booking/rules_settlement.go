package booking

import (
	"cmp"
	"slices"
	"time"

	"millrace/internal/platform/interval"
	"millrace/internal/platform/ref"
)

// Placement is where a booking would stand in one environment.
type Placement struct {
	Environment ref.Environment `json:"environmentId"`
	interval.Span
	Intent Intent `json:"intent"`
}

// Settler is a live booking that has a conflict in the window of a settlement.
type Settler struct {
	ID     ref.Booking
	Number int64
	Status Status
	Places []Placement
	// Fixed bookings cannot be changed, because they run.
	Fixed bool
	// Weight is what disturbing it costs; Late what every hour of delay does.
	Weight, Late int64
	// NotBefore is when it may begin at the earliest.
	NotBefore time.Time
	// Swaps are environments that would do as well, the best first; only bookings of one environment have any.
	Swaps []ref.Environment
	// Milder are the intents it could go down to.
	Milder []Intent
}

// SettleInput is a problem to settle. Grounds hold in Holds whatever must stay where it is, and never a settler.
type SettleInput struct {
	Grounds  []Ground
	Settlers []Settler
	// Horizon is how far into the future bookings may be moved.
	Horizon time.Time
	// Nodes bounds the search of each group of bookings that hang together; the bound counts steps and not time, so that
	// the same problem always has the same answer.
	Nodes int
}

// MoveKind says what a settlement does with a booking.
type MoveKind string

// The kinds of moves.
const (
	MoveTime  MoveKind = "move"
	MoveSwap  MoveKind = "swap"
	MoveShare MoveKind = "share"
	moveStay  MoveKind = ""
	moveLeave MoveKind = "leave"
)

// Cost orders settlements: first how many bookings are left in conflict, then the weight of those that are disturbed, then
// the cost of their lateness, then how many minutes they are moved.
type Cost struct {
	Left      int64 `json:"left"`
	Disturbed int64 `json:"disturbed"`
	Late      int64 `json:"late"`
	Minutes   int64 `json:"minutes"`
}

// Plus adds two costs.
func (c Cost) Plus(o Cost) Cost {
	return Cost{c.Left + o.Left, c.Disturbed + o.Disturbed, c.Late + o.Late, c.Minutes + o.Minutes}
}

// Compare orders costs.
func (c Cost) Compare(o Cost) int {
	return cmp.Or(cmp.Compare(c.Left, o.Left), cmp.Compare(c.Disturbed, o.Disturbed), cmp.Compare(c.Late, o.Late), cmp.Compare(c.Minutes, o.Minutes))
}

// number makes one number of a cost, for the gap.
func (c Cost) number() float64 {
	return float64(c.Left)*1e9 + float64(c.Disturbed)*1e5 + float64(c.Late) + float64(c.Minutes)/1e3
}

// Move is one change of a settlement.
type Move struct {
	Booking ref.Booking
	Kind    MoveKind
	Before  []Placement
	After   []Placement
	Cost    Cost
}

// Settlement is a set of moves and what is known about how good it is.
type Settlement struct {
	Moves []Move
	// Left are bookings for which no way out was found.
	Left []ref.Booking
	Cost Cost
	// Bound is a cost below which no settlement of the same options can be. Exact says that this one reaches it; otherwise
	// Gap is the part by which it may be too dear.
	Bound Cost
	Exact bool
	Gap   float64
	// Steps is how much was searched.
	Steps int
}

// joinUpTo is how many bookings may hang together before their groups are searched one after the other.
const joinUpTo = 8

// Settle proposes the smallest set of moves, shares and swaps that clears the conflicts of the settlers.
//
// Every settler has a finite list of options, see optionsOf. Settlers in conflict with each other form a group; a group is
// searched by branch and bound, which is exact within the bound of steps. Small groups whose options could meet are joined.
// What remains are groups that may get in each other's way: each is first searched as if the others were not there, which
// together is a bound no settlement can go below, and then they are placed one after the other, the weightiest first, once
// with the later ones in the way where they stand and once without; the better of both is taken.
func Settle(in SettleInput) Settlement {
	p := newSettling(in)
	groups := p.groups()
	var out Settlement
	complete := true
	alone := make([]solved, len(groups))
	for i, g := range groups {
		alone[i] = p.search(g, nil)
		out.Bound = out.Bound.Plus(alone[i].bound)
		out.Steps += alone[i].steps
		complete = complete && alone[i].complete
	}
	best := p.inTurn(groups, alone, true)
	if len(groups) > 1 && best.cost.Compare(out.Bound) > 0 {
		if other := p.inTurn(groups, alone, false); other.cost.Compare(best.cost) < 0 {
			best = other
		}
	}
	out.Steps += best.steps
	out.Cost = best.cost
	out.Exact = out.Cost.Compare(out.Bound) == 0
	if !out.Exact {
		out.Gap = (out.Cost.number() - out.Bound.number()) / max(out.Cost.number(), 1)
	}
	p.tell(&out, best.choice)
	return out
}

// tell turns choices into moves, in the order of the booking numbers.
func (p *settling) tell(out *Settlement, choice map[int]int) {
	for i, s := range p.in.Settlers {
		if s.Fixed {
			continue
		}
		o := p.options[i][choice[i]]
		switch o.kind {
		case moveStay:
		case moveLeave:
			out.Left = append(out.Left, s.ID)
		default:
			out.Moves = append(out.Moves, Move{Booking: s.ID, Kind: o.kind, Before: s.Places, After: o.places, Cost: o.cost})
		}
	}
}

// settling is a problem prepared for the search.
type settling struct {
	in      SettleInput
	grounds map[ref.Environment]*Ground
	options [][]option
}

func newSettling(in SettleInput) *settling {
	if in.Nodes <= 0 {
		in.Nodes = 20_000
	}
	in.Settlers = slices.Clone(in.Settlers)
	slices.SortStableFunc(in.Settlers, func(a, b Settler) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	p := &settling{in: in, grounds: make(map[ref.Environment]*Ground, len(in.Grounds)), options: make([][]option, len(in.Settlers))}
	for i := range in.Grounds {
		g := in.Grounds[i]
		g.Holds = slices.Clone(g.Holds)
		p.grounds[g.Environment] = &g
	}
	// What cannot be changed is part of the ground.
	for _, s := range in.Settlers {
		if s.Fixed {
			for _, pl := range s.Places {
				if g := p.grounds[pl.Environment]; g != nil {
					g.Holds = append(g.Holds, s.hold(pl))
				}
			}
		}
	}
	for _, g := range p.grounds {
		slices.SortFunc(g.Holds, func(a, b Hold) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Booking, b.Booking)) })
	}
	for i := range in.Settlers {
		p.options[i] = p.optionsOf(i)
	}
	return p
}

func (s Settler) hold(pl Placement) Hold {
	return Hold{Booking: s.ID, Span: pl.Span, Intent: pl.Intent, Status: s.Status}
}

// conflict reports whether two settlers do not go together where they stand. On a shared environment, whether they do may
// depend on others; those that overlap there are taken together.
func conflict(a, b Settler) bool {
	for _, x := range a.Places {
		for _, y := range b.Places {
			if x.Environment == y.Environment && x.Overlaps(y.Span) {
				return true
			}
		}
	}
	return false
}

// groups returns the settlers that hang together, each group the weightiest first, groups by their weightiest member.
func (p *settling) groups() [][]int {
	n := len(p.in.Settlers)
	parent := make([]int, n)
	size := make([]int, n)
	for i := range parent {
		parent[i], size[i] = i, 1
	}
	var find func(int) int
	find = func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	join := func(a, b int) {
		if a, b = find(a), find(b); a != b {
			parent[b] = a
			size[a] += size[b]
		}
	}
	movable := func(i int) bool { return !p.in.Settlers[i].Fixed }
	for i := range n {
		for j := i + 1; j < n; j++ {
			if movable(i) && movable(j) && conflict(p.in.Settlers[i], p.in.Settlers[j]) {
				join(i, j)
			}
		}
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			if movable(i) && movable(j) && find(i) != find(j) && size[find(i)]+size[find(j)] <= joinUpTo && p.mayMeet(i, j) {
				join(i, j)
			}
		}
	}
	byRoot := map[int][]int{}
	for i := range n {
		if movable(i) {
			byRoot[find(i)] = append(byRoot[find(i)], i)
		}
	}
	weightier := func(a, b int) int {
		return cmp.Or(cmp.Compare(p.in.Settlers[b].Weight, p.in.Settlers[a].Weight), cmp.Compare(a, b))
	}
	out := make([][]int, 0, len(byRoot))
	for _, g := range byRoot {
		slices.SortFunc(g, weightier)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b []int) int { return weightier(a[0], b[0]) })
	return out
}

// mayMeet reports whether some options of two settlers get in each other's way.
func (p *settling) mayMeet(i, j int) bool {
	for _, a := range p.options[i] {
		for _, b := range p.options[j] {
			for _, x := range a.places {
				for _, y := range b.places {
					if x.Environment == y.Environment && x.Overlaps(y.Span) {
						return true
					}
				}
			}
		}
	}
	return false
}

// turned is the outcome of placing groups one after the other.
type turned struct {
	choice map[int]int
	cost   Cost
	steps  int
}

// inTurn places the groups one after the other. With shy set, the later groups are in the way where they stand.
func (p *settling) inTurn(groups [][]int, alone []solved, shy bool) turned {
	out := turned{choice: map[int]int{}}
	taken := map[ref.Environment][]Hold{}
	for n, g := range groups {
		way := taken
		if shy {
			way = map[ref.Environment][]Hold{}
			for env, holds := range taken {
				way[env] = slices.Clone(holds)
			}
			for _, later := range groups[n+1:] {
				for _, i := range later {
					for _, pl := range p.in.Settlers[i].Places {
						way[pl.Environment] = append(way[pl.Environment], p.in.Settlers[i].hold(pl))
					}
				}
			}
		}
		best := alone[n]
		if !p.fits(g, best.choice, way) {
			best = p.search(g, way)
			out.steps += best.steps
		}
		out.cost = out.cost.Plus(best.cost)
		for k, i := range g {
			out.choice[i] = best.choice[k]
			o := p.options[i][best.choice[k]]
			for _, pl := range o.places {
				taken[pl.Environment] = append(taken[pl.Environment], p.in.Settlers[i].hold(pl))
			}
		}
	}
	return out
}

// fits reports whether the choices of a group stand beside what is in the way.
func (p *settling) fits(group, choice []int, way map[ref.Environment][]Hold) bool {
	b := p.board(group, way)
	for k, i := range group {
		if !b.put(p.in.Settlers[i], p.options[i][choice[k]]) {
			return false
		}
	}
	return true
}
