package ref

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// Fact identifies a row of high volume: a deployment, commit, work item, build. It is a positive int64, ordered by the
// time it was made, and crosses the API as a decimal string because JavaScript numbers end at 2^53.
type Fact int64

// String returns the decimal form used in the API.
func (f Fact) String() string { return strconv.FormatInt(int64(f), 10) }

// ParseFact reads the decimal form.
func ParseFact(s string) (Fact, error) {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v <= 0 {
		return 0, fmt.Errorf("%q is not a record id", s)
	}
	return Fact(v), nil
}

// Facts makes identifiers for facts: 41 bits of milliseconds since 2020-01-01, 10 bits drawn once per process so that
// several nodes do not meet, 12 bits of sequence. It is safe for concurrent use.
type Facts struct {
	mu   sync.Mutex
	node int64
	last int64
	seq  int64
}

var factEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// NewFacts returns a source with a random node part.
func NewFacts() *Facts {
	var b [2]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	return &Facts{node: int64(binary.BigEndian.Uint16(b[:])) & 0x3ff}
}

// Next returns the next identifier; it runs ahead of the clock rather than repeat one.
func (g *Facts) Next() Fact {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now().UnixMilli() - factEpoch
	if now > g.last {
		g.last, g.seq = now, 0
	} else if g.seq++; g.seq > 0xfff {
		g.last, g.seq = g.last+1, 0
	}
	return Fact(g.last<<22 | g.node<<12 | g.seq)
}
