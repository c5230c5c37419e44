package valuestream

import (
	"maps"
	"sync"
	"sync/atomic"

	"millrace/internal/platform/ref"
)

// Store holds the columns of all applications in this process. Readers take a snapshot without locking and never see
// an application half replaced.
type Store struct {
	mu   sync.Mutex // one writer at a time
	snap atomic.Pointer[map[ref.App]*columns]
}

// NewStore returns an empty store.
func NewStore() *Store {
	s := &Store{}
	s.snap.Store(&map[ref.App]*columns{})
	return s
}

// snapshot returns the present state; it is never changed.
func (s *Store) snapshot() map[ref.App]*columns { return *s.snap.Load() }

// replace puts applications in place of what was there; nil columns remove one.
func (s *Store) replace(apps map[ref.App]*columns) {
	if len(apps) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.snapshot())
	for app, c := range apps {
		if c == nil {
			delete(next, app)
		} else {
			next[app] = c
		}
	}
	s.snap.Store(&next)
}

// pick returns the columns of the given applications, in their order, skipping those with nothing.
func (s *Store) pick(apps []ref.App) []*columns {
	snap := s.snapshot()
	out := make([]*columns, 0, len(apps))
	for _, a := range apps {
		if c := snap[a]; c != nil {
			out = append(out, c)
		}
	}
	return out
}

// Bytes returns the memory the columns hold.
func (s *Store) Bytes() int {
	total := 0
	for _, c := range s.snapshot() {
		total += c.bytes()
	}
	return total
}
