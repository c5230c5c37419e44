package identity

import (
	"sync"
	"time"

	"millrace/internal/platform/authz"
)

// The cache spares a request the five queries that tell who sends it. An entry lives at most principalTTL; every
// committed change of accounts, sessions, tokens, persons, teams, roles, grants or units made on this node empties the
// cache at once, one made on another node is seen when the entry ends. So a revoked credential is refused immediately
// where it was revoked and within five seconds elsewhere.
const (
	principalTTL      = 5 * time.Second
	principalCacheMax = 20_000
)

type cachedPrincipal struct {
	principal *authz.Principal
	// until is when the entry ends: principalTTL after it was made, or earlier when the credential expires first.
	until time.Time
}

type principalCache struct {
	mu         sync.Mutex
	entries    map[string]cachedPrincipal
	generation uint64
}

func newPrincipalCache() *principalCache {
	return &principalCache{entries: map[string]cachedPrincipal{}}
}

// get returns the entry of a key, and the generation to hand to put when there is none.
func (c *principalCache) get(key string, now time.Time) (*authz.Principal, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok && now.Before(e.until) {
		return e.principal, c.generation
	}
	return nil, c.generation
}

// put keeps an entry unless the cache was emptied since get: what was read before a change must not outlive it.
func (c *principalCache) put(key string, p *authz.Principal, until time.Time, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if len(c.entries) >= principalCacheMax {
		clear(c.entries)
	}
	c.entries[key] = cachedPrincipal{principal: p, until: until}
}

func (c *principalCache) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	c.generation++
}
