package environmentkpi

// contested reports for each use of a lane, cut to a window, whether it clashes with another: on an exclusive environment
// by any overlap, on a shared one by an intent that does not go with the other, or when more are there at a moment than it
// bears. Uses that do not count are those keep refuses. uses are in the order of their beginning. It takes O(n) beside
// the uses that are open at once, and marks each use once.
func contested(uses []Use, capacity int64, sharing *Sharing, w Span, keep func(*Use) bool, mark func(*Use)) {
	// open holds, per intent, the uses that last; those of fresh are not marked yet.
	var open, fresh [3][]int
	total := 0
	drop := func(list []int, at int64) []int {
		kept := list[:0]
		for _, i := range list {
			if min(uses[i].To, w.To) > at {
				kept = append(kept, i)
			}
		}
		return kept
	}
	flush := func(intent int) {
		for _, i := range fresh[intent] {
			mark(&uses[i])
		}
		fresh[intent] = fresh[intent][:0]
	}
	for i := range uses {
		u := &uses[i]
		s := u.Cut(w)
		if s.Length() == 0 || !keep(u) {
			continue
		}
		total = 0
		for k := range open {
			open[k], fresh[k] = drop(open[k], s.From), drop(fresh[k], s.From)
			total += len(open[k])
		}
		clashes := false
		for k := range open {
			if len(open[k]) > 0 && (capacity <= 1 || !sharing[k][u.Intent]) {
				clashes = true
				flush(k)
			}
		}
		if int64(total)+1 > capacity {
			clashes = clashes || total > 0
			for k := range open {
				flush(k)
			}
		}
		open[u.Intent] = append(open[u.Intent], i)
		if clashes {
			mark(u)
		} else {
			fresh[u.Intent] = append(fresh[u.Intent], i)
		}
	}
}

// Tally counts the bookings of a window.
type Tally struct {
	ByStatus [statuses]int
	// Contested of Asked clashed with another within the window.
	Asked, Contested int
}

// Total is how many bookings there are.
func (t *Tally) Total() (n int) {
	for _, c := range t.ByStatus {
		n += c
	}
	return n
}

// Held is how many hold or held an environment.
func (t *Tally) Held() int { return t.ByStatus[Approved] + t.ByStatus[Ended] + t.ByStatus[Expired] }

// tally counts every booking with a use in the window once, whatever number of environments it has.
func (f *Facts) tally(w Span) Tally {
	var t Tally
	const seen, clashed = 1, 2
	marks := make([]uint8, len(f.Bookings))
	for env := range f.Envs {
		lane := f.lane(env)
		for i := range lane {
			if u := &lane[i]; u.Meets(w) && marks[u.Booking]&seen == 0 {
				marks[u.Booking] |= seen
				t.ByStatus[u.Status]++
				if u.Status.Asked() {
					t.Asked++
				}
			}
		}
		contested(lane, f.Envs[env].Capacity, &f.Envs[env].Sharing, w, func(u *Use) bool { return u.Status.Asked() }, func(u *Use) {
			if marks[u.Booking]&clashed == 0 {
				marks[u.Booking] |= clashed
				t.Contested++
			}
		})
	}
	return t
}
