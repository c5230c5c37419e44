package booking

import (
	"cmp"
	"slices"
	"time"

	"millrace/internal/platform/ref"
)

// Waiter is a booking on the waitlist.
type Waiter struct {
	Booking ref.Booking
	// Rank is that of its priority class, 0 being the most important; Late is what a day of waiting costs it.
	Rank  int
	Late  int64
	Since time.Time
	From  time.Time
}

// Order puts waiters into the order in which they are served: by priority class, then by what waiting costs, then who
// waits longest.
func Order(waiters []Waiter) []Waiter {
	out := slices.Clone(waiters)
	slices.SortStableFunc(out, func(a, b Waiter) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(b.Late, a.Late), a.Since.Compare(b.Since), a.From.Compare(b.From), cmp.Compare(a.Booking, b.Booking))
	})
	return out
}

// Promote serves waiters in order: each one that fits beside what is there and beside those served before it gets its
// place. fits tells whether it does; take notes that it did. A waiter who does not fit keeps nobody behind him from fitting.
func Promote(waiters []Waiter, fits func(ref.Booking) (bool, error), take func(ref.Booking) error) ([]ref.Booking, error) {
	var served []ref.Booking
	for _, w := range Order(waiters) {
		ok, err := fits(w.Booking)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if err := take(w.Booking); err != nil {
			return nil, err
		}
		served = append(served, w.Booking)
	}
	return served, nil
}
