package environmentkpi

import (
	"cmp"
	"slices"
)

// Demand is what was asked for against what there is, of one usage or application.
type Demand struct {
	ID, Name           string
	Demanded, Capacity int64
	N                  int
}

// demand sums asked-for time, also what was rejected or waits, up to the planned end, and capacity by a key of the
// environments.
func (f *Facts) demand(w Span, key func(*Environment) (id, name string)) []Demand {
	by := map[string]*Demand{}
	for i := range f.Envs {
		e := &f.Envs[i]
		life := e.Life.Cut(w)
		id, name := key(e)
		d := by[id]
		if d == nil {
			d = &Demand{ID: id, Name: name}
			by[id] = d
		}
		d.Capacity += life.Length() * e.Capacity
		for _, u := range f.lane(i) {
			if planned := f.Bookings[u.Booking].PlannedTo; planned > u.To {
				u.To = planned
			}
			if s := u.Cut(w); u.Status.Asked() && s.Length() > 0 {
				d.Demanded += s.Length()
				d.N++
			}
		}
	}
	out := make([]Demand, 0, len(by))
	for _, d := range by {
		if d.Capacity > 0 || d.N > 0 {
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, func(a, b Demand) int {
		// Compared crosswise: the scarcest first, and no division by an absent capacity.
		return cmp.Or(cmp.Compare(float64(b.Demanded)*float64(a.Capacity), float64(a.Demanded)*float64(b.Capacity)),
			cmp.Compare(b.Demanded, a.Demanded), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Charge is what a unit, an application or a release is charged.
type Charge struct {
	ID, Name string
	// Time is booked time in microseconds, Weighed is seconds times cost per hour of what has a price.
	Time, Weighed int64
	N, Priced     int
}

// Amount is the charge in minor units, rounded half up, and whether any of it has a price.
func (c *Charge) Amount() (int64, bool) { return money(c.Weighed), c.Priced > 0 }

// money turns seconds times cost per hour into minor units.
func money(weighed int64) int64 { return (weighed + 1800) / 3600 }

// charges sums booked time and its cost by a key of environments and bookings.
func (f *Facts) charges(w Span, key func(*Environment, *Booking) (id, name string)) []Charge {
	by := map[string]*Charge{}
	for i := range f.Envs {
		e := &f.Envs[i]
		for _, u := range f.lane(i) {
			s := u.Cut(w)
			if !u.Status.Held() || s.Length() == 0 {
				continue
			}
			id, name := key(e, &f.Bookings[u.Booking])
			c := by[id]
			if c == nil {
				c = &Charge{ID: id, Name: name}
				by[id] = c
			}
			c.Time += s.Length()
			c.N++
			if e.Cost > 0 {
				c.Weighed += s.Length() / 1e6 * e.Cost
				c.Priced++
			}
		}
	}
	out := make([]Charge, 0, len(by))
	for _, c := range by {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Charge) int {
		return cmp.Or(cmp.Compare(b.Weighed, a.Weighed), cmp.Compare(b.Time, a.Time), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Cost is what the capacity of environments with a price costs, and what of it was booked and lay idle.
type Cost struct {
	Capacity, Booked, Idle int64 // minor units
	N                      int   // environments with a price
}

func (f *Facts) cost(usage []Usage) (c Cost) {
	var capacity, booked int64
	for i := range f.Envs {
		if e := &f.Envs[i]; e.Cost > 0 && usage[i].Capacity > 0 {
			c.N++
			capacity += usage[i].Capacity / 1e6 * e.Cost
			booked += usage[i].Booked / 1e6 * e.Cost
		}
	}
	c.Capacity, c.Booked = money(capacity), money(booked)
	c.Idle = money(capacity - booked)
	return c
}
