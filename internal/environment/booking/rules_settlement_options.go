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
