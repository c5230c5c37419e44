// Package clock is where time comes from, so that tests can hold it still.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. Slices receive one at construction and never call time.Now themselves.
type Clock interface {
	// Now returns the present instant in UTC, rounded down to the microsecond both engines keep.
	Now() time.Time
}

// System returns the clock of the machine.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return Normalise(time.Now()) }

// Normalise turns any instant into the form that is stored: UTC, whole microseconds.
func Normalise(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Tell writes an instant for people, in the zone it is in: "22 Nov 2026, 14:00 UTC". Sentences of events and problems use it.
func Tell(t time.Time) string { return t.Format("2 Jan 2006, 15:04 MST") }

// Fake is a clock that moves only when told to. It is safe for concurrent use.
type Fake struct {
	mu  sync.Mutex
	now time.Time
}

// NewFake returns a clock standing at t.
func NewFake(t time.Time) *Fake { return &Fake{now: Normalise(t)} }

// Now returns the instant the clock stands at.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock forward by d and returns the new instant.
func (f *Fake) Advance(d time.Duration) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	return f.now
}

// Set moves the clock to t.
func (f *Fake) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = Normalise(t)
}
