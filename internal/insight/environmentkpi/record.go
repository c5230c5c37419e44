package environmentkpi

import (
	"cmp"
	"slices"

	"millrace/internal/platform/ref"
)

// Span is a half-open stretch of time in microseconds since 1970. The sweeps work on numbers: there are many of them.
type Span struct{ From, To int64 }

// Length is how long the span lasts; an empty one lasts 0.
func (s Span) Length() int64 { return max(0, s.To-s.From) }

// Cut returns what lies inside another span; it may be empty.
func (s Span) Cut(w Span) Span { return Span{max(s.From, w.From), min(s.To, w.To)} }

// Meets reports whether two spans share a moment.
func (s Span) Meets(o Span) bool {
	return s.From < o.To && o.From < s.To && s.From < s.To && o.From < o.To
}

// Status is where a booking stands, as a number.
type Status uint8

// The statuses of bookings.
const (
	Requested Status = iota
	Approved
	Rejected
	Waiting
	Cancelled
	Ended
	Expired
	statuses
)

// statusNames are the statuses as bookings name them.
var statusNames = [statuses]string{"requested", "approved", "rejected", "waiting", "cancelled", "ended", "expired"}

// Held reports whether a booking holds, or held, its environments.
func (s Status) Held() bool { return s == Approved || s == Ended || s == Expired }

// Asked reports whether a booking counts as demand: everything but what was withdrawn.
func (s Status) Asked() bool { return s != Cancelled }

// Intent is what a booking does with an environment, as a number.
type Intent uint8

// intentNames are the intents as bookings name them.
var intentNames = [3]string{"change_code", "change_configuration", "touch"}

// Sharing says which intents bear each other on an environment with a capacity above one.
type Sharing [3][3]bool

// Environment is an environment as the figures see it.
type Environment struct {
	ID        ref.Environment
	Key, Name string
	Unit      string
	UnitName  string
	App       string
	AppName   string
	Usage     string
	UsageName string
	DataClass string
	Capacity  int64
	Cost      int64 // minor units per hour; 0 means that none is known
	// Life is when the environment counts; an open end is the largest number.
	Life     Span
	Active   bool
	Bookable bool
	Sharing  Sharing
	// Lively says that something was installed in it within the window, booked or not.
	Lively bool
}

// Use is one environment of one booking.
type Use struct {
	Env     int32
	Booking int32
	Span
	Status Status
	Intent Intent
}

// Booking is what is known of a booking beyond its uses. Moments that did not come are 0.
type Booking struct {
	ID        string
	Unit      string
	UnitName  string
	Release   string
	PlannedTo int64
	Created   int64
	// Decided is when a person decided about it.
	Decided int64
	LastUse int64
	Status  Status
	// To is when it ends.
	To int64
}

// Alive reports whether a sign of life was seen.
func (b *Booking) Alive() bool { return b.LastUse > 0 }

// Outage is a time in which an environment did not work. An open end is the largest number; steps not reached are 0.
type Outage struct {
	Env int32
	Span
	Detected int64
	Found    int64
	Planned  bool
	Open     bool
}

// Wait is how long a booking stood on a waitlist before it left it by promotion.
type Wait struct{ Span }

// Request is a request that was completed, with how long it took.
type Request struct {
	Kind string
	Span
}

// Step is a stay of a request on a status of its workflow that had an agreed time.
type Step struct {
	Kind     string
	Breached bool
}

// Facts are what a pass gathered.
type Facts struct {
	Now      int64
	Envs     []Environment
	Uses     []Use // by environment, then beginning, then booking
	Bookings []Booking
	Outages  []Outage
	Waits    []Wait
	Queued   int // bookings that wait now
	Requests []Request
	Steps    []Step
	// HasRequests says that requests are kept at all.
	HasRequests bool
	// starts holds where the uses of each environment begin.
	starts []int32
}

// index lays the uses out by environment, each lane in the order of its beginnings.
func (f *Facts) index() {
	f.starts = make([]int32, len(f.Envs)+1)
	for i := range f.Uses {
		f.starts[f.Uses[i].Env+1]++
	}
	for i := range f.Envs {
		f.starts[i+1] += f.starts[i]
	}
	next, laid := slices.Clone(f.starts), make([]Use, len(f.Uses))
	for i := range f.Uses {
		env := f.Uses[i].Env
		laid[next[env]] = f.Uses[i]
		next[env]++
	}
	f.Uses = laid
	for env := range f.Envs {
		slices.SortFunc(f.lane(env), func(a, b Use) int {
			if c := cmp.Compare(a.From, b.From); c != 0 {
				return c
			}
			return cmp.Compare(f.Bookings[a.Booking].ID, f.Bookings[b.Booking].ID)
		})
	}
}

// lane returns the uses of an environment.
func (f *Facts) lane(env int) []Use { return f.Uses[f.starts[env]:f.starts[env+1]] }
